"""After cancelling somebody goes back to the site, which reads in a token of its own secret what was decided."""

from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest
from sqlalchemy import delete, update

from feedback import clock
from feedback.actors import SYSTEM
from feedback.customers.models import Interaction
from feedback.links.models import Link
from feedback.sites.models import Site, SiteOrigin
from feedback.sites.secrets import all_secrets, retire_secret
from tests.responses.cancelling import ACCOUNT, ORIGIN, give_a_way_back, leaver, verified
from tests.responses.shop import Shop

JSON = {"Accept": "application/json"}


@pytest.mark.parametrize("outcome", ["cancelled", "paused", "kept"])
def test_a_decision_leads_back_with_a_token_that_the_site_can_verify(shop: Shop, outcome: str) -> None:
    secret = give_a_way_back(shop)
    someone = leaver(shop)
    reply = someone.press(someone.look(), outcome=outcome).response
    assert reply.status_code == 303
    address = reply.headers["Location"]
    assert address.startswith(f"{ORIGIN}/account?tab=plan&feedback=")
    assert urlsplit(address).fragment == "top"
    assert reply.headers["Cache-Control"] == "no-store"
    said = verified(address, secret, shop.settings.public_url)
    assert (said["sub"], said["outcome"], said["response"]) == ("C-1", outcome, shop.response().public_id)
    assert (said["interaction"], said["exp"] - said["iat"]) == (None, 300)


def test_what_was_cancelled_is_named_by_the_sites_own_number(shop: Shop) -> None:
    secret = give_a_way_back(shop)
    someone = leaver(shop)
    now = clock.now()
    with shop.database.write() as session:
        bought = Interaction(
            public_id="i" * 26, site_id=shop.site_id, customer_id=someone.link.customer_id, external_id="SUB-7",
            occurred_at=now, created_at=now,
        )  # fmt: skip
        session.add(bought)
        session.flush()
        mine = update(Link).where(Link.site_id == shop.site_id, Link.id == someone.link.id)
        session.execute(mine.values(interaction_id=bought.id))
    address = someone.press(None, outcome="cancelled").response.headers["Location"]
    assert verified(address, secret, shop.settings.public_url)["interaction"] == "SUB-7"


def test_programs_are_told_the_address(shop: Shop) -> None:
    secret = give_a_way_back(shop)
    someone = leaver(shop)
    body = shop.send_json(someone.path, {"outcome": "cancelled"}).get_json()
    assert verified(body["next"], secret, shop.settings.public_url)["outcome"] == "cancelled"


def test_the_same_again_leads_back_again_with_another_token(shop: Shop) -> None:
    secret = give_a_way_back(shop)
    someone = leaver(shop)
    issuer = shop.settings.public_url
    first, second = (
        verified(someone.press(None, outcome="cancelled").response.headers["Location"], secret, issuer)
        for _ in range(2)
    )
    assert first["response"] == second["response"]
    assert first["jti"] != second["jti"]
    assert shop.count() == 1


def test_whoever_comes_later_sees_what_was_decided_and_a_button_back(shop: Shop) -> None:
    secret = give_a_way_back(shop)
    someone = leaver(shop)
    someone.press(None, outcome="cancelled")
    page = someone.look()
    assert "Your cancellation is recorded" in page.text
    assert "Go back to Duka" in page.text
    assert "feedback=" not in page.response.get_data(as_text=True)
    reply = someone.press(page, fb_go="back").response
    assert verified(reply.headers["Location"], secret, shop.settings.public_url)["outcome"] == "cancelled"
    assert shop.count() == 1


def test_a_promise_is_shown_before_going_back(shop: Shop) -> None:
    secret = give_a_way_back(shop)
    someone = leaver(shop)
    page = someone.press(None, offer="person")
    assert page.status == 200
    assert "will get back to you by" in page.text
    reply = someone.press(page, fb_go="back").response
    assert verified(reply.headers["Location"], secret, shop.settings.public_url)["outcome"] == "kept"


def test_the_form_may_lead_to_that_origin_and_no_other(shop: Shop) -> None:
    someone = leaver(shop)
    assert "form-action 'self';" in someone.look().response.headers["Content-Security-Policy"]
    give_a_way_back(shop)
    policy = someone.look().response.headers["Content-Security-Policy"]
    assert f"form-action 'self' {ORIGIN};" in policy
    assert "frame-ancestors 'none'" in policy
    assert "style-src 'self' 'sha256-" in policy


def no_address(session: Any, site_id: int) -> None:
    session.execute(update(Site).where(Site.id == site_id).values(return_url=None))


def elsewhere(session: Any, site_id: int) -> None:
    session.execute(update(Site).where(Site.id == site_id).values(return_url="https://evil.example/"))


def no_origin(session: Any, site_id: int) -> None:
    session.execute(delete(SiteOrigin).where(SiteOrigin.site_id == site_id))


def no_secret(session: Any, site_id: int) -> None:
    for one in all_secrets(session, site_id):
        retire_secret(session, SYSTEM, site_id, one.public_id)


@pytest.mark.parametrize("without", [no_address, elsewhere, no_origin, no_secret])
def test_without_address_origin_or_secret_they_stay_and_are_told(shop: Shop, without: Any) -> None:
    give_a_way_back(shop)
    with shop.database.write() as session:
        without(session, shop.site_id)
    someone = leaver(shop)
    page = someone.press(someone.look(), outcome="cancelled")
    assert page.status == 200
    assert "Your cancellation is recorded" in page.text
    assert "You can close this page" in page.text
    assert shop.send_json(someone.path, {"outcome": "cancelled"}).get_json()["next"] is None
    assert someone.press(None, fb_go="back").status == 200


def test_a_forged_host_is_nowhere_in_it(shop: Shop) -> None:
    secret = give_a_way_back(shop)
    someone = leaver(shop)
    forged = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example", **JSON}
    body = shop.client.post(someone.path, data={"outcome": "cancelled"}, headers=forged).get_json()
    assert verified(body["next"], secret, shop.settings.public_url)["iss"] == shop.settings.public_url
    assert shop.client.get(someone.path, headers={"Host": "evil.example"}).status_code == 400


def test_a_back_end_with_another_secret_believes_nothing(shop: Shop) -> None:
    give_a_way_back(shop, ACCOUNT)
    someone = leaver(shop)
    address = someone.press(None, outcome="cancelled").response.headers["Location"]
    with pytest.raises(jwt.InvalidSignatureError):
        verified(address, "x" * 43, shop.settings.public_url)
