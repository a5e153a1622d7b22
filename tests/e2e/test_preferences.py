"""The preference centre in a browser: everything stops with one press, and axe finds nothing."""

import pytest
from playwright.sync_api import Browser

from tests.e2e.test_accessibility import assert_no_violation
from tests.helpers.server import Service

pytestmark = pytest.mark.e2e


def centre(service: Service, customer: str) -> str:
    """The address of somebody's settings."""
    return service.last_line("link", "preferences", "--site", "shop", "--customer", customer)


@pytest.mark.parametrize("language", ["en", "fa", "ne"])
def test_stopping_everything_is_in_sight_on_the_smallest_screen(
    browser: Browser, service: Service, customer_of: dict[str, str], language: str
) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 480}, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{centre(service, customer_of['sw-TZ'])}?lang={language}")
    box = page.locator("button[value=stop]").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 480
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    for part in page.locator(".own summary").all():
        part.click()
    assert_no_violation(page, f"settings {language}")
    page.locator("#email").fill("nobody")
    page.locator("#email").evaluate("field => field.type = 'text'")
    page.locator("button[value=address]").click()
    assert page.locator("#email").evaluate("field => field === document.activeElement")
    assert_no_violation(page, f"a wrong address {language}")
    page.goto(f"{service.url}/lost/shop?lang={language}")
    assert_no_violation(page, f"a lost link {language}")
    context.close()


def test_one_press_stops_everything_without_javascript(
    browser: Browser, service: Service, customer_of: dict[str, str]
) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 568}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{centre(service, customer_of['en-KE'])}?lang=en")
    page.locator("button[value=stop]").click()
    assert "From now on we will only send you what you ask us for" in page.locator("[role=status]").inner_text()
    assert page.locator("input[type=checkbox]:checked").count() == 0
    assert context.cookies() == []
    context.close()


@pytest.mark.parametrize("language", ["en", "hy"])
def test_after_a_stop_all_that_may_be_said_is_within_two_small_screens(
    browser: Browser, service: Service, customer_of: dict[str, str], language: str
) -> None:
    who = ("--site", "shop", "--customer", customer_of["sw-TZ"], "--topic", "surveys", "--locale", language)
    address = service.last_line("link", "unsubscribe", *who)
    context = browser.new_context(viewport={"width": 360, "height": 640}, bypass_csp=True)
    page = context.new_page()
    page.goto(address)
    page.locator("button.primary").click()
    instead = page.locator("#instead").bounding_box()
    assert instead is not None
    assert instead["y"] < 2 * 640
    small = page.locator(".reasons button, .chips button").evaluate_all(
        "found => found.filter(one => one.offsetHeight < 44 || one.scrollWidth > one.clientWidth).length"
    )
    assert small == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator(".stopped summary").click()
    assert_no_violation(page, f"stopped {language}")
    page.locator("form[action^='/undo/'] button").click()  # for whoever comes after
    page.locator("[role=status]").wait_for()
    context.close()
