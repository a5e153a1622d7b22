"""A shop with customers and published surveys, and a client that fills in forms as a browser does."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from feedback.actors import SYSTEM
from feedback.customers.actions import upsert_customer
from feedback.customers.queries import customer_by_external_id
from feedback.customers.rows import CustomerFacts
from feedback.db import Database
from feedback.links.actions import issue_survey_link
from feedback.links.models import Link
from feedback.links.queries import token_of
from feedback.links.signing import keyring, sign_survey
from feedback.responses.models import Answer, Draft, Response
from feedback.settings import Settings
from feedback.sites.actions import add_site
from feedback.surveys.models import Survey
from tests.helpers.kept import poured

#: On a working day, at noon in Dar es Salaam.
NOON = datetime(2026, 3, 18, 9, 0, tzinfo=UTC)


@dataclass
class Page:
    """A page with at most one survey form on it."""

    response: TestResponse
    soup: BeautifulSoup = field(init=False)

    def __post_init__(self) -> None:
        self.soup = BeautifulSoup(self.response.get_data(as_text=True), "html.parser")

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def text(self) -> str:
        return self.soup.get_text(" ", strip=True)

    @property
    def form(self) -> Any:
        return self.soup.select_one("form[method=post]")

    @property
    def asked(self) -> list[str]:
        """Names of the fields that are answers."""
        names = [field["name"] for field in self.form.select("input, textarea, select") if field.get("name")]
        return list(dict.fromkeys(name for name in names if not name.startswith("fb_") and "." not in name))

    @property
    def fields(self) -> dict[str, list[str]]:
        """What a browser would send: hidden fields, what is ticked, what is written."""
        found: dict[str, list[str]] = {}
        for one in self.form.select("input[name], textarea[name]"):
            if one.get("type") in ("radio", "checkbox") and not one.has_attr("checked"):
                continue
            value = one.text.removeprefix("\n") if one.name == "textarea" else one.get("value", "")
            found.setdefault(one["name"], []).append(value)
        return found

    @property
    def buttons(self) -> list[str]:
        return [button["value"] for button in self.soup.select("button[name=fb_go]")]

    @property
    def go(self) -> str:
        return "send" if "send" in self.buttons else "next"


@dataclass
class Shop:
    """Site, links and the client; ids only, so that no session stays open."""

    app: Any
    settings: Settings
    database: Database
    site_id: int
    client: FlaskClient

    def customer(self, number: str = "C-1", **facts: Any) -> int:
        said = {"email": "asha@example.com", "name": "Asha", "locale": "sw-TZ", **facts}
        with self.database.write() as session:
            return upsert_customer(session, SYSTEM, self.site_id, CustomerFacts(number, **said)).id

    def customer_id(self, number: str = "C-1") -> int:
        """A customer who is there already, as they are."""
        with self.database.read() as session:
            return customer_by_external_id(session, self.site_id, number).id

    def survey_id(self, slug: str) -> int:
        with self.database.read() as session:
            return session.execute(
                select(Survey.id).where(Survey.site_id == self.site_id, Survey.slug == slug)
            ).scalar_one()

    def link(self, slug: str = "support-csat", locale: str = "sw", customer_id: int | None = None) -> tuple[str, Link]:
        """A new link: its path, and its row."""
        customer_id = customer_id or self.customer()
        survey_id = self.survey_id(slug)
        with self.database.write() as session:
            row = issue_survey_link(
                session, SYSTEM, self.site_id, survey_id=survey_id, customer_id=customer_id, locale=locale
            )
        return "/s/" + sign_survey(keyring(self.settings), token_of(row)), row

    def open(self, path: str, **options: Any) -> Page:
        return Page(self.client.get(path, **options))

    def post(self, path: str, fields: dict[str, Any], **options: Any) -> Page:
        return Page(self.client.post(path, data=fields, **options))

    def fill(self, page: Page, go: str | None = None, **answers: Any) -> Page:
        """Fill in a page and press a button, as a browser would."""
        fields = {**page.fields, **answers, "fb_go": go or page.go}
        return self.post(page.form["action"], fields)

    def send_json(self, path: str, answers: dict[str, Any], **headers: str) -> TestResponse:
        return self.client.post(
            path,
            data=answers,
            headers={"Accept": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}},
        )

    def count(self, model: Any = Response) -> int:
        with self.database.read() as session:
            return session.scalar(select(func.count()).select_from(model).where(model.site_id == self.site_id)) or 0

    def response(self, link: Link | None = None) -> Response:
        """The only response, or that of a link."""
        with self.database.read() as session:
            query = select(Response).where(Response.site_id == self.site_id)
            return session.scalars(query if link is None else query.where(Response.link_id == link.id)).one()

    def said(self, response: Response) -> dict[str, list[Any]]:
        """Option, number or words by question."""
        with self.database.read() as session:
            found: dict[str, list[Any]] = {}
            for row in session.scalars(
                select(Answer)
                .where(Answer.site_id == self.site_id, Answer.response_id == response.id)
                .order_by(Answer.id)
            ):
                value = row.number if row.number is not None else (row.option or row.text)
                found.setdefault(row.question, []).append(value)
            return found

    def draft(self) -> Draft | None:
        with self.database.read() as session:
            return session.scalars(select(Draft).where(Draft.site_id == self.site_id)).one_or_none()


def open_shop(app: Any, settings: Settings, database: Database) -> Shop:
    return Shop(app, settings, database, poured(database, "shop", furnished), app.test_client())


def furnished(database: Database) -> int:
    """The shop's number."""
    with database.write() as session:
        return add_site(
            session, SYSTEM, key="shop", name="Duka", locale="en", time_zone="Africa/Dar_es_Salaam",
            country="TZ", languages=["en", "sw", "ne", "fa", "mn", "hy"],
        ).id  # fmt: skip
