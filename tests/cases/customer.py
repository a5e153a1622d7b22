"""A customer with a case and links to their page of it, over HTTP: what they see, and what they send."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Any

from flask import Flask
from sqlalchemy import select

from feedback.actors import SYSTEM, Actor
from feedback.cases.models import Activity, Case
from feedback.db import Database
from feedback.links.actions import issue_case_link
from feedback.links.models import Link
from feedback.links.queries import token_of
from feedback.links.signing import keyring, sign_case
from feedback.settings import Settings
from tests.helpers.console import Town
from tests.responses.shop import Page, Shop, open_shop

HERE = "http://127.0.0.1:8000"
#: What a customer says first; none of it may be seen by whoever holds another customer's link.
_numbers = count(1)
ANSWER = {"score": "1", "why": "slow", "words": "Nimesubiri saa tatu", "contact": "yes"}


@dataclass
class Counter:
    """The shop's desk: Asha has every case."""

    shop: Shop
    asha: Actor

    @property
    def database(self) -> Database:
        return self.shop.database

    @property
    def site_id(self) -> int:
        return self.shop.site_id

    def complain(self, number: str = "", locale: str = "sw", **answer: Any) -> tuple[Case, str]:
        """A new customer's low answer; the case it is on, and the path of the page that the reply showed."""
        number = number or f"C-{next(_numbers)}"
        customer_id = self.shop.customer(
            number, email=f"{number.lower()}@private.example", name=f"Neema {number}", locale=locale
        )
        path, _ = self.shop.link(customer_id=customer_id, locale=locale)
        reply = self.shop.send_json(path, ANSWER | answer)
        assert reply.status_code == 200, reply.text
        return self.case(customer_id), reply.get_json()["follow_up"]["url"].removeprefix(HERE)

    def case(self, customer_id: int) -> Case:
        """The newest case of a customer, as it is now."""
        with self.database.read() as session:
            query = select(Case).where(Case.site_id == self.site_id, Case.customer_id == customer_id)
            return session.scalars(query.order_by(Case.id.desc())).first()  # type: ignore[return-value]

    def now(self, case: Case) -> Case:
        """The same case, read again."""
        with self.database.read() as session:
            return session.scalars(select(Case).where(Case.site_id == self.site_id, Case.id == case.id)).one()

    def link(self, case: Case, locale: str = "en") -> tuple[str, Link]:
        """One more link to the customer's page, as a mail would carry it."""
        with self.database.write() as session:
            row = issue_case_link(
                session, SYSTEM, self.site_id, case_id=case.id, customer_id=case.customer_id, locale=locale
            )
        return f"/c/{sign_case(keyring(self.shop.settings), token_of(row))}", row

    def do(self, action: Any, *arguments: Any, **more: Any) -> Any:
        """What Asha does, in a transaction of its own."""
        with self.database.write() as session:
            return action(session, self.asha, self.site_id, *arguments, **more)

    def open(self, path: str, **options: Any) -> Page:
        """The page behind a link."""
        return self.shop.open(path, **options)

    def press(self, page: Page, do: str, **fields: str) -> Page:
        """A button of the page, and the page that follows, as in a browser without JavaScript."""
        button = page.soup.select_one(f"[name=do][value='{do}']")
        assert button is not None, f"no button {do!r}"
        form = page.soup.find(id=button["form"]) if button.has_attr("form") else button.find_parent("form")
        data = {"text": form.textarea.text.removeprefix("\n")} if form.textarea else {}
        reply = self.shop.client.post(form["action"], data=data | fields | {"do": do})
        return self.open(reply.location) if reply.status_code == 303 else Page(reply)

    def happened(self, case: Case) -> list[str]:
        """Kinds of what happened, in order."""
        with self.database.read() as session:
            query = select(Activity.kind).where(Activity.site_id == self.site_id, Activity.case_id == case.id)
            return list(session.scalars(query.order_by(Activity.id)))


def open_counter(app: Flask, settings: Settings, database: Database) -> Counter:
    """A shop in six languages where Asha answers."""
    shop = open_shop(app, settings, database)
    town = Town(database, sites={"shop": shop.site_id})
    town.add_staff("Asha", "shop", password=None)
    return Counter(shop, Actor.staff(town.staff["Asha"][0], "Asha"))
