"""One real service per kind of database: a shop with a reader of each language, a bank beside it, 200 customers.

Its mails go to a post office of the tests, and answers come back to it by LMTP.
"""

import csv
import re
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
import requests
from requests.cookies import RequestsCookieJar
from sqlalchemy.orm import Session

from feedback.db import Database
from feedback.settings import Settings
from feedback.wiring import wire
from tests.conftest import kind_of_database
from tests.helpers.forms import Form, forms, send, soup
from tests.helpers.post import PostOffice, post_office
from tests.helpers.server import Service, free_port, running_service

CUSTOMERS = Path(__file__).resolve().parents[1] / "data" / "customers.csv"
PASSWORD = "plum river nine lantern"
ZONE = "Africa/Dar_es_Salaam"
#: Who reads which language, and nobody else does.
READERS = {
    "en": "Emily Carter",
    "sw": "Amina Juma",
    "ne": "सीता श्रेष्ठ",
    "fa": "پریسا احمدی",
    "mn": "Болормаа Бат",
    "hy": "Անի Սարգսյան",
}


@dataclass
class Person:
    """Somebody with a browser that has no JavaScript."""

    url: str
    http: requests.Session = field(default_factory=requests.Session)

    def open(self, address: str) -> requests.Response:
        """A page that is there."""
        reply = self.http.get(urljoin(self.url, address), timeout=30)
        assert reply.status_code == 200, (address, reply.status_code, reply.text[-2000:])
        return reply

    def form(self, page: requests.Response, action: str) -> Form:
        """The form of the page that goes to such an address."""
        found = [form for form in forms(page.text, page.url) if form.method == "post"]
        wanted = [form for form in found if urlsplit(form.action).path.endswith(action)]
        assert wanted, (action, [form.action for form in found])
        return wanted[0]

    def press(self, page: requests.Response, action: str, **values: str) -> requests.Response:
        """Fill in that form, and send it as a browser would."""
        self.http.headers.update({"Origin": self.url, "Sec-Fetch-Site": "same-origin"})
        reply = send(self.http, self.form(page, action), **values)
        assert reply.status_code == 200, (action, reply.status_code, reply.text[-2000:])
        return reply


@dataclass
class Town:
    """A running service with everything that a story needs."""

    service: Service
    post: PostOffice
    lmtp: int
    tokens: list[str] = field(default_factory=list)
    addresses: set[str] = field(default_factory=set)
    _sessions: dict[str, RequestsCookieJar] = field(default_factory=dict)
    _entrance: threading.Lock = field(default_factory=threading.Lock)

    @property
    def settings(self) -> Settings:
        """The service's own settings."""
        return Settings.from_env(self.service.environ)

    def database(self) -> Database:
        """The service's database, to look into."""
        wire()
        return Database(self.settings)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A look into the database."""
        database = self.database()
        with database.read() as session:
            yield session
        database.dispose()

    @contextmanager
    def changing(self) -> Iterator[Session]:
        """A change that only time could bring about otherwise."""
        database = self.database()
        with database.write() as session:
            yield session
        database.dispose()

    def customer(self, language: str, number: int = 0) -> dict[str, str]:
        """A customer whose language this is, as the file has them."""
        with CUSTOMERS.open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["locale"].startswith(language) and row["email"]]
        self.addresses.add(rows[number]["email"])
        return rows[number]

    def link(self, survey: str, customer: dict[str, str], site: str = "shop") -> str:
        """A new signed address, from the command line."""
        arguments = ("link", "survey", "--site", site, "--survey", survey, "--customer", customer["external_id"])
        url = self.service.last_line(*arguments)
        self.tokens.append(url.rpartition("/")[2])
        return url

    def person(self) -> Person:
        """Somebody who has never been here."""
        return Person(self.service.url)

    def staff(self, name: str) -> Person:
        """Somebody of the staff, in a browser that is signed in; they sign in once."""
        found = self.person()
        with self._entrance:
            if name not in self._sessions:
                page = found.open("/console/")
                found.press(page, "/console/sign-in", email=address_of(name), password=PASSWORD)
                self._sessions[name] = found.http.cookies.copy()
        found.http.cookies.update(self._sessions[name])
        return found


def address_of(name: str) -> str:
    """A made-up address for a name in any script."""
    return f"staff-{uuid.uuid5(uuid.NAMESPACE_DNS, name).hex[:10]}@example.com"


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The service, with everything set up through its own commands."""
    folder: Path = tmp_path_factory.mktemp(f"journey-{request.param}")
    with kind_of_database(request.param) as address:
        yield from served(folder, address)


def served(folder: Path, database_url: str | None) -> Iterator[Town]:
    """The town, open until it is no longer needed."""
    lmtp = free_port()
    with post_office() as post:
        extra = {
            "FEEDBACK_SMTP_URL": post.url,
            "FEEDBACK_MAIL_FROM": "duka@duka.example",
            "FEEDBACK_MAIL_DOMAIN": "answers.duka.example",
            "FEEDBACK_INBOUND_LMTP": f"127.0.0.1:{lmtp}",
        }
        with running_service(folder, database_url, extra=extra) as service:
            yield furnished(Town(service, post, lmtp), folder)


def furnished(town: Town, folder: Path) -> Town:
    """Sites, staff, customers, and a rule that promises an answer within a working week."""
    run = town.service.command
    run("site", "add", "--key", "shop", "--name", "Duka", "--locale", "sw-TZ", "--time-zone", ZONE, "--country", "TZ")
    run("site", "add", "--key", "bank", "--name", "بانک", "--country", "IR")
    for language, name in READERS.items():
        add_staff(town, "shop", name, "agent", language)
    add_staff(town, "shop", "Ada", "admin", "en")
    add_staff(town, "bank", "Parisa", "admin", "fa")
    copied = folder / "customers.csv"
    copied.write_bytes(CUSTOMERS.read_bytes())
    for site in ("shop", "bank"):
        run("customers", "import", "--site", site, str(copied))
    promise_a_week(town)
    admin = town.staff("Ada")
    admin.press(admin.open("/console/profile"), "/console/profile", at_night="y")  # these stories are told at any hour
    return town


def add_staff(town: Town, site: str, name: str, role: str, language: str) -> None:
    """Somebody who can sign in at once."""
    town.service.command(
        "staff", "add", "--site", site, "--email", address_of(name), "--name", name, "--role", role,
        "--language", language, "--password-stdin", stdin=PASSWORD,
    )  # fmt: skip


def promise_a_week(town: Town) -> None:
    """Change every rule by its form, so that promises name a date and not just "tomorrow"."""
    admin = town.staff("Ada")
    rules = admin.open("/console/shop/cases/rules/")
    found = [
        str(link["href"])
        for link in soup(rules.text).find_all("a", href=True)
        if re.search(r"/cases/rules/[a-z2-7]{26}$", str(link["href"]))
    ]
    assert found, rules.text[-3000:]
    for path in dict.fromkeys(found):
        admin.press(admin.open(path), path, due_hours="40")
