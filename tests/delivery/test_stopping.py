"""Mails that somebody may stop: the headers as a server gets them, and that a stop counts at the moment of sending."""

import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.actors import SYSTEM
from feedback.app import create_app
from feedback.db import Database
from feedback.delivery.checking import Verdict, examine
from feedback.delivery.smtp import compose
from feedback.delivery.stopping import ONE_CLICK
from feedback.events import StaffInvited, emit
from feedback.i18n.negotiation import LANGUAGES
from feedback.links.models import Link
from feedback.links.purposes import Purpose
from feedback.links.signing import keyring, open_unsubscribe
from feedback.links.urls import unsubscribe_url
from feedback.preferences.actions import Wanted, archive_topic, pause, set_frequency, stop
from feedback.preferences.policy import Frequency, Scope
from feedback.preferences.queries import key_of_address, owner_of_link
from feedback.settings import Settings
from feedback.sites.queries import site_by_id
from feedback.surveys.models import SurveyVersion
from feedback.worker import Worker
from tests.cases.world import NOON, World
from tests.delivery.questions import questions, queue_questions, unsubscribe_link
from tests.delivery.test_smtp import hand_over, letter
from tests.helpers.post import Delivered, PostOffice, post_office
from tests.helpers.server import free_port
from tests.responses.shop import Shop, open_shop

NEEMA = "neema@mail.example"


@pytest.fixture
def office() -> Iterator[PostOffice]:
    """Where mails go."""
    with post_office() as office:
        yield office


@pytest.fixture
def shop(settings: Settings, database: Database, office: PostOffice) -> Shop:
    """A shop that takes mail in, and is reached by https."""
    settings = replace(
        settings,
        public_url="https://feedback.shop.example",
        mail_domain="feedback.shop.example",
        smtp_url=office.url,
        inbound_lmtp=("127.0.0.1", free_port()),
    )
    return open_shop(create_app(settings, database), settings, database)


@pytest.fixture
def worker(shop: Shop) -> Iterator[Worker]:
    """Whoever sends."""
    worker = Worker(shop.settings, shop.database, "a secret for tests")
    yield worker
    worker.close()


def headers(raw: bytes) -> list[bytes]:
    """The lines of the head, exactly as they came."""
    return raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0].split(b"\n")


def named(raw: bytes, name: bytes) -> list[bytes]:
    """The lines of one header."""
    return [line for line in headers(raw) if line.lower().startswith(name.lower() + b":")]


def sent(worker: Worker, office: PostOffice, address: str = NEEMA) -> list[Delivered]:
    """What has come for somebody, after the worker did what is due."""
    worker.drain()
    return office.to(address)


def test_a_question_carries_both_headers_byte_for_byte(shop: Shop, worker: Worker, office: PostOffice) -> None:
    queue_questions(shop, NEEMA)
    (mail,) = sent(worker, office)
    (ways,) = named(mail.raw, b"List-Unsubscribe")
    found = re.fullmatch(
        rb"List-Unsubscribe: <https://feedback\.shop\.example/u/([\w.~-]+)>, "
        rb"<mailto:unsub\+([a-z2-7]{20})@feedback\.shop\.example\?subject=unsubscribe>",
        ways,
    )
    assert found, ways
    assert named(mail.raw, b"List-Unsubscribe-Post") == [b"List-Unsubscribe-Post: List-Unsubscribe=One-Click"]
    assert named(mail.raw, b"List-Id") == [b"List-Id: <surveys.shop.feedback.shop.example>"]
    assert len(named(mail.raw, b"Date")) == 1
    assert named(mail.raw, b"Precedence") == []
    token = open_unsubscribe(keyring(shop.settings), found[1].decode())
    with shop.database.read() as session:
        owner = owner_of_link(session, shop.site_id, token.key, Purpose.UNSUBSCRIBE)
        assert owner.topic == "surveys"
        assert owner.keys == (key_of_address(session, shop.site_id, NEEMA),)
    address = f"https://feedback.shop.example/u/{found[1].decode()}"
    assert mail.link("/u/") == address
    assert f'href="{address}"' in mail.html
    assert "Jiondoe hapa." in mail.text


def test_a_mail_that_was_asked_for_carries_none(shop: Shop, worker: Worker, office: PostOffice) -> None:
    with shop.database.write() as session:
        member = World(session, site_by_id(session, shop.site_id), SurveyVersion()).add_staff("Asha", "sw")
        emit(session, StaffInvited(shop.site_id, staff_id=member.id))
    (mail,) = sent(worker, office, member.email)
    assert [line for line in headers(mail.raw) if line.lower().startswith(b"list-")] == []
    assert "/u/" not in mail.text + mail.html


def test_where_the_sender_lives_stands_below_what_nobody_asked_for(
    shop: Shop, worker: Worker, office: PostOffice
) -> None:
    with shop.database.write() as session:
        site_by_id(session, shop.site_id).postal_address = "Duka <Ltd>\nUhuru St. 5\nDar es Salaam"
        member = World(session, site_by_id(session, shop.site_id), SurveyVersion()).add_staff("Juma", "sw")
        emit(session, StaffInvited(shop.site_id, staff_id=member.id))
    queue_questions(shop, NEEMA)
    (mail,) = sent(worker, office)
    assert mail.text.replace("\r\n", "\n").endswith("\n\nDuka <Ltd>\nUhuru St. 5\nDar es Salaam\n")
    assert "Duka &lt;Ltd&gt;<br>Uhuru St. 5<br>Dar es Salaam" in mail.html
    (asked_for,) = office.to(member.email)
    assert "Uhuru" not in asked_for.text + asked_for.html


def test_without_inbound_mail_only_https_is_offered(shop: Shop, worker: Worker, office: PostOffice) -> None:
    worker.settings = replace(shop.settings, inbound_lmtp=None)
    queue_questions(shop, NEEMA)
    (mail,) = sent(worker, office)
    (ways,) = named(mail.raw, b"List-Unsubscribe")
    assert re.fullmatch(rb"List-Unsubscribe: <https://[^>,]+>", ways)


def test_headers_are_never_encoded_or_folded_whatever_their_length(office: PostOffice) -> None:
    mailbox = f"unsub+{'a' * 20}@feedback.shop.example"
    for length in range(20, 201):
        ways = f"<https://feedback.shop.example/u/{'t' * length}>, <mailto:{mailbox}?subject=unsubscribe>"
        given = {"List-Unsubscribe": ways, "List-Unsubscribe-Post": ONE_CLICK}
        content = compose(letter(headers=given, subject="Наташа")).content
        assert named(content, b"List-Unsubscribe") == [f"List-Unsubscribe: {ways}".encode()]
        if length in (20, 53, 77, 200):
            hand_over(compose(letter(headers=given)), office.url)
            assert named(office.mails[-1].raw, b"List-Unsubscribe") == [f"List-Unsubscribe: {ways}".encode()]
            assert max(map(len, headers(office.mails[-1].raw))) <= 998


def test_an_address_beyond_ascii_is_written_in_ascii(shop: Shop, worker: Worker, office: PostOffice) -> None:
    there = Settings.from_env({"FEEDBACK_PUBLIC_URL": "https://отзывы.example:8443"})
    assert there.mail_domain.startswith("xn--")
    worker.settings = replace(shop.settings, public_url=there.public_url, mail_domain=there.mail_domain)
    queue_questions(shop, NEEMA)
    (mail,) = sent(worker, office)
    (ways,) = named(mail.raw, b"List-Unsubscribe")
    assert ways.startswith(f"List-Unsubscribe: <https://{there.mail_domain}:8443/u/".encode())
    assert named(mail.raw, b"Message-ID")[0].endswith(f"@{there.mail_domain}>".encode())


def test_our_own_mails_pass_every_rule_in_every_language(
    shop: Shop, worker: Worker, office: PostOffice, tmp_path: Path
) -> None:
    key = tmp_path / "dkim.pem"
    subprocess.run(["openssl", "genrsa", "-out", key, "1024"], check=True, capture_output=True)
    worker.settings = replace(shop.settings, mail_from="feedback@shop.example", dkim_key_file=key, dkim_selector="fb1")
    for language in LANGUAGES:
        queue_questions(shop, f"{language}@mail.example", locale=language)
    worker.drain()
    assert len(office.mails) == len(LANGUAGES)
    for mail in office.mails:
        assert mail.message["Content-Language"] == mail.recipients[0].partition("@")[0]
        assert [line for line in examine(mail.raw) if line.verdict is not Verdict.GOOD] == []


def test_a_stop_while_the_worker_sends_counts_at_once(shop: Shop, worker: Worker, office: PostOffice) -> None:
    addresses = [f"customer{number}@mail.example" for number in range(100)]
    queue_questions(shop, *addresses)
    last = unsubscribe_link(shop, addresses[-1])
    path = unsubscribe_url(shop.settings, last).removeprefix(shop.settings.public_url)
    sending = threading.Thread(target=worker.drain)
    sending.start()
    with office.arrived:
        assert office.arrived.wait_for(lambda: len(office.mails) >= 5, timeout=60)
        # The office takes nothing more until the stop is stored, however slow this machine is.
        assert shop.client.post(path, data=ONE_CLICK, content_type="text/plain").status_code == 200
    sending.join(timeout=120)
    assert {mail.recipients[0] for mail in office.mails} == set(addresses[:-1])
    assert len(office.mails) == 99
    assert [(row.state, row.last_error) for row in questions(shop) if row.state != "sent"] == [
        ("withheld", "suppressed_topic")
    ]


def test_a_stop_of_another_topic_holds_nothing_back(shop: Shop, worker: Worker, office: PostOffice) -> None:
    queue_questions(shop, NEEMA)
    stopped(shop, Scope.TOPIC, "news")
    assert len(sent(worker, office)) == 1


@pytest.mark.parametrize("scope", [Scope.MARKETING, Scope.ADDRESS])
def test_a_wider_stop_withholds_it_and_leaves_no_link(
    shop: Shop, worker: Worker, office: PostOffice, scope: Scope
) -> None:
    queue_questions(shop, NEEMA)
    stopped(shop, scope)
    before = links(shop)
    assert sent(worker, office) == []
    (row,) = questions(shop)
    assert (row.state, row.last_error, row.facts) == ("withheld", f"suppressed_{scope}", {})
    assert links(shop) == before


def test_a_topic_that_is_offered_no_more_is_not_sent(shop: Shop, worker: Worker, office: PostOffice) -> None:
    queue_questions(shop, NEEMA)
    with shop.database.write() as session:
        archive_topic(session, SYSTEM, shop.site_id, "surveys")
    assert sent(worker, office) == []
    assert [row.last_error for row in questions(shop)] == ["unknown_topic"]


def test_who_wants_fewer_gets_the_next_one_later(shop: Shop, worker: Worker, office: PostOffice) -> None:
    wants(shop, lambda session, keys: set_frequency(session, shop.site_id, keys, "surveys", Frequency.WEEKLY))
    with time_machine.travel(NOON) as now:
        queue_questions(shop, NEEMA)
        assert len(sent(worker, office)) == 1
        now.move_to(NOON + timedelta(days=2))
        queue_questions(shop, NEEMA)
        assert len(sent(worker, office)) == 1
        assert (questions(shop)[-1].state, questions(shop)[-1].attempts) == ("queued", 0)
        now.move_to(NOON + timedelta(days=6, hours=13))
        assert len(sent(worker, office)) == 2


def test_after_a_pause_that_is_longer_than_the_mail_is_of_use_it_is_not_sent(
    shop: Shop, worker: Worker, office: PostOffice
) -> None:
    wants(shop, lambda session, keys: pause(session, shop.site_id, keys, "", 30))
    queue_questions(shop, NEEMA)
    assert sent(worker, office) == []
    assert [(row.state, row.last_error) for row in questions(shop)] == [("withheld", "paused")]


def test_a_mail_waits_for_the_end_of_a_pause(shop: Shop, worker: Worker, office: PostOffice) -> None:
    with time_machine.travel(NOON) as now:
        wants(shop, lambda session, keys: pause(session, shop.site_id, keys, "", 30))
        now.move_to(NOON + timedelta(days=27))
        queue_questions(shop, NEEMA)
        assert sent(worker, office) == []
        now.move_to(NOON + timedelta(days=30, minutes=1))
        assert len(sent(worker, office)) == 1


def stopped(shop: Shop, scope: Scope, topic: str = "") -> None:
    """Neema stops mails."""
    wants(shop, lambda session, keys: stop(session, shop.site_id, Wanted(keys, scope, topic)))


def wants(shop: Shop, action: Callable[[Session, list[str]], object]) -> None:
    """Neema's address wants something, in a transaction of its own."""
    with shop.database.write() as session:
        action(session, [key_of_address(session, shop.site_id, NEEMA)])


def links(shop: Shop) -> list[int]:
    """Every link of the shop's."""
    with shop.database.read() as session:
        return list(session.scalars(select(Link.id).where(Link.site_id == shop.site_id).order_by(Link.id)))
