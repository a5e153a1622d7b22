"""Mails that did not go out: kept for a month, sent after all by a person, found again when their job is lost."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from feedback import clock
from feedback.actors import Actor
from feedback.audit import AuditRow
from feedback.db import Database
from feedback.delivery import mails, outbox, recovery
from feedback.delivery.jobs import blank_old, find_lost, retry_failed, send
from feedback.delivery.models import MailClass, MailState, OutboxMail
from feedback.errors import Conflict, NotFound
from feedback.events import CustomerErased, emit
from feedback.jobs import Job, JobContext
from feedback.settings import Settings
from feedback.staff.models import StaffMember
from tests.delivery.outgoing import (
    NOW,
    NOWHERE,
    add_member,
    due,
    fail_for_good,
    invite,
    jobs,
    mail_row,
    mail_rows,
    one_more,
    talking_to,
)
from tests.helpers.mail_server import mail_server

ANN = Actor.command("ann")


def queued(database: Database, **more: Any) -> int:
    """A mail with facts."""
    with database.write() as session:
        return outbox.queue_mail(
            session,
            site_id=1,
            name="staff_invited",
            mail_class=MailClass.TRANSACTIONAL,
            locale="en",
            facts={"word": "kept"},
            **more,
        )


def failed(database: Database, **more: Any) -> OutboxMail:
    """A mail with facts that was refused for good."""
    mail_id = queued(database, **more)
    with database.write() as session:
        mail = outbox.claim(session, 1, mail_id)
        assert mail is not None
        outbox.record_failed(session, mail, "550 5.1.1 no such user", None)
    return mail_rows(database)[-1]


def again(database: Database, public_id: str, act: Callable[[Session, Actor, int, str], None] = recovery.retry) -> None:
    """Somebody presses the button."""
    with database.write() as session:
        act(session, ANN, 1, public_id)


def audited(database: Database) -> list[tuple[str, str]]:
    """What was written down about mails: what was done, and to which."""
    with database.read() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.subject == "mail").order_by(AuditRow.id))
        return [(row.action, row.subject_id) for row in rows]


def test_a_mail_that_was_given_up_keeps_its_facts_and_is_sent_when_somebody_asks(database: Database) -> None:
    invite(database)
    row = fail_for_good(database)
    assert row.keep_until is not None
    assert row.attempts == 9
    again(database, row.public_id)
    waiting = mail_row(database)
    assert (waiting.state, waiting.attempts, waiting.next_at) == (MailState.QUEUED, 0, jobs(database)[-1].run_at)
    with mail_server() as server:
        send(talking_to(due(database), server.url))
        assert len(server.taken) == 1
    sent = mail_row(database)
    assert (sent.state, sent.facts, sent.keep_until, sent.last_error) == (MailState.SENT, {}, None, None)
    assert audited(database) == [("mail.retry", row.public_id)]


def test_a_mail_asked_for_again_has_all_tries_again_although_its_use_is_over(database: Database) -> None:
    invite(database)
    row = fail_for_good(database)
    with database.write() as session:
        session.execute(update(OutboxMail).values(created_at=NOW - timedelta(days=20)))
    again(database, row.public_id)
    send(talking_to(due(database), NOWHERE))
    assert mail_row(database).state == MailState.QUEUED, "a person wants it, however old it is"


def test_waiting_mails_can_be_tried_now(database: Database) -> None:
    send(talking_to(invite(database), NOWHERE))
    row = mail_row(database)
    assert row.next_at is not None
    assert row.next_at > clock.now()
    again(database, row.public_id)
    now = mail_row(database)
    assert now.next_at is not None
    assert now.next_at <= clock.now()
    send(due(database))
    assert mail_row(database).state == MailState.SENT


def refused_ones(database: Database) -> dict[str, Callable[[], str]]:
    """By why not: makes a mail that can't be sent again; its public id."""

    def settled(state: str, **more: Any) -> str:
        row = failed(database)
        with database.write() as session:
            session.execute(update(OutboxMail).where(OutboxMail.id == row.id).values(state=state, **more))
        return row.public_id

    return {
        "sent": lambda: settled("sent", keep_until=None),
        "sending": lambda: settled("sending", lease_until=clock.now() + timedelta(minutes=1)),
        "forgotten": lambda: settled("failed", keep_until=None, facts={}),
        "held back for good": lambda: settled("withheld", keep_until=None, last_error="said_no"),
        "never tried": lambda: settled("queued", attempts=0),
    }


@pytest.mark.parametrize("why", ["sent", "sending", "forgotten", "held back for good", "never tried"])
def test_nothing_else_is_sent_again(database: Database, why: str) -> None:
    with database.write() as session:
        add_member(session)
    public_id = refused_ones(database)[why]()
    before = len(jobs(database))
    with pytest.raises(Conflict):
        again(database, public_id)
    assert len(jobs(database)) == before
    assert audited(database) == []


def test_another_sites_mail_is_not_found(database: Database) -> None:
    row = failed(database)
    for act in (recovery.retry, recovery.give_up):
        with database.write() as session, pytest.raises(NotFound):
            act(session, ANN, 2, row.public_id)


def test_what_was_held_back_for_a_reason_that_has_passed_can_go_out(database: Database, settings: Settings) -> None:
    context = invite(database)
    with database.write() as session:
        session.execute(update(StaffMember).values(disabled_at=NOW))
    send(context)
    held = mail_row(database)
    assert (held.state, held.last_error) == (MailState.WITHHELD, "disabled")
    again(database, held.public_id)
    send(due(database))
    assert mail_row(database).state == MailState.WITHHELD, "the rules are asked again"
    with database.write() as session:
        session.execute(update(StaffMember).values(disabled_at=None))
    again(database, held.public_id)
    send(due(database))
    assert mail_row(database).state == MailState.SENT


def test_giving_up_ends_it_and_a_job_that_still_waits_does_nothing(database: Database, settings: Settings) -> None:
    send(talking_to(invite(database), NOWHERE))
    row = mail_row(database)
    again(database, row.public_id, recovery.give_up)
    left = mail_row(database)
    assert (left.state, left.last_error, left.facts) == (MailState.WITHHELD, "given_up", {})
    send(due(database))
    assert not list(settings.mail_dir.glob("*.eml"))
    for act in (recovery.give_up, recovery.retry):
        with pytest.raises(Conflict):
            again(database, row.public_id, act)
    assert audited(database) == [("mail.give_up", row.public_id)]


def test_all_that_failed_are_sent_again_and_what_fails_afterwards_is_not(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "BATCH", 2)
    monkeypatch.setattr("feedback.delivery.jobs.BATCH", 2)
    with database.write() as session:
        add_member(session)
    old = [failed(database, staff_id=1).id for _ in range(5)]
    with database.write() as session:
        assert recovery.retry_all(session, ANN, 1) == 5
    late = failed(database, staff_id=1).id
    with database.read() as session:
        job = session.scalars(select(Job).where(Job.name == recovery.RETRY)).one()
    retry_failed(JobContext(database, database.settings, dict(job.args), job.site_id))
    states = {row.id: row.state for row in mail_rows(database)}
    assert states == {**dict.fromkeys(old, "queued"), late: "failed"}
    assert {job.args["mail_id"] for job in jobs(database)[-5:]} == set(old)
    assert [action for action, _ in audited(database)] == ["mail.retry_all"]
    with database.write() as session:
        assert recovery.retry_all(session, ANN, 2) == 0


def test_a_month_later_what_failed_is_forgotten(database: Database) -> None:
    row = failed(database)
    blank_old(JobContext(database, database.settings, {}))
    assert mail_row(database).facts == {"word": "kept"}
    with database.write() as session:
        add_member(session)
    with time_machine.travel(clock.now() + timedelta(days=30, minutes=1)):
        blank_old(JobContext(database, database.settings, {}))
    old = mail_row(database)
    assert (old.state, old.facts, old.last_error, old.keep_until) == (MailState.WITHHELD, {}, "too_old", None)
    with pytest.raises(Conflict):
        again(database, row.public_id)


def test_erasure_blanks_every_mail_and_stops_what_has_not_gone_out(database: Database) -> None:
    queued(database, customer_id=7)
    failed(database, customer_id=7)
    mail_id = queued(database, customer_id=7)
    with database.write() as session:
        mail = outbox.claim(session, 1, mail_id)
        assert mail is not None
    other = failed(database, customer_id=8)
    with database.write() as session:
        emit(session, CustomerErased(1, customer_id=7, address_key=None))
    with database.write() as session:  # the server says no just now
        outbox.record_failed(session, mail, "451 later", clock.now())
    rows = mail_rows(database)
    assert [(row.state, row.facts, row.last_error) for row in rows[:3]] == [(MailState.WITHHELD, {}, "erased")] * 3
    assert rows[3].id == other.id
    assert rows[3].facts == {"word": "kept"}


def test_a_worker_that_woke_up_late_spoils_nothing(database: Database) -> None:
    mail_id = queued(database)
    with database.write() as session:
        slow = outbox.claim(session, 1, mail_id)
        session.execute(update(OutboxMail).values(lease_until=NOW))
        assert slow is not None
        assert outbox.claim(session, 1, mail_id) is not None
    with database.write() as session:
        outbox.record_failed(session, slow, "dropped: I slept", None)
        outbox.record_withheld(session, slow, "erased")
        outbox.put_off(session, slow, NOW)
    row = mail_row(database)
    assert (row.state, row.attempts, row.facts) == (MailState.SENDING, 2, {"word": "kept"})
    with database.write() as session:
        outbox.record_sent(session, 1, slow.id)
    assert mail_row(database).state == MailState.SENT, "that it was taken is true whoever says it"


@pytest.mark.parametrize("state", ["queued", "sending"])
def test_a_mail_whose_job_was_lost_is_found_again(database: Database, settings: Settings, state: str) -> None:
    with database.write() as session:
        add_member(session)
    kept = one_more(database)
    one_more(database)
    lost = mail_rows(database)[-1]
    with database.write() as session:
        session.execute(delete(Job).where(Job.once.like(f"mail:{lost.id}:%")))
        if state == "sending":
            assert outbox.claim(session, 1, lost.id) is not None
            assert outbox.claim(session, 1, int(kept.args["mail_id"])) is not None
    context = JobContext(database, settings, {})
    find_lost(context)
    assert len(jobs(database)) == 1, "not yet: it may be on its way"
    with time_machine.travel(clock.now() + outbox.LEASE + recovery.LOST_AFTER + timedelta(seconds=1)):
        find_lost(context)
        find_lost(context)
        assert [job.args["mail_id"] for job in jobs(database)] == [kept.args["mail_id"], lost.id]
        send(due(database))
    assert mail_rows(database)[-1].state == MailState.SENT


def test_many_late_mails_that_have_their_jobs_are_left_alone(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "BATCH", 3)
    with database.write() as session:
        add_member(session)
    for _ in range(7):
        one_more(database)
    last = mail_rows(database)[-1]
    with database.write() as session:
        session.execute(update(Job).where(Job.once.like(f"mail:{last.id}:%")).values(attempts=recovery.GIVEN_UP))
    with time_machine.travel(clock.now() + timedelta(hours=1)):
        find_lost(JobContext(database, database.settings, {}))
    assert [job.args["mail_id"] for job in jobs(database)[7:]] == [last.id], "its job is not run again"


def test_a_mistake_of_ours_is_a_failure_that_staff_see_and_is_tried_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: Any) -> Any:
        raise KeyError("oh")

    context = invite(database)
    for step in ("prepare", "write"):
        monkeypatch.setattr(mails, step, broken)
        send(context)
        monkeypatch.undo()
        row = mail_row(database)
        assert (row.state, row.last_error) == (MailState.QUEUED, "program: KeyError"), step
        context = due(database)
    send(context)
    assert mail_row(database).state == MailState.SENT


def test_a_mail_that_brings_its_worker_down_each_time_is_given_up(database: Database) -> None:
    mail_id = int(invite(database).args["mail_id"])
    for _ in range(outbox.DEADLY):
        with database.write() as session:
            assert outbox.claim(session, 1, mail_id) is not None
            session.execute(update(OutboxMail).values(lease_until=NOW))
    with database.write() as session:
        assert outbox.claim(session, 1, mail_id) is None
    assert mail_row(database).state == MailState.FAILED


def test_a_mail_put_off_has_used_no_try(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def not_yet(*_given: Any) -> Any:
        raise mails.NotYet(clock.now() + timedelta(hours=9))

    context = invite(database)
    monkeypatch.setattr(mails, "prepare", not_yet)
    send(context)
    row = mail_row(database)
    assert (row.state, row.attempts, row.last_error) == (MailState.QUEUED, 0, None)
    assert row.next_at == jobs(database)[-1].run_at


def test_the_job_is_done_in_the_transaction_that_says_that_the_mail_was_sent(database: Database) -> None:
    invite(database)
    job = jobs(database)[-1]
    context = replace(due(database), job_id=job.id, attempts=job.attempts)
    assert send(context) is True
    assert jobs(database)[-1].done_at is not None
