"""Staff's page of mails: what each list shows, in words and without addresses, and the buttons."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from feedback import clock
from feedback.audit import AuditRow
from feedback.db import Database
from feedback.delivery import outbox, queries
from feedback.delivery.console import HELD, WRONG
from feedback.delivery.models import MailClass, OutboxMail
from feedback.delivery.refusals import Trouble
from feedback.jobs import Job
from tests.helpers.console import Browser
from tests.helpers.desk import Desk, Statements
from tests.helpers.desk_fixtures import asha as asha
from tests.helpers.desk_fixtures import desk as desk
from tests.helpers.desk_fixtures import lulu as lulu
from tests.helpers.desk_fixtures import parisa as parisa

PATH = "/console/shop/mails/"
RAW = "552 5.2.2 <neema@duka.example> mailbox full"


def add(desk: Desk, state: str = "failed", *, site: str = "shop", name: str = "password_reset", **more: Any) -> str:
    """A mail that stands there so; its public id."""
    now = clock.now()
    usual: dict[str, Any] = {
        "failed": {"keep_until": now + timedelta(days=30), "last_error": RAW, "attempts": 9, "tried_at": now},
        "queued": {"next_at": now},
        "sending": {"attempts": 1, "tried_at": now, "lease_until": now + timedelta(minutes=5)},
        "sent": {"attempts": 1, "tried_at": now, "sent_at": now},
        "withheld": {"last_error": "erased"},
    }[state]
    if "customer_id" not in more and "staff_id" not in more:
        more["staff_id"] = desk.town.staff["Asha"][0]
    with desk.database.write() as session:
        mail_id = outbox.queue_mail(
            session,
            site_id=desk.site(site),
            name=name,
            mail_class=MailClass.TRANSACTIONAL,
            locale="en",
            **{key: more.pop(key) for key in ("customer_id", "staff_id", "case_id") if key in more},
        )
        session.execute(update(OutboxMail).where(OutboxMail.id == mail_id).values(state=state, **usual | more))
        return session.scalars(select(OutboxMail.public_id).where(OutboxMail.id == mail_id)).one()


def state_of(database: Database, public_id: str) -> str:
    with database.read() as session:
        return session.scalars(select(OutboxMail.state).where(OutboxMail.public_id == public_id)).one()


def test_when_nothing_failed_all_is_well(desk: Desk, asha: Browser) -> None:
    page = asha.get(PATH)
    assert "All is well" in page.text
    assert "<table" not in page.text
    for name in ("waiting", "sent", "held"):
        assert asha.get(f"{PATH}?list={name}").status_code == 200
    assert "All is well" in asha.get(f"{PATH}?list=nonsense&before=nonsense").text


def test_a_failed_mail_says_to_whom_why_and_what_about_and_shows_no_address(desk: Desk, asha: Browser) -> None:
    customer_id = desk.customer("Neema Mushi", email="neema@duka.example")
    desk.answer("Neema", 0)
    case = desk.case()
    add(desk, customer_id=customer_id, case_id=case.id, name="case_reply", last_error="552 5.2.2 mailbox full")
    page = asha.get(PATH).text
    for words in (
        "Neema Mushi",
        "n•••@d•••.example",
        "The mailbox is full.",
        "552 5.2.2 mailbox full",
        "tried 9 times",
    ):
        assert words in page, words
    assert "neema@duka.example" not in page
    assert f"/console/shop/cases/{case.public_id}" in page
    assert "Shop: an answer to what you told us (#1)" in page


def test_each_list_has_its_own_mails_and_no_other_sites(desk: Desk, lulu: Browser, parisa: Browser) -> None:
    for state in ("failed", "queued", "sending", "sent", "withheld"):
        add(desk, state)
        add(desk, state, site="bank")
        add(desk, state, site="bank")
    told = {"failed": 1, "waiting": 2, "sent": 1, "held": 1}
    for name, rows in told.items():
        assert lulu.get(f"{PATH}?list={name}").text.count('class="list__main"') == rows, name
        assert parisa.get(f"/console/bank/mails/?list={name}").text.count('class="list__main"') == 2 * rows, name
    assert lulu.get("/console/bank/mails/").status_code == 404


def test_an_agent_sends_one_mail_again(desk: Desk, asha: Browser) -> None:
    public_id = add(desk)
    done = asha.fill(PATH, f"/{public_id}/retry")
    assert (done.status_code, done.location) == (303, f"{PATH}?done=mail-again")
    assert state_of(desk.database, public_id) == "queued"
    assert "It is being sent again now." in asha.get(done.location).text
    assert asha.post(f"{PATH}{public_id}/leave", {"csrf_token": asha.csrf()}).status_code == 303
    assert state_of(desk.database, public_id) == "withheld"
    too_late = asha.post(f"{PATH}{public_id}/retry", {"csrf_token": asha.csrf(), "list": "held"})
    assert (too_late.status_code, too_late.location) == (303, f"{PATH}?list=held&done=mail-moved-on")


def test_all_that_failed_are_sent_again_by_a_lead_only(desk: Desk, asha: Browser, lulu: Browser) -> None:
    add(desk)
    assert "Send all failed emails" not in asha.get(PATH).text
    assert asha.post(f"{PATH}retry", {"csrf_token": asha.csrf()}).status_code == 403
    assert lulu.fill(PATH, f"{PATH}retry").location == f"{PATH}?done=mails-again"
    with desk.database.read() as session:
        assert session.scalars(select(Job).where(Job.name == "delivery.retry_failed")).one().site_id == desk.site()


def test_another_sites_mail_can_not_be_sent_from_here(desk: Desk, asha: Browser) -> None:
    public_id = add(desk, site="bank")
    for action in ("retry", "leave"):
        assert asha.post(f"{PATH}{public_id}/{action}", {"csrf_token": asha.csrf()}).status_code == 404
    assert asha.post(f"{PATH}{add(desk)}/retry", {}).status_code == 400, "without the form's token"


def test_the_list_costs_five_statements_whatever_its_length_and_pages_both_ways(
    desk: Desk, asha: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.answer("Neema", 0)
    case_id = desk.case().id
    for _ in range(7):
        add(desk, case_id=case_id)
    monkeypatch.setattr("feedback.delivery.console.PAGE", 3)
    seen: list[str] = []
    counted = set()
    path: str | None = PATH
    pages = 0
    while path:
        with Statements(desk.database) as sent:
            text = asha.get(path).text
        counted.add(len(sent.seen))
        seen += re.findall(r"mails/(\w{26})/retry", text)
        path, pages = _link(text, "next"), pages + 1
        back = _link(text, "prev")
    assert (len(set(seen)), len(seen), pages) == (7, 7, 3)
    assert counted == {5}, sent.seen
    assert back is not None
    assert asha.get(back).text.count('class="list__main"') == 3


def _link(text: str, rel: str) -> str | None:
    _, found, rest = text.partition(f'rel="{rel}" href="')
    return rest.partition('"')[0].replace("&amp;", "&") if found else None


def test_counts_end_at_a_thousand(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        add(desk)
    add(desk, "queued")
    with desk.database.read() as session:
        assert queries.count_mails(session, desk.site()) == {"failed": 3, "waiting": 1}
    monkeypatch.setattr(queries, "COUNTED", 2)
    with desk.database.read() as session:
        assert queries.count_mails(session, desk.site()) == {"failed": 2, "waiting": 1}


def test_a_mail_of_a_kind_that_is_gone_is_still_shown(desk: Desk, asha: Browser, app: Flask) -> None:
    add(desk, name="of_an_older_release")
    assert "of_an_older_release" in asha.get(PATH).text


def test_every_trouble_has_words() -> None:
    assert set(WRONG) == set(Trouble)
    assert {"given_up", "too_old", "erased", "disabled", "no_address"} <= set(HELD)


def test_who_asked_is_written_down(desk: Desk, asha: Browser) -> None:
    public_id = add(desk)
    asha.fill(PATH, f"/{public_id}/retry")
    with desk.database.read() as session:
        row = session.scalars(select(AuditRow).where(AuditRow.action == "mail.retry")).one()
    assert (row.subject_id, row.actor_label, row.before) == (public_id, "Asha", {"state": "failed"})
