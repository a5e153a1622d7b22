"""Who answers, where the site's own back end says so: what is stored of it, and what an unsigned answer meets."""

import logging
from datetime import timedelta
from typing import Any

import jwt
import pytest
import time_machine
from sqlalchemy import select, update

from feedback import clock
from feedback.actors import SYSTEM
from feedback.cases.models import Case
from feedback.customers.models import Customer
from feedback.observability.redaction import redact
from feedback.responses.models import Response
from feedback.sites.actions import add_site
from feedback.sites.models import Site, SiteSecret
from feedback.sites.secrets import add_secret, retire_secret
from tests.responses.shop import Page, Shop

DOORS = ("/survey/shop/support-csat", "/embed/shop/support-csat", "/message/shop")
DOOR = DOORS[1]
ANSWERS = {"score": "1", "why": "slow", "words": "Still waiting", "contact": "yes"}
SAID = {DOORS[0]: ANSWERS, DOORS[1]: ANSWERS, DOORS[2]: {"message": "Where is my order?"}}


pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def secret(shop: Shop) -> str:
    """What the shop's back end signs with."""
    return new_secret(shop).key


def new_secret(shop: Shop, site_id: int | None = None) -> SiteSecret:
    with shop.database.write() as session:
        return add_secret(session, SYSTEM, site_id or shop.site_id)


def signed(secret: str, **others: Any) -> str:
    """A token as the shop's back end would make it now."""
    now = clock.now()
    said = {"aud": "shop", "sub": "C-7", "iat": now, "exp": now + timedelta(minutes=10), "email": "neda@example.com"}
    return jwt.encode(said | {"name": "Neda"} | others, secret, "HS256")


def enforce(shop: Shop) -> None:
    with shop.database.write() as session:
        session.execute(update(Site).where(Site.id == shop.site_id).values(identity_required=True))


def opened(shop: Shop, noon: time_machine.Traveller, door: str = DOOR) -> dict[str, Any]:
    """A form that was read for a moment, with the answers."""
    page = shop.open(door, headers={"Accept-Language": "en"})
    noon.shift(timedelta(seconds=5))
    return {**page.fields, **SAID[door]}


def customers(shop: Shop) -> list[Customer]:
    with shop.database.read() as session:
        return list(session.scalars(select(Customer).where(Customer.site_id == shop.site_id).order_by(Customer.id)))


def responses(shop: Shop) -> list[Response]:
    with shop.database.read() as session:
        return list(session.scalars(select(Response).where(Response.site_id == shop.site_id).order_by(Response.id)))


@pytest.mark.parametrize("door", DOORS)
def test_a_signed_answer_is_the_customers_and_says_how_sure_that_is(
    shop: Shop, secret: str, noon: Any, door: str
) -> None:
    reply = shop.send_json(door, {**opened(shop, noon, door), "fb_identity": signed(secret, segment="gold")})
    assert reply.get_json()["status"] == "stored"
    customer = customers(shop)[0]
    assert (customer.external_id, customer.email, customer.name, customer.segment) == (
        "C-7",
        "neda@example.com",
        "Neda",
        "gold",
    )
    stored = shop.response()
    assert (stored.assurance, stored.customer_id, stored.flags) == ("verified", customer.id, [])


def test_in_the_frame_each_step_carries_the_token_and_the_promise_is_that_of_a_customer(
    shop: Shop, secret: str, noon: Any
) -> None:
    page = shop.open(DOOR, headers={"Accept-Language": "en"})
    noon.shift(timedelta(seconds=5))
    while page.form and "fb_step" in page.fields:
        assert page.fields["fb_identity"] == [""]
        answers = {name: value for name, value in ANSWERS.items() if name in page.asked}
        page = shop.fill(page, **answers, fb_identity=signed(secret))
    assert page.soup.select_one("[data-frame=done]")
    assert "will get back to you by" in page.text
    assert signed(secret) not in page.response.get_data(as_text=True)
    with shop.database.read() as session:
        assert session.scalars(select(Case.customer_id).where(Case.site_id == shop.site_id)).one() is not None


def test_the_same_customer_answers_as_often_as_they_like_and_one_form_once(shop: Shop, secret: str, noon: Any) -> None:
    first = {**opened(shop, noon), "fb_identity": signed(secret)}
    assert [shop.send_json(DOOR, first).get_json()["status"] for _ in range(2)] == ["stored", "already"]
    second = {**opened(shop, noon), "fb_identity": signed(secret, email="new@example.com", name="")}
    assert shop.send_json(DOOR, second).get_json()["status"] == "stored"
    assert [one.customer_id for one in responses(shop)] == [customers(shop)[0].id] * 2
    assert [(one.email, one.name) for one in customers(shop)] == [("new@example.com", "Neda")]


def test_neither_a_guessed_key_nor_a_form_left_open_reaches_somebody_else_s_answer(
    shop: Shop, secret: str, noon: Any
) -> None:
    fields = {**opened(shop, noon), "fb_identity": signed(secret)}
    told = [shop.send_json(DOOR, fields, Idempotency_Key="order-1").get_json() for _ in range(2)]
    told.append(shop.send_json(DOOR, fields).get_json())
    for who in (signed(secret, sub="C-8"), ""):
        for key in ({"Idempotency_Key": "order-1"}, {}):
            told.append(shop.send_json(DOOR, {**fields, "fb_identity": who}, **key).get_json())
    assert [one["status"] for one in told] == ["stored", "already"] + ["stored"] * 5
    assert len({one["follow_up"]["url"] for one in told}) == 6


def test_an_answer_that_is_changed_stays_its_customers(shop: Shop, secret: str, noon: Any) -> None:
    thanks = shop.post(DOOR, {**opened(shop, noon), "fb_identity": signed(secret)})
    again = shop.fill(thanks)
    done = shop.post(DOOR, {**again.fields, "score": "5", "words": "Not so bad"})
    assert "Your changed answer has been saved." in done.text
    changed = shop.response()
    assert (changed.score, changed.assurance, changed.customer_id) == (100, "verified", customers(shop)[0].id)


def test_what_is_not_believed_is_refused_and_nothing_is_lost(shop: Shop, secret: str, noon: Any) -> None:
    with shop.database.write() as session:
        other = add_site(session, SYSTEM, key="other", name="Other").id
    foreign, retired = new_secret(shop, other), new_secret(shop)
    with shop.database.write() as session:
        retire_secret(session, SYSTEM, shop.site_id, retired.public_id)
    past, future = clock.now() - timedelta(minutes=30), clock.now() + timedelta(minutes=30)
    wrong = {
        "signature": (jwt.encode({"aud": "shop"}, foreign.key, "HS256"), signed(foreign.key), signed(retired.key)),
        "audience": (signed(secret, aud="other"), signed(secret, aud=None)),
        "subject": (signed(secret, sub=""),),
        "expired": (signed(secret, iat=past, exp=past + timedelta(minutes=20)),),
        "future": (signed(secret, iat=future, exp=future + timedelta(minutes=20)),),
        "lifetime": (signed(secret, exp=clock.now() + timedelta(hours=2)),),
        "malformed": ("junk", "a.b.c", signed(secret)[:-3] + "\u0663"),
    }
    fields = opened(shop, noon)
    for flaw, tokens in wrong.items():
        for token in tokens:
            reply = shop.send_json(DOOR, {**fields, "fb_identity": token})
            told = reply.get_json()
            assert (reply.status_code, told["code"], told["detail"]) == (401, "identity-invalid", flaw), token
            assert reply.headers["WWW-Authenticate"].startswith("Identity")
            page = shop.post(DOOR, {**fields, "fb_identity": token})
            assert page.status == 401
            assert page.form.has_attr("data-refused")
            assert page.fields["score"] == ["1"]
            assert "send it again, and it will count without your name" in page.text
    assert (shop.count(), customers(shop)) == (0, [])
    assert shop.fill(page, go="send", **ANSWERS).status == 200
    assert shop.response().assurance == "anonymous"


def test_an_unsigned_token_and_one_of_another_algorithm_are_refused(shop: Shop, secret: str, noon: Any) -> None:
    fields = opened(shop, noon)
    now = clock.now()
    said = {"aud": "shop", "sub": "C-7", "iat": now, "exp": now + timedelta(minutes=10)}
    for token in (jwt.encode(said, None, "none"), jwt.encode(said, secret + secret, "HS512")):
        assert shop.send_json(DOOR, {**fields, "fb_identity": token}).status_code == 401
    assert shop.count() == 0


def test_while_one_secret_replaces_the_other_both_are_believed(shop: Shop, secret: str, noon: Any) -> None:
    for key in (secret, new_secret(shop).key):
        reply = shop.send_json(DOOR, {**opened(shop, noon), "fb_identity": signed(key)})
        assert reply.status_code == 200
    assert {one.assurance for one in responses(shop)} == {"verified"}


def test_claims_that_cannot_be_right_are_left_out(shop: Shop, secret: str, noon: Any) -> None:
    junk = signed(secret, email="not an address", locale="klingon-!", time_zone="Mars/Olympus", segment=7, name="A\x07")
    assert shop.send_json(DOOR, {**opened(shop, noon), "fb_identity": junk}).status_code == 200
    kept = customers(shop)[0]
    assert (kept.email, kept.locale, kept.time_zone, kept.segment, kept.name) == (None,) * 5


@pytest.mark.parametrize("door", DOORS)
def test_where_signing_in_is_wanted_every_unsigned_answer_is_refused(
    shop: Shop, secret: str, noon: Any, door: str
) -> None:
    fields = opened(shop, noon, door)
    enforce(shop)
    reply = shop.send_json(door, fields)
    assert (reply.status_code, reply.get_json()["code"]) == (401, "identity-required")
    assert shop.send_json(door, {**fields, "fb_identity": "x"}).get_json()["code"] == "identity-invalid"
    page = shop.post(door, fields)
    assert page.status == 401
    first = next(iter(SAID[door]))
    assert page.fields[first] == [SAID[door][first]]
    assert "Only signed-in customers can answer here" in page.text
    document = shop.client.post(door, json=fields, headers={"Accept": "application/json"})
    assert document.status_code == 401
    assert (shop.count(), customers(shop)) == (0, [])
    assert shop.send_json(door, {**fields, "fb_identity": signed(secret)}).status_code == 200
    assert shop.response().assurance == "verified"


def test_where_signing_in_is_wanted_open_pages_say_what_to_do_and_frames_and_links_work(
    shop: Shop, secret: str
) -> None:
    enforce(shop)
    for door in (DOORS[0], DOORS[2]):
        page = shop.open(door, headers={"Accept-Language": "en"})
        assert page.status == 401
        assert "Sign in to your customer account" in page.text
        assert page.form is None
    assert shop.open(DOOR).form is not None
    path, link = shop.link()
    assert shop.send_json(path, ANSWERS).status_code == 200
    assert shop.response(link).assurance == "link"


def test_a_links_customer_is_believed_before_any_token(shop: Shop, secret: str) -> None:
    path, link = shop.link()
    address = f"{DOOR}?token={path.removeprefix('/s/')}"
    assert shop.send_json(address, {**ANSWERS, "fb_identity": "junk"}).status_code == 200
    assert (shop.response(link).assurance, shop.response(link).customer_id) == ("link", shop.customer_id())


def test_no_token_reaches_the_log(shop: Shop, secret: str, noon: Any, caplog: pytest.LogCaptureFixture) -> None:
    token = signed(secret, aud="other")
    with caplog.at_level(logging.DEBUG):
        shop.send_json(DOOR, {**opened(shop, noon), "fb_identity": token})
    assert "identity on shop refused: audience" in caplog.text
    assert token not in caplog.text
    assert token.rpartition(".")[2] not in caplog.text
    assert redact(f"posted {token} to us") == "posted [identity] to us"


def test_many_signed_in_customers_behind_one_network_are_not_strangers(
    shop: Shop, secret: str, noon: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from feedback.responses.pages import storing, suspicion  # noqa: PLC0415 - patched below

    monkeypatch.setattr(suspicion, "OPEN_ANSWERS", 1)
    monkeypatch.setattr(storing, "OPEN_REFUSED", 2)
    monkeypatch.setattr(storing, "LINK_STEPS", 2)
    for number in range(4):
        reply = shop.send_json(DOOR, {**opened(shop, noon), "fb_identity": signed(secret, sub=f"C-{number}")})
        assert reply.get_json()["status"] == "stored"
    told = [
        shop.send_json(DOOR, {**opened(shop, noon), "fb_identity": signed(secret, sub="C-0")}).status_code
        for _ in range(2)
    ]
    assert told == [200, 429]


def test_the_page_says_so_in_the_readers_language_and_keeps_the_frame(shop: Shop, secret: str, noon: Any) -> None:
    enforce(shop)
    page = Page(shop.client.post(DOOR + "?lang=fa", data=opened(shop, noon) | {"fb_lang": "fa"}))
    assert page.status == 401
    assert page.soup.html["dir"] == "rtl"
    assert "Only signed-in" not in page.text
