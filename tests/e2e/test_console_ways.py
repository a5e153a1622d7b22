"""Finding one's way in the console: the pages on a phone, keys, and back to what was refused."""

from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import survey_link
from tests.e2e.test_accessibility import assert_no_violation
from tests.e2e.test_customer import fits
from tests.e2e.test_staff import sign_in
from tests.helpers.server import Service

pytestmark = pytest.mark.e2e

PRESS = """([key, code, shiftKey]) => document.body.dispatchEvent(
    new KeyboardEvent("keydown", { key, code, shiftKey, bubbles: true, cancelable: true })
)"""


@pytest.fixture(scope="module")
def two_cases(service: Service, customer_of: dict[str, str]) -> None:
    """Two customers who were let down."""
    for locale in ("en-GB", "fa-IR"):
        link = survey_link(service, "nps", customer_of[locale])
        answer = requests.post(link, data={"score": "0"}, headers={"Accept": "application/json"}, timeout=30)
        assert answer.status_code == 200, answer.text


@pytest.fixture
def desk(browser: Browser, service: Service, two_cases: None) -> Iterator[Page]:
    """The triage list on a desk, with two cases in it."""
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    sign_in(page, service)
    yield page
    context.close()


def press(page: Page, key: str, code: str, *, shift: bool = False) -> None:
    """A key as a keyboard of another script says it."""
    page.evaluate(PRESS, [key, code, shift])


def test_on_a_phone_the_pages_come_from_a_button_and_leave_the_screen_to_the_page(
    phone: BrowserContext, service: Service
) -> None:
    page = phone.new_page()
    sign_in(page, service)
    page.goto(f"{service.url}/console/shop/sites/holidays")
    pages = page.locator("nav#pages")
    expect(pages).to_be_hidden()
    heading = page.locator("h1").bounding_box()
    assert heading is not None
    assert heading["y"] < 100
    page.locator("button[popovertarget=pages]").click()
    expect(pages.locator("[aria-current=page]")).to_be_in_viewport()
    assert fits(page)
    page.keyboard.press("Escape")
    expect(pages).to_be_hidden()
    page.locator("button[popovertarget=pages]").click()
    pages.get_by_role("link").first.click()
    page.wait_for_url("**/cases/")


def test_keys_lead_through_the_list_and_to_its_search(desk: Page) -> None:
    cases = desk.locator("a.list__title")
    desk.keyboard.press("j")
    expect(cases.nth(0)).to_be_focused()
    desk.keyboard.press("j")
    expect(cases.nth(1)).to_be_focused()
    desk.keyboard.press("k")
    expect(cases.nth(0)).to_be_focused()
    desk.keyboard.press("/")
    expect(desk.locator("#q")).to_be_focused()
    desk.keyboard.type("j?/")
    expect(desk.locator("#q")).to_have_value("j?/")
    desk.locator("#q").blur()
    desk.keyboard.press("?")
    expect(desk.locator("[data-keys] dl")).to_be_in_viewport()
    assert_no_violation(desk, "keys of the list")


def test_keys_are_found_where_they_lie_on_keyboards_of_other_scripts(desk: Page) -> None:
    desk.locator("a.list__title").first.click()
    keys = desk.locator("[data-keys]")
    press(desk, "؟", "Slash", shift=True)
    expect(keys).to_have_attribute("open", "")
    press(desk, "د", "KeyN")
    expect(desk.locator("#note-text")).to_be_focused()
    desk.locator("#note-text").blur()
    press(desk, "r", "KeyO")
    expect(desk.locator("#reply-text")).to_be_focused()


def test_keys_can_be_switched_off_and_stay_off(desk: Page) -> None:
    switch = desk.locator("[data-keys-switch]")
    desk.keyboard.press("?")
    switch.click()
    desk.reload()
    desk.keyboard.press("j")
    expect(desk.locator("a.list__title").first).not_to_be_focused()
    desk.locator("[data-keys] summary").click()
    switch.click()
    desk.keyboard.press("j")
    expect(desk.locator("a.list__title").first).to_be_focused()


@pytest.mark.parametrize("scripts", [True, False])
def test_what_was_refused_far_below_is_in_view_and_names_its_field(
    browser: Browser, service: Service, two_cases: None, scripts: bool
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 640}, java_script_enabled=scripts)
    page = context.new_page()
    sign_in(page, service)
    page.locator("a.list__title").first.click()
    page.locator("[formaction$=resolve], form[action$=resolve] button").click()
    summary = page.locator(".summary-of-errors")
    expect(summary).to_be_focused()
    expect(summary).to_be_in_viewport()
    link = summary.get_by_role("link")
    label = page.locator("label[for=resolve-outcome]").inner_text()
    expect(link).to_contain_text(f"{label}: ")
    link.click()
    expect(page.locator("#resolve-outcome")).to_be_in_viewport()
    context.close()


@pytest.mark.parametrize("width", [1280, 1024, 800, 360])
def test_no_list_is_wider_than_the_page_on_any_screen(desk: Page, service: Service, width: int) -> None:
    desk.set_viewport_size({"width": width, "height": 800})
    for path in ("cases/", "cases/follow-through"):
        desk.goto(f"{service.url}/console/shop/{path}")
        assert fits(desk), path
        inner = desk.locator("main .page-head").bounding_box()
        assert inner is not None
        for table in desk.locator("main table").all():
            box = table.bounding_box()
            assert box is not None
            assert box["width"] <= inner["width"] + 1, path
