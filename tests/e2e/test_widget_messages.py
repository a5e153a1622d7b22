"""Frame and loader talk only with each other: whoever else sends messages is not heard, whatever they say (E-5)."""

import json

import pytest
from playwright.sync_api import Frame, Page

from tests.e2e.host import SITE, Host
from tests.e2e.watching import Watched, answer, stored
from tests.e2e.ways import WAYS
from tests.helpers.server import Service

pytestmark = pytest.mark.e2e

MOUNT = WAYS["inline"].mount
#: What the loader would do something about, if the frame said it.
TO_HOST = [
    {"t": "fb:ready", "v": 1},
    {"t": "fb:resize", "v": 1, "h": 4999},
    {"t": "fb:answered", "v": 1},
    {"t": "fb:done", "v": 1},
    {"t": "fb:close", "v": 1},
    {"t": "fb:error", "v": 1},
]
#: What the frame would do something about, if the loader said it.
TO_FRAME = [
    {"t": "fb:init", "v": 1, "identity": "forged", "prefill": {"score": "3", "why": "forged"}},
    {"t": "fb:focus", "v": 1},
]
#: As JavaScript, since JSON can't say half of it. The right sender says it, and still it means nothing.
MALFORMED = """[
  null, undefined, 0, "", "fb:ready", [], {}, NaN, new Map(), new Date(), new ArrayBuffer(8), ["fb:resize", 1, 99],
  JSON.stringify({t: "fb:resize", v: 1, h: 4999}), {t: "fb:resize"}, {t: "fb:resize", v: 2, h: 4999},
  {t: "fb:resize", v: "1", h: 4999}, {t: "fb:resize", v: 1}, ...[-1, 5001, 1.5, "400", NaN, Infinity, null, [], {},
  "400px;position:fixed", true, 2 ** 53, new Date()].map((h) => ({t: "fb:resize", v: 1, h})),
  ...["toString", "constructor", "__proto__", "hasOwnProperty", "fb:", "fb:init ", "FB:DONE", 7, null, {}, ["fb:done"],
  Symbol.iterator.toString()].map((t) => ({t, v: 1})),
  {t: "fb:init", v: 1}, ...[7, {}, [], true, "x".repeat(70000), "a b", "\\u0000"].map((identity) => (
  {t: "fb:init", v: 1, identity, prefill: null})), ...[7, "score", true, [], ["score"], [["score", "3"]],
  {score: {}}, {score: null}, {score: [null]}, {score: [{}]}, {score: "99"}, {score: "\\u0000"}, {nothing: "3"},
  {fb_identity: "x"}, {fb_token: "x"}, {fb_go: "x"}, {"": "x"}, {"a]": "x"}, {"a'\\"\\\\": "x"},
  {__proto__: null, constructor: "x"},
  JSON.parse('{"__proto__": {"score": "3"}}')].map((prefill) => ({t: "fb:init", v: 1, identity: null, prefill})),
]"""


def form_of(frame: Frame) -> dict[str, list[str]]:
    """What the form would send, and where the reader is; without what is new in every form."""
    found: dict[str, list[str]] = frame.evaluate(
        "() => { const data = {focus: [document.activeElement?.tagName]};"
        " for (const [name, value] of new FormData(document.querySelector('form#survey')))"
        " (data[name] ??= []).push(value); return data; }"
    )
    return found


def height(page: Page) -> float:
    box = page.locator(".spot iframe").bounding_box()
    assert box is not None
    return box["height"]


def say_to_host(forger: Frame) -> None:
    forger.evaluate(f"for (const said of {json.dumps(TO_HOST)}) parent.postMessage(said, '*')")


def say_to_frames(forger: Frame) -> None:
    forger.evaluate(
        f"for (let place = 0; place < parent.length; place += 1)"
        f" for (const said of {json.dumps(TO_FRAME)}) parent[place].postMessage(said, '*')"
    )


def test_forged_messages_change_nothing_on_the_host_page_and_nothing_in_the_frame(
    watched: Watched, service: Service, host: Host
) -> None:
    page = watched.page
    other = host.page("<p>An advertisement.</p>", loader="")
    forgers = [host.foreign + other, host.origin + other, f"{service.url}/embed/{SITE}/ces"]
    frames = "".join(f'<iframe src="{address}"></iframe>' for address in forgers)
    page.goto(host.origin + host.page(MOUNT + frames))
    watched.told("shown")
    survey = next(frame for frame in page.frames if "/nps" in frame.url)
    before = (height(page), watched.events(), form_of(survey))
    for address in forgers:
        forger = next(frame for frame in page.frames if frame.url == address)
        say_to_host(forger)
        say_to_frames(forger)
    page.evaluate(f"for (const said of {json.dumps(TO_HOST)}) postMessage(said, '*')")
    survey.evaluate(f"for (const said of {json.dumps(TO_FRAME)}) postMessage(said, '*')")
    settle(page, survey)
    assert (height(page), watched.events(), form_of(survey)) == before
    answer(survey, "after forged messages")
    assert [found.assurance for found in stored(service, "after forged messages")] == ["anonymous"]
    assert watched.wrong() == []
    before = (height(page), watched.events(), "")
    survey.goto(host.foreign + other)
    say_to_host(survey)
    settle(page, survey)
    assert (height(page), watched.events(), "") == before


def test_a_frame_that_was_told_of_another_host_neither_speaks_nor_listens(
    watched: Watched, service: Service, host: Host
) -> None:
    address = f"{service.url}/embed/{SITE}/nps?host={host.origin}"
    script = "window.heard = []; addEventListener('message', ({data}) => heard.push(data))"
    watched.page.goto(host.second + host.page(f'<iframe src="{address}"></iframe>', loader="", script=script))
    survey = watched.frame
    before = form_of(survey)
    watched.page.evaluate(f"for (const said of {json.dumps(TO_FRAME)}) frames[0].postMessage(said, '*')")
    settle(watched.page, survey)
    assert form_of(survey) == before
    assert watched.page.evaluate("heard") == []


def test_malformed_messages_of_the_right_sender_change_nothing_and_break_nothing(
    watched: Watched, service: Service, host: Host
) -> None:
    page = watched.page
    page.goto(host.origin + host.page(MOUNT))
    survey = watched.frame
    watched.told("shown")
    before = (height(page), watched.events(), form_of(survey))
    survey.evaluate(f"for (const said of {MALFORMED}) parent.postMessage(said, '{host.origin}')")
    page.evaluate(f"for (const said of {MALFORMED}) frames[0].postMessage(said, '{service.url}')")
    settle(page, survey)
    assert (height(page), watched.events(), form_of(survey)) == before
    answer(survey, "after malformed messages")
    watched.told("submitted")
    assert len(stored(service, "after malformed messages")) == 1
    assert watched.wrong() == []


def settle(page: Page, survey: Frame) -> None:
    """Until everything that was sent before has been received on both sides."""
    for one in (page.main_frame, survey):
        one.evaluate(
            "new Promise((done) => { const {port1, port2} = new MessageChannel();"
            " port2.onmessage = () => setTimeout(done, 100); port1.postMessage(0); })"
        )
