"""A customer on a cheap phone: 360 pixels, no JavaScript, nothing but keys; in each of the six languages."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import survey_link
from tests.helpers.server import Service

pytestmark = pytest.mark.e2e

#: language → a customer who reads it, what they write, and whether the page runs from the right.
CUSTOMERS = {
    "en": ("en-GB", "I waited three hours and nobody called back.", "ltr"),
    "sw": ("sw-TZ", "Nimesubiri saa tatu na hakuna aliyenijibu.", "ltr"),
    "ne": ("ne-NP", "तीन घण्टा कुरेँ, कसैले फोन गर्‍यो भन्ने छैन।", "ltr"),
    "fa": ("fa-IR", "سه ساعت منتظر ماندم و کسی جواب نداد؛ نمی‌دانم چرا.", "rtl"),
    "mn": ("mn-MN", "Гурван цаг хүлээсэн ч хэн ч залгасангүй.", "ltr"),
    "hy": ("hy-AM", "Երեք ժամ սպասեցի, ոչ ոք չզանգեց։", "ltr"),
}


def press_until_focused(page: Page, selector: str, key: str = "Tab", most: int = 40) -> None:
    """Tab forward until something that matches has the focus."""
    for _ in range(most):
        page.keyboard.press(key)
        if page.evaluate("selector => document.activeElement?.matches(selector) ?? false", selector):
            return
    raise AssertionError(f"{selector} can't be reached by keyboard on {page.url}")


def enter(page: Page) -> None:
    """Press Enter and wait for the page that follows."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def fits(page: Page) -> bool:
    """Nothing sticks out sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


@pytest.mark.parametrize("language", CUSTOMERS)
def test_a_low_answer_by_keyboard_alone_ends_with_a_promise(
    phone: BrowserContext, service: Service, customer_of: dict[str, str], language: str
) -> None:
    locale, words, direction = CUSTOMERS[language]
    page = phone.new_page()
    page.goto(survey_link(service, "support-csat", customer_of[locale]))
    expect(page.locator("html")).to_have_attribute("lang", re.compile(f"^{language}"))
    expect(page.locator("html")).to_have_attribute("dir", direction)
    assert fits(page)
    press_until_focused(page, "input[type=radio][name=score]")
    page.keyboard.press("Space")
    expect(page.locator("input[name=score]").first).to_be_checked()
    enter(page)
    for _ in range(8):
        assert fits(page)
        if page.locator("form#survey").count() == 0:
            break
        if page.locator("textarea").count():
            press_until_focused(page, "textarea")
            page.keyboard.insert_text(words)
        elif page.locator("form#survey input[type=checkbox]").count():
            press_until_focused(page, "input[type=checkbox]")
            page.keyboard.press("Space")
        elif page.locator("form#survey input[type=radio]").count():
            press_until_focused(page, "input[type=radio]")
            page.keyboard.press("Space")
        press_until_focused(page, "button.primary")
        enter(page)
    expect(page.locator("main time").first).to_be_visible()
    expect(page.get_by_role("status").first).to_be_visible()
    assert phone.cookies() == []


def test_every_shipped_survey_can_be_answered_at_320_pixels(
    phone: BrowserContext, service: Service, customer_of: dict[str, str]
) -> None:
    open_pages: dict[str, Page] = {}
    for survey in ("satisfied", "happy", "expectations", "nps", "ces", "needs", "recovery", "message"):
        address = f"{service.url}/survey/shop/{survey}"
        if survey == "recovery":  # asked of somebody in particular
            address = survey_link(service, survey, customer_of["hy-AM"])
        open_pages[survey] = phone.new_page()
        open_pages[survey].set_viewport_size({"width": 320, "height": 568})
        open_pages[survey].goto(f"{address}?lang=hy")
    for _ in range(8):
        asking = [page for survey, page in open_pages.items() if asks_on_a_small_screen(page, survey)]
        if not asking:
            break
        asking[-1].wait_for_timeout(2100)  # nobody reads and answers within two seconds
        for page in asking:
            with page.expect_navigation():
                page.locator("button.primary").click()
    for page in open_pages.values():
        expect(page.get_by_role("status").first).to_be_visible()


def asks_on_a_small_screen(page: Page, survey: str) -> bool:
    """Whether the page, where everything fits and can be hit, still asks something; then it is answered."""
    assert fits(page), survey
    small = page.evaluate(
        "[...document.querySelectorAll('label.point, button, textarea')]"
        ".filter(e => e.checkVisibility() && !e.classList.contains('vh'))"
        ".map(e => e.getBoundingClientRect()).filter(r => r.width < 24 || r.height < 24).length"
    )
    assert small == 0, survey
    if page.locator("form#survey").count() == 0:
        return False
    for group in page.locator("fieldset").all():
        if not group.locator("input:checked").count():
            group.locator("label.point").first.click()
    for field in page.locator("textarea").all():
        field.fill("Ամեն ինչ շատ ուշ եղավ։")
    return True


def test_switching_the_language_keeps_what_was_typed(phone: BrowserContext, service: Service) -> None:
    page = phone.new_page()
    page.goto(f"{service.url}/survey/shop/nps?lang=en")
    page.locator("label.point").nth(3).click()
    page.locator("textarea").fill("Half a sentence")
    page.locator("summary").first.click()
    page.locator("button[value='lang:fa']").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator("textarea")).to_have_value("Half a sentence")
    expect(page.locator("input[name=score][value='3']")).to_be_checked()


def test_arrows_choose_and_send_nothing(phone: BrowserContext, service: Service) -> None:
    page = phone.new_page()
    page.goto(f"{service.url}/survey/shop/nps?lang=en")
    page.wait_for_load_state("networkidle")  # the icon has come
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    press_until_focused(page, "input[type=radio]")
    for _ in range(11):
        page.keyboard.press("ArrowRight")
    assert [url for url in sent if "/static/" not in url] == []


def test_a_score_in_the_address_is_chosen_but_never_stored(
    phone: BrowserContext, service: Service, customer_of: dict[str, str]
) -> None:
    page = phone.new_page()
    link = survey_link(service, "nps", customer_of["en-GB"])
    page.goto(link + "?score=4")
    expect(page.locator("input[name=score][value='4']")).to_be_checked()
    page.goto(link)
    expect(page.locator("form#survey")).to_have_count(1)
    expect(page.locator("input[name=score]:checked")).to_have_count(0)
