"""A feedback screen through a bad day: slipping fingers, a full disk, networks that answer for somebody else."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.between import Between, standing_between
from tests.e2e.tablet import Stand, screen_of, touch, wait_until_sent
from tests.helpers.server import Service

pytestmark = pytest.mark.e2e

NEVER_OPENS = "IDBFactory.prototype.open = () => ({})"
GUARDED = "async () => navigator.serviceWorker.controller && Boolean(await caches.match(location.href))"


@pytest.fixture
def tablet(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1024, "height": 768}, has_touch=True, is_mobile=True)
    yield context
    context.close()


def move(page: Page, *fingers: tuple[float, float, float]) -> None:
    """Fingers that come down at x, y, and move sideways before they lift."""
    devtools = page.context.new_cdp_session(page)

    def touches(kind: str, share: float) -> None:
        points = [{"x": x + way * share, "y": y, "id": number} for number, (x, y, way) in enumerate(fingers)]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points if kind != "touchEnd" else []})

    touches("touchStart", 0)
    for step in range(1, 9):
        touches("touchMove", step / 8)
    touches("touchEnd", 1)


def slip(page: Page, selector: str, by: int) -> None:
    """A finger that comes down in the middle of something and moves before it lifts."""
    page.clock.run_for(400)
    box = page.locator(f"#kiosk {selector}").bounding_box()
    assert box is not None
    move(page, (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, by))


def test_a_slipping_finger_is_a_touch_and_one_that_leaves_its_button_is_none(
    tablet: BrowserContext, service: Service
) -> None:
    stand = Stand(service, "Bus stop")
    page = screen_of(tablet, stand.url)
    slip(page, ".taps button[value='5']", by=400)
    expect(page.locator("#kiosk .taps")).to_be_visible()
    slip(page, ".taps button[value='5']", by=35)
    expect(page.locator("#kiosk .done")).to_be_visible()
    page.clock.run_for(6_000)
    expect(page.locator("#kiosk .taps")).to_be_visible()
    touch(page, ".taps button[value='1']")
    wait_until_sent(page)
    assert [row.score for row in stand.stored()] == [100, 0]


def test_nobody_gets_away_from_the_screen_or_leaves_it_enlarged(tablet: BrowserContext, service: Service) -> None:
    stand = Stand(service, "Ferry")
    page = screen_of(tablet, stand.url)
    touch(page, ".taps button[value='1']")
    for _ in range(2):
        page.go_back()
        expect(page.locator("#kiosk .taps.faces")).to_be_visible()
        assert page.url.startswith(service.url)
    for y in (100, 384):
        move(page, (480, y, -200), (520, y, 200))
        assert page.evaluate("visualViewport.scale") == 1


@pytest.mark.parametrize("trouble", ["full", "mute"])
def test_taps_that_can_not_be_written_down_are_sent_all_the_same(
    tablet: BrowserContext, service: Service, trouble: str
) -> None:
    stand = Stand(service, f"Cellar, {trouble}")
    if trouble == "mute":
        tablet.add_init_script(NEVER_OPENS)
    page = screen_of(tablet, stand.url)
    tablet.route("**/kiosk/**", lambda route: route.abort())
    if trouble == "full":
        devtools = tablet.new_cdp_session(page)
        devtools.send("Storage.overrideQuotaForOrigin", {"origin": service.url, "quotaSize": 0})
    for score in (5, 4):
        touch(page, f".taps button[value='{score}']")
        page.clock.run_for(12_000)
    tablet.unroute("**/kiosk/**")
    page.clock.run_for(61_000)
    touch(page, ".taps button[value='5']")
    for _ in range(50):
        if len(stand.stored()) == 3:
            break
        page.clock.run_for(500)
    assert [row.score for row in stand.stored()] == [100, 75, 100]


@pytest.fixture
def between(service: Service) -> Iterator[Between]:
    with standing_between(service.url) as found:
        yield found


def test_what_answers_in_between_is_not_believed_while_there_is_a_screen_to_show(
    tablet: BrowserContext, service: Service, between: Between
) -> None:
    address = Stand(service, "Hotel").url.replace(service.url, between.url)
    page = tablet.new_page()
    page.goto(address)
    wait_until_guarded(page)
    for trouble in ((302, "/elsewhere"), (403, ""), (502, ""), (0, "")):
        between.trouble = lambda path, trouble=trouble: trouble if path.startswith("/kiosk") else None
        page.reload()
        expect(page.locator("#kiosk .taps.faces")).to_be_visible()
        assert page.url.startswith(f"{between.url}/kiosk/")


def test_a_page_is_shown_with_its_script_or_not_at_all(
    tablet: BrowserContext, service: Service, between: Between
) -> None:
    page = tablet.new_page()
    page.goto(Stand(service, "Harbour").url.replace(service.url, between.url))
    wait_until_guarded(page)
    page.evaluate("caches.open('feedback-kiosk-1').then(async kept => { for (const one of await kept.keys()) "
                  "if (one.url.includes('/static/')) await kept.delete(one) })")  # as after an update  # fmt: skip
    between.trouble = lambda path: (0, "") if path.startswith("/static/") else None
    kept = "async () => (await caches.match(location.href)).headers.get('Date')"
    before = page.evaluate(kept)
    page.wait_for_timeout(1_100)
    page.reload()
    assert page.evaluate(kept) == before
    between.trouble = lambda _path: None
    page.reload()
    expect(page.locator("#kiosk .screen")).to_be_visible()
    assert page.evaluate(kept) != before


def test_a_closed_screen_looks_again_also_where_the_network_is_gone(
    tablet: BrowserContext, service: Service, between: Between
) -> None:
    page = tablet.new_page()
    page.goto(Stand(service, "Pier").url.replace(service.url, between.url))
    wait_until_guarded(page)
    service.command("surveys", "archive", "--site", "shop", "support-csat")
    try:
        page.reload()
        expect(page.locator("#kiosk h1")).to_be_visible()
        expect(page.locator(".taps")).to_have_count(0)
        between.trouble = lambda _path: (0, "")
        page.reload()
        expect(page.locator("#kiosk h1")).to_be_visible()
        assert re.search(r'http-equiv="refresh" content="\d+;', page.content())
    finally:
        service.command("surveys", "publish", "--site", "shop", "support-csat")


def wait_until_guarded(page: Page) -> None:
    """Until the tablet could open the screen without a network."""
    for _ in range(100):
        if page.evaluate(GUARDED):
            return
        page.wait_for_timeout(100)
    raise AssertionError(page.url)
