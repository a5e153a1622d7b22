"""How a survey feels on a phone: the way on is in view, nothing hides what has the focus, steps move a little."""

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import survey_link
from tests.e2e.test_customer import press_until_focused
from tests.helpers.server import Service

pytestmark = pytest.mark.e2e

LONG = ("nps", "ces", "happy", "message")
COUNTED = """(() => {
  window.moved = 0;
  const start = document.startViewTransition?.bind(document);
  if (start) document.startViewTransition = how => { window.moved += 1; return start(how); };
})()"""


def hidden_by_the_bar(page: Page) -> bool:
    """Whether what has the focus lies under the bar with the buttons."""
    return bool(
        page.evaluate("""() => {
            const bar = document.querySelector(".go"), one = document.activeElement;
            if (bar.contains(one)) return false;
            const wanted = (one.matches("[type=radio], [type=checkbox]") ? one.closest("label") : one);
            return wanted.getBoundingClientRect().top > bar.querySelector("button").getBoundingClientRect().top;
        }""")
    )


@pytest.mark.parametrize("language", ["en", "fa", "hy"])
def test_send_is_in_view_on_a_small_phone_before_anything_is_scrolled(
    phone: BrowserContext, service: Service, language: str
) -> None:
    page = phone.new_page()
    for survey in LONG:
        page.goto(f"{service.url}/survey/shop/{survey}?lang={language}")
        assert page.evaluate("document.documentElement.scrollHeight > innerHeight"), survey
        expect(page.locator("#survey .go .primary")).to_be_in_viewport(ratio=1)


def test_tab_never_leads_under_the_bar(phone: BrowserContext, service: Service) -> None:
    page = phone.new_page()
    page.goto(f"{service.url}/survey/shop/message?lang=en")
    for field in ("textarea", "input[type=radio]", "input[autocomplete=name]", "input[type=email]"):
        press_until_focused(page, field)
        assert not hidden_by_the_bar(page), field
    press_until_focused(page, ".go .primary")
    expect(page.locator(".privacy")).to_be_in_viewport()


def test_where_little_is_in_view_the_bar_takes_none_of_it(browser: Browser, service: Service) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 300}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{service.url}/survey/shop/message?lang=en")
    expect(page.locator("#survey .go .primary")).not_to_be_in_viewport()
    context.close()


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_steps_come_with_a_little_motion_unless_somebody_wants_none(
    browser: Browser, service: Service, customer_of: dict[str, str], motion: str
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 640}, reduced_motion=motion)  # type: ignore[arg-type]
    context.add_init_script(COUNTED)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(survey_link(service, "support-csat", customer_of["en-GB"]))
    bar = page.locator("progress").bounding_box()
    page.locator("label.point").first.click()
    page.locator("button.primary").click()
    expect(page.locator("input[type=checkbox]").first).to_be_visible()
    assert page.evaluate("moved") == (1 if motion == "no-preference" else 0)
    assert page.evaluate("getComputedStyle(document.querySelector('main')).viewTransitionName") == (
        "main" if motion == "no-preference" else "none"
    )
    assert page.locator("progress").bounding_box() == bar
    assert problems == []
    context.close()
