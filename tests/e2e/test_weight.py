"""The survey page is light, loads nothing from elsewhere, and sets no cookie."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from tests.e2e.conftest import survey_link
from tests.e2e.host import Host
from tests.e2e.ways import WAYS
from tests.helpers.server import Service

pytestmark = pytest.mark.e2e

BUDGET = 13_500
REQUESTS = 3
#: What host pages load of ours until a question is there: with the survey in its frame, or as a prompt in the corner.
ON_HOSTS = {"inline": (4, 15_000), "popover": (4, 15_000)}


@dataclass(frozen=True, slots=True)
class Weight:
    """What a page and everything it loads cost on the way: ``wire`` with headers, as compressed as it came."""

    requests: int
    raw: int
    wire: int


@contextmanager
def weighing(browser: Browser, service: Service) -> Iterator[tuple[Page, Callable[[], Weight]]]:
    """A phone's page, and how to weigh what it has loaded of the service; nothing else, no cookie, no complaint."""
    context = browser.new_context(viewport={"width": 360, "height": 640})
    page = context.new_page()
    received: list[Response] = []
    problems: list[str] = []
    page.on("response", lambda response: received.append(response))
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))

    def weigh() -> Weight:
        page.wait_for_load_state("networkidle")
        ours = [response for response in received if response.url.startswith(service.url)]
        sizes = [response.request.sizes() for response in ours]
        wire = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)
        return Weight(len(ours), sum(len(response.body()) for response in ours), wire)

    yield page, weigh
    assert problems == []
    assert context.cookies() == []
    context.close()


@pytest.mark.parametrize("locale", ["en-GB", "fa-IR", "ne-NP"])
@pytest.mark.parametrize("survey", ["support-csat", "nps"])
def test_a_survey_page_with_all_it_loads_fits_the_budget(
    browser: Browser, service: Service, customer_of: dict[str, str], locale: str, survey: str
) -> None:
    with weighing(browser, service) as (page, weigh):
        elsewhere: list[str] = []
        page.on("request", lambda request: request.url.startswith(service.url) or elsewhere.append(request.url))
        page.goto(survey_link(service, survey, customer_of[locale]))
        found = weigh()
        print(f"{survey} {locale}: {found}, budget {BUDGET}")
        assert elsewhere == []
        assert found.requests <= REQUESTS
        assert found.wire <= BUDGET


@pytest.mark.parametrize("way", ON_HOSTS)
@pytest.mark.parametrize("language", ["en", "fa"])
def test_what_a_host_page_loads_until_a_question_is_there_fits_the_budget(
    browser: Browser, service: Service, host: Host, language: str, way: str
) -> None:
    requests, budget = ON_HOSTS[way]
    with weighing(browser, service) as (page, weigh):
        page.goto(host.origin + host.page(WAYS[way].mount, lang=language))
        page.locator(WAYS[way].offer).wait_for()
        found = weigh()
        print(f"{way} {language}: {found}, budget {budget}")
        assert found.requests <= requests
        assert found.wire <= budget


def test_an_answer_waits_for_the_network_and_is_sent_once(
    browser: Browser, service: Service, customer_of: dict[str, str]
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 640})
    page = context.new_page()
    link = survey_link(service, "nps", customer_of["en-KE"])
    page.goto(link)
    page.locator("label.point").nth(9).click()
    page.locator("textarea").fill("Quick and kind.")
    context.set_offline(True)
    page.locator("button.primary").click()
    expect(page.locator("#told")).to_contain_text("Kept on this device")
    context.set_offline(False)
    expect(page.locator("form#survey")).to_have_count(0, timeout=20_000)
    page.goto(link)
    expect(page.locator("form#survey")).to_have_count(0)
    context.close()
