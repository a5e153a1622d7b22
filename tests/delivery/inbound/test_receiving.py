"""A mail is stored once with its link, told once, and answered never; loops are cut; erasure takes it."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine
from sqlalchemy import select, update

from feedback import clock
from feedback.actors import Actor
from feedback.customers.actions import erase_customer
from feedback.customers.models import Customer
from feedback.delivery.inbound.raw import raw_dir
from feedback.delivery.inbound.receiving import MOST_AN_HOUR, MOST_KEPT_AN_HOUR, Outcome
from feedback.events import PersonalDataOf, gather
from feedback.links.mailboxes import mailbox as mailbox_of
from feedback.links.mailboxes import opened
from feedback.links.models import Link
from feedback.links.purposes import Purpose
from feedback.worker import Worker
from tests.delivery.inbound.conftest import Mailbox

WILD = Path(__file__).parents[2] / "data" / "replies"
BOMB = (WILD / "nested-bomb.eml").read_bytes()


def test_a_mail_is_stored_with_its_link_and_told(mailbox: Mailbox) -> None:
    before = mailbox.told()
    assert mailbox.take(mailbox.letter("Bado nasubiri.\n\n> zenu\n")) == Outcome.STORED
    [row] = mailbox.rows()
    assert (row.site_id, row.link_id, row.kind) == (mailbox.site_id, mailbox.link_id, "reply")
    assert (row.sender, row.sender_name, row.subject) == ("neema@mail.example", "Neema", "Re: case")
    assert (row.text, row.quoted, row.attachments, row.cut) == ("Bado nasubiri.", "> zenu", [], False)
    assert len(mailbox.told()) > len(before)


def test_the_address_of_a_case_leads_back_to_its_link(mailbox: Mailbox) -> None:
    local = mailbox.address.partition("@")[0]
    assert re.fullmatch(r"case\+[a-z2-7]{20}", local)
    with mailbox.database.read() as session:
        link = session.scalars(select(Link).where(Link.id == mailbox.link_id)).one()
    assert opened(local) == opened(local.upper()) == (Purpose.CASE, link.key)
    assert mailbox_of("case", link.key) == local


def test_a_mail_that_is_delivered_again_is_stored_once(mailbox: Mailbox) -> None:
    assert mailbox.take(mailbox.letter()) == Outcome.STORED
    told = mailbox.told()
    assert mailbox.take(b"Received: from elsewhere\n" + mailbox.letter()) == Outcome.AGAIN
    assert len(mailbox.rows()) == 1
    assert mailbox.told() == told


def test_the_same_mail_to_two_links_is_stored_for_each(mailbox: Mailbox) -> None:
    other = mailbox.another()
    assert mailbox.take(mailbox.letter()) == Outcome.STORED
    assert mailbox.take(mailbox.letter(), other) == Outcome.STORED
    assert len({row.link_id for row in mailbox.rows()}) == 2


def test_a_mail_to_nobody_is_refused(mailbox: Mailbox) -> None:
    nobody = "a" * 20
    for local in ("feedback", f"case+{nobody}", "case+x", "case+", "case", f"unsub+{nobody}", "", "+"):
        assert mailbox.take(mailbox.letter(), f"{local}@feedback.shop.example") == Outcome.UNKNOWN, local
    assert mailbox.rows() == []


def test_a_survey_link_takes_no_mail(mailbox: Mailbox) -> None:
    with mailbox.database.write() as session:
        session.execute(update(Link).where(Link.id == mailbox.link_id).values(purpose="survey"))
    assert mailbox.take(mailbox.letter()) == Outcome.UNKNOWN


def test_a_revoked_link_is_refused_like_an_unknown_one(mailbox: Mailbox) -> None:
    assert mailbox.take(mailbox.letter(), mailbox.another(revoked=True)) == Outcome.UNKNOWN
    mailbox.revoke()
    assert mailbox.take(mailbox.letter()) == Outcome.UNKNOWN
    assert mailbox.rows() == []


def test_no_mail_ever_sends_one_to_its_sender(mailbox: Mailbox) -> None:
    sent = mailbox.sent()
    for name in ("out-of-office", "list-digest", "bounce-dsn", "null-sender", "forged-sender"):
        assert mailbox.take((WILD / f"{name}.eml").read_bytes()) == Outcome.STORED
    assert mailbox.sent() == sent
    assert mailbox.told().count("mail_noted") == 4


def test_a_loop_is_cut_after_five_in_an_hour(mailbox: Mailbox) -> None:
    with time_machine.travel(datetime(2026, 11, 20, 10, tzinfo=UTC), tick=False) as now:
        for number in range(MOST_AN_HOUR + 2):
            assert mailbox.take(mailbox.letter(message_id=f"{number}@loop")) == Outcome.STORED
        assert [row.kind for row in mailbox.rows()] == ["reply"] * 5 + ["held"] * 2
        assert mailbox.rows()[-1].text == "Still waiting."
        now.move_to(clock.now() + timedelta(minutes=61))
        mailbox.take(mailbox.letter(message_id="later@loop"))
        assert mailbox.rows()[-1].kind == "reply"


def test_a_flood_stays_with_the_server_that_brings_it(mailbox: Mailbox) -> None:
    mailbox.flood(MOST_KEPT_AN_HOUR)
    assert mailbox.take(mailbox.letter()) == Outcome.TOO_MANY
    assert mailbox.take(mailbox.letter(), mailbox.another()) == Outcome.STORED


def test_a_mail_that_cannot_be_read_is_stored_and_its_bytes_are_kept(mailbox: Mailbox) -> None:
    assert mailbox.take(BOMB) == Outcome.STORED
    [row] = mailbox.rows()
    assert (row.kind, row.text, row.sender) == ("unreadable", "", "m@evil.example")
    [kept] = raw_dir(mailbox.settings).iterdir()
    assert kept.name == f"{row.message_key}.eml"
    assert kept.read_bytes() == BOMB
    assert kept.stat().st_mode & 0o777 == 0o600
    mailbox.take(BOMB)
    assert len(list(raw_dir(mailbox.settings).iterdir())) == 1


def test_a_mail_to_nobody_that_cannot_be_read_is_not_kept(mailbox: Mailbox) -> None:
    mailbox.take(BOMB, "case+aaaaaaaaaaaaaaaaaaaa@x")
    assert not raw_dir(mailbox.settings).exists()


def test_mails_are_part_of_what_is_held_about_a_customer(mailbox: Mailbox) -> None:
    mailbox.take(mailbox.letter("Namba yangu ni 0712."))
    with mailbox.database.read() as session:
        answers = gather(session, PersonalDataOf(mailbox.site_id, mailbox.customer_id))
    [rows] = [found.rows for found in answers if found.heading == "mails_received"]
    assert [(row["sender"], row["text"]) for row in rows] == [("neema@mail.example", "Namba yangu ni 0712.")]


def test_erasure_blanks_mails_and_removes_their_bytes(mailbox: Mailbox) -> None:
    mailbox.take(mailbox.letter("Siri 4711.\n\n> Siri 4712"))
    mailbox.take(BOMB)
    with mailbox.database.write() as session:
        erase_customer(session, Actor.command("test"), mailbox.site_id, mailbox.customer_id)
    assert {(row.sender, row.sender_name, row.subject, row.text, row.quoted) for row in mailbox.rows()} == {("",) * 5}
    worker = Worker(mailbox.settings, mailbox.database, "a secret for tests")
    worker.drain()
    worker.close()
    assert list(raw_dir(mailbox.settings).iterdir()) == []
    assert mailbox.take(mailbox.letter(message_id="after@erasure")) == Outcome.UNKNOWN


def test_another_customers_mails_outlive_an_erasure(mailbox: Mailbox) -> None:
    mailbox.take(mailbox.letter("Mine."))
    with mailbox.database.write() as session:
        one = session.scalars(select(Customer).where(Customer.id == mailbox.customer_id)).one()
        other = Customer(
            site_id=one.site_id,
            external_id="other",
            search_key="other",
            created_at=one.created_at,
            updated_at=one.updated_at,
        )
        session.add(other)
        session.flush()
        erase_customer(session, Actor.command("test"), mailbox.site_id, other.id)
    assert mailbox.rows()[0].text == "Mine."


def test_bytes_of_unread_mails_go_after_thirty_days(mailbox: Mailbox) -> None:
    mailbox.take(BOMB)
    worker = Worker(mailbox.settings, mailbox.database, "a secret for tests")
    with time_machine.travel(clock.now() + timedelta(days=29)):
        worker.drain()
    assert len(list(raw_dir(mailbox.settings).iterdir())) == 1
    with time_machine.travel(clock.now() + timedelta(days=31)):
        worker.drain()
    worker.close()
    assert list(raw_dir(mailbox.settings).iterdir()) == []
