"""The triage list as staff see it: order, filters, counts, paging, search, and nothing of another site."""

from datetime import timedelta

import pytest
import time_machine
from bs4 import Tag
from sqlalchemy import update
from werkzeug.test import TestResponse

from feedback.cases.models import Case
from tests.cases.world import NOON
from tests.helpers.console import Browser
from tests.helpers.desk import Desk, Statements
from tests.helpers.forms import soup

#: A Wednesday, noon in Dar es Salaam.
LIST = "/console/shop/cases/"


def rows(reply: TestResponse) -> list[Tag]:
    """The rows of the list."""
    assert reply.status_code == 200, reply.text
    return list(soup(reply.text).select("table.list tbody tr"))


def names(reply: TestResponse) -> list[str]:
    """The customers in the list, in order."""
    return [str(row.select_one(".list__title bdi").text) for row in rows(reply)]  # type: ignore[union-attr]


def tabs(reply: TestResponse) -> dict[str, str]:
    """The counts beside the lists."""
    return {
        tab.find(string=True, recursive=False).strip(): count.text  # type: ignore[union-attr]
        for tab in soup(reply.text).select(".tabs a")
        if (count := tab.select_one(".tabs__count"))
    }


def set_case(desk: Desk, number: int, **values: object) -> None:
    """Change what only time would."""
    with desk.database.write() as session:
        session.execute(update(Case).where(Case.site_id == desk.site(), Case.number == number).values(**values))


def test_a_low_answer_is_in_the_list_with_the_customers_words(asha: Browser, desk: Desk) -> None:
    desk.answer("Neema Mushi", 0, "Nimesubiri wiki tatu")
    (row,) = rows(asha.get(LIST))
    words = row.select_one(".list__words bdi")
    assert words is not None
    assert (words.text, words["lang"]) == ("Nimesubiri wiki tatu", "sw")
    assert "Neema Mushi" in row.text
    assert "#1" in row.text
    assert row.select_one(".score--low") is not None
    assert row.select_one(".priority--high") is not None


def test_what_is_late_stands_first_and_out(asha: Browser, desk: Desk) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        for name in ("Amani", "Baraka", "Chausiku"):
            desk.answer(name, 0)
        set_case(desk, 1, due_at=NOON + timedelta(hours=1))
        set_case(desk, 2, due_at=NOON - timedelta(hours=5))
        set_case(desk, 3, due_at=NOON + timedelta(days=3))
        found = rows(asha.get(LIST))
        assert [row.get("class") for row in found] == [["is-late"], ["is-soon"], None]
        assert names(asha.get(LIST)) == ["Baraka", "Amani", "Chausiku"]
        late = found[0].select_one(".due--late")
        assert late is not None
        assert "Overdue" in late.text
        assert "5 hours ago" in late.text
        assert names(asha.get(LIST + "?overdue=1")) == ["Baraka"]
        now.shift(timedelta(hours=2))
        assert names(asha.get(LIST + "?overdue=1")) == ["Baraka", "Amani"]


def test_a_label_stands_before_what_it_names_with_the_mark_of_its_language(asha: Browser, desk: Desk) -> None:
    with time_machine.travel(NOON, tick=False):
        desk.answer("Amani", 0)
        set_case(desk, 1, due_at=NOON - timedelta(hours=5))
        asha.fill("/console/profile", locale="hy")
        page = asha.get(LIST).text
        assert '<span class="vh">Ժամկետանց՝ </span>' in page
        assert ": </span>" not in page


def test_filters_by_owner_language_kind_and_priority(asha: Browser, desk: Desk) -> None:
    desk.answer("Neema", 0)
    desk.answer("Reza", 0, locale="fa-AF", words="خیلی دیر شد")
    desk.answer("Middling", 50)
    mine = "Neema" if asha.get(LIST + "?owner=me").text.count("list__title") else ""
    assert mine in ("", "Neema")
    assert names(asha.get(LIST + "?language=fa")) == ["Reza"]
    assert names(asha.get(LIST + "?priority=normal")) == ["Middling"]
    assert names(asha.get(LIST + "?kind=message")) == []
    assert "Reza" in names(asha.get(LIST + "?owner=team"))
    juma_id = desk.town.staff["Juma"][1]
    with_juma = set(names(asha.get(f"{LIST}?owner={juma_id}")))
    with_me = set(names(asha.get(LIST + "?owner=me")))
    assert with_juma | with_me == {"Neema", "Middling"}
    assert not with_juma & with_me


def test_an_address_with_nonsense_shows_the_plain_list(asha: Browser, desk: Desk) -> None:
    desk.answer("Neema", 0)
    for query in (
        "?state=nope&owner=42&language=xx&kind=%01&priority=%27",
        "?after=20260101",
        "?after=20260101T000000000000Z99999999999999999999999",
        "?before=zzz",
        "?q=" + "x" * 5000,
    ):
        reply = asha.get(LIST + query)
        assert reply.status_code == 200
    assert names(asha.get(LIST + "?state=nope&owner=42")) == ["Neema"]


def test_search_finds_numbers_names_and_words_in_any_spelling(asha: Browser, desk: Desk) -> None:
    desk.answer("Neema Mushi", 0, "Nimesubiri")
    desk.answer("رضا کریمی", 0, "پاسخ می‌خواهم", locale="fa")
    assert names(asha.get(LIST + "?q=%232")) == ["رضا کریمی"]
    assert "رضا کریمی" in names(asha.get(LIST + "?q=۲"))  # a number may also stand in words
    assert names(asha.get(LIST + "?q=mushi")) == ["Neema Mushi"]
    assert names(asha.get(LIST + "?q=NIMESUBIRI")) == ["Neema Mushi"]
    assert names(asha.get(LIST + "?q=كريمي")) == ["رضا کریمی"]
    assert names(asha.get(LIST + "?q=100%25")) == []
    assert "Nothing found" in asha.get(LIST + "?q=zzz").text


def test_counts_go_no_further_than_999(asha: Browser, desk: Desk) -> None:
    for _ in range(3):
        desk.answer(None, 0)
    assert tabs(asha.get(LIST))["All"] == "3"
    first = desk.cases()[0]
    with desk.database.write() as session:
        session.execute(
            Case.__table__.insert(),  # type: ignore[attr-defined]
            [
                {
                    "public_id": f"x{number:025}",
                    "site_id": desk.site(),
                    "number": number,
                    "kind": first.kind,
                    "family": first.family,
                    "state": "new",
                    "priority": "low",
                    "language": "en",
                    "due_at": first.due_at + timedelta(days=1),
                    "created_at": first.created_at,
                    "updated_at": first.created_at,
                    "reason": {},
                }
                for number in range(100, 1105)
            ],
        )
    assert tabs(asha.get(LIST))["All"] == "999+"


def test_paging_goes_to_the_end_and_back_without_losing_or_repeating_a_case(asha: Browser, desk: Desk) -> None:
    for number in range(120):
        desk.answer(f"Customer {number:03}", 0)
    with desk.database.write() as session:  # the same moment for all: only the id tells them apart
        session.execute(update(Case).where(Case.site_id == desk.site()).values(due_at=NOON))
    page, seen, pages = LIST, [], []
    while page:
        reply = asha.get(page)
        seen += names(reply)
        pages.append(names(reply))
        link = soup(reply.text).select_one("a[rel=next]")
        page, last = (str(link["href"]), page) if link else ("", page)
    assert seen == [f"Customer {number:03}" for number in range(120)]
    assert [len(one) for one in pages] == [50, 50, 20]
    back = []
    page = last
    while True:
        link = soup(asha.get(page).text).select_one("a[rel=prev]")
        if link is None:
            break
        page = str(link["href"])
        back.append(names(asha.get(page)))
    assert back == [pages[1], pages[0]]


@pytest.mark.parametrize("length", [1, 60])
def test_the_list_takes_at_most_six_statements_whatever_its_length(asha: Browser, desk: Desk, length: int) -> None:
    for number in range(length):
        desk.answer(f"Customer {number}", 0)
    asha.get(LIST)
    with Statements(desk.database) as counted:
        assert asha.get(LIST + "?q=customer").status_code == 200
    assert len(counted.seen) <= 6, "\n".join(one[:90] for one in counted.seen)


def test_words_and_names_of_customers_are_never_markup(asha: Browser, desk: Desk) -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>\u202e\"'><b hx-get=/>"
    desk.answer(hostile, 0, hostile)
    found = asha.get(LIST).text
    case = desk.case()
    shown = asha.get(f"/console/shop/cases/{case.public_id}").text
    for text in (found, shown, asha.get(LIST + "?q=" + "<script>alert(1)</script>").text):
        tree = soup(text)
        assert not [one for one in tree.select("script") if not one.get("src")]
        assert not tree.select("img, [onerror], b[hx-get]")
        assert "&lt;script&gt;" in text


def test_each_site_sees_only_its_own(asha: Browser, parisa: Browser, desk: Desk) -> None:
    desk.answer("Neema", 0)
    desk.answer("Reza", 0, site="bank", locale="fa")
    assert names(asha.get(LIST)) == ["Neema"]
    assert names(parisa.get("/console/bank/cases/")) == ["Reza"]
    assert asha.get("/console/bank/cases/").status_code == 404
    assert asha.get(LIST + "?q=Reza").text.count("list__title") == 0
    assert asha.get(f"{LIST}?owner={desk.town.staff['Parisa'][1]}").status_code == 200
