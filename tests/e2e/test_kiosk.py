"""A feedback screen in a real browser: one tap, why, back to the start; nothing is lost while the server is away."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, expect

from tests.e2e.tablet import (
    KEPT,
    Stand,
    screen_of,
    tap_with_the_network_cut_at_random,
    touch,
    wait_until,
    wait_until_sent,
)
from tests.helpers.server import Service

pytestmark = pytest.mark.e2e

SIZES = [(1280, 800), (1024, 768), (800, 1280), (768, 1024), (600, 1024), (360, 640)]
SHOW = """([screen, language]) => {
  const piece = document.querySelector(`template[data-screen="${screen}"][data-language="${language}"]`);
  document.getElementById("kiosk").replaceChildren(piece.content.cloneNode(true));
  document.documentElement.lang = language;
  document.documentElement.dir = document.querySelector(".screen").dir;
}"""
LEFT_OVER = {"id": "0" * 32, "at": 0, "turn": 1, "token": "", "place": "", "answers": {}}
PUT = """tap => new Promise(done => {
  const opening = indexedDB.open('feedback-kiosk');
  opening.onsuccess = () => {
    const putting = opening.result.transaction('taps', 'readwrite').objectStore('taps').put(tap);
    putting.onsuccess = () => done(opening.result.close());
  };
})"""
WRONG = f"""() => [...document.querySelectorAll("template")].flatMap(piece => {{
  const one = [piece.dataset.screen, piece.dataset.language];
  ({SHOW})(one);
  const page = document.documentElement;
  const found = page.scrollHeight > innerHeight || page.scrollWidth > innerWidth ? [`${{one}} scrolls`] : [];
  for (const button of document.querySelectorAll("#kiosk button")) {{
    const box = button.getBoundingClientRect();
    if (box.width < 44 || box.height < 44) found.push(`${{one}} small: ${{button.textContent}}`);
    const words = document.createTreeWalker(button, NodeFilter.SHOW_TEXT);
    while (words.nextNode()) for (const word of words.currentNode.data.matchAll(/\\S+/gu)) {{
      const range = document.createRange();
      range.setStart(words.currentNode, word.index);
      range.setEnd(words.currentNode, word.index + word[0].length);
      const lines = new Set([...range.getClientRects()].map(part => part.top));
      if (lines.size > 1) found.push(`${{one}} broken: ${{word}}`);
    }}
    if (button.scrollWidth > button.clientWidth + 1) found.push(`${{one}} cut: ${{button.textContent}}`);
  }}
  return found;
}})"""


@pytest.fixture
def tablet(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1024, "height": 768})
    yield context
    context.close()


def test_one_tap_then_why_then_the_next_person(tablet: BrowserContext, service: Service) -> None:
    stand = Stand(service, "First floor")
    complaints: list[str] = []
    tablet.on("console", lambda message: complaints.append(message.text))
    tablet.on("weberror", lambda error: complaints.append(str(error.error)))
    page = screen_of(tablet, stand.url)
    assert page.url == f"{service.url}/kiosk/shop/support-csat"
    expect(page.locator("html")).to_have_attribute("lang", "sw")
    expect(page.locator(".apart")).to_be_hidden()
    touch(page, "button[lang=fa]")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    touch(page, ".taps button[value='1']")
    touch(page, ".taps button[value='rude']")
    expect(page.locator("h1")).to_be_focused()
    page.clock.run_for(4_000)
    expect(page.locator(".done")).to_be_visible()
    page.clock.run_for(1_500)
    expect(page.locator(".taps.faces")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "sw")
    touch(page, ".taps button[value='2']")  # and walks on: ten seconds later the screen is free again
    page.clock.run_for(10_500)
    expect(page.locator(".taps.faces")).to_be_visible()
    wait_until_sent(page)
    rows = stand.stored()
    assert [(row.score, row.locale, row.place) for row in rows][:1] == [(0, "fa", "First floor")]
    assert len(rows) == 2
    assert (tablet.cookies(), complaints) == ([], [])
    page.evaluate(PUT, {**LEFT_OVER, "path": "/kiosk/shop/gone"})  # what nobody takes holds up nothing else
    with page.expect_response(lambda reply: reply.request.method == "POST" and reply.ok):
        touch(page, ".taps button[value='5']")
    assert [row.score for row in stand.stored()][2:] == [100]


def test_a_tablet_goes_on_without_the_server_and_every_tap_is_stored_once(
    tablet: BrowserContext, service: Service
) -> None:
    stand = Stand(service, "Second floor")
    page = screen_of(tablet, stand.url)
    wait_until(page, "async () => navigator.serviceWorker.controller && Boolean(await caches.match(location.href))")
    service.kill("web")
    try:
        page.reload()  # somebody pulled the plug
        for score in (5, 1):
            touch(page, f".taps button[value='{score}']")
            page.clock.run_for(12_000)
        assert page.evaluate(KEPT) == 2
        assert stand.stored() == []
    finally:
        service.start("web")
        service.wait_ready()
    page.clock.run_for(61_000)
    wait_until_sent(page)
    assert [row.score for row in stand.stored()] == [100, 0]
    page.reload()
    page.clock.run_for(61_000)
    assert len(stand.stored()) == 2


def test_an_installed_page_that_the_browser_shares_nothing_with_is_paired(browser: Browser, service: Service) -> None:
    stand = Stand(service, "Lift")
    door, _, token = stand.url.partition("?token=")
    context = browser.new_context(service_workers="block")
    page = context.new_page()
    for installed in (token, "that-of-an-earlier-pairing"):
        with page.expect_response(lambda reply: reply.request.method == "POST") as told:
            page.goto(f"{door}?installed={installed}")
        assert (told.value.json()["paired"], page.url) == (True, door)
    context.close()


def test_taps_keep_their_moments_when_the_tablet_s_clock_is_set_before_they_are_sent(
    tablet: BrowserContext, service: Service
) -> None:
    stand = Stand(service, "Cellar")
    page = screen_of(tablet, stand.url)
    tablet.route("**/kiosk/**", lambda route: route.abort())
    for score in (5, 1, 5):
        touch(page, f".taps button[value='{score}']")
        page.clock.run_for(12_000)
    page.clock.set_system_time("2031-01-01")
    tablet.unroute("**/kiosk/**")
    page.clock.run_for(61_000)
    wait_until_sent(page)
    rows = stand.stored()
    assert [(row.score, row.state) for row in rows] == [(100, "complete"), (0, "complete"), (100, "complete")]
    gaps = [(later.created_at - one.created_at).total_seconds() for one, later in pairwise(rows)]
    assert all(11 <= gap < 40 for gap in gaps), gaps


def test_with_the_network_cut_at_random_every_tap_is_stored_once(browser: Browser, service: Service) -> None:
    stand = Stand(service, "Third floor")
    tap_with_the_network_cut_at_random(browser, stand, taps=12, seed=3)
    assert len(stand.stored()) == 12


def test_no_screen_scrolls_in_any_language_and_every_button_is_large(tablet: BrowserContext, service: Service) -> None:
    page = tablet.new_page()
    for survey in ("support-csat", "nps", "happy"):
        page.goto(f"{service.url}/kiosk/shop/{survey}?place=Door")
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate(WRONG) == [], (survey, width)


def test_axe_finds_nothing_on_any_screen_light_or_dark(browser: Browser, service: Service) -> None:
    context = browser.new_context(viewport={"width": 1024, "height": 768}, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{service.url}/kiosk/shop/support-csat")
    page.evaluate(f"() => {{ {AXE_SCRIPT} }}")
    for scheme, screen, language in (
        ("light", "ask", "fa"),
        ("light", "why-why", "ne"),
        ("light", "thanks-high", "hy"),
        ("dark", "ask", "en"),
        ("dark", "why-why", "fa"),
    ):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.evaluate(SHOW, [screen, language])
        found = page.evaluate("async () => (await axe.run()).violations.map(one => one.id)")
        assert found == [], (scheme, screen, language)
    context.close()
