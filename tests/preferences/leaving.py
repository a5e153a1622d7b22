"""Somebody who leaves a shop over HTTP, and what staff then find: shared by the tests of reasons."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.actors import Actor
from feedback.cases.models import Activity, Case, Promise
from feedback.delivery.models import MailClass, OutboxMail
from feedback.delivery.outbox import queue_mail
from feedback.links.models import Link
from tests.helpers.console import Town
from tests.preferences.conftest import Unsub
from tests.responses.shop import Page, Shop


def agent(shop: Shop) -> Actor:
    """Somebody of the shop's staff."""
    town = Town(shop.database, sites={"shop": shop.site_id})
    town.add_staff("Lulu", "shop")
    return Actor.staff(town.staff["Lulu"][0], "Lulu")


@dataclass
class Leaver:
    """A customer who stops the news by the button of the page, and may say why."""

    shop: Shop
    path: str
    link: Link

    def stop(self) -> Page:
        return self.shop.post(self.path, {"go": "stop"})

    def one_click(self) -> None:
        assert self.shop.client.post(self.path, data="List-Unsubscribe=One-Click").status_code == 200

    def say(self, **fields: str) -> Page:
        return self.shop.post(f"{self.path}/reason", fields)


def leaver(shop: Shop, unsub: Unsub, **facts: Any) -> Leaver:
    path, link = unsub(locale="en", **facts)
    return Leaver(shop, path, link)


def cases(shop: Shop) -> list[Case]:
    with shop.database.read() as session:
        found = list(session.scalars(select(Case).where(Case.site_id == shop.site_id).order_by(Case.id)))
        session.expunge_all()
    return found


def promises(shop: Shop) -> list[str]:
    with shop.database.read() as session:
        return list(session.scalars(select(Promise.state).where(Promise.site_id == shop.site_id)))


def happened(shop: Shop, case: Case) -> list[str]:
    with shop.database.read() as session:
        query = select(Activity.kind).where(Activity.site_id == shop.site_id, Activity.case_id == case.id)
        return list(session.scalars(query.order_by(Activity.id)))


def to_customers(shop: Shop) -> list[str]:
    """Names of the mails to customers that wait or went."""
    with shop.database.read() as session:
        query = select(OutboxMail.name).where(OutboxMail.site_id == shop.site_id, OutboxMail.customer_id.is_not(None))
        return list(session.scalars(query.order_by(OutboxMail.id)))


@contextmanager
def queued(shop: Shop, name: str, case: Case, **facts: Any) -> Iterator[tuple[Session, OutboxMail]]:
    """A mail about a case as if somebody had put it into the outbox."""
    with shop.database.write() as session:
        queue_mail(
            session,
            site_id=shop.site_id,
            name=name,
            mail_class=MailClass.TRANSACTIONAL,
            locale="en",
            customer_id=case.customer_id,
            case_id=case.id,
            facts=facts,
        )
        yield session, session.scalars(select(OutboxMail).order_by(OutboxMail.id.desc()).limit(1)).one()
