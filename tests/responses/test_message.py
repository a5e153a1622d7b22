"""The message form: a door of its own, the way to the case for whoever wrote, and no mailbox that others can fill."""

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from feedback.actors import SYSTEM
from feedback.cases.models import Case
from feedback.customers.actions import erase_customer, upsert_customer
from feedback.customers.rows import CustomerFacts
from feedback.delivery.models import OutboxMail
from feedback.jobs import enqueue
from feedback.responses.actions import release
from feedback.responses.pages import storing
from feedback.settings import Settings
from feedback.sites.actions import add_site
from feedback.worker import Worker
from tests.cases.world import NOON
from tests.customers.test_erasure import dump
from tests.responses.shop import Page, Shop

HERE = "http://127.0.0.1:8000"
DOOR = "/message/shop"
WORDS = "The parcel has not come, and nobody answers the phone"
NAME = "Buy now at cheap.example"


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def write(shop: Shop, noon: Any, door: str = DOOR, **answers: str) -> Page:
    """Somebody takes their time over the form, and is thanked."""
    page = shop.open(door, headers={"Accept-Language": "en"})
    noon.shift(timedelta(seconds=30))
    return shop.post(door, {**page.fields, "message": WORDS, **answers})


def work(shop: Shop, settings: Settings, *jobs: str) -> None:
    """Everything that is due, and these periodic jobs."""
    with shop.database.write() as session:
        for name in jobs:
            enqueue(session, name)
    worker = Worker(settings, shop.database, "a secret for tests")
    worker.drain()
    worker.close()


def letters(settings: Settings, to: str) -> list[EmailMessage]:
    """What was mailed to an address, oldest first."""
    found = [
        message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in sorted(settings.mail_dir.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    ]
    return [one for one in found if to.lower() in str(one["To"]).lower()]  # type: ignore[misc]


def body(mail: EmailMessage) -> str:
    return "\n".join(str(part.get_content()) for part in mail.walk() if part.get_content_maintype() == "text")


@pytest.mark.parametrize("language", ["en", "sw", "ne", "fa", "mn", "hy"])
def test_a_message_needs_nothing_but_words_and_leads_to_its_case(shop: Shop, noon: Any, language: str) -> None:
    page = shop.open(DOOR, headers={"Accept-Language": language})
    assert page.soup.html["lang"] == language
    assert page.asked == ["message", "topic", "name", "email"]
    noon.shift(timedelta(seconds=30))
    thanks = shop.post(DOOR, {**page.fields, "message": WORDS})
    link = thanks.soup.select_one("main a.button")["href"]
    assert WORDS in shop.open(link.removeprefix(HERE)).text
    with shop.database.read() as session:
        case = session.scalars(select(Case).where(Case.site_id == shop.site_id)).one()
    assert (case.kind, case.customer_id, case.language) == ("message", None, language)
    assert shop.response().channel == "message"


def test_nobody_is_mailed_who_left_no_address(shop: Shop, settings: Settings, noon: Any) -> None:
    thanks = write(shop, noon)
    assert "Open it and save its address: it is shown only once." in thanks.text
    work(shop, settings)
    assert shop.count(OutboxMail) == 0


def test_a_typed_address_gets_the_link_and_nothing_of_what_was_typed(shop: Shop, settings: Settings, noon: Any) -> None:
    thanks = write(shop, noon, name=NAME, email="Neema@Example.com", topic="problem")
    assert "You can open it again from our emails." in thanks.text
    work(shop, settings)
    (mail,) = letters(settings, "Neema@Example.com")
    assert mail["Subject"] == "Duka: follow your case"
    assert "If it was not you, do nothing." in body(mail)
    for typed in (NAME, "cheap.example", WORDS, "parcel", "neema"):
        assert typed not in body(mail)
        assert typed not in str(mail["Subject"])
    assert NAME not in str(mail["To"])
    link = next(word for word in body(mail).split() if word.startswith(HERE + "/c/"))
    assert WORDS in shop.open(link.removeprefix(HERE)).text


def test_an_address_gets_one_mail_a_day_however_often_it_is_typed_and_spelt(
    shop: Shop, settings: Settings, noon: Any
) -> None:
    for number, email in enumerate(("asha@example.com", "ASHA@example.com", " asha@example.com ")):
        write(shop, noon, message=f"{WORDS} for {number} days", email=email)
        work(shop, settings)
    write(shop, noon, message="Somebody else has something to say as well", email="juma@example.com")
    work(shop, settings)
    assert len(letters(settings, "asha@example.com")) == len(letters(settings, "juma@example.com")) == 1
    assert shop.count(Case) == 4
    noon.shift(timedelta(days=1))
    write(shop, noon, email="asha@example.com")
    work(shop, settings)
    assert len(letters(settings, "asha@example.com")) == 2


def test_cases_that_are_late_are_one_mail_without_a_name(shop: Shop, settings: Settings, noon: Any) -> None:
    for number in range(3):
        write(shop, noon, message=f"{WORDS} for {number} days", name=NAME, email="asha@example.com")
    work(shop, settings)
    noon.shift(timedelta(days=4))
    work(shop, settings, "promises.break_due")
    _, late = letters(settings, "asha@example.com")
    assert str(late["Subject"]).startswith("Duka: we are late, and we are sorry")
    assert NAME not in body(late)


def test_a_known_customer_s_address_shows_and_changes_nothing_of_theirs(
    shop: Shop, settings: Settings, noon: Any
) -> None:
    path, _ = shop.link(locale="en", customer_id=shop.customer(email="asha@example.com", name="Asha Mrisho"))
    shop.send_json(path, {"score": "1", "why": "slow", "words": "My own words", "contact": "yes"})
    known = write(shop, noon, email="asha@example.com")
    noon.move_to(NOON)
    unknown = write(shop, noon, message="Somebody nobody knows has written this", email="nobody@example.com")
    page = shop.open(known.soup.select_one("main a.button")["href"].removeprefix(HERE))
    assert WORDS in page.text
    assert "My own words" not in page.text
    assert "Asha" not in page.text
    assert known.soup.main.get_text().split() == unknown.soup.main.get_text().split()
    with shop.database.read() as session:
        cases = session.scalars(select(Case).where(Case.site_id == shop.site_id).order_by(Case.id)).all()
    assert [case.customer_id is None for case in cases] == [False, True, True]


def test_what_a_customer_wrote_as_a_stranger_is_erased_with_them(shop: Shop, settings: Settings, noon: Any) -> None:
    with shop.database.write() as session:
        facts = CustomerFacts("C-1", email="neema@example.com")
        neema = upsert_customer(session, SYSTEM, shop.site_id, facts).id
    thanks = write(shop, noon, message="Xyzzy has not come", name="Neema Xyzzy", email="Neema@Example.com")
    again = shop.post(thanks.form["action"], thanks.fields)
    shop.post(DOOR, {**again.fields, "message": "Xyzzy has still not come"})
    write(shop, noon, message="Mine came in pieces", name="Juma", email="juma@example.com")
    work(shop, settings)
    assert len(letters(settings, "neema@example.com")) == 1
    with shop.database.write() as session:
        erase_customer(session, SYSTEM, shop.site_id, neema)
    work(shop, settings)
    with shop.database.read() as session:
        left = dump(session)
        cases = session.scalars(select(Case).where(Case.site_id == shop.site_id).order_by(Case.id)).all()
    assert ("xyzzy" in left, "neema" in left, "mine came in pieces" in left) == (False, False, True)
    assert [bool(case.excerpt) for case in cases] == [False, True]
    assert shop.client.get(thanks.soup.select_one("a[href*='/c/']")["href"]).status_code == 410
    assert (letters(settings, "neema@example.com"), len(letters(settings, "juma@example.com"))) == ([], 1)


def test_a_message_that_is_let_through_is_followed_up_like_any(shop: Shop, settings: Settings, noon: Any) -> None:
    links = "http://a.example http://b.example http://c.example"
    thanks = write(shop, noon, message=f"All of these are broken: {links}", email="asha@example.com")
    assert "Thank you, we have your message." in thanks.text
    work(shop, settings)
    assert (shop.count(Case), letters(settings, "asha@example.com")) == (0, [])
    with shop.database.write() as session:
        release(session, SYSTEM, shop.site_id, shop.response().public_id)
    work(shop, settings)
    assert shop.count(Case) == 1
    assert len(letters(settings, "asha@example.com")) == 1


def test_a_site_reads_its_own_messages(shop: Shop, noon: Any) -> None:
    with shop.database.write() as session:
        bank = add_site(session, SYSTEM, key="bank", name="Bank", country="IR").id
    write(shop, noon, "/message/bank")
    assert shop.count(Case) == 0
    with shop.database.read() as session:
        assert session.scalars(select(Case).where(Case.site_id == bank)).one().kind == "message"
    form = shop.open("/message/bank").fields
    assert shop.post(DOOR, {**form, "message": WORDS}).status == 422
    assert shop.client.get("/message/nobody").status_code == 404


def test_too_many_are_told_when_to_come_back_and_keep_what_they_wrote(
    shop: Shop, noon: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    noon.move_to(NOON + timedelta(minutes=45))
    monkeypatch.setattr(storing, "OPEN_REFUSED", 1)
    write(shop, noon)
    page = write(shop, noon, message="And one thing more", name="Juma")
    assert page.status == 429
    assert (page.fields["message"], page.fields["name"]) == (["And one thing more"], ["Juma"])
    assert page.response.headers["Retry-After"] == "840"
    assert page.response.headers["RateLimit"] == '"default";r=0;t=840'
    assert page.response.headers["RateLimit-Policy"].startswith('"default";q=')
    told = shop.send_json(DOOR, {**page.fields})
    assert (told.status_code, told.get_json()["code"]) == (429, "too-many")
    assert told.headers["Retry-After"] == "840"


@pytest.mark.parametrize("words", ["", "   ", "\u200b", "x" * 5001, "سلام " * 9_600])
def test_nothing_is_no_message_and_too_much_is_kept_to_be_cut(shop: Shop, noon: Any, words: str) -> None:
    page = write(shop, noon, message=words, email="no address")
    assert page.status == 422
    assert page.soup.select_one("#problems") is not None
    assert page.fields["message"] == [words]
    assert shop.count() == 0


def test_hostile_words_come_back_as_words(shop: Shop, noon: Any) -> None:
    hostile = "</textarea><script>alert(1)</script>{{7*7}} \u202e reversed"
    thanks = write(shop, noon, message=hostile, name="<b>x</b>")
    page = shop.open(thanks.soup.select_one("main a.button")["href"].removeprefix(HERE)) if shop.count(Case) else thanks
    assert "<script>alert(1)" not in page.response.text
    assert "49" not in page.text
