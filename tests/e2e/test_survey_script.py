"""The survey page with JavaScript: nothing typed is lost, nothing is sent twice, and the page stays usable."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from tests.e2e.conftest import survey_link
from tests.e2e.test_customer import fits
from tests.helpers.server import Service

pytestmark = pytest.mark.e2e

NO_STORAGE = """Object.defineProperty(window, "sessionStorage", {
  get() { throw new DOMException("refused", "SecurityError"); },
});"""
#: WCAG 1.4.12: what readers may set, and lose nothing by it.
SPACED = "* {line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important}"
#: Words that begin on one line and end on the next.
BROKEN = """parts => [...document.querySelectorAll(parts)].flatMap(one => {
  const found = [], texts = document.createTreeWalker(one, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) for (const word of texts.currentNode.data.matchAll(/[^\\s\u00ad]+/gu)) {
    const range = document.createRange();
    range.setStart(texts.currentNode, word.index);
    range.setEnd(texts.currentNode, word.index + word[0].length);
    if (new Set([...range.getClientRects()].map(part => part.top)).size > 1) found.push(word[0]);
  }
  return found;
})"""


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    found = browser.new_context(viewport={"width": 360, "height": 640})
    yield found
    found.close()


@pytest.fixture
def survey(context: BrowserContext, service: Service, customer_of: dict[str, str]) -> Page:
    """An NPS survey of one customer, opened; mistakes of the script fail the test."""
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"{error}"))
    page.goto(survey_link(service, "nps", customer_of["en-KE"]))
    return page


def posts(page: Page) -> list[Request]:
    found: list[Request] = []
    page.on("request", lambda request: found.append(request) if request.method == "POST" else None)
    return found


def choose(page: Page, place: int) -> None:
    page.locator("label.point").nth(place).click()


def send(page: Page) -> None:
    page.locator("button.primary").click()


def thanked(page: Page) -> None:
    expect(page.locator("form#survey")).to_have_count(0, timeout=20_000)
    expect(page.locator("h1")).to_be_focused()


def test_what_was_answered_survives_a_reload_and_is_forgotten_once_stored(survey: Page) -> None:
    choose(survey, 9)
    survey.locator("textarea").fill("They called back")
    survey.reload()
    expect(survey.locator("textarea")).to_have_value("They called back")
    expect(survey.locator("input[value='9']")).to_be_checked()
    send(survey)
    thanked(survey)
    assert survey.evaluate("sessionStorage.length") == 0


def test_it_works_where_storage_is_refused(
    context: BrowserContext, service: Service, customer_of: dict[str, str]
) -> None:
    page = context.new_page()
    page.add_init_script(NO_STORAGE)
    page.on("pageerror", lambda error: pytest.fail(f"{error}"))
    page.goto(survey_link(service, "nps", customer_of["en-KE"]))
    choose(page, 8)
    context.set_offline(True)
    send(page)
    expect(page.locator("#told")).to_contain_text("Kept on this device")
    context.set_offline(False)
    thanked(page)


def test_two_presses_send_one_answer(survey: Page) -> None:
    sent = posts(survey)
    choose(survey, 9)
    survey.evaluate("for (const _ of [1, 2, 3]) document.querySelector('button.primary').click()")
    thanked(survey)
    assert len(sent) == 1


def test_a_failing_server_costs_nothing_that_was_typed(survey: Page) -> None:
    survey.route("**/s/*", lambda route: route.fulfill(status=500, body="out of order"), times=1)
    choose(survey, 9)
    survey.locator("textarea").fill("Still here")
    send(survey)
    expect(survey.locator("#told")).to_contain_text("please send it again")
    expect(survey.locator("textarea")).to_have_value("Still here")
    send(survey)
    thanked(survey)


def test_without_the_script_the_form_is_sent_all_the_same(survey: Page) -> None:
    survey.route("**/survey.js*", lambda route: route.abort())
    survey.reload()
    choose(survey, 9)
    with survey.expect_navigation():
        send(survey)
    expect(survey.locator("form#survey")).to_have_count(0)


def test_a_refused_answer_brings_the_reader_to_what_is_wrong(survey: Page) -> None:
    send(survey)
    expect(survey.locator("#problems a").first).to_be_focused()
    survey.keyboard.press("Enter")
    assert survey.evaluate("document.activeElement.type") == "radio"


def test_the_language_changes_in_place_and_counting_follows_its_digits(survey: Page) -> None:
    survey.locator("textarea").fill("a" * 1500)
    expect(survey.locator(".count")).to_have_text("1,500 / 2,000")
    survey.locator("summary").click()
    survey.locator("button[value='lang:fa']").click()
    expect(survey.locator("html")).to_have_attribute("dir", "rtl")
    expect(survey.locator(".count")).to_contain_text("۵۰۰")
    expect(survey.locator("textarea")).to_have_value("a" * 1500)


@pytest.mark.parametrize("language", ["en", "ne", "fa", "mn", "hy", "sw"])
def test_nothing_sticks_out_however_letters_are_spaced_and_sized(
    context: BrowserContext, service: Service, language: str
) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": 280, "height": 640})
    for survey in ("satisfied", "support-csat", "message"):
        page.goto(f"{service.url}/embed/shop/{survey}?lang={language}")
        assert page.evaluate(BROKEN, "h1, h2, .word, button:not(.vh)") == [], (survey, language)
    for width, size in ((320, "100%"), (640, "200%")):
        page.set_viewport_size({"width": width, "height": 640})
        for survey in ("support-csat", "nps", "message"):
            page.goto(f"{service.url}/survey/shop/{survey}?lang={language}")
            page.evaluate(
                "([css, size]) => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css);"
                " document.adoptedStyleSheets = [sheet]; document.documentElement.style.fontSize = size; }",
                [SPACED if language != "fa" else "", size],
            )
            assert fits(page), (survey, language, width)
            cut = page.evaluate(
                "[...document.querySelectorAll('input:not(:checked) + .tile, button:not(.vh), .word')]"
                ".filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)"
            )
            assert cut == [], (survey, language, width)
            assert page.evaluate(BROKEN, ".row .tile") == [], (survey, language, width)


def test_the_chosen_answer_and_the_focus_show_in_forced_colours(browser: Browser, service: Service) -> None:
    context = browser.new_context(forced_colors="active", reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{service.url}/survey/shop/support-csat?lang=en")
    choose(page, 3)
    page.keyboard.press("ArrowLeft")
    look = "place => getComputedStyle(document.querySelectorAll('.tile')[place])"
    chosen, other = (page.evaluate(f"({look})({place}).backgroundColor") for place in (2, 3))
    assert chosen != other
    assert page.evaluate(f"({look})(2).outlineStyle") == "solid"
    assert float(page.evaluate(f"({look})(2).outlineWidth").removesuffix("px")) >= 2
    assert page.evaluate(f"({look})(2).transitionDuration") == "0s"
    context.close()
