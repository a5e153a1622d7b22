"""Who is signed in on the host page is said by its own back end, to the frame, and never in an address (L-13)."""

import time
from typing import Any

import jwt
import pytest
from playwright.sync_api import Request, expect

from feedback.actors import Actor
from feedback.db import Database
from feedback.settings import Settings
from feedback.sites.queries import site_by_key
from feedback.sites.secrets import add_secret
from tests.e2e.host import SITE, Host
from tests.e2e.watching import Watched, answer, stored
from tests.helpers.server import Service

pytestmark = pytest.mark.e2e

MOUNT = '<div data-feedback-survey="nps"></div>'


@pytest.fixture(scope="module")
def secret(service: Service, host: Host) -> str:
    """What the host's back end signs with."""
    database = Database(Settings.from_env(service.environ))
    with database.write() as session:
        key = add_secret(session, Actor.command("test"), site_by_key(session, SITE).id).key
    database.dispose()
    return key


def signed(secret: str, customer: str, **more: Any) -> str:
    now = int(time.time())
    claims = {"aud": SITE, "sub": customer, "iat": now, "exp": now + 600, "email": f"{customer}@mail.example", **more}
    return jwt.encode(claims, secret, algorithm="HS256")


def test_a_signed_customer_is_verified_and_nothing_of_it_stands_in_an_address(
    watched: Watched, service: Service, host: Host, secret: str
) -> None:
    asked: list[Request] = []
    watched.page.on("request", lambda request: asked.append(request))
    token = signed(secret, "K-1")
    script = f"""window.feedback = function () {{ (feedback.q = feedback.q || []).push(arguments); }};
    feedback("identify", "{token}", {{plan: "gold"}});"""
    watched.page.goto(host.origin + host.page(MOUNT, script=script))
    watched.told("shown")
    answer(watched.frame, "signed before")
    assert [(one.assurance, one.customer) for one in stored(service, "signed before")] == [("verified", "K-1")]
    assert [one.url for one in asked if token[:20] in one.url or "K-1" in one.url or "gold" in one.url] == []
    assert [one.url for one in asked if token in str(one.headers)] == []
    assert watched.wrong() == []


def test_a_customer_who_signs_in_later_is_known_from_then_on(
    watched: Watched, service: Service, host: Host, secret: str
) -> None:
    watched.page.goto(host.origin + host.page(MOUNT))
    watched.told("shown")
    watched.page.evaluate("token => feedback('identify', token)", signed(secret, "K-2"))
    answer(watched.frame, "signed later")
    assert [(one.assurance, one.customer) for one in stored(service, "signed later")] == [("verified", "K-2")]
    assert watched.wrong() == []


def test_an_old_signature_keeps_what_was_typed_and_a_new_one_sends_it(
    watched: Watched, service: Service, host: Host, secret: str
) -> None:
    watched.page.goto(host.origin + host.page(MOUNT))
    watched.told("shown")
    long_ago = int(time.time()) - 7200
    watched.page.evaluate(
        "token => feedback('identify', token)", signed(secret, "K-3", iat=long_ago, exp=long_ago + 60)
    )
    frame = watched.frame
    frame.locator("label.point").nth(9).click()
    frame.locator("textarea").fill("signed twice")
    frame.locator("button.primary").click()
    expect(frame.locator(".notice")).to_be_visible()
    assert stored(service, "signed twice") == []
    expect(frame.locator("textarea")).to_have_value("signed twice")
    watched.page.evaluate("token => feedback('identify', token)", signed(secret, "K-3"))
    frame.locator("button.primary").click()
    watched.told("submitted")
    assert [(one.assurance, one.customer) for one in stored(service, "signed twice")] == [("verified", "K-3")]
