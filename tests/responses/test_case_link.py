"""The way from an answer to the case: shown once in the reply, mailed when it is asked for, and to nobody else."""

import re
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select

from feedback.actors import SYSTEM
from feedback.cases.models import Case
from feedback.customers.actions import erase_customer
from feedback.delivery.models import MailState, OutboxMail
from feedback.links.actions import revoke_link
from feedback.links.models import Link
from feedback.links.purposes import Purpose
from feedback.responses.limits import LINK_STEPS, counter, link_key
from feedback.settings import Settings
from feedback.worker import Worker
from tests.cases.world import NOON
from tests.responses.shop import Page, Shop

HERE = "http://127.0.0.1:8000"
LOW = {"score": "1", "why": "slow", "words": "Bado nasubiri", "contact": "yes"}
SENT = "If we know this address, an email is on its way."


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def case_links(shop: Shop) -> int:
    with shop.database.read() as session:
        query = select(func.count()).select_from(Link)
        return session.scalar(query.where(Link.site_id == shop.site_id, Link.purpose == Purpose.CASE)) or 0


def mails(shop: Shop) -> list[OutboxMail]:
    with shop.database.read() as session:
        query = select(OutboxMail).where(OutboxMail.site_id == shop.site_id, OutboxMail.name == "case_link")
        return list(session.scalars(query.order_by(OutboxMail.id)))


def ask(shop: Shop, path: str) -> Page:
    """The button on the page of an answered link."""
    page = shop.open(path)
    assert "Email me the link to my case" in page.text
    return shop.post(page.form["action"], {})


def test_the_thank_you_page_leads_to_the_case_and_says_how_to_come_back(shop: Shop) -> None:
    path, _ = shop.link(locale="en")
    page = shop.open(path)
    for answers in ({"score": "1"}, {"why": ["slow"]}, {"words": "Waiting"}, {"contact": "yes"}):
        page = shop.fill(page, **answers)
    button = page.soup.select_one("main a.button")
    assert button.text == "Follow your case"
    assert button["href"].startswith(HERE + "/c/")
    assert "You can open it again from our emails." in page.text
    case = shop.open(button["href"].removeprefix(HERE))
    assert case.status == 200
    assert "Waiting" in case.text


def test_a_good_answer_leads_nowhere(shop: Shop) -> None:
    told = shop.send_json(shop.link()[0], {"score": "5", "words": "Asante", "contact": "yes"}).get_json()
    assert told["follow_up"] is None
    assert (shop.count(Case), case_links(shop)) == (0, 0)


def test_the_same_answer_again_shows_the_same_link_and_a_changed_one_too(shop: Shop) -> None:
    path, _ = shop.link(locale="en")
    told = [shop.send_json(path, LOW).get_json() for _ in range(3)]
    told.append(shop.send_json(path, LOW | {"words": "Na bado"}).get_json())
    assert [one["status"] for one in told] == ["stored", "already", "already", "updated"]
    assert len({one["follow_up"]["url"] for one in told}) == 1
    assert case_links(shop) == 1


def test_an_open_form_that_is_sent_twice_shows_one_link(shop: Shop, noon: Any) -> None:
    fields = shop.open("/message/shop").fields
    noon.shift(timedelta(seconds=10))
    answer = {"message": "It broke", "email": "open@example.com", "name": "Neema"}
    for key in ("one", "one", "two"):
        reply = shop.client.post(
            "/message/shop",
            data=fields | answer,
            headers={"Accept": "application/json", "Idempotency-Key": key},
        )
        assert reply.status_code == 200, reply.text
        page = shop.open(reply.get_json()["follow_up"]["url"].removeprefix(HERE))
        assert "It broke" in page.text
        assert "An answer to what you told us" in page.text
        assert "open@example.com" not in page.text
        assert "Neema" not in page.text
    assert shop.count(Case) == 2
    assert case_links(shop) == shop.count(Case)


def test_later_the_link_is_mailed_to_the_address_on_file_and_once_a_day(
    shop: Shop, settings: Settings, noon: Any
) -> None:
    path, _ = shop.link(locale="en")
    shop.send_json(path, LOW)
    noon.shift(timedelta(hours=1))
    answered = shop.open(path)
    assert "Bado nasubiri" not in answered.text
    assert "/c/" not in answered.response.text
    for _ in range(3):
        page = ask(shop, path)
        assert (page.status, page.soup.h1.text) == (200, SENT)
    told = shop.client.post(path + "/case-link", headers={"Accept": "application/json"})
    assert told.get_json() == {"status": "stored", "response": None, "follow_up": None, "next": None, "done": "asked"}
    (mail,) = mails(shop)
    assert (mail.locale, mail.mail_class, mail.facts) == ("en", "transactional", {})
    worker = Worker(settings, shop.database, "a secret for tests")
    worker.drain()
    worker.close()
    letter = next(iter((settings.data_dir / "mail").glob("*.eml")))
    read = message_from_bytes(letter.read_bytes(), policy=policy.default)
    text = read.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert (read["To"], read["Subject"]) == ("asha@example.com", "Duka: the link to your case (#1)")
    assert "Bado nasubiri" not in text
    mailed = re.search(rf"{HERE}(/c/\S+)", text)
    assert mailed is not None
    assert "Bado nasubiri" in shop.open(mailed[1]).text
    noon.shift(timedelta(days=1))
    ask(shop, path)
    assert len(mails(shop)) == 2


def test_whatever_there_is_asking_says_the_same(shop: Shop) -> None:
    """No case, no address, erased, disowned, revoked, unanswered: one page, and no mail."""
    low, low_link = shop.link(locale="en", customer_id=shop.customer("C-low"))
    shop.send_json(low, LOW)
    ways = {"low": low}
    for name, score in (("happy", "5"), ("nameless", "1"), ("erased", "1"), ("disowned", "1"), ("revoked", "1")):
        customer_id = shop.customer(f"C-{name}", email=None if name == "nameless" else f"{name}@example.com")
        ways[name], link = shop.link(locale="en", customer_id=customer_id)
        shop.send_json(ways[name], LOW | {"score": score})
        if name == "erased":
            with shop.database.write() as session:
                erase_customer(session, SYSTEM, shop.site_id, customer_id)
        if name == "disowned":
            shop.post(ways[name] + "/not-me", {})
        if name == "revoked":
            with shop.database.write() as session:
                revoke_link(session, SYSTEM, shop.site_id, link.id)
    ways["unanswered"] = shop.link(locale="en", customer_id=shop.customer("C-new"))[0]
    replies = {name: shop.client.post(path + "/case-link") for name, path in ways.items()}
    assert {reply.status_code for reply in replies.values()} == {200}
    assert len({reply.get_data() for reply in replies.values()}) == 1
    assert [mail.customer_id for mail in mails(shop)] == [low_link.customer_id]
    assert "Email me the link" not in shop.open(ways["happy"]).text
    assert "Email me the link" not in shop.open(ways["nameless"]).text
    assert shop.client.post("/s/broken/case-link").status_code == 404


def test_who_does_not_want_to_be_written_to_gets_the_link_if_they_ask_and_nothing_else(
    shop: Shop, settings: Settings
) -> None:
    path, _ = shop.link(locale="en")
    assert shop.send_json(path, LOW | {"contact": "no"}).get_json()["follow_up"]["url"]
    ask(shop, path)
    worker = Worker(settings, shop.database, "a secret for tests")
    worker.drain()
    worker.close()
    assert [mail.state for mail in mails(shop)] == [MailState.SENT]


def test_asking_is_limited_per_link_and_refused_from_elsewhere(shop: Shop) -> None:
    path, link = shop.link(locale="en")
    shop.send_json(path, LOW)
    reply = shop.client.post(path + "/case-link", headers={"Sec-Fetch-Site": "cross-site"})
    assert reply.status_code == 403
    for _ in range(LINK_STEPS):
        counter(shop.settings).add(link_key(link.id))
    assert shop.client.post(path + "/case-link").status_code == 200
    assert mails(shop) == []
