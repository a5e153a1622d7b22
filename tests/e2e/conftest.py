"""A real service with a little of everything in it, and a real Chromium to look at it."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.helpers.find_chromium import FLAGS, chromium
from tests.helpers.server import Service, running_service

PASSWORD = "a long enough sentence"
AGENT = "amina@shop.example"
#: Reads the console in one language after the other.
READER = "reader@shop.example"
CUSTOMERS = Path(__file__).resolve().parents[1] / "data" / "customers.csv"


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A shop with staff and two hundred customers."""
    with running_service(tmp_path_factory.mktemp("e2e")) as found:
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
def browser() -> Iterator[Browser]:
    """Chromium, without anything that would call home."""
    path = chromium()
    if path is None:
        pytest.skip("no Chromium: apt install chromium")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield found
        found.close()


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
