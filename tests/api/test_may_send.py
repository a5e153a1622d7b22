"""The question of other senders, over HTTP: the same rule as ours, for whoever has a key of the site."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select
from werkzeug.test import TestResponse

from feedback import clock
from feedback.actors import Actor
from feedback.api.actions import add_key
from feedback.api.limits import QUOTA, count
from feedback.api.models import ApiKey
from feedback.preferences.actions import Wanted, pause, set_frequency, stop
from feedback.preferences.policy import Frequency, Scope
from feedback.preferences.queries import key_of_address
from feedback.sites.actions import add_site
from tests.contracts.test_reading import dump
from tests.helpers.statements import heard_by
from tests.responses.shop import Shop

PATH = "/api/v1/may-send"


def key_for(shop: Shop, site_id: int = 0, **more: Any) -> dict[str, str]:
    with shop.database.write() as session:
        _, text = add_key(session, Actor.command(), site_id or shop.site_id, "News", ("preferences:read",), **more)
    return {"Authorization": f"Bearer {text}"}


@pytest.fixture
def ask(shop: Shop) -> Callable[..., TestResponse]:
    """Asks with a good key."""
    key = key_for(shop)

    def get(email: str = "asha@example.com", topic: str = "news", **headers: str) -> TestResponse:
        return shop.client.get(PATH, query_string={"email": email, "topic": topic}, headers={**key, **headers})

    return get


def stopped(shop: Shop, email: str, scope: Scope = Scope.TOPIC, topic: str = "news") -> None:
    with shop.database.write() as session:
        stop(session, shop.site_id, Wanted([key_of_address(session, shop.site_id, email)], scope, topic, email=email))


@pytest.mark.parametrize(
    ("scope", "topic", "told"),
    [
        (Scope.TOPIC, "news", {"news": "suppressed_topic", "surveys": "ok"}),
        (Scope.MARKETING, "", {"news": "suppressed_marketing", "surveys": "suppressed_marketing"}),
        (Scope.ADDRESS, "", {"news": "suppressed_address", "surveys": "suppressed_address"}),
    ],
)
def test_a_stop_is_told_at_once_with_its_extent(
    shop: Shop, ask: Callable[..., TestResponse], scope: Scope, topic: str, told: dict[str, str]
) -> None:
    assert ask().json == {"allowed": True, "reason": "ok"}
    stopped(shop, "asha@example.com", scope, topic)
    for name, reason in told.items():
        assert ask(" Asha@Example.com ", name).json == {"allowed": reason == "ok", "reason": reason}
    assert ask("juma@example.com").json == {"allowed": True, "reason": "ok"}
    stopped(shop, "doerte@exämple.de", scope, topic)
    for written in ("doerte@xn--exmple-cua.de", "doerte@ｅｘämple.de"):
        assert ask(written).json == {"allowed": False, "reason": told["news"]}


def test_a_pause_unknown_topics_and_what_is_no_address(shop: Shop, ask: Callable[..., TestResponse]) -> None:
    with shop.database.write() as session:
        pause(session, shop.site_id, [key_of_address(session, shop.site_id, "asha@example.com")], "", 30)
    assert ask().json == {"allowed": False, "reason": "paused"}
    assert ask(topic="parties").json == {"allowed": False, "reason": "unknown_topic"}
    assert ask("nobody").json == {"allowed": False, "reason": "invalid_address"}
    with time_machine.travel(clock.now() + timedelta(days=31), tick=False):
        assert ask().json == {"allowed": True, "reason": "ok"}


def test_who_wants_fewer_is_told_apart_since_only_the_sender_knows_when_the_last_one_went(
    shop: Shop, ask: Callable[..., TestResponse]
) -> None:
    with shop.database.write() as session:
        key = key_of_address(session, shop.site_id, "asha@example.com")
        set_frequency(session, shop.site_id, [key], "news", Frequency.MONTHLY)
    assert ask().json == {"allowed": True, "reason": "ok", "frequency": "monthly"}
    assert ask(topic="surveys").json == {"allowed": True, "reason": "ok"}
    body = {"items": [{"email": "asha@example.com", "topic": "news"}]}
    reply = shop.client.post(PATH, json=body, headers=key_for(shop)).json
    assert reply == {"items": [{**body["items"][0], "allowed": True, "reason": "ok", "frequency": "monthly"}]}
    stopped(shop, "asha@example.com")
    assert ask().json == {"allowed": False, "reason": "suppressed_topic"}


def test_a_thousand_are_answered_in_order_with_a_handful_of_statements(shop: Shop) -> None:
    key = key_for(shop)
    stopped(shop, "c7@example.com")
    stopped(shop, "نشانی@example.com", Scope.ADDRESS)
    items = [{"email": f"c{n}@example.com", "topic": "news"} for n in range(998)]
    items += [{"email": "نشانی@example.com", "topic": "surveys"}, {"email": "wrong", "topic": "news"}]
    said: list[str] = []
    with heard_by(shop.database, lambda statement, _values: said.append(statement)):
        reply = shop.client.post(PATH, json={"items": items}, headers=key)
    assert reply.status_code == 200, reply.text
    assert len([one for one in said if one.startswith("SELECT")]) <= 8
    answered = reply.json["items"] if reply.json else []
    assert [(one["email"], one["topic"]) for one in answered] == [(one["email"], one["topic"]) for one in items]
    refused = [(one["email"], one["reason"]) for one in answered if not one["allowed"]]
    assert refused == [
        ("c7@example.com", "suppressed_topic"),
        ("نشانی@example.com", "suppressed_address"),
        ("wrong", "invalid_address"),
    ]


@pytest.mark.parametrize(
    ("body", "status", "fields"),
    [
        ({"items": [{"email": "a@example.com"}]}, 422, ["items[0].topic"]),
        ({"items": ["a@example.com"]}, 422, ["items[0].email", "items[0].topic"]),
        ({"items": {"email": 1}}, 422, ["items"]),
        ([], 422, ["items"]),
        ({"items": [{"email": "a@example.com", "topic": "news"}] * 1001}, 422, ["items"]),
    ],
)
def test_a_question_of_another_shape_is_refused_with_where_it_is_wrong(
    shop: Shop, body: Any, status: int, fields: list[str]
) -> None:
    reply = shop.client.post(PATH, json=body, headers=key_for(shop))
    assert (reply.status_code, reply.mimetype) == (status, "application/problem+json")
    assert reply.json is not None
    assert [one["field"] for one in reply.json["errors"]] == fields
    for none in ("{", "[" * 20_000):
        sent = {"headers": key_for(shop), "content_type": "application/json"}
        assert shop.client.post(PATH, data=none, **sent).status_code == 400
    half = {"items": [{"email": "a\ud83d@example.com", "topic": "\ud83d"}]}
    assert shop.client.post(PATH, json=half, headers=key_for(shop)).status_code == 200
    assert shop.client.post(PATH, data="x", headers=key_for(shop)).status_code == 415


def test_nobody_asks_without_a_key_that_works(shop: Shop) -> None:
    key = key_for(shop)["Authorization"]
    over = key_for(shop, expires_at=clock.now() - timedelta(seconds=1))["Authorization"]
    bare = key.removeprefix("Bearer ")
    for headers, path, code in (
        ({}, PATH, "no-key"),
        ({}, f"{PATH}?api_key={bare}&access_token={bare}", "no-key"),
        ({"Authorization": f"Basic {bare}"}, PATH, "no-key"),
        ({"Authorization": key[:-1]}, PATH, "invalid-key"),
        ({"Authorization": over}, PATH, "invalid-key"),
    ):
        before = dump(shop.database)
        reply = shop.client.get(path, headers=headers)
        assert (reply.status_code, reply.mimetype) == (401, "application/problem+json"), code
        assert reply.json is not None
        assert reply.json["code"] == code
        assert reply.headers["WWW-Authenticate"].startswith("Bearer ")
        assert dump(shop.database) == before


def test_a_key_without_the_scope_is_told_which_it_needs(shop: Shop) -> None:
    key = key_for(shop)
    with shop.database.write() as session:
        row = session.scalars(select(ApiKey).where(ApiKey.site_id == shop.site_id)).one()
        row.scopes = ["cases:read"]
    reply = shop.client.get(PATH, headers=key)
    assert reply.status_code == 403
    assert reply.json is not None
    assert reply.json["code"] == "insufficient-scope"
    assert 'scope="preferences:read"' in reply.headers["WWW-Authenticate"]


def test_a_key_answers_for_its_own_site_only(shop: Shop, ask: Callable[..., TestResponse]) -> None:
    with shop.database.write() as session:
        bank = add_site(session, Actor.command(), key="bank", name="Bank", country="IR").id
    stopped(shop, "asha@example.com")
    reply = shop.client.get(
        PATH, query_string={"email": "asha@example.com", "topic": "news"}, headers=key_for(shop, bank)
    )
    assert reply.json == {"allowed": True, "reason": "ok"}
    assert ask().json == {"allowed": False, "reason": "suppressed_topic"}


def test_a_minute_has_an_end_which_the_headers_tell_beforehand(shop: Shop, ask: Callable[..., TestResponse]) -> None:
    with time_machine.travel("2026-11-22T10:00:15Z", tick=False):
        first = ask()
        assert first.headers["RateLimit-Policy"] == f'"default";q={QUOTA};w=60'
        assert first.headers["RateLimit"] == f'"default";r={QUOTA - 1};t=45'
        assert not [name for name, _ in first.headers if re.match("X-RateLimit|Retry-After|Set-Cookie", name)]
        assert first.headers["Cache-Control"] == "no-store"
        with shop.database.read() as session:
            key_id = session.scalars(select(ApiKey.id).where(ApiKey.site_id == shop.site_id)).one()
        for _ in range(QUOTA - 2):
            count(shop.settings, key_id)
        last = ask()
        assert (last.status_code, last.headers["RateLimit"]) == (200, '"default";r=0;t=45')
        over = ask(**{"X-Forwarded-For": "203.0.113.9"})
        assert (over.status_code, over.headers["Retry-After"]) == (429, "45")
        assert over.mimetype == "application/problem+json"
        other = shop.client.get(PATH, query_string={"email": "a@example.com", "topic": "news"}, headers=key_for(shop))
        assert other.status_code == 200
    with time_machine.travel("2026-11-22T10:01:00Z", tick=False):
        assert ask().status_code == 200


def test_that_a_key_was_used_is_written_every_five_minutes_at_most(
    shop: Shop, ask: Callable[..., TestResponse]
) -> None:
    def used() -> object:
        with shop.database.read() as session:
            return session.scalars(select(ApiKey.last_used_at).where(ApiKey.site_id == shop.site_id)).one()

    start = clock.now().replace(microsecond=0)
    seen = []
    for seconds in (0, 299, 300):
        with time_machine.travel(start + timedelta(seconds=seconds), tick=False):
            assert ask().status_code == 200
            seen.append(used())
    assert seen == [start, start, start + timedelta(seconds=300)]


def test_errors_of_the_api_are_problems_not_pages(shop: Shop, ask: Callable[..., TestResponse]) -> None:
    for reply, status in (
        (shop.client.get("/api/v1/nothing"), 404),
        (shop.client.get("/api/"), 404),
        (shop.client.delete(PATH), 405),
        (ask(email=""), 422),
    ):
        assert (reply.status_code, reply.mimetype) == (status, "application/problem+json")
        assert reply.json is not None
        assert {"type", "title", "status"} <= set(reply.json)
