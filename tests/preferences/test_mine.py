"""Export, erasure, another address and a lost link: asked with a link, done only from the mailbox."""

import json
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from feedback import clock
from feedback.actors import SYSTEM, Actor
from feedback.cases.models import Case
from feedback.cases.queries.addressee import addressee_of
from feedback.customers.actions import change_address, upsert_customer
from feedback.customers.queries import customer_by_id
from feedback.customers.rows import CustomerFacts
from feedback.jobs import Job
from feedback.preferences.models import PreferenceRequest
from feedback.preferences.pages import lost
from tests.preferences.conftest import Postbox, link_in
from tests.preferences.test_unsubscribe import press, reason, rows
from tests.responses.shop import Page, Shop

Centre = Callable[..., str]
OLD, NEW = "asha@example.com", "asha.mushi@example.org"


def ask(shop: Shop, path: str, what: str, **fields: str) -> Page:
    return shop.post(path, {"do": what, **fields})


def test_the_file_comes_from_the_mailbox_on_file_and_once(shop: Shop, centre: Centre, post: Postbox) -> None:
    page = ask(shop, centre(), "export")
    assert "If we know this address, an email is on its way" in page.text
    mail = post.one()
    assert (mail["To"], mail["List-Unsubscribe"]) == (OLD, None)
    confirm = link_in(mail, "/mine/")
    look = shop.open(confirm)
    assert "Download the file" in look.text
    assert "Asha" not in look.text
    file = shop.client.post(confirm)
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert file.headers["Cache-Control"] == "no-store"
    told = json.loads(file.get_data())["data"]
    assert told["customer"][0]["email"] == OLD
    assert [one["kind"] for one in told["requests"]] == ["export"]
    again = shop.post(confirm, {})
    assert (again.status, "no longer works" in again.text) == (410, True)
    assert again.soup.select_one("a[href^='/lost/shop']") is not None
    ask(shop, centre(), "export")
    assert shop.client.post(link_in(post.one(), "/mine/")).mimetype == "application/json", "who lost it gets another"


def test_of_a_double_click_the_second_reply_says_what_the_first_one_did(
    shop: Shop, centre: Centre, post: Postbox
) -> None:
    ask(shop, centre(), "address", email=NEW)
    confirm = link_in(post.one(), "/mine/")
    first, second = shop.post(confirm, {}), shop.post(confirm, {})
    assert (first.status, second.status) == (200, 410)
    assert first.text == second.text
    with time_machine.travel(clock.now() + timedelta(minutes=16), tick=False):
        for late in (shop.post(confirm, {}), shop.open(confirm)):
            assert (late.status, "no longer works" in late.text) == (410, True)
    assert [str(mail["To"]) for mail in post.new()] == [OLD]


def test_erasing_needs_the_button_and_keeps_the_no(shop: Shop, centre: Centre, post: Postbox) -> None:
    path = centre()
    ask(shop, path, "erase")
    confirm = link_in(post.one(), "/mine/")
    assert shop.open(confirm).status == 200
    customer_id = shop.customer_id()
    done = press(shop, shop.open(confirm), "Delete everything")
    assert "We have deleted what we knew about you" in done.text
    with shop.database.read() as session:
        assert customer_by_id(session, shop.site_id, customer_id).erased_at is not None
    assert reason(shop) == reason(shop, "surveys") == "suppressed_address"
    for address in (path, confirm):
        assert "Nothing more will be sent" in shop.open(address).text
    assert "Nothing more will be sent" in shop.post(confirm, {}).text
    assert post.new() == []


def test_another_address_is_confirmed_by_it_and_told_to_the_old_one(shop: Shop, centre: Centre, post: Postbox) -> None:
    path = centre()
    press(shop, shop.open(path), "Stop everything")
    ask(shop, path, "address", email=f" {NEW} ")
    mail = post.one()
    assert mail["To"] == NEW
    confirm = link_in(mail, "/mine/")
    page = shop.open(confirm)
    assert NEW in page.text
    assert OLD not in page.text
    press(shop, page, "Use this address")
    told = post.one()
    assert told["To"] == OLD
    body = told.get_body(("plain",))
    assert body is not None
    assert NEW not in body.get_content()
    assert "a•••@e•••.org" in body.get_content()
    with shop.database.read() as session:
        assert customer_by_id(session, shop.site_id, shop.customer_id()).email == NEW
    assert reason(shop, email=NEW) == "suppressed_address", "who moves has not changed their mind"
    back = link_in(told, "/p/")
    ask(shop, back, "address", email=OLD)
    shop.post(link_in(post.one(), "/mine/"), {})
    with shop.database.read() as session:
        customer = customer_by_id(session, shop.site_id, shop.customer_id())
        assert (customer.email, customer.previous_email) == (OLD, None)


@pytest.mark.parametrize(
    "typed", ["", "asha", "a@b", "x" * 400 + "@example.com", "a@example.com\r\nBcc: b@example.com"]
)
def test_an_address_that_is_none_is_said_at_its_field(shop: Shop, centre: Centre, typed: str) -> None:
    page = ask(shop, centre(), "address", email=typed)
    assert page.status == 422
    assert page.soup.select_one("details[open] #email[aria-invalid=true]") is not None
    assert rows(shop, PreferenceRequest) == []


def test_what_is_private_goes_to_the_old_address_for_a_week(shop: Shop, centre: Centre, post: Postbox) -> None:
    path = centre()
    customer_id = shop.customer_id()
    survey, _ = shop.link(customer_id=customer_id)
    shop.send_json(survey, {"score": "1", "why": "slow", "words": "Bado", "contact": "yes"})
    with shop.database.write() as session:
        change_address(session, SYSTEM, shop.site_id, customer_id, "first@example.org")
        change_address(session, SYSTEM, shop.site_id, customer_id, NEW)
        case_id = session.scalars(select(Case.id).where(Case.site_id == shop.site_id)).one()
        assert addressee_of(session, shop.site_id, case_id).email == OLD
    post.new()
    ask(shop, path, "export")
    assert post.one()["To"] == OLD
    with time_machine.travel(clock.now() + timedelta(days=8), tick=False):
        ask(shop, path, "erase")
        assert [mail["To"] for mail in post.new() if "/mine/" in str(mail.get_body(("plain",)))] == [NEW]
        with shop.database.read() as session:
            assert addressee_of(session, shop.site_id, case_id).email == NEW
            assert customer_by_id(session, shop.site_id, customer_id).previous_email is None


def test_nobodys_mailbox_can_be_filled_with_a_link(shop: Shop, centre: Centre, post: Postbox) -> None:
    path = centre()
    for number in range(12):
        page = ask(shop, path, "address", email=f"victim{number}@example.org")
        assert "an email is on its way" in page.text
        ask(shop, path, "export")
    mails = [str(mail["To"]) for mail in post.new()]
    assert len([one for one in mails if one == OLD]) == 1
    assert len([one for one in mails if one != OLD]) == 4


def test_a_link_from_the_mail_works_for_a_day(shop: Shop, centre: Centre, post: Postbox) -> None:
    ask(shop, centre(), "export")
    confirm = link_in(post.one(), "/mine/")
    with time_machine.travel(clock.now() + timedelta(hours=25), tick=False):
        for reply in (shop.open(confirm), shop.post(confirm, {})):
            assert (reply.status, reply.soup.select_one("a[href^='/lost/shop']") is not None) == (410, True)
    with time_machine.travel(clock.now() + timedelta(hours=23), tick=False):
        assert shop.client.post(confirm).mimetype == "application/json"


def test_two_presses_at_once_hand_out_one_file(shop: Shop, centre: Centre, post: Postbox) -> None:
    ask(shop, centre(), "export")
    confirm = link_in(post.one(), "/mine/")
    ready, told = threading.Barrier(4), []

    def press_it() -> None:
        ready.wait()
        told.append(shop.app.test_client().post(confirm).status_code)

    threads = [threading.Thread(target=press_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [200, 410, 410, 410]


def test_a_lost_link_is_mailed_once_a_day_and_tells_nobody_who_is_known(shop: Shop, post: Postbox) -> None:
    shop.customer()
    answers = {shop.post("/lost/shop", {"email": one}).text for one in (OLD.upper(), "nobody@example.org", OLD)}
    assert len(answers) == 1
    mail = post.one()
    assert (mail["To"], mail["Content-Language"]) == (OLD, "sw")
    assert shop.open(link_in(mail, "/p/")).status == 200
    shop.post("/lost/shop", {"email": OLD})
    assert post.new() == []
    with time_machine.travel(clock.now() + timedelta(hours=25), tick=False):
        shop.post("/lost/shop", {"email": OLD})
        assert post.one()["To"] == OLD
    with shop.database.read() as session:
        stored = " ".join(str(args) for args in session.scalars(select(Job.args)))
    assert "nobody" not in stored


def test_who_has_an_open_case_is_mailed_its_link_too(shop: Shop, post: Postbox) -> None:
    survey, _ = shop.link()
    shop.send_json(survey, {"score": "1", "why": "slow", "words": "Bado", "contact": "yes"})
    post.new()
    shop.post("/lost/shop", {"email": OLD})
    mail = post.one()
    assert shop.open(link_in(mail, "/c/")).status == 200
    with shop.database.write() as session:
        change_address(session, SYSTEM, shop.site_id, shop.customer_id(), NEW)
    shop.post("/lost/shop", {"email": NEW})
    body = post.one().get_body(("plain",))
    assert body is not None
    assert "/c/" not in body.get_content(), "a case is private: the address is too new"


def test_one_network_is_heard_so_often_and_answered_always(
    shop: Shop, post: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lost, "MOST_IN_AN_HOUR", 3)
    for number in range(5):
        shop.customer(f"N-{number}", email=f"n{number}@example.com")
        assert shop.post("/lost/shop", {"email": f"n{number}@example.com"}).status == 200
    assert len(post.new()) == 3


def test_the_site_itself_needs_no_week(shop: Shop) -> None:
    customer_id = shop.customer()
    with shop.database.write() as session:
        change_address(session, SYSTEM, shop.site_id, customer_id, NEW)
        upsert_customer(session, Actor.command(), shop.site_id, CustomerFacts("C-1", email="c@example.com"))
    with shop.database.read() as session:
        assert customer_by_id(session, shop.site_id, customer_id).previous_email is None
