"""A browser in the console: Flask's test client that reads forms from pages and sends them back."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from feedback.actors import Actor, Role
from feedback.db import Database
from feedback.sites.actions import add_site
from feedback.staff.actions import add_staff
from feedback.staff.details import new_staff
from feedback.staff.hashing import hash_password
from tests.helpers.forms import Form, forms

HERE = "http://127.0.0.1:8000"
PASSWORD = "plum river nine lantern"
_hash: dict[str, str] = {}


def password_hash(password: str = PASSWORD) -> str:
    """Hashed once per test process: it costs 50 ms."""
    if password not in _hash:
        _hash[password] = hash_password(password)
    return _hash[password]


@dataclass
class Town:
    """A database with sites and staff, made by the same actions as the real ones."""

    database: Database
    sites: dict[str, int] = field(default_factory=dict)
    staff: dict[str, tuple[int, str]] = field(default_factory=dict)

    def add_site(self, key: str, **said: Any) -> int:
        """A site; its id."""
        with self.database.write() as session:
            made = add_site(session, Actor.command(), **{"key": key, "name": key.title(), "country": "TZ", **said})
            self.sites[key] = made.id
        return self.sites[key]

    def add_staff(
        self, name: str, site: str, role: Role = Role.AGENT, *, password: str | None = PASSWORD, locale: str = "en"
    ) -> str:
        """Somebody on the team of a site, or of one more; their address."""
        email = f"{name.lower()}@example.com"
        facts = new_staff(
            email=email, name=name, role=role.value, languages=["sw", "en"], locale=locale, time_zone="Africa/Nairobi"
        )
        hashed = password_hash(password) if password else None
        with self.database.write() as session:
            added = add_staff(session, Actor.command(), self.sites[site], facts, password_hash=hashed)
        self.staff[name] = added.staff_id, added.public_id
        return email


@dataclass
class Browser:
    """One browser with its own cookies; every request names its origin as a browser would."""

    app: Flask
    client: FlaskClient = field(init=False)
    agent: str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

    def __post_init__(self) -> None:
        self.client = self.app.test_client()

    def get(self, path: str, **more: Any) -> TestResponse:
        """Open a page."""
        return self.client.get(path, base_url=HERE, headers={"User-Agent": self.agent}, **more)

    def post(self, path: str, data: dict[str, Any], headers: dict[str, str] | None = None) -> TestResponse:
        """Send what a form of one of our own pages would."""
        sent = {"User-Agent": self.agent, "Origin": HERE, "Sec-Fetch-Site": "same-origin", **(headers or {})}
        return self.client.post(path, base_url=HERE, data=data, headers=sent)

    def form(self, path: str, action: str | None = None) -> Form:
        """The form of a page: the one that goes to an address ending in ``action``, else the page's own."""
        reply = self.get(path)
        assert reply.status_code == 200, reply.text
        found = forms(reply.text, urljoin(HERE, path))
        wanted = (action or path).partition("?")[0]
        return next(form for form in found if form.method == "post" and form.action.partition("?")[0].endswith(wanted))

    def fill(self, path: str, action: str | None = None, **values: Any) -> TestResponse:
        """Open a page, fill its form in, and send it. A value of None unticks or leaves out."""
        form = self.form(path, action)
        data: dict[str, Any] = {**form.fields, **values}
        return self.post(form.action.removeprefix(HERE), {k: v for k, v in data.items() if v is not None})

    def sign_in(self, email: str, password: str = PASSWORD, path: str = "/console/sign-in") -> TestResponse:
        """Sign in by the form."""
        return self.fill(path, "/console/sign-in", email=email, password=password)

    def csrf(self) -> str:
        """This browser's token, as any page of the console has it."""
        return self.form("/console/profile").fields["csrf_token"][0]

    @property
    def cookie(self) -> str | None:
        """The session cookie's value."""
        found = self.client.get_cookie("fb_session", domain="127.0.0.1")
        return found.value if found else None
