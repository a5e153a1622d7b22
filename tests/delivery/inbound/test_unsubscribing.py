"""Unsubscribing by mail: whatever is sent to a link's address stops its topic, and is neither kept nor answered."""

import smtplib
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import func, select

from feedback.actors import SYSTEM, Actor
from feedback.customers.actions import erase_customer
from feedback.delivery.inbound.arrival import take
from feedback.delivery.inbound.lmtp import LmtpServer
from feedback.delivery.inbound.raw import raw_dir
from feedback.delivery.inbound.receiving import Outcome
from feedback.delivery.inbound.spool import take_folder
from feedback.delivery.models import InboundMail, OutboxMail
from feedback.jobs import Job
from feedback.links.actions import consume, revoke_link
from feedback.links.mailboxes import mailbox, unsubscribe_mailbox
from feedback.links.models import Link
from feedback.preferences.models import OptOut
from feedback.preferences.policy import MailClass
from feedback.preferences.queries import may_send_to
from tests.delivery.questions import unsubscribe_link
from tests.helpers.server import free_port
from tests.responses.shop import Shop

NEEMA = "neema@mail.example"
DATA = Path(__file__).parents[2] / "data"
WILD, ASKED = DATA / "replies", DATA / "unsubscribes"


@pytest.fixture
def link(shop: Shop) -> Link:
    """From a survey mail to Neema."""
    return unsubscribe_link(shop, NEEMA)


def apple(address: str, **changes: str) -> bytes:
    """What Apple Mail sends by itself: no subject, and words of its own."""
    mail = EmailMessage()
    for name, value in {"From": f"Neema <{NEEMA}>", "To": address, "Subject": "", **changes}.items():
        mail[name.replace("_", "-")] = value
    mail.set_content("")
    return bytes(mail)


def deliver(shop: Shop, link: Link, raw: bytes, sender: str | None = NEEMA) -> Outcome:
    """A mail to the link's address, as a server brings it."""
    address = unsubscribe_mailbox(shop.settings, link)
    return take(shop.database, shop.settings, [address], raw, envelope_sender=sender)[address]


def allowed(shop: Shop, topic: str = "surveys", email: str = NEEMA) -> bool:
    """Whether a mail of the topic may go."""
    with shop.database.read() as session:
        return may_send_to(session, shop.site_id, email, MailClass.MARKETING, topic).allowed


def evidence(shop: Shop) -> list[tuple[str, str, str, int | None]]:
    """Every opt-out: scope, topic, channel, link."""
    with shop.database.read() as session:
        rows = session.scalars(select(OptOut).where(OptOut.site_id == shop.site_id).order_by(OptOut.id))
        return [(row.scope, row.topic, row.channel, row.link_id) for row in rows]


def test_an_empty_mail_stops_the_topic_and_no_other(shop: Shop, link: Link) -> None:
    assert deliver(shop, link, apple(unsubscribe_mailbox(shop.settings, link))) == Outcome.STORED
    assert not allowed(shop)
    assert allowed(shop, "news")
    assert allowed(shop, email="juma@mail.example")
    assert evidence(shop) == [("topic", "surveys", "mailto", link.id)]


def test_a_link_without_a_topic_stops_the_news(shop: Shop) -> None:
    assert deliver(shop, unsubscribe_link(shop, NEEMA, ""), apple("x@x.example")) == Outcome.STORED
    assert (allowed(shop, "news"), allowed(shop)) == (False, True)


@pytest.mark.parametrize(
    ("raw", "sender"),
    [
        (b"", NEEMA),
        (b"\r\n", None),
        (apple("x@x.example", Subject="unsubscribe"), "mallory@evil.example"),
        (apple("x@x.example", From="Mallory <m@evil.example>"), "m@evil.example"),
        (apple("x@x.example", Precedence="bulk"), NEEMA),
        ((ASKED / "apple-mail.eml").read_bytes(), NEEMA),
        ((ASKED / "outlook.eml").read_bytes(), NEEMA),
        ((ASKED / "by-a-program.eml").read_bytes(), NEEMA),
        ((ASKED / "forged-from.eml").read_bytes(), "mallory@evil.example"),
        ((WILD / "outlook-desktop.eml").read_bytes(), NEEMA),
        ((WILD / "nested-bomb.eml").read_bytes(), NEEMA),
    ],
    ids=["nothing", "line", "subject", "forged", "bulk", "apple", "outlook", "program", "protest", "reply", "bomb"],
)
def test_whoever_has_the_address_stops_it_whatever_the_mail_says(
    shop: Shop, link: Link, raw: bytes, sender: str | None
) -> None:
    mails, jobs = count(shop, OutboxMail), count(shop, Job)
    assert deliver(shop, link, raw, sender) == Outcome.STORED
    assert not allowed(shop)
    assert count(shop, InboundMail) == 0, "nobody's words are kept"
    assert not raw_dir(shop.settings).exists()
    assert count(shop, OutboxMail) == mails, "nothing is answered"
    assert count(shop, Job) >= jobs


@pytest.mark.parametrize(
    ("raw", "sender"),
    [
        ((ASKED / "vacation.eml").read_bytes(), None),
        ((ASKED / "vacation-sieve.eml").read_bytes(), NEEMA),
        ((WILD / "out-of-office.eml").read_bytes(), ""),
        ((WILD / "vacation-x-autoreply.eml").read_bytes(), NEEMA),
        ((WILD / "bounce-dsn.eml").read_bytes(), "MAILER-DAEMON@mail.example"),
        ((WILD / "read-receipt.eml").read_bytes(), NEEMA),
        (apple("x@x.example"), ""),
    ],
    ids=["exchange", "sieve", "outlook", "x-autoreply", "report", "receipt", "null-sender"],
)
def test_an_answer_of_a_program_means_nothing_and_is_not_answered(
    shop: Shop, link: Link, raw: bytes, sender: str | None
) -> None:
    mails = count(shop, OutboxMail)
    assert deliver(shop, link, raw, sender) == Outcome.IGNORED
    assert allowed(shop)
    assert (count(shop, InboundMail), count(shop, OutboxMail)) == (0, mails)


def test_a_hundred_mails_stop_it_once(shop: Shop, link: Link) -> None:
    outcomes = [deliver(shop, link, apple("x@x.example", Message_ID=f"<{number}@x>")) for number in range(100)]
    assert outcomes == [Outcome.STORED] + [Outcome.AGAIN] * 99
    assert len(evidence(shop)) == 1


def test_revoked_used_old_and_erased_links_still_stop_it(shop: Shop) -> None:
    customer_id = shop.customer(email=NEEMA)
    link = unsubscribe_link(shop, NEEMA)
    with shop.database.write() as session:
        session.get_one(Link, link.id).customer_id = customer_id
        consume(session, shop.site_id, link.id)
        revoke_link(session, SYSTEM, shop.site_id, link.id)
        erase_customer(session, Actor.command("test"), shop.site_id, customer_id)
    assert deliver(shop, link, apple("x@x.example")) == Outcome.STORED
    assert not allowed(shop)


def test_an_unknown_id_and_the_id_of_another_purpose_are_refused(shop: Shop, link: Link) -> None:
    _, survey = shop.link()
    for local in (f"unsub+{'a' * 20}", mailbox("unsub", survey.key), mailbox("case", link.key), "unsub+", "unsub"):
        address = f"{local}@{shop.settings.mail_domain}"
        assert take(shop.database, shop.settings, [address], apple(address))[address] == Outcome.UNKNOWN, local
    assert evidence(shop) == []


@pytest.fixture
def port(shop: Shop) -> Iterator[int]:
    """Where the worker takes mails in."""
    found = free_port()
    server = LmtpServer(replace(shop.settings, inbound_lmtp=("127.0.0.1", found)), shop.database)
    server.start()
    assert server.listening.wait(30)
    yield found
    server.stop()


def test_by_lmtp_it_is_done_before_the_server_is_told(shop: Shop, link: Link, port: int) -> None:
    address = unsubscribe_mailbox(shop.settings, link)
    with smtplib.LMTP("127.0.0.1", port) as server:
        assert server.sendmail(NEEMA, [address.upper()], apple(address)) == {}
        assert not allowed(shop)


def test_from_a_folder_it_is_done_too(shop: Shop, link: Link, tmp_path: Path) -> None:
    new = tmp_path / "inbox" / "new"
    new.mkdir(parents=True)
    (new / "1.eml").write_bytes(apple(unsubscribe_mailbox(shop.settings, link)))
    assert take_folder(replace(shop.settings, inbound_dir=new.parent), shop.database) == 1
    assert not allowed(shop)
    assert list(new.iterdir()) == []


def count(shop: Shop, model: type[OutboxMail] | type[InboundMail] | type[Job]) -> int:
    """How many rows there are."""
    with shop.database.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0
