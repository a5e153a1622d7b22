"""Reports of mail servers: what did not arrive is shown as failed, who is gone or complains is left alone."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from feedback import clock
from feedback.actors import Actor
from feedback.app import create_app
from feedback.customers.actions import erase_customer
from feedback.customers.models import Customer
from feedback.db import Database
from feedback.delivery.inbound.arrival import is_known, take
from feedback.delivery.inbound.reading import read
from feedback.delivery.inbound.receiving import Outcome
from feedback.delivery.inbound.reports import About
from feedback.delivery.inbound.spool import take_folder
from feedback.delivery.models import MailClass, OutboxMail
from feedback.preferences.actions import Wanted, ask, stop
from feedback.preferences.actions.stopping import take_along
from feedback.preferences.listing import SuppressionView, list_suppressions
from feedback.preferences.models import OptOut, RequestKind
from feedback.preferences.policy import Scope
from feedback.preferences.queries import key_of_address, may_send_to
from feedback.settings import Settings
from feedback.worker import Worker
from tests.delivery.questions import questions, queue_questions
from tests.helpers.mail_server import mail_server
from tests.responses.shop import Shop, open_shop

REPORTS = Path(__file__).parents[2] / "data" / "reports"
NEEMA = "neema@mail.example"
BACK = "feedback@shop.example"
SERVERS = ("postfix", "exchange", "gmail")


def report(name: str, mail: OutboxMail | None = None, recipient: str = NEEMA) -> bytes:
    """A report of that shape about a mail of ours."""
    message_id = f"{mail.public_id if mail else 'nobody-knows-it'}@feedback.shop.example"
    text = (REPORTS / f"{name}.eml").read_text()
    return text.replace("RECIPIENT", recipient).replace("MESSAGE_ID", message_id).encode()


@pytest.mark.parametrize("name", SERVERS)
def test_a_failure_is_read_whoever_tells_it(name: str) -> None:
    found = read(report(name)).report
    assert found is not None
    assert found.about is About.FAILED
    assert found.recipients[0] == NEEMA
    assert found.message_ids == ("nobody-knows-it@feedback.shop.example",)
    assert found.line.startswith(("550 5.1.1", "550-5.1.1", "550 5.1.10"))


def test_a_complaint_is_read_and_its_opposite_is_none() -> None:
    found = read(report("complaint")).report
    assert found is not None
    assert (found.about, found.recipients, found.line) == (About.COMPLAINT, (NEEMA,), "")
    assert read(report("no-complaint")).report is None


def test_a_mail_that_is_late_or_only_holds_a_report_is_none() -> None:
    assert read(report("late")).report is None
    within = b"From: a@b.example\nContent-Type: multipart/mixed; boundary=o\n\n--o\n" + report("postfix") + b"\n--o--\n"
    assert read(within).report is None


@pytest.fixture
def shop(settings: Settings, database: Database, tmp_path: Path) -> Shop:
    """A shop whose mail server brings us what comes back."""
    settings = replace(
        settings, mail_from=BACK, mail_domain="feedback.shop.example", inbound_dir=tmp_path / "in", smtp_url=None
    )
    return open_shop(create_app(settings, database), settings, database)


@pytest.fixture
def mail(shop: Shop) -> OutboxMail:
    """A question to Neema that went out."""
    ask_neema(shop)
    work(shop)
    (found,) = questions(shop)
    assert found.state == "sent"
    return found


def ask_neema(shop: Shop) -> None:
    """A question waits for her."""
    queue_questions(shop, NEEMA)
    with shop.database.write() as session:
        neema = session.scalars(select(Customer).where(Customer.site_id == shop.site_id, Customer.email == NEEMA)).one()
        neema.address_key = key_of_address(session, shop.site_id, NEEMA)


def work(shop: Shop, smtp_url: str | None = None) -> None:
    """Have the worker do what is due."""
    worker = Worker(replace(shop.settings, smtp_url=smtp_url), shop.database, "a secret for tests")
    worker.drain()
    worker.close()


def bring(shop: Shop, raw: bytes, address: str = BACK) -> Outcome:
    """As the mail server does, from the null sender."""
    return take(shop.database, shop.settings, [address], raw, envelope_sender="")[address]


def stops(shop: Shop) -> list[SuppressionView]:
    with shop.database.read() as session:
        return list_suppressions(session, shop.site_id)


def test_an_address_that_does_not_exist_gets_nothing_more_that_it_did_not_ask_for(shop: Shop, mail: OutboxMail) -> None:
    assert [bring(shop, report(name, mail)) for name in SERVERS] == [Outcome.STORED] * 3
    (row,) = stops(shop)
    assert (row.email, row.scope, row.reason, row.channel) == (NEEMA, "address", "hard_bounce", "bounce")
    assert row.source.startswith("550")
    (now,) = questions(shop)
    assert now.state == "failed"
    assert NEEMA not in (now.last_error or "")
    with shop.database.read() as session:
        assert not may_send_to(session, shop.site_id, NEEMA, MailClass.SURVEY, "surveys").allowed
        assert may_send_to(session, shop.site_id, NEEMA, MailClass.TRANSACTIONAL, "").allowed
        (evidence,) = session.scalars(select(OptOut).where(OptOut.site_id == shop.site_id))
    assert (evidence.channel, evidence.customer_id) == ("bounce", mail.customer_id)


def test_a_complaint_stops_everything_that_was_not_asked_for(shop: Shop, mail: OutboxMail) -> None:
    assert bring(shop, report("complaint", mail)) == Outcome.STORED
    (row,) = stops(shop)
    assert (row.scope, row.reason, row.channel) == ("address", "complaint", "complaint")
    assert questions(shop)[0].state == "sent"


def test_what_is_not_about_the_address_itself_stops_nothing(shop: Shop, mail: OutboxMail) -> None:
    for name, state in (("late", "sent"), ("refused-as-spam", "failed"), ("full", "failed")):
        bring(shop, report(name, mail))
        assert stops(shop) == []
        assert questions(shop)[0].state == state


def test_nobody_is_stopped_by_a_report_that_names_no_mail_of_ours_or_another_address(
    shop: Shop, mail: OutboxMail
) -> None:
    shop.customer("C-9", email="juma@mail.example")
    bring(shop, report("postfix"))
    bring(shop, report("postfix", mail, "juma@mail.example"))
    bring(shop, report("without-id", recipient="juma@mail.example"))
    assert stops(shop) == []


def test_without_an_id_it_counts_while_something_went_there_lately(shop: Shop, mail: OutboxMail) -> None:
    with clock.at(clock.now() + timedelta(days=8)):
        assert bring(shop, report("without-id")) == Outcome.IGNORED
    assert stops(shop) == []
    assert bring(shop, report("without-id")) == Outcome.STORED
    assert [row.reason for row in stops(shop)] == ["hard_bounce"]


def test_a_report_that_comes_after_the_erasure_brings_no_address_back(shop: Shop, mail: OutboxMail) -> None:
    with shop.database.write() as session:
        erase_customer(session, Actor.command(), shop.site_id, mail.customer_id or 0)
    bring(shop, report("postfix", mail))
    assert NEEMA not in repr(stops(shop))


@pytest.mark.parametrize("own", [False, True])
def test_that_an_address_is_gone_says_nothing_of_the_next_one_but_an_own_stop_does(
    shop: Shop, mail: OutboxMail, own: bool
) -> None:
    with shop.database.write() as session:
        old = key_of_address(session, shop.site_id, NEEMA)
        if own:
            stop(session, shop.site_id, Wanted([old], Scope.ADDRESS, customer_id=mail.customer_id))
    bring(shop, report("postfix", mail))
    assert [row.reason for row in stops(shop)] == ["hard_bounce"]
    with shop.database.write() as session:
        new = key_of_address(session, shop.site_id, "new@mail.example")
        take_along(session, shop.site_id, old, new, "new@mail.example")
        allowed = may_send_to(session, shop.site_id, "new@mail.example", MailClass.SURVEY, "surveys").allowed
    assert allowed is not own


def test_nobody_reads_the_return_address_and_people_are_told(shop: Shop) -> None:
    human = f"From: Neema <{NEEMA}>\nTo: {BACK}\nSubject: Hi\nMessage-ID: <1@x>\n\nHello?\n".encode()
    vacation = human.replace(b"Subject", b"Auto-Submitted: auto-replied\nSubject")
    assert take(shop.database, shop.settings, [BACK], human, envelope_sender=NEEMA)[BACK] == Outcome.NOBODY
    assert bring(shop, vacation) == Outcome.IGNORED
    assert bring(shop, report("exchange")) == Outcome.IGNORED
    assert is_known(shop.database, shop.settings, "Feedback@SHOP.example")
    assert not is_known(shop.database, shop.settings, "info@shop.example")


def test_reports_come_by_the_folder_too_and_letters_of_people_are_kept_apart(shop: Shop, mail: OutboxMail) -> None:
    folder = shop.settings.inbound_dir
    assert folder is not None
    (folder / "new").mkdir(parents=True)
    (folder / "new" / "1.eml").write_bytes(report("postfix", mail))
    (folder / "new" / "2.eml").write_bytes(f"From: x@y.example\nTo: {BACK}\n\nHello?\n".encode())
    assert take_folder(shop.settings, shop.database) == 2
    assert [row.reason for row in stops(shop)] == ["hard_bounce"]
    assert sorted(path.name for path in (folder / "refused").iterdir()) == ["2.eml", "2.eml.reason"]


@pytest.fixture
def refusing() -> Iterator[dict[str, str]]:
    """What a mail server says to RCPT."""
    said = {"RCPT": "550 5.1.1 User unknown"}
    with mail_server(lambda place, _mails: said.get(place)) as server:
        said["url"] = server.url
        yield said


@pytest.mark.parametrize(
    ("place", "answer", "gone"),
    [
        ("RCPT", "550 5.1.1 User unknown", True),
        ("RCPT", "550 5.7.1 Blocked", False),
        ("MAIL", "550 5.1.1 Sender unknown", False),
    ],
)
def test_a_refusal_while_handing_over_counts_alike(
    shop: Shop, refusing: dict[str, str], place: str, answer: str, gone: bool
) -> None:
    ask_neema(shop)
    url = refusing.pop("url")
    refusing.clear()
    refusing[place] = answer
    work(shop, url)
    assert [(row.reason, row.channel, row.email) for row in stops(shop)] == (
        [("hard_bounce", "bounce", NEEMA)] if gone else []
    )


def test_what_was_asked_for_is_tried_although_the_address_was_gone(shop: Shop, mail: OutboxMail) -> None:
    bring(shop, report("postfix", mail))
    with shop.database.write() as session:
        key = key_of_address(session, shop.site_id, NEEMA)
        ask(session, shop.site_id, RequestKind.LINK, keys=[key], customer_id=mail.customer_id, locale="sw")
    before = len(list(shop.settings.mail_dir.glob("*.eml")))
    work(shop)
    assert len(list(shop.settings.mail_dir.glob("*.eml"))) == before + 1
