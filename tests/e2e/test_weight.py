"""The survey page is light, loads nothing from elsewhere, and sets no cookie."""

import pytest
from playwright.sync_api import Browser, Response, expect

from tests.e2e.conftest import survey_link
from tests.helpers.server import Service

pytestmark = pytest.mark.e2e

BUDGET = 13_500
REQUESTS = 3


@pytest.mark.parametrize("locale", ["en-GB", "fa-IR", "ne-NP"])
@pytest.mark.parametrize("survey", ["support-csat", "nps"])
def test_a_survey_page_with_all_it_loads_fits_the_budget(
    browser: Browser, service: Service, customer_of: dict[str, str], locale: str, survey: str
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 640})
    page = context.new_page()
    received: list[Response] = []
    problems: list[str] = []
    page.on("response", lambda response: received.append(response))
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(survey_link(service, survey, customer_of[locale]))
    page.wait_for_load_state("networkidle")
    weight = sum(
        sizes["responseBodySize"] + sizes["responseHeadersSize"]
        for sizes in (response.request.sizes() for response in received)
    )
    print(f"{survey} {locale}: {weight} bytes in {len(received)} requests")
    assert all(response.url.startswith(service.url) for response in received)
    assert len(received) <= REQUESTS
    assert weight <= BUDGET
    assert problems == []
    assert context.cookies() == []
    context.close()


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
