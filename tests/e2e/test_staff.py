"""A member of staff at work: from sign-in to a resolved case, without JavaScript, by keyboard, on 360 pixels."""

import re
from urllib.parse import urljoin

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import AGENT, PASSWORD, survey_link
from tests.e2e.test_accessibility import assert_no_violation
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
    """With keys only. Whoever is quicker than the browser's autofocus would have it say so."""
    page.goto(f"{service.url}/console/")
    expect(page.locator("input[type=email]")).to_be_focused()
    page.keyboard.type(AGENT)
    press_until_focused(page, "input[type=password]")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/**")


def test_a_case_is_found_answered_noted_and_resolved_by_keyboard(
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
    press_until_focused(page, "#reply-text", most=80)
    page.keyboard.insert_text("Pole sana. Mzigo mpya uko njiani.")
    press_until_focused(page, "button[value=preview]")
    page.keyboard.press("Enter")
    expect(page.locator(".letter")).to_contain_text("Mzigo mpya uko njiani.")
    assert fits(page)
    press_until_focused(page, "button[value=send]", most=80)
    page.keyboard.press("Enter")
    expect(page.locator(".timeline")).to_contain_text("Mzigo mpya uko njiani.")
    press_until_focused(page, "#note summary", most=120)
    page.keyboard.press("Enter")
    press_until_focused(page, "#note-text")
    page.keyboard.insert_text("Nimempigia; anasubiri mzigo mpya kesho.")
    press_until_focused(page, "#note form button")
    page.keyboard.press("Enter")
    expect(page.locator(".timeline")).to_contain_text("Nimempigia")
    press_until_focused(page, "select[name=outcome], input[name=outcome]", most=120)
    page.keyboard.press("ArrowDown")
    press_until_focused(page, "form:has([name=outcome]) button")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text(re.compile("resolved|limetatuliwa", re.I))


def test_a_key_leads_to_each_form_and_the_letter_shows_itself_in_its_frame(
    browser: Browser, service: Service, case_words: str
) -> None:
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    sign_in(page, service)
    page.goto(f"{service.url}/console/shop/cases/?q=Mzigo")
    page.goto(urljoin(service.url, str(page.locator("table.list a.list__title").first.get_attribute("href"))))
    for key, field in (("n", "note-text"), ("e", "resolve-outcome"), ("r", "reply-text")):
        page.keyboard.press(key)
        expect(page.locator(f"#{field}")).to_be_focused()
        page.keyboard.press("Escape")
        page.evaluate("document.activeElement.blur()")
    page.locator("#reply-text").focus()
    page.keyboard.type("never")
    expect(page.locator("#reply-text")).to_have_value("never")
    page.locator("#reply-canned").select_option(index=1)
    page.locator("button[value=insert]").click()
    expect(page.locator("#reply-text")).to_have_value(re.compile("^never\n\n.*Asante", re.S))
    assert_no_violation(page, "a canned reply inside")
    page.locator(".buttons button[value=preview]").click()
    letter = page.frame_locator("iframe[name=letter]")
    expect(letter.locator("body")).to_contain_text("Asante kwa kutueleza.")
    assert_no_violation(page, "preview")
    context.close()


def test_the_code_follows_what_is_chosen_and_the_survey_beside_it_can_be_tried(
    browser: Browser, service: Service
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 800})
    page = context.new_page()
    sign_in(page, service)
    page.goto(f"{service.url}/console/shop/widget/?survey=satisfied")
    page.locator("input[name=shape]:checked").focus()
    for shape in ('inline="question"', 'mode="popover"', 'mode="tab"'):
        page.keyboard.press("ArrowDown")
        expect(page.locator("#snippet-page")).to_have_value(re.compile(f"data-feedback-{shape}"))
        expect(page.locator("input[name=shape]:checked")).to_be_focused()
    page.locator("#lang").select_option("fa")
    survey = page.frame_locator("iframe.letter__frame")
    expect(survey.locator("html")).to_have_attribute("dir", "rtl")
    survey.locator("input[name=score]").first.check(force=True)
    survey.locator("button[value=send]:not([tabindex])").click()
    expect(survey.locator(".notice")).to_contain_text("پیش‌نمایش")
    long = "Donaudampfschifffahrtsgesellschaftskassenverwalterin"
    page.locator(".rail bdi").evaluate_all(f"names => names.forEach(one => one.textContent = '{long}')")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


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
    for path in (
        "cases/",
        "cases/?q=Mzigo",
        "cases/replies/",
        "cases/follow-through",
        "surveys/",
        "cases/rules/",
        "widget/",
    ):
        answer = page.goto(f"{service.url}/console/shop/{path}")
        assert answer is not None
        page.wait_for_load_state("networkidle")
    page.goto(f"{service.url}/console/shop/cases/?q=Mzigo")
    page.locator("table.list a.list__title").first.click()
    page.locator("#reply-text").fill("Pole sana.")
    page.locator(".buttons button[value=preview]").click()
    expect(page.frame_locator("iframe[name=letter]").locator("body")).to_contain_text("Pole sana.")
    assert problems == []
    context.close()
