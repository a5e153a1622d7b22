"""A real service with a little of everything in it, and a real Chromium to look at it."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, expect, sync_playwright

from tests.conftest import kind_of_database
from tests.e2e.host import SITE, Host, running_host
from tests.e2e.visitors import Visitors
from tests.e2e.watching import Watched
from tests.helpers.find_chromium import FLAGS, chromium
from tests.helpers.server import Service, running_service

PASSWORD = "a long enough sentence"
AGENT = "amina@shop.example"
#: Reads the console in one language after the other.
READER = "reader@shop.example"
CUSTOMERS = Path(__file__).resolve().parents[1] / "data" / "customers.csv"


@pytest.fixture(scope="session")
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A shop with staff and two hundred customers; on SQLite unless a test names another kind of database."""
    folder = tmp_path_factory.mktemp("e2e")
    with kind_of_database(getattr(request, "param", "sqlite")) as address, running_service(folder, address) as found:
        found.command(
            "site", "add", "--key", "shop", "--name", "Duka la Amina", "--locale", "sw-TZ",
            "--time-zone", "Africa/Dar_es_Salaam", "--country", "TZ",
        )  # fmt: skip
        found.command(
            "staff", "add", "--site", "shop", "--email", AGENT, "--name", "Amina Juma", "--role", "admin",
            "--language", "sw", "--language", "en", "--language", "fa", "--language", "ne", "--language", "mn",
            "--language", "hy", "--password-stdin", stdin=PASSWORD,
        )  # fmt: skip
        found.command(
            "staff", "add", "--site", "shop", "--email", READER, "--name", "Neema Mushi", "--role", "admin",
            "--password-stdin", stdin=PASSWORD,
        )  # fmt: skip
        found.command("customers", "import", "--site", "shop", str(CUSTOMERS))
        yield found


@pytest.fixture(scope="session")
def host(service: Service) -> Iterator[Host]:
    """A shop's own pages on another origin, which may show the surveys of a site of their own."""
    with running_host(service.url) as found:
        service.command(
            "site", "add", "--key", SITE, "--name", "Soko la Neema", "--locale", "en-KE", "--country", "KE",
            "--origin", found.origin, "--origin", found.second,
        )  # fmt: skip
        yield found


@pytest.fixture(scope="session")
def browsers() -> Iterator[Playwright]:
    """What starts browsers."""
    expect.set_options(timeout=20_000)
    with sync_playwright() as found:
        yield found


@pytest.fixture(scope="session")
def browser(browsers: Playwright) -> Iterator[Browser]:
    """Chromium, without anything that would call home."""
    path = chromium()
    if path is None:
        pytest.skip("no Chromium: apt install chromium")
    found = browsers.chromium.launch(executable_path=path, args=list(FLAGS))
    yield found
    found.close()


@pytest.fixture(scope="session")
def visitors(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitors]:
    """People whose browsers let pages keep much, little or nothing."""
    found = Visitors(browser, tmp_path_factory.mktemp("visitors"))
    yield found
    found.leave()


@pytest.fixture
def watched(visitors: Visitors) -> Iterator[Watched]:
    """A visitor of host pages, of whom nothing stays unseen."""
    context = visitors.come()
    yield Watched(context)
    context.close()


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """A cheap phone: 360 pixels, no JavaScript."""
    context = browser.new_context(viewport={"width": 360, "height": 640}, java_script_enabled=False)
    yield context
    context.close()


def survey_link(service: Service, survey: str, customer: str, locale: str | None = None) -> str:
    """A new signed address."""
    wanted = ["--locale", locale] if locale else []
    return service.last_line("link", "survey", "--site", "shop", "--survey", survey, "--customer", customer, *wanted)


@pytest.fixture(scope="session")
def customer_of() -> dict[str, str]:
    """A customer for each locale."""
    with CUSTOMERS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["locale"] and row["email"]]
    return {row["locale"]: row["external_id"] for row in rows}
