"""Opening a page changes nothing: whatever fetches a customer's addresses, every row is as it was."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from feedback import clock
from feedback.actors import SYSTEM
from feedback.db import Base, Database
from feedback.links.actions import issue_preference_link, revoke_link
from feedback.links.purposes import Purpose
from feedback.links.queries import token_of
from feedback.links.signing import keyring, sign_confirm, sign_preferences, sign_unsubscribe
from feedback.links.tokens import ConfirmToken
from feedback.preferences.actions import Wanted, ask, claim, stop
from feedback.preferences.models import RequestKind
from feedback.preferences.policy import Scope
from feedback.preferences.queries import key_of_address
from tests.contracts.walk import pages_of
from tests.responses.shop import Shop

QUERIES = ("", "?score=1", "?lang=fa", "?score=2&lang=hy&why=slow&words=hello&contact=yes&fb_go=send&fb_step=contact")
ROBOTS = (
    {"User-Agent": "Mozilla/5.0"},
    {"User-Agent": "Barracuda Sentinel (EE)", "Accept": "*/*"},
    {"Accept": "application/json"},
    {"Purpose": "prefetch", "Sec-Purpose": "prefetch;prerender"},
)


def dump(database: Database) -> dict[str, list[str]]:
    """Every row of every table."""
    with database.read() as session:
        return {
            table.name: sorted(repr(tuple(row)) for row in session.execute(select(table)))
            for table in Base.metadata.sorted_tables
        }


def tokens_in_every_state(shop: Shop) -> list[str]:
    """A fresh link, one begun, answered, disowned, revoked, too old, one to a case, and no link at all."""
    fresh, _ = shop.link()
    begun, _ = shop.link()
    shop.fill(shop.open(begun), score="2")
    answered, _ = shop.link()
    told = shop.send_json(answered, {"score": "1", "why": "slow", "words": "Bado", "contact": "yes"}).get_json()
    disowned, _ = shop.link()
    shop.client.post(disowned + "/not-me")
    revoked, row = shop.link()
    with shop.database.write() as session:
        revoke_link(session, SYSTEM, shop.site_id, row.id)
    with clock.at(clock.now() - timedelta(days=91)):
        old, _ = shop.link()
    case = told["follow_up"]["url"]
    paths = (fresh, begun, answered, disowned, revoked, old, case)
    return [path.rpartition("/")[2] for path in paths] + ["IQIAAAAB.x"]


def tokens_of_preferences(shop: Shop) -> dict[str, dict[str, list[str]]]:
    """Links to stop mails and to settings of somebody who stopped some, and confirmations not yet given and given."""
    ring, customer_id = keyring(shop.settings), shop.customer()
    with shop.database.write() as session:
        key = key_of_address(session, shop.site_id, "asha@example.com")
        row = issue_preference_link(
            session, SYSTEM, shop.site_id, Purpose.UNSUBSCRIBE, customer_id=customer_id, address_key=key, locale="sw"
        )
        stop(session, shop.site_id, Wanted([key], Scope.TOPIC, "news"))
        asked = [
            ask(session, shop.site_id, kind, keys=[key], customer_id=customer_id, locale="fa")
            for kind in (RequestKind.EXPORT, RequestKind.ERASE)
        ]
        ids = [one.id for one in asked if one is not None]
        claim(session, shop.site_id, ids[1])
        link, now = token_of(row), int(clock.now().timestamp())
    confirms = [sign_confirm(ring, ConfirmToken(shop.site_id, one, now)) for one in ids]
    return {
        "preferences": {"token": [sign_unsubscribe(ring, link), "IQIAAAAB.x"]},
        "preferences.centre": {"token": [sign_preferences(ring, link)]},
        "preferences.look": {"token": confirms},
    }


def test_no_page_for_customers_changes_a_row_when_it_is_opened(shop: Shop, app: Any) -> None:
    values = tokens_of_preferences(shop) | {
        "": {
            "token": tokens_in_every_state(shop),
            "site": ["shop", "nobody"],
            "slug": ["support-csat", "nps", "message", "nothing"],
        },
        "widget": {"name": ["shop", "nobody", "1.0.0-0a1b2c3d4e5f"]},
    }
    addresses = list(pages_of(app, values, console=False))
    endpoints = {one.endpoint for one in addresses}
    assert {"responses.survey", "responses.open_survey", "responses.not_me", "cases.own"} <= endpoints
    assert {"preferences.ask", "preferences.centre", "preferences.look", "preferences.lost"} <= endpoints
    assert {"responses.framed", "widget.loader", "widget.named"} <= endpoints
    before = dump(shop.database)
    assert before["response"]
    assert before["draft"]
    opened = 0
    for address in addresses:
        for query in QUERIES:
            for headers in ROBOTS:
                for method in (shop.client.get, shop.client.head):
                    reply: TestResponse = method(address.path + query, headers=headers)
                    assert reply.status_code < 500, (address, query, reply.status_code)
                    assert "Set-Cookie" not in reply.headers, address
                    opened += 1
    assert opened > 500
    assert dump(shop.database) == before


def test_a_write_that_a_page_tries_while_it_is_opened_is_refused_by_the_database(app: Any) -> None:
    from feedback.web.transaction import reading  # noqa: PLC0415 - only within a request

    with app.test_request_context("/"), pytest.raises(Exception, match=r"read-?\s?only"):
        reading().execute(Base.metadata.tables["site"].update().values(name="changed"))
