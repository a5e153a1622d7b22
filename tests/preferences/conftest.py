"""Fixtures of preferences: a shop whose customers can stop its mails."""

from collections.abc import Callable
from typing import Any

import pytest

from feedback.actors import SYSTEM
from feedback.app import create_app
from feedback.customers.addresses import address_key
from feedback.db import Database
from feedback.links.actions import issue_preference_link
from feedback.links.models import Link
from feedback.links.purposes import Purpose
from feedback.links.urls import unsubscribe_url
from feedback.settings import Settings
from feedback.sites.queries import site_by_id
from tests.responses.shop import Shop, open_shop

Unsub = Callable[..., tuple[str, Link]]


@pytest.fixture
def shop(settings: Settings, database: Database) -> Shop:
    """A shop with surveys and customers."""
    return open_shop(create_app(settings, database), settings, database)


@pytest.fixture
def unsub(shop: Shop) -> Unsub:
    """Makes unsubscribe links: path and row."""

    def make(topic: str = "news", locale: str = "sw", customer_id: int | None = None, **facts: Any) -> tuple[str, Link]:
        customer_id = customer_id or shop.customer(**facts)
        with shop.database.write() as session:
            salt = site_by_id(session, shop.site_id).salt
            link = issue_preference_link(
                session,
                SYSTEM,
                shop.site_id,
                Purpose.UNSUBSCRIBE,
                customer_id=customer_id,
                address_key=address_key(salt, facts.get("email", "asha@example.com")),
                locale=locale,
                topic=topic,
            )
        return unsubscribe_url(shop.settings, link).removeprefix(shop.settings.public_url), link

    return make
