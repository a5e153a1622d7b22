"""axe finds nothing on any page, in English, Persian and Nepali, light and dark; and what axe can't see is checked."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Page

from tests.e2e.conftest import PASSWORD, READER, survey_link
from tests.e2e.host import Host
from tests.e2e.ways import WAYS, mount
from tests.helpers.server import Service

pytestmark = pytest.mark.e2e

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = f"() => {{ if (!window.axe) {{ {AXE_SCRIPT} }} }}"
RUN = """async options => (await axe.run(options)).violations.flatMap(
    found => found.nodes.map(node => `${found.id}: ${node.target} ${node.html.slice(0, 160)}`)
)"""
END_FADING = """() => document.getAnimations().forEach(
    one => { if (one.effect.getComputedTiming().endTime < Infinity) one.finish() }
)"""
LANGUAGES = ["en", "fa", "ne"]
PUBLIC = [
    "/",
    "/survey/shop/support-csat",
    "/survey/shop/nps",
    "/survey/shop/ces",
    "/survey/shop/needs",
    "/message/shop",
    "/privacy/shop",
    "/console/sign-in",
    "/console/forgot",
]
NOWHERE = ["/s/broken", "/nothing-here"]


def assert_no_violation(page: Page, what: str) -> None:
    """axe's own list, all WCAG A and AA tags and best practice; in the dark only colours differ, so only they run."""
    page.evaluate(AXE)
    for scheme, only in (
        ("light", {"type": "tag", "values": TAGS}),
        ("dark", {"type": "rule", "values": ["color-contrast"]}),
    ):
        page.emulate_media(color_scheme=scheme)
        page.evaluate(END_FADING)
        assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") == (scheme == "dark")
        found = page.evaluate(RUN, {"runOnly": only, "resultTypes": ["violations"]})
        assert not found, (what, scheme, found)


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(color_scheme="light", viewport={"width": 390, "height": 800}, bypass_csp=True)
    yield context
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_public_pages_have_no_violation(visitor: BrowserContext, service: Service, language: str) -> None:
    page = visitor.new_page()
    for path in PUBLIC + NOWHERE:
        found = page.goto(f"{service.url}{path}?lang={language}")
        assert found is not None
        assert found.ok is (path in PUBLIC), path
        assert page.locator("h1").count() == 1, path
        assert page.locator("main").count() == 1, path
        assert_no_violation(page, f"{path} {language}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_way_through_a_survey_has_no_violation(
    visitor: BrowserContext, service: Service, customer_of: dict[str, str], language: str
) -> None:
    locale = {"en": "en-GB", "fa": "fa-IR", "ne": "ne-NP"}[language]
    page = visitor.new_page()
    link = survey_link(service, "support-csat", customer_of[locale])
    page.goto(link)
    page.locator("button.primary").click()
    page.wait_for_load_state()
    assert_no_violation(page, "refused without an answer")
    for _ in range(6):
        if page.locator("form#survey").count() == 0:
            break
        for group in page.locator("form#survey fieldset").all():
            group.locator("label.point").first.click()
        page.locator("button.primary").click()
        page.wait_for_load_state("networkidle")
        page.wait_for_function("!document.querySelector('[aria-busy=true]')")
        assert_no_violation(page, f"{page.title()} {language}")
    page.goto(link)
    assert_no_violation(page, "answered already")


@pytest.mark.parametrize("language", ["en", "fa"])
def test_cancelling_has_no_violation(
    visitor: BrowserContext, service: Service, customer_of: dict[str, str], language: str
) -> None:
    page = visitor.new_page()
    page.goto(survey_link(service, "cancel", customer_of[{"en": "en-GB", "fa": "fa-IR"}[language]]))
    assert page.locator("html").get_attribute("lang") == language
    assert_no_violation(page, f"cancelling {language}")
    page.locator("label.point").first.click()
    page.locator("button.primary").click()
    page.locator("form#survey").wait_for(state="detached")
    assert_no_violation(page, f"{page.title()} {language}")


@pytest.mark.parametrize("language", ["en", "fa"])
def test_what_the_widget_draws_on_a_host_page_has_no_violation(
    visitor: BrowserContext, host: Host, language: str
) -> None:
    page = visitor.new_page()
    mounts = (WAYS["question"].mount, WAYS["tab"].mount, mount("support-csat", mode="dialog"))
    page.goto(host.origin + host.page("".join(mounts), lang=language))
    for seen in (".spot label", "feedback-widget .tab", "feedback-widget section label"):
        page.locator(seen).first.wait_for()
    assert_no_violation(page, f"widget {language}")


@pytest.mark.parametrize("survey", ["support-csat", "nps", "ces", "needs"])
def test_every_choice_has_words_or_a_number_not_only_a_picture(browser: Browser, service: Service, survey: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{service.url}/survey/shop/{survey}?lang=fa")
    tree = context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    radios = [node for node in tree if node.get("role", {}).get("value") == "radio"]
    groups = [node for node in tree if node.get("role", {}).get("value") in ("radiogroup", "group")]
    assert radios
    assert all(re.search(r"\w", node["name"]["value"]) for node in radios)
    assert any(node["name"]["value"].strip() for node in groups)
    hidden = page.evaluate(
        "[...document.querySelectorAll('input[type=radio]')]"
        ".map(e => getComputedStyle(e)).filter(s => s.display === 'none' || s.visibility === 'hidden').length"
    )
    assert hidden == 0
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_console_pages_have_no_violation(visitor: BrowserContext, service: Service, language: str) -> None:
    page = visitor.new_page()
    page.goto(f"{service.url}/console/sign-in")
    page.locator("input[type=email]").fill(READER)
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("main button").first.click()
    page.wait_for_url("**/cases/**")
    page.goto(f"{service.url}/console/profile")
    page.locator("select[name=locale], input[name=locale]").first.select_option(language)
    page.locator("main form button").first.click()
    for path in every_console_page(page, service):
        page.goto(path)
        assert page.locator("h1").count() == 1, path
        assert_no_violation(page, f"{path} {language}")


found_once: dict[str, list[str]] = {}


def every_console_page(page: Page, service: Service) -> list[str]:
    """Every kind of console page that links lead to from the triage list; looked for once."""
    if service.url not in found_once:
        found_once[service.url] = pages_of(page, service)
    return found_once[service.url]


def pages_of(page: Page, service: Service) -> list[str]:
    seen: list[str] = []
    todo = [f"{service.url}/console/shop/cases/"]
    shapes: set[str] = set()
    while todo and len(seen) < 40:
        address = todo.pop(0)
        shape = re.sub(r"/[a-z2-7]{26}|((?<=/surveys)|(?<=/placements))/(?!new)[a-z-]+", "/…", address.split("?")[0])
        if shape in shapes:
            continue
        shapes.add(shape)
        if "text/html" not in page.request.get(address).headers["content-type"]:
            continue  # files to download
        page.goto(address)
        seen.append(address)
        links = page.eval_on_selector_all("a[href]:not([download])", "found => found.map(a => a.href)")
        todo += [link.split("#")[0] for link in links if link.startswith(f"{service.url}/console/")]
    return seen
