"""No statement touches a site's rows without saying whose: a listener reads every statement of the main flows."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin

import pytest
import time_machine
from sqlalchemy import select

from feedback import clock
from feedback.actors import Actor, Role
from feedback.cases.models import CannedReply, Case, EscalationStep, RoutingRule
from feedback.customers.actions import erase_customer, import_customers
from feedback.customers.rows import CustomerFacts
from feedback.db import Base, Database
from feedback.events import PersonalDataOf, TimelineOf, gather
from feedback.responses.models import Kiosk, Response
from feedback.settings import Settings
from feedback.staff.models import StaffMember
from feedback.worker import Worker
from tests.contracts.walk import pages_of
from tests.helpers.console import HERE, Browser, Town
from tests.helpers.forms import Form, forms
from tests.helpers.statements import heard_by
from tests.responses.screens import Tablet, tap
from tests.responses.shop import Shop, open_shop

#: Tables whose rows belong to a site.
TABLES = frozenset(
    table.name for table in Base.metadata.sorted_tables if "site_id" in table.c and not table.c.site_id.nullable
)
_BOUND = r"(\?|%\(\w+\)s(::\w+)?)"
#: Beginning of a statement → why it may ask over all sites.
ALLOWED = {
    r"(SELECT draft\.id|DELETE FROM draft WHERE).* draft\.site_id IS NOT NULL": (
        "a periodic job looks for drafts of every site that have rested; each is stored under its own site"
    ),
    r"SELECT link\.id, .* WHERE link\.key = .* AND link\.site_id IS NOT NULL": (
        "the address that a mail was sent to says which link, by 96 random bits, and the link says whose it is"
    ),
    rf"(UPDATE \w+ SET|DELETE FROM \w+ WHERE)(?!.*\bSELECT\b).* \w+\.id = {_BOUND}( AND \w+\.version = {_BOUND})?$": (
        "the session writes a row back by its key that was read with its site a moment ago"
    ),
}

_NAMED = re.compile(r"\b(?:from|join|into|update)\s+\"?(\w+)\"?(?:\s+as\s+\"?(\w+)\"?)?", re.IGNORECASE)
_INSERT = re.compile(r"^\s*(?:with \w+ as \()?insert into \"?(\w+)\"?\s*\(([^)]*)\)", re.IGNORECASE)


def without_site(statement: str) -> set[str]:
    """Tables of sites that the statement touches without binding ``site_id``; joined by it counts as bound."""
    text = " ".join(statement.split())
    inserted = _INSERT.match(text)
    missing: set[str] = set()
    if inserted and inserted[1] in TABLES and "site_id" not in inserted[2]:
        missing.add(inserted[1])
    single = len(set(_NAMED.findall(text))) == 1
    for table, alias in set(_NAMED.findall(text)):
        if table not in TABLES or (inserted and table == inserted[1]):
            continue
        name = re.escape(alias or table)
        column = rf"\"?\b{name}\"?\.\"?site_id\"?"
        bound = rf"{column} (=|IN)|= {column}|FROM {name} WHERE site_id (=|IN)"
        if not re.search(bound, text, re.IGNORECASE) and not (single and re.search(r"\bsite_id (=|IN)", text)):
            missing.add(table)
    return missing


@pytest.fixture
def shop(app: Any, settings: Settings, database: Database) -> Shop:
    """A shop with a team, and a bank beside it whose rows nobody here may see."""
    found = open_shop(app, settings, database)
    town = Town(database, sites={"shop": found.site_id})
    town.add_site("bank", country="IR")
    for name, role in (("Asha", Role.AGENT), ("Lulu", Role.LEAD), ("Ada", Role.ADMIN)):
        town.add_staff(name, "shop", role)
    town.add_staff("Parisa", "bank", Role.ADMIN)
    return found


SOON = (clock.now() + timedelta(days=30)).date().isoformat()
MOVES: tuple[tuple[str, dict[str, str]], ...] = (
    ("assign", {"owner": "team", "note": "Whoever is free"}),
    ("take", {}),
    ("note", {"text": "Called the workshop"}),
    ("promise", {"what": "A new one", "day": SOON, "clock": "16:00"}),
    ("reply#reply", {"text": "It is on its way", "go": "preview"}),
    ("reply#reply", {"text": "It is on its way", "go": "send"}),
    ("contact", {"text": "Spoke to her", "channel": "phone"}),
    ("wait", {}),
    ("resume", {}),
    ("priority", {"priority": "low"}),
    ("resolve", {"outcome": "solved", "note": "Replaced"}),
    ("reopen", {"note": "Not yet"}),
)


class Listener:
    """Collects statements that touch a site's table without saying whose rows."""

    def __init__(self) -> None:
        self.heard = 0
        self.guilty: dict[str, set[str]] = {}

    def __call__(self, statement: str, _parameters: Any) -> None:
        self.heard += 1
        missing = without_site(statement)
        text = " ".join(statement.split())
        if missing and not any(re.match(pattern, text, re.IGNORECASE) for pattern in ALLOWED):
            self.guilty.setdefault(text, set()).update(missing)

    def check(self, least: int) -> None:
        """Enough was heard to mean something, and none of it was wrong."""
        assert self.heard >= least, self.heard
        told = "\n".join(f"{sorted(tables)}: {text[:400]}" for text, tables in self.guilty.items())
        assert not self.guilty, f"without site_id:\n{told}"


def test_customers_pages_say_whose_rows_they_touch(shop: Shop) -> None:
    listener = Listener()
    with heard_by(shop.database, listener):
        answer_in_every_way(shop)
    listener.check(100)


def answer_in_every_way(shop: Shop) -> None:
    """Steps, all at once, again, changed, joined, disowned, in the open, a message, a quarantined robot."""
    path, _ = shop.link()
    page = shop.open(path)
    for answers in ({"score": "1"}, {"why": ["slow"]}, {"words": "Bado nasubiri"}, {"contact": "yes"}):
        page = shop.fill(page, **answers)
    assert page.status == 200
    again = shop.post(page.form["action"], page.fields)  # "change my answer"
    assert again.status == 200
    shop.send_json(path, {"score": "5", "words": "Sasa ni sawa"})
    told = shop.send_json(path, {"score": "2", "words": "Hapana"}).get_json()
    shop.open(path)
    shop.post(path + "/case-link", {})
    case = told["follow_up"]["url"].removeprefix("http://127.0.0.1:8000")
    assert shop.open(case).status == 200
    for do in ("reply", "unsolved", "not_me"):
        assert shop.post(case, {"do": do, "text": "Bado nasubiri"}).status in (200, 303)
    assert shop.open(case).status == 410
    for number in ("C-1", "C-1", "C-2"):
        other, _ = shop.link("nps", customer_id=shop.customer(number))
        shop.open(other + "?score=3")
        shop.send_json(other, {"score": "3", "why": "Ghali"})
        shop.open(other + "/not-me")
        shop.post(other + "/not-me", {})
    for slug in ("nps", "message"):
        page = shop.open(f"/survey/shop/{slug}")
        filled = {name: "7" if name == "score" else "Habari asha@example.com" for name in page.asked}
        shop.fill(page, **filled)
    begun, _ = shop.link(customer_id=shop.customer("C-4"))
    shop.fill(shop.open(begun), score="2")
    shop.open("/privacy/shop")
    for tablet in (Tablet(shop).pair(), Tablet(shop)):
        tablet.send(tap(1, key="0" * 20))
        tablet.send(tap(1, key="0" * 20, why="slow"), tap(5))


def test_the_console_says_whose_rows_it_touches(shop: Shop, app: Any) -> None:
    answer_in_every_way(shop)
    browser = Browser(app)
    browser.sign_in("ada@example.com")
    listener = Listener()
    with heard_by(shop.database, listener):
        work_on_cases(shop, browser)
        press_every_button(shop, app, browser)
    listener.check(300)


def work_on_cases(shop: Shop, browser: Browser) -> None:
    """Every move of a case, in an order that its state allows."""
    for query in ("", "?state=any", "?q=bado&owner=team&language=sw&kind=low_score&priority=high", "?overdue=1"):
        assert browser.get(f"/console/shop/cases/{query}").status_code == 200
    done: set[str] = set()
    for public_id in one_of(shop, Case.public_id, all_of_them=True):
        path = f"/console/shop/cases/{public_id}"
        for move, values in MOVES:
            if f'/{move}"' in browser.get(path).text:
                wanted = 200 if values.get("go") == "preview" else 303
                assert browser.fill(path, f"/{move}", **values).status_code == wanted, move
                done.add(move)
    assert done == {move for move, _ in MOVES}


def press_every_button(shop: Shop, app: Any, browser: Browser) -> None:
    """Open every page of the site and send every form on it once, filled in as well as a stranger would."""
    pressed: set[str] = set()
    ends = ("/sign-out", "/end", "/end-others", "/disable", "/remove", "/profile", "/password", "/role")
    for address in pages_of(app, console_values(shop), console=True):
        reply = browser.get(address.path)
        assert reply.status_code < 500, address
        if reply.mimetype != "text/html" or reply.status_code != 200:
            continue
        for form in forms(reply.text, urljoin(HERE, address.path)):
            action = form.action.removeprefix(HERE)
            if form.method != "post" or action in pressed or action.endswith(ends):
                continue
            pressed.add(action)
            done = browser.post(action, filled_in(form))
            assert done.status_code < 500, (action, done.status_code)
    assert len(pressed) > 10


def filled_in(form: Form) -> dict[str, Any]:
    """What stands there, the first choice where none is made, and a word where nothing is written."""
    data: dict[str, Any] = {name: list(values) for name, values in form.fields.items()}
    for name, choices in form.choices.items():
        data.setdefault(name, choices[:1])
    for button in form.buttons[:1]:
        data[button[0]] = [button[1]]
    return {name: [value or "word" for value in values] for name, values in data.items()}


def console_values(shop: Shop) -> dict[str, dict[str, list[Any]]]:
    """What the pages of the console can be opened with."""
    return {
        "": {"site": ["shop"], "slug": ["support-csat", "nps"], "token": ["x"]},
        "cases_console": {"public_id": one_of(shop, Case.public_id)},
        "cases_console.reply_one": {"public_id": one_of(shop, CannedReply.public_id)},
        "cases_console.rule": {"public_id": one_of(shop, RoutingRule.public_id)},
        "cases_console.step": {"public_id": one_of(shop, EscalationStep.public_id)},
        "cases_console.step_trial": {"public_id": one_of(shop, EscalationStep.public_id)},
        "preferences_console.burst": {"key": ["x"]},
        "preferences_console.topic": {"key": ["news"]},
        "responses_console": {
            "public_id": one_of(shop, Response.public_id),
            "kiosk": one_of(shop, Kiosk.public_id),
        },
        "staff_console": {"public_id": one_of(shop, StaffMember.public_id)},
    }


def one_of(shop: Shop, column: Any, *, all_of_them: bool = False) -> list[Any]:
    """A value of this column, or every one; over connections of our own, to which nobody listens."""
    own = Database(shop.settings)
    with own.read() as session:
        found = list(session.scalars(select(column).order_by(column)))
    own.dispose()
    assert found, column
    return found if all_of_them else found[:1]


def test_background_work_and_commands_say_whose_rows_they_touch(shop: Shop, settings: Settings) -> None:
    answer_in_every_way(shop)
    worker = Worker(settings, shop.database, "a secret for tests")
    customer_id = shop.customer("C-1")
    listener = Listener()
    actor = Actor.command("test")
    with heard_by(shop.database, listener):
        worker.drain()
        with time_machine.travel(clock.now() + timedelta(hours=30)):
            worker.drain()
        with shop.database.write() as session:
            rows = [CustomerFacts("C-1", name="Asha M."), CustomerFacts("C-77", email="new@example.com")]
            import_customers(session, actor, shop.site_id, rows)
        with shop.database.read() as session:
            assert gather(session, PersonalDataOf(shop.site_id, customer_id))
            gather(session, TimelineOf(shop.site_id, customer_id, clock.now(), 50))
        with shop.database.write() as session:
            erase_customer(session, actor, shop.site_id, customer_id)
        worker.drain()
    worker.close()
    listener.check(50)


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ("SELECT response.id FROM response WHERE response.id = ?", {"response"}),
        ("SELECT response.id FROM response WHERE response.site_id = ? AND response.id = ?", set()),
        ('SELECT a.id FROM "case" AS a JOIN response ON a.id = response.id WHERE a.site_id = ?', {"response"}),
        ("UPDATE response SET site_id = ? WHERE id = ?", set()),
        ("DELETE FROM answer WHERE answer.response_id = ?", {"answer"}),
        ("INSERT INTO answer (response_id) VALUES (?)", {"answer"}),
        ("INSERT INTO answer (site_id, response_id) VALUES (?, ?)", set()),
        ("SELECT draft.id FROM draft WHERE draft.site_id IS NOT NULL", {"draft"}),
    ],
)
def test_the_listener_knows_guilty_statements(statement: str, tables: set[str]) -> None:
    assert without_site(statement) == tables
