"""The customer's page of their case in a real browser: by eye, by ear, by key, on a small screen, without a network."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from itertools import count

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect
from sqlalchemy import select

from feedback import clock
from feedback.actors import Actor
from feedback.cases import actions
from feedback.cases.models import Case
from feedback.cases.states import Outcome
from feedback.customers.actions import upsert_customer
from feedback.customers.rows import CustomerFacts
from feedback.db import Database
from feedback.settings import Settings
from feedback.sites.queries import site_by_key
from feedback.staff.models import StaffMember
from tests.e2e.conftest import survey_link
from tests.e2e.test_accessibility import assert_no_violation
from tests.e2e.test_customer import enter, fits, press_until_focused
from tests.e2e.test_survey_script import SPACED
from tests.e2e.test_weight import BUDGET, REQUESTS
from tests.helpers.server import Service

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

#: language → what the customer says, what staff answer, promise and why it takes longer.
WORDS = {
    "en": (
        "I waited three hours.\nNobody called.",
        "I am sorry.\n\nIt is on its way.",
        "Your money back",
        "Bank closed",
    ),
    "fa": ("سه ساعت منتظر ماندم؛ کسی جواب نداد.", "متأسفم.\n\nدر راه است.", "برگرداندن پول شما", "بانک تعطیل است."),
    "ne": ("तीन घण्टा कुरेँ, कसैले फोन गर्‍यो भन्ने छैन।", "क्षमा चाहन्छु।\n\nबाटोमा छ।", "पैसा फिर्ता", "आज बैंक बन्द छ।"),
    "sw": ("Nimesubiri saa tatu.", "Pole sana.\n\nKipo njiani.", "Pesa zako", "Benki imefungwa."),
    "mn": ("Гурван цаг хүлээсэн.", "Уучлаарай.\n\nЗамдаа явж байна.", "Таны мөнгө", "Банк амарч байна."),
    "hy": ("Երեք ժամ սպասեցի։", "Ցավում եմ։\n\nՃանապարհին է։", "Ձեր գումարը", "Բանկը փակ է։"),
}
_numbers = count(1)
MakesCase = Callable[..., str]


@pytest.fixture(scope="module")
def a_case(service: Service) -> Iterator[MakesCase]:
    """Makes a case on which much has happened; the address of its customer's page."""
    database = Database(Settings.from_env(service.environ))
    yield partial(_make, service, database)
    database.dispose()


def _make(service: Service, database: Database, language: str = "en", *, closed: bool = False) -> str:
    words, answer, what, reason = WORDS[language]
    number = f"P-{next(_numbers)}"
    with database.write() as session:
        site = site_by_key(session, "shop")
        facts = CustomerFacts(number, email=f"{number.lower()}@example.com", locale=language)
        customer_id = upsert_customer(session, Actor.command(), site.id, facts).id
        staff = session.scalars(select(StaffMember).where(StaffMember.name == "Amina Juma")).one()
        amina = Actor.staff(staff.id, staff.name)
    told = requests.post(
        survey_link(service, "support-csat", number, language),
        data={"score": "1", "why": ["slow", "repeat"], "words": words, "contact": "yes"},
        headers={"Accept": "application/json"},
        timeout=30,
    ).json()
    now = clock.now()
    with database.write() as session:
        case = session.scalars(select(Case).where(Case.site_id == site.id, Case.customer_id == customer_id)).one()
        this = (session, amina, site.id, case.public_id)
        made = actions.make_promise(*this, what, now + timedelta(days=1))
        actions.reply(*this, answer, still=[made.public_id])
        actions.move_promise(*this, made.public_id, now + timedelta(days=2), reason=reason)
        actions.customer_wrote(
            session, Actor.customer(), site.id, case.id, words, channel="mail", known=True, attachments=["a-photo.jpg"]
        )
        if closed:
            actions.resolve(*this, Outcome.SOLVED)
    return str(told["follow_up"]["url"])


@pytest.mark.parametrize("language", ["en", "fa", "ne"])
def test_the_page_has_no_violation_in_any_state(browser: Browser, a_case: MakesCase, language: str) -> None:
    opened, closed = a_case(language), a_case(language, closed=True)
    for scheme in ("light", "dark") if language == "en" else ("light",):  # in the dark only colours differ
        context = browser.new_context(color_scheme=scheme, viewport={"width": 390, "height": 800}, bypass_csp=True)
        page = context.new_page()
        page.goto(opened)
        assert_no_violation(page, f"open {language} {scheme}")
        page.locator(".answer button.primary").click()
        expect(page.locator("#problems a")).to_be_focused()
        assert_no_violation(page, f"refused {language} {scheme}")
        page.goto(closed)
        page.locator(".not-me summary").click()
        assert_no_violation(page, f"closed {language} {scheme}")
        context.close()


def test_by_keyboard_alone_without_javascript_on_a_small_screen(phone: BrowserContext, a_case: MakesCase) -> None:
    page = phone.new_page()
    page.set_viewport_size({"width": 320, "height": 568})
    page.goto(a_case("sw"))
    assert fits(page)
    press_until_focused(page, "textarea[name=text]")
    page.keyboard.insert_text("Bado nasubiri")
    press_until_focused(page, "button[name=do][value=reply]")
    enter(page)
    expect(page.get_by_role("status").first).to_be_visible()
    expect(page.locator(".theirs .words").last).to_have_text("Bado nasubiri")
    press_until_focused(page, ".not-me summary")
    page.keyboard.press("Enter")
    press_until_focused(page, "button[value=not_me]")
    enter(page)
    assert page.locator("textarea").count() == 0
    assert phone.cookies() == []


def test_nothing_sticks_out_however_letters_are_spaced_and_sized(phone: BrowserContext, a_case: MakesCase) -> None:
    page = phone.new_page()
    for language in WORDS:
        address = a_case(language, closed=language in ("hy", "mn"))
        for width, size in ((320, "100%"), (640, "200%")):
            page.set_viewport_size({"width": width, "height": 640})
            page.goto(address)
            page.evaluate(
                "([css, size]) => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css);"
                " document.adoptedStyleSheets = [sheet]; document.documentElement.style.fontSize = size; }",
                [SPACED if language != "fa" else "", size],
            )
            assert fits(page), (language, width)
            small = page.evaluate(
                "[...document.querySelectorAll('button, textarea, .button, summary')]"
                ".filter(e => e.checkVisibility()).map(e => e.getBoundingClientRect())"
                ".filter(r => r.width < 24 || r.height < 24).length"
            )
            assert small == 0, (language, width)


def test_what_is_written_survives_a_reload_and_a_broken_network_and_is_forgotten_once_sent(
    browser: Browser, a_case: MakesCase
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 640})
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(a_case("en"))
    page.locator("textarea").fill("Half a sentence")
    page.reload()
    expect(page.locator("textarea")).to_have_value("Half a sentence")
    page.locator("summary").first.click()
    page.locator("button[value='lang:fa']").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator("textarea")).to_have_value("Half a sentence")
    context.set_offline(True)
    page.locator(".answer button.primary").click()
    expect(page.locator("#told")).not_to_be_empty()
    context.set_offline(False)
    expect(page.locator("#done")).to_be_focused(timeout=20_000)
    expect(page.locator(".theirs .words").last).to_have_text("Half a sentence")
    assert page.evaluate("sessionStorage.length") == 0
    assert problems == []
    context.close()


@pytest.mark.parametrize("language", ["en", "fa", "ne"])
def test_the_page_with_all_it_loads_fits_the_budget(browser: Browser, a_case: MakesCase, language: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 640})
    page: Page = context.new_page()
    received: list[Response] = []
    problems: list[str] = []
    page.on("response", lambda response: received.append(response))
    page.on("console", lambda message: problems.append(message.text))
    page.goto(a_case(language))
    page.wait_for_load_state("networkidle")
    sizes = [response.request.sizes() for response in received]
    weight = sum(one["responseBodySize"] + one["responseHeadersSize"] for one in sizes)
    print(f"case {language}: {weight} bytes in {len(received)} requests")
    assert len(received) <= REQUESTS
    assert weight <= BUDGET
    assert problems == []
    assert context.cookies() == []
    context.close()
