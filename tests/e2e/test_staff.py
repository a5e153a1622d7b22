"""A member of staff at work: from sign-in to a resolved case, without JavaScript, by keyboard, on 360 pixels."""

import re
from urllib.parse import urljoin

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import AGENT, PASSWORD, survey_link
from tests.e2e.test_customer import fits, press_until_focused
from tests.helpers.server import Service

pytestmark = pytest.mark.e2e

WORDS = "Mzigo ulipotea, na hakuna aliyenipigia simu."


@pytest.fixture
def case_words(service: Service, customer_of: dict[str, str]) -> str:
    """A low answer that has just come in."""
    link = survey_link(service, "nps", customer_of["sw-KE"])
    answer = requests.post(link, data={"score": "1", "why": WORDS}, headers={"Accept": "application/json"}, timeout=30)
    assert answer.status_code == 200, answer.text
    return WORDS


def sign_in(page: Page, service: Service) -> None:
    """With keys only."""
    page.goto(f"{service.url}/console/")
    press_until_focused(page, "input[type=email]")
    page.keyboard.type(AGENT)
    press_until_focused(page, "input[type=password]")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/**")


def test_a_case_is_found_taken_noted_and_resolved_by_keyboard(
    phone: BrowserContext, service: Service, case_words: str
) -> None:
    page = phone.new_page()
    sign_in(page, service)
    assert fits(page)
    press_until_focused(page, "a.list__title", most=80)
    page.goto(f"{service.url}/console/shop/cases/?q=Mzigo")
    link = page.locator("table.list a.list__title").first
    page.goto(urljoin(service.url, str(link.get_attribute("href"))))
    assert fits(page)
    expect(page.locator("main")).to_contain_text(WORDS)
    press_until_focused(page, "textarea[name=text]", most=80)
    page.keyboard.insert_text("Nimempigia; anasubiri mzigo mpya kesho.")
    press_until_focused(page, "form:has(textarea[name=text]) button")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("Nimempigia")
    press_until_focused(page, "select[name=outcome], input[name=outcome]", most=120)
    page.keyboard.press("ArrowDown")
    press_until_focused(page, "form:has([name=outcome]) button")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text(re.compile("resolved|limetatuliwa", re.I))


def test_the_console_says_nothing_on_the_console_of_the_browser(
    browser: Browser, service: Service, case_words: str
) -> None:
    context = browser.new_context()
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "request", lambda request: problems.append(request.url) if not request.url.startswith(service.url) else None
    )
    sign_in(page, service)
    for path in ("cases/", "cases/?q=Mzigo", "surveys/", "responses/", "cases/rules/"):
        answer = page.goto(f"{service.url}/console/shop/{path}")
        assert answer is not None
        page.wait_for_load_state("networkidle")
    assert problems == []
    context.close()
