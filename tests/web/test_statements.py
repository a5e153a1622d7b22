"""How many statements the main pages send: a number that grows unnoticed if nobody counts."""

from datetime import timedelta
from typing import Any

import jwt
import pytest

from feedback import clock
from feedback.actors import SYSTEM
from feedback.cases.actions import open_by_hand
from feedback.cases.models import Case
from feedback.cases.states import Kind, Priority
from feedback.db import Database
from feedback.responses.models import Response
from feedback.settings import Settings
from feedback.sites.secrets import add_secret
from tests.helpers.console import HERE, Browser, Town
from tests.helpers.statements import statements_of
from tests.responses.shop import Shop, open_shop

OPENING = 4
WITHOUT_CASE = 9
WITH_CASE = 14
SIGNED_IN_FIRST = 13
SIGNED_IN = 11
TRIAGE = 6
CASE_PAGE = 6
HAPPY = {"score": "5", "words": "Asante sana", "contact": "yes"}
ANGRY = {"score": "1", "why": "slow", "words": "Bado nasubiri", "contact": "yes"}


@pytest.fixture
def shop(app: Any, settings: Settings, database: Database) -> Shop:
    found = open_shop(app, settings, database)
    town = Town(database, sites={"shop": found.site_id})
    for name in ("Asha", "Lulu", "Parisa"):
        town.add_staff(name, "shop")
    return found


def numbered(statements: list[str]) -> str:
    return "\n".join(f"{number}. {' '.join(text.split())[:160]}" for number, text in enumerate(statements, 1))


def at_most(statements: list[str], most: int) -> None:
    assert statements, "nothing was counted"
    assert len(statements) <= most, numbered(statements)


def test_opening_a_survey(shop: Shop) -> None:
    path, _ = shop.link()
    with statements_of(shop.database) as cold:
        assert shop.open(path).status == 200
    at_most(cold, OPENING)
    with statements_of(shop.database) as warm:
        assert shop.open(path + "?score=2&lang=fa").status == 200
    at_most(warm, OPENING)


def test_opening_a_survey_that_was_begun(shop: Shop) -> None:
    path, _ = shop.link()
    shop.fill(shop.open(path), score="2")
    with statements_of(shop.database) as sent:
        assert shop.open(path).status == 200
    at_most(sent, OPENING)


def test_opening_a_survey_that_is_open_to_anybody(shop: Shop) -> None:
    with statements_of(shop.database) as sent:
        assert shop.open("/survey/shop/nps").status == 200
    at_most(sent, OPENING)


def test_opening_a_survey_in_a_frame(shop: Shop) -> None:
    with statements_of(shop.database) as sent:
        assert shop.open("/embed/shop/nps?host=https%3A%2F%2Fduka.example&color=0b6e4f").status == 200
    at_most(sent, OPENING)


def test_submitting_as_a_signed_in_customer(shop: Shop) -> None:
    with shop.database.write() as session:
        secret = add_secret(session, SYSTEM, shop.site_id).key
    now = clock.now()
    said = {"aud": "shop", "sub": "C-5", "iat": now, "exp": now + timedelta(minutes=5), "email": "neda@example.com"}
    token = jwt.encode(said, secret, "HS256")
    for most in (SIGNED_IN_FIRST, SIGNED_IN):
        fields = shop.open("/embed/shop/support-csat").fields
        with statements_of(shop.database) as sent:
            reply = shop.send_json("/embed/shop/support-csat", {**fields, **HAPPY, "fb_identity": token})
        assert reply.get_json()["status"] == "stored"
        at_most(sent, most)


@pytest.mark.parametrize("known", [False, True], ids=["first", "later"])
def test_submitting_without_a_case(shop: Shop, known: bool) -> None:
    if known:
        assert shop.send_json(shop.link()[0], HAPPY).status_code == 200
    path, link = shop.link()
    with statements_of(shop.database) as sent:
        reply = shop.send_json(path, HAPPY)
    assert reply.get_json()["status"] == "stored"
    assert shop.response(link).score == 100
    assert shop.count(Case) == 0
    at_most(sent, WITHOUT_CASE)


@pytest.mark.parametrize("known", [False, True], ids=["first", "later"])
def test_submitting_with_a_case(shop: Shop, known: bool) -> None:
    if known:
        assert shop.send_json(shop.link(customer_id=shop.customer("C-9"))[0], ANGRY).status_code == 200
    path, _ = shop.link(customer_id=shop.customer("C-2"))
    with statements_of(shop.database) as sent:
        reply = shop.send_json(path, ANGRY)
    assert reply.get_json()["follow_up"]["by"]
    assert shop.count(Case) == 1 + known
    at_most(sent, WITH_CASE)


def test_the_last_step_of_the_form(shop: Shop) -> None:
    path, _ = shop.link()
    page = shop.open(path)
    last: list[str] = []
    for answers in (
        {"score": "1"},
        {"why": ["slow", "rude"]},
        {"words": "Bado nasubiri jibu lenu"},
        {"contact": "yes"},
    ):
        assert shop.count(Response) == 0
        with statements_of(shop.database) as sent:
            page = shop.fill(page, **answers)
        last = sent
        assert page.status == 200, page.text
    assert (shop.count(Response), shop.count(Case)) == (1, 1)
    at_most(last, WITH_CASE)


def test_an_answer_that_joins_a_case(shop: Shop) -> None:
    customer = shop.customer("C-3")
    shop.send_json(shop.link(customer_id=customer)[0], ANGRY)
    path, _ = shop.link(customer_id=customer)
    with statements_of(shop.database) as sent:
        assert shop.send_json(path, ANGRY).status_code == 200
    assert shop.count(Case) == 1
    at_most(sent, WITH_CASE)


def test_the_customers_page_of_a_case(shop: Shop) -> None:
    path, _ = shop.link()
    case = shop.send_json(path, ANGRY).get_json()["follow_up"]["url"].removeprefix(HERE)
    for sends in (lambda: shop.open(case), lambda: shop.post(case, {"do": "reply", "text": ""})):
        with statements_of(shop.database) as sent:
            assert sends().status in (200, 422)
        at_most(sent, CASE_PAGE)


def test_the_triage_list_whatever_its_length(shop: Shop, app: Any) -> None:
    browser = Browser(app)
    browser.sign_in("asha@example.com")
    counted = []
    for wanted in (1, 60):
        more_cases(shop, wanted)
        for path in ("/console/shop/cases/", "/console/shop/cases/?state=any&q=slow&owner=me&language=sw"):
            with statements_of(shop.database) as sent:
                assert browser.get(path).status_code == 200
            at_most(sent, TRIAGE)
            counted.append(len(sent))
    assert len(set(counted[::2])) == 1, f"it depends on the length: {counted}"


def more_cases(shop: Shop, wanted: int) -> None:
    """So many cases, each of another customer, some with an owner."""
    for number in range(shop.count(Case), wanted):
        customer_id = shop.customer(f"T-{number}", name=f"Customer {number}")
        with shop.database.write() as session:
            open_by_hand(
                session,
                SYSTEM,
                shop.site_id,
                customer_id=customer_id,
                kind=Kind.LOW_SCORE,
                priority=Priority.NORMAL,
                words="slow, still waiting",
            )
