"""From the outbox to the reader: three steps, once, in their language, and again where a server says later."""

import email
import threading
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update

from feedback.db import Database
from feedback.delivery import mails, outbox
from feedback.delivery.backoff import DELAYS, next_try
from feedback.delivery.jobs import send
from feedback.delivery.models import MailClass, MailState, OutboxMail
from feedback.events import CustomerErased, PasswordResetAsked, StaffInvited, emit
from feedback.jobs import Job
from feedback.links.models import Link
from feedback.settings import Settings
from feedback.staff.models import StaffMember
from tests.delivery.outgoing import NOW, NOWHERE, add_member, due, invite, jobs, mail_row, talking_to


def written(settings: Settings) -> list[EmailMessage]:
    """The mails that lie in the folder."""
    found = []
    for path in sorted(settings.mail_dir.glob("*.eml")):
        message = email.message_from_bytes(path.read_bytes(), policy=policy.default)
        assert isinstance(message, EmailMessage)
        found.append(message)
    return found


def body(message: EmailMessage, kind: str) -> str:
    """One of the two bodies."""
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_somebody_invited_gets_one_mail_with_a_link_that_is_stored_nowhere(
    database: Database, settings: Settings
) -> None:
    context = invite(database)
    with database.read() as session:
        assert session.scalars(select(Link).where(Link.site_id == 1)).all() == [], "made at hand-over"
    send(context)
    send(context)
    (message,) = written(settings)
    assert message["To"] == "ann@example.com"
    assert message["Reply-To"] == "help@shop.example.com"
    assert message["From"].addresses[0].display_name == "Duka"
    assert message["Subject"] == "Your account at Duka"
    row = mail_row(database)
    assert message["Message-ID"] == f"<{row.public_id}@{settings.mail_domain}>"
    assert (row.state, row.facts, row.attempts) == (MailState.SENT, {}, 1)
    assert row.sent_at is not None
    address = f"{settings.public_url}/console/join/"
    plain = body(message, "plain")
    token = plain.split(address)[1].split()[0]
    assert len(token) == 53
    assert address + token in body(message, "html")
    with database.read() as session:
        for table in ("outbox_mail", "link", "job"):
            rows = session.execute(text(f"SELECT * FROM {table}")).all()
            assert token not in repr(rows), table


@pytest.mark.parametrize("language", ["en", "sw", "ne", "fa", "mn", "hy"])
@pytest.mark.parametrize("name", [mails.STAFF_INVITED, mails.PASSWORD_RESET])
def test_every_mail_is_written_in_the_readers_language(
    database: Database, settings: Settings, language: str, name: str
) -> None:
    with database.write() as session:
        member = add_member(session, language, "نرگس حاجی‌زاده")
        fact: Any = {"staff_invited": StaffInvited, "password_reset": PasswordResetAsked}[name]
        emit(session, fact(1, staff_id=member.id))
    send(due(database))
    (message,) = written(settings)
    html = body(message, "html")
    assert message["Content-Language"] == language
    assert f'lang="{language}"' in html
    assert f'dir="{"rtl" if language == "fa" else "ltr"}"' in html
    assert "نرگس حاجی‌زاده" in html, "the joiner in the name arrives"
    if language != "en":
        assert "password" not in str(message["Subject"])
        assert "The link works once" not in body(message, "plain")


def test_a_name_full_of_markup_and_direction_marks_stays_a_name(database: Database, settings: Settings) -> None:
    context = invite(database, name="\u202e<b>eliv\u202c & Co.\r\nBcc: x@example.com")
    send(context)
    (message,) = written(settings)
    assert message["Bcc"] is None
    assert "<b>eliv" not in body(message, "html")
    assert "\u202e" not in body(message, "plain")


def test_somebody_disabled_in_the_meantime_gets_nothing(database: Database, settings: Settings) -> None:
    context = invite(database)
    with database.write() as session:
        session.execute(update(StaffMember).values(disabled_at=NOW))
    send(context)
    assert written(settings) == []
    assert (mail_row(database).state, mail_row(database).last_error) == (MailState.WITHHELD, "disabled")


def test_a_server_that_is_away_gets_the_mail_later(database: Database, settings: Settings) -> None:
    send(talking_to(invite(database), NOWHERE))
    row = mail_row(database)
    assert row.state == MailState.QUEUED
    first, second = jobs(database)
    assert timedelta(seconds=40) < second.run_at - first.run_at < timedelta(seconds=90)
    assert row.next_at == second.run_at
    send(due(database))
    assert mail_row(database).state == MailState.SENT
    assert len(written(settings)) == 1


def test_an_address_that_can_not_be_is_given_up_at_once(database: Database, settings: Settings) -> None:
    context = invite(database)
    with database.write() as session:
        session.execute(update(StaffMember).values(email="a@b@example.com"))
    send(context)
    assert mail_row(database).state == MailState.FAILED


def test_a_mail_whose_worker_died_is_taken_up_after_its_lease(database: Database, settings: Settings) -> None:
    context = invite(database)
    mail_id = int(context.args["mail_id"])
    with database.write() as session:
        assert outbox.claim(session, 1, mail_id) is not None
    send(context)
    assert written(settings) == [], "somebody else may be talking right now"
    later = due(database)
    with database.read() as session:
        job = session.scalars(select(Job).order_by(Job.id.desc())).first()
        assert job is not None
        assert job.run_at == mail_row(database).lease_until
    with database.write() as session:
        session.execute(update(OutboxMail).values(lease_until=NOW - timedelta(days=400)))
    send(later)
    assert len(written(settings)) == 1


def test_many_workers_hand_over_a_mail_once(database: Database, settings: Settings) -> None:
    context = invite(database)
    threads = [threading.Thread(target=send, args=(context,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(written(settings)) == 1
    assert mail_row(database).attempts == 1


def test_nothing_is_open_while_we_talk(database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def note(_message: EmailMessage, directory: Path, name: str) -> Path:
        with database.write() as session:  # would wait for ever if the claim still held the door
            seen.append(session.execute(text("SELECT 1")).scalar_one())
        return directory / name

    monkeypatch.setattr("feedback.delivery.jobs.write_file", note)
    send(invite(database))
    assert seen == [1]


def test_an_erased_customer_is_sent_nothing_more(database: Database) -> None:
    with database.write() as session:
        add_member(session)
        outbox.queue_mail(
            session,
            site_id=1,
            name="anything",
            mail_class=MailClass.SURVEY,
            locale="en",
            customer_id=7,
            facts={"word": "secret"},
        )
        emit(session, CustomerErased(1, customer_id=7, address_key=None))
    row = mail_row(database)
    assert (row.state, row.facts) == (MailState.WITHHELD, {})


@pytest.fixture
def waits() -> list[timedelta]:
    """How long each failure waits for the next try."""
    return [
        (decision.at or NOW) - NOW
        for attempts in range(1, len(DELAYS) + 1)
        for decision in [next_try(attempts, NOW, permanent=False)]
    ]


def test_tries_come_ever_later_and_end(waits: list[timedelta]) -> None:
    assert waits == sorted(waits)
    assert waits[0] == timedelta(minutes=1)
    assert next_try(len(DELAYS) + 1, NOW, permanent=False).at is None


def test_no_try_comes_after_the_mail_has_lost_its_use() -> None:
    assert next_try(1, NOW, permanent=False, useful_until=NOW + timedelta(seconds=30)).reason == "too_late"
    assert next_try(1, NOW, permanent=True).reason == "refused"
    early = next_try(1, NOW, permanent=False, chance=0).at
    late = next_try(1, NOW, permanent=False, chance=1).at
    assert (early, late) == (NOW + timedelta(seconds=48), NOW + timedelta(seconds=72))
