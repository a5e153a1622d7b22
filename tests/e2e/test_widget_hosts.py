"""Host pages as they are in the wild: names taken, bodies moved, markup redrawn, commands mistaken, people leaving."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.host import SITE, Host
from tests.e2e.visitors import Keeping, Visitors
from tests.e2e.watching import Watched
from tests.e2e.ways import mount

pytestmark = pytest.mark.e2e

QUEUE = "window.feedback ||= Object.assign((...call) => feedback.q.push(call), { q: [] });"
LINE = '<script async src="{fb}/widget/v1.js" data-site="%s"></script>'
SECTION = "feedback-widget section"


def loaded(watched: Watched) -> Page:
    """The page, as soon as the loader runs on it."""
    watched.until(lambda: watched.page.evaluate("window.feedback?.v"))
    return watched.page


def settled(watched: Watched) -> list[str]:
    """What the widget told until nothing of it is on its way any more."""
    watched.page.wait_for_load_state("networkidle")
    watched.page.wait_for_timeout(300)
    return watched.events()


def test_names_that_the_page_has_taken_do_not_lead_the_loader_astray(watched: Watched, host: Host) -> None:
    script = "var origin = {city: 'Arusha'}, name = 'shop', length = 3;"
    image = '<img name="currentScript" src="http://elsewhere.invalid/x.png" data-site="theirs">'
    loader = '<script defer src="{fb}/widget/v1.js" data-site="{site}"></script>'
    watched.page.route("http://elsewhere.invalid/**", lambda route: route.fulfill(status=204))
    watched.page.goto(host.origin + host.page(image + mount(), script=script, loader=loader))
    watched.told("shown")
    assert watched.frame.url.startswith(f"{host.service}/embed/{SITE}/nps")
    assert watched.wrong() == []


def test_a_script_without_a_site_and_one_of_another_site_say_so_in_one_line(watched: Watched, host: Host) -> None:
    watched.page.goto(host.origin + host.page(mount(), loader='<script async src="{fb}/widget/v1.js"></script>'))
    assert settled(watched) == []
    assert watched.said == ['warning: [feedback] data-site="" isn\'t shown']
    watched.said.clear()
    watched.page.goto(host.origin + host.page(mount(), loader=LINE % SITE + LINE % "another"))
    watched.told("shown")
    settled(watched)
    shown = {frame.url.split("/")[4] for frame in watched.frames()}
    other = ({SITE, "another"} - shown).pop() if len(shown) == 1 else ""
    assert watched.said[-1:] == [f'warning: [feedback] data-site="{other}" isn\'t shown']


def test_mistaken_commands_break_nothing_and_are_told_once(watched: Watched, host: Host) -> None:
    script = (
        QUEUE
        + """
    feedback(); feedback(); feedback("show", "nps", null); feedback("hide"); feedback("show", "nps", {mount: "##"});
    feedback("show", "nps", {mode: "banner"}); feedback("track"); feedback("setup", null); feedback("setLanguage");
    feedback("identify", Promise.resolve("x")); feedback("canShow"); feedback("canShow", "nps", "no function");
    feedback("on"); feedback("on", "shown"); feedback("constructor");
    """
    )
    watched.page.goto(host.origin + host.page(mount(prefill_score="9"), script=script, policy="trusted-types"))
    watched.told("shown")
    settled(watched)
    assert sorted(watched.said) == [
        'warning: [feedback] "banner" is no mode: inline, question, popover, tab, dialog',
        'warning: [feedback] "constructor" is no verb',
        'warning: [feedback] "undefined" is no verb',
        "warning: [feedback] Failed to execute 'querySelector' on 'Document': '##' is not a valid selector.",
    ]
    watched.said.clear()
    assert watched.wrong() == []


def test_a_survey_that_is_not_there_is_an_error_and_was_never_shown(watched: Watched, host: Host) -> None:
    page = watched.page
    page.goto(host.origin + host.page(mount("nothing") + mount("nps", token="made-up")))
    watched.until(lambda: watched.events().count("error") == 2)
    assert settled(watched) == ["error", "error"]
    assert [frame.locator("h1").count() for frame in watched.frames(2)] == [1, 1]
    assert [call for call in watched.said if "404" not in call] == []


def test_listeners_hear_events_by_either_name(watched: Watched, host: Host) -> None:
    script = (
        QUEUE
        + """window.heard = [];
    for (const name of ["shown", "feedback:shown"]) feedback("on", name, (detail) => heard.push(detail));"""
    )
    watched.page.goto(host.origin + host.page(mount(), script=script))
    watched.told("shown")
    assert watched.page.evaluate("heard") == [{"survey": "nps", "embed": 1}] * 2


def test_what_the_page_takes_out_of_its_element_comes_back_but_not_for_ever(watched: Watched, host: Host) -> None:
    page = watched.page
    body = mount() + mount("ces", inline="question") + mount("message", mode="tab")
    page.goto(host.origin + host.page(body))
    tab = page.locator("feedback-widget button.tab")
    question = page.locator(".spot feedback-widget fieldset")
    for times in (1, 2):
        watched.until(lambda times=times: watched.events().count("shown") == 2 * times)
        expect(tab).to_have_count(1)
        expect(question).to_have_count(1)
        assert page.locator(".spot iframe").count() == 1
        page.evaluate("document.querySelectorAll('.spot').forEach((spot) => spot.replaceChildren())")
        page.evaluate("document.querySelector('body > feedback-widget').remove()")
    page.evaluate("""() => {
        window.taken = 0;
        const take = () => document.querySelectorAll("iframe").forEach((one) => { taken++; one.remove(); });
        new MutationObserver(take).observe(document, { childList: true, subtree: true });
        take();
    }""")
    before = -1
    while (taken := page.evaluate("taken")) != before:  # until it has given up
        assert taken < 60
        before = taken
        page.wait_for_timeout(500)
    assert page.locator("iframe").count() == 0


def test_an_element_may_change_what_it_asks_for(watched: Watched, host: Host) -> None:
    page = watched.page
    page.goto(host.origin + host.page(mount(locale="en")))
    watched.told("shown")
    expect(page.locator("iframe")).to_have_attribute("title", "Would you recommend us?")
    page.evaluate("document.querySelector('.spot').dataset.feedbackLocale = 'fa'")
    watched.until(lambda: watched.events().count("shown") == 2)
    assert watched.frame.locator("html").get_attribute("lang") == "fa"
    expect(page.locator("iframe")).to_have_attribute("title", "ما را به دیگران معرفی می‌کنید؟")
    page.evaluate("document.querySelector('.spot').dataset.feedbackMode = 'tab'")
    expect(page.locator("feedback-widget button.tab")).to_have_text("بازخورد")
    assert page.locator("iframe").count() == 0
    assert watched.wrong() == []


def test_what_is_said_again_disturbs_nobody(watched: Watched, host: Host) -> None:
    page = watched.page
    page.goto(host.origin + host.page(mount()))
    watched.told("shown")
    page.evaluate("feedback('setLanguage', 'sw'); feedback('setup', {color: '#0b6e4f'})")
    watched.until(lambda: watched.events().count("shown") == 2)
    watched.frame.locator("textarea").fill("half a sen")
    page.evaluate("feedback('setLanguage', 'sw'); feedback('setup', {color: '#0b6e4f'}); feedback('setup')")
    assert settled(watched).count("shown") == 2
    expect(watched.frame.locator("textarea")).to_be_focused()


def test_an_element_shows_one_survey_however_often_the_page_says_so(watched: Watched, host: Host) -> None:
    page = watched.page
    page.goto(host.origin + host.page('<div id="here"></div>'))
    loaded(watched)
    for survey in ("nps", "nps", "ces"):
        page.evaluate("survey => feedback('show', survey, {mode: 'inline', mount: '#here'})", survey)
    watched.until(lambda: page.locator("#here iframe[src*='/ces']").count() == 1)
    settled(watched)
    assert page.locator("iframe").count() == 1


def test_tabs_stand_under_each_other_and_each_survey_has_one(watched: Watched, host: Host) -> None:
    page = watched.page
    surveys = ("message", "nps", "nps")
    page.goto(host.origin + host.page("".join(mount(survey, mode="tab") for survey in surveys)))
    tabs = page.locator("feedback-widget button.tab")
    expect(tabs).to_have_count(2)
    settled(watched)
    assert tabs.evaluate_all("all => all.map((tab) => tab.title).sort()") == [
        "How likely are you to recommend us to a friend or colleague?",
        "Send us your message",
    ]  # fmt: skip
    first, second = sorted(tabs.evaluate_all("all => all.map((tab) => [tab.getBoundingClientRect().top, "
                                             "tab.getBoundingClientRect().bottom])"))  # fmt: skip
    assert first[1] < second[0]
    assert watched.shifts() == []


def test_a_tab_that_comes_later_stands_below_a_question_that_was_there(watched: Watched, host: Host) -> None:
    page = watched.page
    page.set_viewport_size({"width": 320, "height": 256})
    page.goto(host.origin + host.page(mount("support-csat", mode="popover") + mount("message", mode="tab", delay="1")))
    tab = page.locator("feedback-widget button.tab")
    expect(page.locator(SECTION)).to_be_visible()
    expect(tab).to_be_visible()
    place = tab.bounding_box()
    assert place is not None
    on_top = page.evaluate(
        "([x, y]) => document.elementFromPoint(x, y).shadowRoot.elementFromPoint(x, y).closest('section, button')"
        ".localName",
        [place["x"] + 4, place["y"] + place["height"] / 2],
    )
    assert on_top == "section"


def test_the_ends_of_a_scale_are_told_with_their_numbers(watched: Watched, host: Host) -> None:
    page = watched.page
    page.goto(host.origin + host.page(mount(inline="question")))
    first = page.get_by_role("radio", name="0", exact=True)
    expect(first).to_have_accessible_description("0 = Not at all likely")
    tops = page.locator("feedback-widget label").evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect().top)"
    )
    assert (len(tops), len(set(tops))) == (11, 1)


def test_it_stands_in_its_corner_whatever_the_page_does_with_its_body(watched: Watched, host: Host) -> None:
    page = watched.page
    style = "<style>body {transform: translateX(0); overflow: hidden} * {box-sizing: content-box; color: red}</style>"
    cover = '<div style="position: fixed; inset: 0; z-index: 2147483647"></div>'
    page.goto(host.origin + host.page(style + mount("support-csat", mode="popover")))
    expect(page.locator(SECTION)).to_be_visible()
    page.evaluate("cover => document.documentElement.insertAdjacentHTML('beforeend', cover)", cover)
    settled(watched)
    box = page.locator(SECTION).bounding_box()
    size = page.viewport_size
    assert box is not None
    assert size is not None
    assert (box["x"] + box["width"], box["y"] + box["height"]) == (size["width"] - 16, size["height"] - 16)
    page.get_by_role("button", name="Close").click()
    expect(page.locator(SECTION)).to_have_count(0)
    assert watched.shifts() == []


def test_a_dialog_of_the_page_stays_above_a_question_that_nobody_asked_for(watched: Watched, host: Host) -> None:
    page = watched.page
    script = "addEventListener('load', () => document.querySelector('#ask').showModal())"
    page.goto(host.origin + host.page(mount(mode="popover", delay="1") + "<dialog id=ask><p>Cookies?</p></dialog>",
                                      script=script))  # fmt: skip
    watched.told("shown")
    assert page.locator(SECTION).evaluate("box => box.matches(':popover-open')") is False


@pytest.mark.parametrize("width", [360, 1280])
def test_faces_stand_in_their_order_and_their_words_in_one_piece(watched: Watched, host: Host, width: int) -> None:
    page = watched.page
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(host.origin + host.page(mount("support-csat", mode="popover")))
    expect(page.locator(SECTION)).to_be_visible()
    places = page.locator(f"{SECTION} label").evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect()).map(({top, left, width}) => [top, left, width])"
    )
    assert len(places) == 5
    assert [place[:2] for place in places] == sorted(place[:2] for place in places)
    assert max(place[2] for place in places) - min(place[2] for place in places) < 2


def kept(watched: Watched) -> Any:
    return watched.page.evaluate(f"JSON.parse(localStorage['feedback:{SITE}'] ?? 'null')")


def test_once_means_seen_once_and_periods_have_names(watched: Watched, host: Host) -> None:
    page = watched.page
    page.route("**/embed/**", lambda route: route.abort())
    page.goto(host.origin + host.page(mount(once_per="7")))
    settled(watched)
    assert kept(watched) is None
    page.unroute("**/embed/**")
    day = "new Date(Date.now() - 864e5 * 100).toISOString().slice(0, 10)"
    page.evaluate(f"localStorage['feedback:{SITE}'] = JSON.stringify({{nps: {day}}})")
    page.goto(host.origin + host.page(mount(once_per="year", mode="popover")))
    assert settled(watched) == []
    page.goto(host.origin + host.page(mount(once_per="month", mode="popover")))
    watched.told("shown")
    assert kept(watched) == {"nps": page.evaluate("new Date().toISOString().slice(0, 10)")}


def test_shares_may_be_written_with_their_sign(watched: Watched, host: Host) -> None:
    page = watched.page
    page.goto(
        host.origin + host.page(mount(sample="0%") + mount("ces", sample="100%") + mount("expectations", delay="1s"))
    )
    watched.until(lambda: watched.events().count("shown") == 2)
    settled(watched)
    assert {event["detail"]["survey"] for event in watched.details()} == {"ces", "expectations"}


def test_whoever_signs_out_leaves_neither_language_nor_draft_behind(visitors: Visitors, host: Host) -> None:
    context = visitors.come(Keeping.ALLOWED)
    watched = Watched(context)
    page = watched.page
    address = host.origin + host.page(mount(), script=QUEUE + "feedback('setup', {locale: 'sw'})")
    page.goto(address)
    watched.told("shown")
    page.evaluate("feedback('setLanguage', 'fa')")
    watched.until(lambda: watched.events().count("shown") == 2)
    watched.frame.locator("textarea").fill("mine alone")
    page.evaluate("feedback('setLanguage', 'hy')")
    watched.until(lambda: watched.events().count("shown") == 3)
    expect(watched.frame.locator("textarea")).to_have_value("mine alone")
    page.evaluate("feedback('reset')")
    watched.until(lambda: watched.events().count("shown") == 4)
    assert watched.frame.locator("html").get_attribute("lang") == "sw"
    expect(watched.frame.locator("textarea")).to_have_value("")
    page.goto(address)
    watched.told("shown")
    expect(watched.frame.locator("textarea")).to_have_value("")
    assert watched.wrong() == []
    context.close()
