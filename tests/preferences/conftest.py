"""Fixtures of preferences: a shop whose customers can stop its mails."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from feedback.actors import SYSTEM
from feedback.customers.addresses import address_key
from feedback.db import Database
from feedback.links.actions import issue_preference_link
from feedback.links.models import Link
from feedback.links.purposes import Purpose
from feedback.links.urls import unsubscribe_url
from feedback.settings import Settings
from feedback.sites.queries import site_by_id
from feedback.worker import Worker
from tests.responses.shop import Shop

Unsub = Callable[..., tuple[str, Link]]


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


@pytest.fixture
def centre(shop: Shop, unsub: Unsub) -> Callable[..., str]:
    """The path of somebody's preference centre, as the link of a mail leads there."""

    def make(**facts: Any) -> str:
        who = {name: value for name, value in facts.items() if name not in ("topic", "locale", "customer_id")}
        customer_id = facts.get("customer_id") or shop.customer(**{"locale": "en", **who})
        path, _ = unsub(**{"locale": "en", **facts, "customer_id": customer_id})
        link = shop.open(path).soup.select_one("a[href^='/p/']")
        assert link is not None
        return str(link["href"])

    return make


@dataclass
class Postbox:
    """The worker, and what it wrote into the mail folder since one last looked."""

    settings: Settings
    database: Database
    seen: set[str] = field(default_factory=set)

    def new(self) -> list[EmailMessage]:
        """Have the worker do what is due; the mails that came of it."""
        worker = Worker(self.settings, self.database, "a secret for tests")
        worker.drain()
        worker.close()
        found = []
        for path in sorted(self.settings.mail_dir.glob("*.eml")):
            if path.name not in self.seen:
                self.seen.add(path.name)
                message = message_from_bytes(path.read_bytes(), policy=policy.default)
                assert isinstance(message, EmailMessage)
                found.append(message)
        return found

    def one(self) -> EmailMessage:
        """The only new mail."""
        (found,) = self.new()
        return found


@pytest.fixture
def post(shop: Shop) -> Postbox:
    """The mail folder."""
    found = Postbox(shop.settings, shop.database)
    found.new()
    return found


def link_in(mail: EmailMessage, path: str) -> str:
    """The path of the first address in the plain part that begins so."""
    part = mail.get_body(("plain",))
    assert part is not None
    found = re.search(rf"https?://[^/\s]+({re.escape(path)}[^\s<>]+)", str(part.get_content()))
    assert found, part.get_content()
    return found[1]
