"""The pages of responses: list, one response, sums per survey, previews that store nothing."""

import pytest
from sqlalchemy import func, select

from feedback.responses.models import Draft, Response
from tests.helpers.console import HERE, Browser
from tests.helpers.desk import Desk, Statements
from tests.helpers.forms import forms, soup

LIST = "/console/shop/responses/"


def names(browser: Browser, path: str = LIST) -> list[str]:
    """Customers in the list, in order."""
    reply = browser.get(path)
    assert reply.status_code == 200, reply.text
    return [one.text for one in soup(reply.text).select(".list__title bdi")]


def test_filters_by_survey_score_language_and_state(asha: Browser, desk: Desk) -> None:
    desk.answer("Low", 0)
    desk.answer("Middle", 50, locale="fa-AF")
    desk.answer("High", 100)
    assert names(asha) == ["High", "Middle", "Low"]
    assert names(asha, LIST + "?score=low") == ["Low"]
    assert names(asha, LIST + "?score=middling&language=fa") == ["Middle"]
    assert names(asha, LIST + "?survey=support-csat&score=high") == ["High"]
    assert names(asha, LIST + "?survey=nps") == []
    assert names(asha, LIST + "?state=partial") == []
    assert len(names(asha, LIST + "?state=nope&score=1&survey=x&after=zz&before=%01")) == 3


def test_paging_to_the_end_and_back(asha: Browser, desk: Desk) -> None:
    for number in range(105):
        desk.answer(f"Customer {number:03}", 100, "")
    pages, page = [], LIST
    while page:
        last, text = page, asha.get(page).text
        pages.append([one.text for one in soup(text).select(".list__title bdi")])
        link = soup(text).select_one("a[rel=next]")
        page = str(link["href"]) if link else ""
    assert [len(one) for one in pages] == [50, 50, 5]
    assert [name for one in pages for name in one] == [f"Customer {number:03}" for number in reversed(range(105))]
    back = str(soup(asha.get(last).text).select_one("a[rel=prev]")["href"])  # type: ignore[index]
    assert names(asha, back) == pages[1]
    first = str(soup(asha.get(back).text).select_one("a[rel=prev]")["href"])  # type: ignore[index]
    assert names(asha, first) == pages[0]
    assert soup(asha.get(first).text).select_one("a[rel=prev]") is None


@pytest.mark.parametrize("length", [1, 40])
def test_the_list_takes_few_statements_whatever_its_length(asha: Browser, desk: Desk, length: int) -> None:
    for number in range(length):
        desk.answer(f"Customer {number}", 100)
    asha.get(LIST)
    with Statements(desk.database) as counted:
        asha.get(LIST)
    assert len(counted.seen) <= 6, "\n".join(one[:90] for one in counted.seen)


def test_one_response_shows_everything_and_leads_to_the_open_case(asha: Browser, desk: Desk) -> None:
    public_id = desk.answer("Neema", 0, "Nimesubiri <b>sana</b>", why=("slow",))
    reply = asha.get(LIST + public_id)
    page = soup(reply.text)
    words = page.select_one("blockquote")
    assert words is not None
    assert (words.text, words["lang"]) == ("Nimesubiri <b>sana</b>", "sw")
    assert "1 of 5" in page.text
    assert "It took too long" in page.text
    assert "How was our service? · version 1" in page.text, "a comma would be a Latin one in Persian"
    case = page.select_one(".actions a")
    assert case is not None
    assert case["href"] == f"/console/shop/cases/{desk.case().public_id}"


def test_sums_of_a_survey_with_a_table_beside_every_bar(asha: Browser, desk: Desk) -> None:
    for score in (0, 100, 100, 75):
        desk.answer("Somebody", score, why=("slow", "rude") if not score else ())
    page = soup(asha.get(LIST + "surveys/support-csat").text)
    figures = page.select_one(".figures")
    assert figures is not None
    assert "4" in figures.text
    assert "68.8" in figures.text
    first = page.select_one("table.bars")
    assert first is not None
    rows = [" ".join(row.text.split()) for row in first.select("tbody tr")]
    assert rows == [
        "1 Very dissatisfied 25% 1",
        "2 Dissatisfied 0% 0",
        "3 Neither 0% 0",
        "4 Satisfied 25% 1",
        "5 Very satisfied 50% 2",
    ]
    assert "support-csat" in asha.get(LIST + "surveys/").text


def test_the_preview_walks_through_every_language_and_stores_nothing(asha: Browser, desk: Desk) -> None:
    path = LIST + "preview/support-csat"
    for language in ("en", "sw", "ne", "fa", "mn", "hy"):
        reply = asha.get(f"{path}?lang={language}")
        assert soup(reply.text).html["lang"] == language  # type: ignore[index]
    form = asha.form(f"{path}?lang=fa", path)
    step = asha.post(path, {**form.fields, "score": "1", "fb_go": "next"})
    assert step.status_code == 200
    assert "چه مشکلی پیش آمد؟" in step.text
    while "fb_go" in step.text and "پیش‌نمایش بود" not in step.text:
        (form,) = [one for one in forms(step.text, HERE) if one.method == "post"]
        go = form.buttons[0][1]
        step = asha.post(path, {**form.fields, "fb_go": go})
        assert step.status_code == 200
    assert "پیش‌نمایش بود" in step.text
    empty = asha.post(path, {"csrf_token": asha.csrf(), "fb_go": "next", "fb_step": "score", "fb_lang": "en"})
    assert "Please choose an answer." in empty.text
    assert "script-src 'none'" in step.headers["Content-Security-Policy"]
    with desk.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Response)) == 0
        assert session.scalar(select(func.count()).select_from(Draft)) == 0


def test_another_sites_responses_are_404(asha: Browser, desk: Desk) -> None:
    foreign = desk.answer("Reza", 0, site="bank", locale="fa")
    for site in ("shop", "bank"):
        assert asha.get(f"/console/{site}/responses/{foreign}").status_code == 404
    assert asha.get("/console/bank/responses/").status_code == 404
    assert names(asha) == []
