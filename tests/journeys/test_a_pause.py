"""A pause over HTTP, from the press of its button to the first mail after it: it ends by itself."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from feedback.actors import Actor
from feedback.api.actions import add_key
from feedback.app import create_app
from feedback.db import Database
from feedback.links.urls import unsubscribe_url
from feedback.settings import Settings
from feedback.worker import Worker
from tests.cases.world import NOON
from tests.delivery.questions import queue_questions, unsubscribe_link
from tests.helpers.post import PostOffice, post_office
from tests.responses.shop import Page, Shop, open_shop

NEEMA = "neema@mail.example"


@pytest.fixture
def office() -> Iterator[PostOffice]:
    """Where mails go."""
    with post_office() as office:
        yield office


@pytest.fixture
def shop(settings: Settings, database: Database, office: PostOffice) -> Shop:
    """A shop that mails questions."""
    settings = replace(settings, smtp_url=office.url)
    return open_shop(create_app(settings, database), settings, database)


def pressed(shop: Shop, page: Page, words: str) -> Page:
    """The page after a button of this one."""
    button = next(one for one in page.soup.select("form button") if words in one.get_text())
    form = button.find_parent("form")
    assert form is not None
    fields = {str(one["name"]): str(one.get("value", "")) for one in form.select("input[name]")}
    fields[str(button["name"])] = str(button["value"])
    return shop.post(str(form["action"]) or page.response.request.path, fields)


def test_a_pause_ends_by_itself_and_mails_go_again(shop: Shop, office: PostOffice) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        with shop.database.write() as session:
            _, key = add_key(session, Actor.command(), shop.site_id, "News", ("preferences:read",))
        link = unsubscribe_link(shop, NEEMA)

        def may() -> str:
            asked = {"email": NEEMA, "topic": "surveys"}
            reply = shop.client.get("/api/v1/may-send", query_string=asked, headers={"Authorization": f"Bearer {key}"})
            return str(reply.get_json()["reason"])

        def after_work() -> int:
            worker = Worker(shop.settings, shop.database, "a secret for tests")
            worker.drain()
            worker.close()
            return len(office.to(NEEMA))

        page = shop.open(unsubscribe_url(shop.settings, link).removeprefix(shop.settings.public_url) + "?lang=en")
        stopped = pressed(shop, page, "Unsubscribe")
        assert may() == "suppressed_topic"
        paused = pressed(shop, stopped, "30")
        assert paused.status == 200
        assert may() == "paused"
        now.move_to(NOON + timedelta(days=29, hours=23))
        queue_questions(shop, NEEMA)
        assert (may(), after_work()) == ("paused", 0)
        now.move_to(NOON + timedelta(days=30, minutes=1))
        assert (may(), after_work()) == ("ok", 1)
