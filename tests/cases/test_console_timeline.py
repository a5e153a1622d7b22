"""The timeline of the case page: mails and whose they are, filters, hand-offs, whose turn it is, long ones, paper."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bs4 import Tag
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from feedback.actors import SYSTEM, Actor
from feedback.cases.actions import customer_wrote
from feedback.cases.actions.records import log
from feedback.cases.activity import Happened
from feedback.cases.models import Activity, Case
from feedback.delivery.models import InboundMail
from tests.cases.test_console import LIST, names, rows, tabs
from tests.cases.test_console_case import case_path, text_of
from tests.helpers.console import Browser
from tests.helpers.desk import Desk, Statements
from tests.helpers.forms import soup

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(1)>\u202e'


@pytest.fixture
def neema(desk: Desk) -> str:
    """The address of a case with a customer."""
    desk.answer(None, 0, customer_id=desk.customer("Neema Mushi", email="neema@example.com"))
    return case_path(desk)


def write(desk: Desk, text: str, channel: str = "page", **facts: Any) -> None:
    """The customer, or whoever has the link, writes."""
    with desk.database.write() as session:
        customer_wrote(session, Actor.customer(1), desk.site(), desk.case().id, text, channel=channel, **facts)


def note_mail(desk: Desk, text: str, **facts: Any) -> None:
    """A mail that is only noted."""
    with desk.database.write() as session:
        now = datetime.now(UTC)
        log(session, Actor.customer(1), desk.site(), desk.case().id, Happened.MAIL_NOTED, now, text=text, **facts)


def events(reply: TestResponse) -> list[Tag]:
    """What stands in the timeline, the newest first."""
    assert reply.status_code == 200, reply.text
    return list(soup(reply.text).select(".timeline .event"))


def told(event: Tag) -> str:
    """The words of one line."""
    return " ".join(event.text.split())


def test_a_mail_says_from_whom_and_whether_that_is_the_address_on_file(asha: Browser, desk: Desk, neema: str) -> None:
    write(desk, "Ni mimi", "mail", mail="m1", **{"from": "neema@example.com"}, known=True, cut=False)
    write(
        desk,
        "Ni mume wake",
        "mail",
        mail="m2",
        **{"from": "husband@example.org"},
        known=False,
        cut=True,
        attachments=["risiti.pdf", HOSTILE],
    )
    stranger, known = events(asha.get(neema))[:2]
    assert "event--customer" in known["class"]
    assert told(known).startswith("The customer wrote by email · Customer")
    assert "By email from neema@example.com" in told(known)
    assert "Not the address on file" not in told(known)
    assert told(stranger).startswith("Somebody wrote by email ·")
    assert "Customer" not in told(stranger)
    for words in ("husband@example.org", "Not the address on file", "Cut off: the email was longer", "risiti.pdf"):
        assert words in told(stranger)
    assert stranger.select("script, img") == []


def test_machines_are_quiet_and_only_noted(asha: Browser, desk: Desk, neema: str) -> None:
    for sort in ("auto", "bulk", "bounce", "unreadable", "held", "reply", "of-a-later-release"):
        note_mail(desk, HOSTILE, mail=f"m-{sort}", sort=sort, **{"from": "robot@example.org"})
    found = events(asha.get(neema))[:7]
    assert {event["class"][1] for event in found} == {"event--system"}
    assert len({told(event).partition(" · ")[0] for event in found}) == 7
    assert all(event.select("details:not([open]) .event__body") for event in found)
    assert all(not event.select("script, img") for event in found)
    assert events(asha.get(neema + "?part=talk")) == []


def test_what_was_cut_off_as_quoted_is_not_lost(asha: Browser, desk: Desk, neema: str) -> None:
    with desk.database.write() as session:
        mail = InboundMail(
            site_id=desk.site(),
            link_id=1,
            kind="reply",
            message_key="k",
            sender="neema@example.com",
            text="Ndiyo",
            quoted="> Pole sana\nSIYO KWELI",
            received_at=datetime.now(UTC),
        )
        session.add(mail)
        session.flush()
        public_id = mail.public_id
    write(desk, "Ndiyo", "mail", mail=public_id, **{"from": "neema@example.com"}, known=True)
    (newest, *_) = events(asha.get(neema))
    assert "SIYO KWELI" in told(newest)


def test_each_part_shows_its_own_and_says_which_it_is(asha: Browser, desk: Desk, neema: str) -> None:
    asha.fill(neema, f"{neema}/note", text="Anapendelea jioni")
    asha.fill(neema, f"{neema}/contact", text="Nimempigia", channel="phone")
    write(desk, "Bado")
    wanted = {
        "talk": ["The customer wrote on their page", "Spoke to the customer: By phone"],
        "promises": ["Promise kept"],
        "notes": ["Note"],
    }
    for part, sentences in wanted.items():
        reply = asha.get(f"{neema}?part={part}")
        assert [event.select_one("b").text for event in events(reply)] == sentences  # type: ignore[union-attr]
        (current,) = soup(reply.text).select(".parts [aria-current]")
        assert f"part={part}" in str(current["href"])
    assert len(events(asha.get(neema + "?part=nonsense"))) == 5


def test_whose_turn_it_is_stands_on_the_case_and_in_the_list(asha: Browser, desk: Desk, neema: str) -> None:
    desk.answer("Somebody else", 0)
    assert tabs(asha.get(LIST))["Customer has replied"] == "0"
    path = neema
    with desk.database.write() as session:
        case = session.scalars(select(Case).where(Case.site_id == desk.site(), Case.number == 1)).one()
        customer_wrote(session, Actor.customer(1), desk.site(), case.id, "Bado nasubiri", channel="page")
    page = asha.get(path)
    assert "The customer has replied" in text_of(page, ".page-head")
    assert [quote.text for quote in soup(page.text).select(".words blockquote")] == ["Nimesubiri sana", "Bado nasubiri"]
    assert names(asha.get(LIST + "?replied=1")) == ["Neema Mushi"]
    assert tabs(asha.get(LIST))["Customer has replied"] == "1"
    assert [bool(row.select(".badge--turn")) for row in rows(asha.get(LIST))] == [True, False]
    asha.fill(path, f"{path}/contact", text="Nimempigia", channel="phone")
    assert names(asha.get(LIST + "?replied=1")) == []
    assert not soup(asha.get(path).text).select(".badge--turn")


def test_the_third_hand_off_is_marked_on_the_case_and_in_the_list(asha: Browser, desk: Desk, neema: str) -> None:
    staff = {name: desk.town.staff[name][1] for name in ("Asha", "Juma", "Lulu")}
    asha.fill(neema, f"{neema}/take")
    for name in ("Lulu", "Juma", "Asha"):
        before = soup(asha.get(neema).text).select(".badge--warn, .event .tag--warn")
        assert before == []
        done = asha.fill(neema, f"{neema}/assign", owner=staff[name], note=f"Kwa {name}")
        assert done.status_code == 303, done.text
    page = asha.get(neema)
    assert "Handed off 3 times" in text_of(page, ".page-head .badge--warn")
    marked = [told(event) for event in events(page) if event.select(".tag--warn")]
    assert len(marked) == 1
    assert "Kwa Asha" in marked[0]
    assert "Handed off 3 times" in rows(asha.get(LIST))[0].text


def test_a_promise_that_was_not_kept_and_one_to_come_stand_in_the_list(asha: Browser, desk: Desk, neema: str) -> None:
    with desk.database.write() as session:
        session.execute(update(Case).where(Case.site_id == desk.site()).values(hand_offs=0))
    soon = datetime.now(UTC) + timedelta(days=2)
    asha.fill(neema, f"{neema}/promise", what="Pesa", day=f"{soon:%Y-%m-%d}", clock="10:00")
    assert "Promised for" in rows(asha.get(LIST))[0].text
    with desk.database.write() as session:
        log(session, SYSTEM, desk.site(), desk.case().id, Happened.PROMISE_BROKEN, datetime.now(UTC))
        table = Activity.metadata.tables["promise"]
        session.execute(table.update().where(table.c.site_id == desk.site()).values(state="broken"))
    (row,) = rows(asha.get(LIST))
    assert "Promise not kept" in row.text
    assert "Promised for" not in row.text


def test_a_long_timeline_is_cut_and_all_of_it_is_one_link_away(asha: Browser, desk: Desk, neema: str) -> None:
    with desk.database.write() as session:
        case, now = desk.case(), datetime.now(UTC)
        for number in range(200):
            log(session, SYSTEM, desk.site(), case.id, Happened.NOTED, now, text=f"note {number}")
    asha.get(neema)
    with Statements(desk.database) as counted:
        page = asha.get(neema)
    found = events(page)
    assert len(found) == 50
    assert "note 199" in told(found[0])
    assert len(counted.seen) <= 16
    (more,) = [link for link in soup(page.text).select("#timeline a") if "all=1" in str(link["href"])]
    assert len(events(asha.get(str(more["href"])))) == 201
    printed = asha.get(neema + "?print=1")
    assert len(events(printed)) == 201
    assert soup(printed.text).select("[data-print]")
    assert not soup(page.text).select("[data-print]")


def test_a_clash_tells_only_what_is_new_also_from_a_part_of_the_timeline(
    asha: Browser, juma: Browser, desk: Desk, neema: str
) -> None:
    asha.fill(neema, f"{neema}/contact", text="Nimempigia", channel="phone")
    mine = juma.form(f"{neema}?part=notes", f"{neema}/resolve")
    asha.fill(neema, f"{neema}/note", text="Kitu kipya")
    late = juma.post(f"{neema}/resolve", {**mine.fields, "outcome": "solved"})
    assert late.status_code == 409
    theirs = text_of(late, ".conflict__side")
    assert "Kitu kipya" in theirs
    assert "Nimempigia" not in theirs
