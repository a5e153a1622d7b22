"""The sign that a reason for leaving leaves on the customer: seen beside their cases, given out, erased."""

import pytest
from sqlalchemy import select

from feedback.actors import SYSTEM
from feedback.customers.actions import erase_customer
from feedback.customers.models import CustomerSign
from feedback.customers.signs import customer_with_signs
from feedback.events import PersonalDataOf, gather
from tests.helpers.console import Browser
from tests.preferences.conftest import Unsub
from tests.preferences.leaving import Leaver, agent, cases, leaver
from tests.preferences.test_left_console import side
from tests.responses.shop import Shop


def signs(shop: Shop, asha: Leaver) -> list[str]:
    with shop.database.read() as session:
        return [one.sign for one in customer_with_signs(session, shop.site_id, asha.link.customer_id or 0)[1]]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("competitor", ["competitor_mentioned"]),
        ("price", ["price_question"]),
        ("contact_changed", ["contact_changed"]),
        ("too_many", []),
    ],
)
def test_a_reason_is_a_sign_once_however_often_it_is_said(
    shop: Shop, unsub: Unsub, reason: str, expected: list[str]
) -> None:
    asha = leaver(shop, unsub)
    asha.stop()
    asha.say(reason=reason)
    asha.say(reason=reason, words="As I said")
    assert signs(shop, asha) == expected


def test_another_reason_takes_the_sign_back(shop: Shop, unsub: Unsub) -> None:
    asha = leaver(shop, unsub)
    asha.stop()
    asha.say(reason="competitor")
    asha.say(reason="price")
    assert signs(shop, asha) == ["price_question"]


def test_staff_see_it_it_is_given_out_and_erased(shop: Shop, unsub: Unsub) -> None:
    asha = leaver(shop, unsub)
    asha.stop()
    asha.say(reason="competitor")
    agent(shop)
    browser = Browser(shop.app)
    assert browser.sign_in("lulu@example.com").status_code == 303
    assert "Signs Mentioned another company" in side(browser, cases(shop)[0].public_id)
    customer_id = asha.link.customer_id or 0
    with shop.database.read() as session:
        held = {one.heading: one.rows for one in gather(session, PersonalDataOf(shop.site_id, customer_id))}
    assert [one["sign"] for one in held["signs"]] == ["competitor_mentioned"]
    with shop.database.write() as session:
        erase_customer(session, SYSTEM, shop.site_id, customer_id)
        assert session.scalars(select(CustomerSign)).all() == []
