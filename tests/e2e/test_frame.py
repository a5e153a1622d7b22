"""The survey's own side of the frame: how high it is in each state, and where an answer from the host page leads."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.host import Host
from tests.e2e.watching import Watched

pytestmark = pytest.mark.e2e

#: Nothing scrolls inside the frame, and nothing empty stands below what it shows.
FITS = """() => {
  const { scrollHeight, clientHeight, scrollWidth, clientWidth } = document.documentElement;
  const empty = clientHeight - document.body.getBoundingClientRect().height;
  return scrollHeight <= clientHeight && scrollWidth <= clientWidth && 0 <= empty && empty < 1.01;
}"""


def shown(watched: Watched, host: Host, attributes: str = "") -> Page:
    mount = f'<div data-feedback-survey="support-csat" {attributes}></div>'
    watched.page.goto(host.origin + host.page(mount))
    watched.told("shown")
    return watched.page


def test_the_frame_is_as_high_as_what_it_shows_whatever_happens_in_it(watched: Watched, host: Host) -> None:
    page = shown(watched, host)
    frame = watched.frame
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 800})
        frame.wait_for_function(FITS)
        frame.locator("summary").click()
        frame.wait_for_function(FITS)
        frame.locator("summary").press("Escape")
        expect(frame.locator("details")).not_to_have_attribute("open", "")
        frame.wait_for_function(FITS)
    frame.locator("button.primary").click()
    expect(frame.locator("#problems")).to_be_visible()
    frame.wait_for_function(FITS)
    frame.locator("summary").click()
    frame.locator("button[value='lang:fa']").click()
    expect(frame.locator("html")).to_have_attribute("dir", "rtl")
    frame.wait_for_function(FITS)


def test_whoever_answered_on_the_host_page_goes_on_with_the_next_question(watched: Watched, host: Host) -> None:
    page = watched.page
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    shown(watched, host, 'data-feedback-prefill-score="1"')
    expect(watched.frame.locator("progress")).to_have_attribute("value", "2")
    watched.frame.locator("button[value=back]").click()
    expect(watched.frame.locator("progress")).to_have_attribute("value", "1")
    expect(watched.frame.locator("input[value='1']")).to_be_checked()
    page.wait_for_timeout(300)
    assert len(sent) == 2
