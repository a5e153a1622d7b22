"""Nothing of ours is shown inside somebody else's page but a survey, and that only where its site allows it (E-10)."""

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.routing import IntegerConverter, Rule

from feedback.app import create_app
from feedback.settings import Settings
from tests.e2e.conftest import survey_link
from tests.e2e.host import SITE, Host
from tests.helpers.server import Service

pytestmark = pytest.mark.e2e

NOBODY = "a" * 26
KNOWN = {"site": SITE, "slug": "nps"}
NOT_PAGES = ("/embed/", "/static/", "/widget/", "/console/<site>/")


def shown_in(page: Page, host: Host, origin: str, addresses: list[str]) -> list[str]:
    """Which of these a page of that origin can show in frames."""
    frames = "".join(f'<iframe src="{address}"></iframe>' for address in addresses)
    page.goto(origin + host.page(frames, loader=""), wait_until="load")
    assert len(page.frames) == len(addresses) + 1
    for _ in range(100):  # a frame in another process is told of after the page has loaded
        if all(frame.url for frame in page.frames[1:]):
            break
        page.wait_for_timeout(50)
    return [frame.url for frame in page.frames[1:] if not frame.url.startswith("chrome-error:")]


def test_a_page_that_may_show_surveys_can_show_nothing_else_of_ours(
    browser: Browser, service: Service, host: Host, customer_of: dict[str, str]
) -> None:
    customer = customer_of["en-KE"]
    real = [
        survey_link(service, "nps", customer),
        service.last_line("link", "preferences", "--site", "shop", "--customer", customer),
        f"{service.url}/survey/{SITE}/nps",
    ]
    embed = f"{service.url}/embed/{SITE}/nps"
    page = browser.new_page()
    assert shown_in(page, host, host.origin, [*real, *everything(service), embed]) == [embed]
    assert shown_in(page, host, host.foreign, [*real, embed]) == []
    page.close()


def everything(service: Service) -> list[str]:
    """Every address that customers can open, what is new too, and some of the console: their headers are the same."""
    app = create_app(Settings.from_env(service.environ))
    found = [f"{service.url}/console/{SITE}/{page}" for page in ("cases/", "surveys/", "sites/settings")]
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "GET" in (rule.methods or ()) and not rule.rule.startswith(NOT_PAGES):
                values = {name: KNOWN.get(name) or something(rule, name) for name in rule.arguments}
                found.append(service.url + app.url_map.bind("127.0.0.1").build(rule.endpoint, values))
    return found


def something(rule: Rule, name: str) -> str:
    return "1" if isinstance(rule._converters[name], IntegerConverter) else NOBODY
