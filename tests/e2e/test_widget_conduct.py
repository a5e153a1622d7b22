"""How the widget behaves: it waits, asks without pushing, lets the keyboard do everything, and goes when it is told."""

from typing import Any

import pytest
from playwright.sync_api import expect

from feedback.actors import Actor
from feedback.db import Database
from feedback.settings import Settings
from feedback.sites.queries import site_by_key
from feedback.widget.actions import place_survey
from feedback.widget.placing import Placing
from tests.e2e.host import SITE, Host
from tests.e2e.watching import Watched, answer, stored, thanked
from tests.e2e.ways import POINT, mount
from tests.helpers.server import Service

pytestmark = pytest.mark.e2e

FOCUSED = "document.activeElement.id || document.activeElement.localName"
TODAY = "new Date().toLocaleDateString('en-CA')"


def test_a_dialog_takes_the_focus_closes_by_escape_and_by_button_and_gives_the_focus_back(
    watched: Watched, host: Host
) -> None:
    page = watched.page
    script = """addEventListener("click", ({target}) => target.id === "ask"
        && feedback("show", "nps", {mode: "dialog"}));"""
    page.goto(host.origin + host.page('<button id="ask">Tell us</button>', script=script, policy="strict"))
    watched.until(lambda: page.evaluate("window.feedback?.v"))
    for closing in ("escape", "button"):
        page.locator("#ask").click()
        frame = watched.frame
        frame.locator("input[type=radio]:focus").wait_for(state="attached")
        dialog = page.locator("feedback-widget dialog")
        assert dialog.evaluate("dialog => [dialog.matches(':modal'), dialog.ariaLabel]") == [True, "Feedback"]
        assert page.evaluate("document.querySelector('#below').focus()") is None
        assert page.evaluate(FOCUSED) == "feedback-widget"
        if closing == "escape":
            page.keyboard.down("Escape")  # the frame that would hear of the key going up is gone by then
        else:
            box = frame.locator("button.close").bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 24
            frame.locator("button.close").click()
        expect(dialog).to_have_count(0)
        assert page.evaluate(FOCUSED) == "ask"
    assert watched.events().count("shown") == watched.events().count("dismissed") == 2
    assert watched.wrong() == []


def test_a_prompt_takes_no_focus_and_whoever_waves_it_away_is_left_alone(watched: Watched, host: Host) -> None:
    page = watched.page
    script = "addEventListener('DOMContentLoaded', () => document.querySelector('#before').focus())"
    address = host.origin + host.page(mount(mode="dialog"), script=script)
    page.goto(address)
    prompt = page.get_by_role("region", name="Feedback")
    expect(prompt).to_be_visible()
    assert page.evaluate(FOCUSED) == "before"
    assert watched.kept() == []
    prompt.get_by_role("button", name="Close").click()
    expect(prompt).to_have_count(0)
    assert watched.events() == ["shown", "dismissed"]
    assert watched.kept() == [f"feedback:{SITE}"]
    assert page.evaluate(f"JSON.parse(localStorage['feedback:{SITE}'])") == {"nps": page.evaluate(TODAY)}
    page.goto(address)
    assert can_show(watched, "nps") == "asked-before"
    assert prompt.count() == 0
    assert watched.wrong() == []


def test_everything_is_done_with_the_keyboard_alone(watched: Watched, service: Service, host: Host) -> None:
    page = watched.page
    page.goto(host.origin + host.page(mount(mode="popover")))
    expect(page.locator(POINT)).to_be_visible()
    page.locator("#below").focus()
    for _ in range(2):  # past the button that closes
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert watched.events() == ["shown"]
    page.keyboard.press("Enter")
    frame = watched.frame
    frame.locator("input[value='9']:focus").wait_for(state="attached")
    page.keyboard.press("Tab")
    page.keyboard.type("by keys")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    thanked(frame)
    assert [found.score for found in stored(service, "by keys")] == [90]
    page.keyboard.down("Escape")  # the frame that would hear of the key going up is gone by then
    expect(page.locator("feedback-widget")).to_have_count(0)
    assert page.evaluate(FOCUSED) == "below"
    assert watched.events() == ["shown", "answered", "ready", "submitted"]
    assert watched.wrong() == []


def can_show(watched: Watched, slug: str) -> Any:
    """The reason, after checking that it says the same as ``visible``."""
    found = watched.page.evaluate("slug => new Promise((done) => feedback('canShow', slug, done))", slug)
    assert found["visible"] is (found["reason"] == "ok")
    return found["reason"]


def test_a_page_is_told_whether_a_survey_can_be_shown_and_why_not(
    watched: Watched, service: Service, host: Host
) -> None:
    database = Database(Settings.from_env(service.environ))
    with database.write() as session:
        site_id = site_by_key(session, SITE).id
        for slug, placing in (
            ("needs", Placing(live=False)),
            ("happy", Placing(paths=("/checkout/*",))),
            ("satisfied", Placing(sample=0)),
        ):
            place_survey(session, Actor.command("test"), site_id, slug, placing, version=0)
    database.dispose()
    script = "window.feedback = function () { (feedback.q = feedback.q || []).push(arguments); };"
    watched.page.goto(host.origin + host.page("", script=script))
    slugs = ("nps", "nothing", "needs", "happy", "satisfied")
    reasons = [can_show(watched, slug) for slug in slugs]
    assert reasons == ["ok", "unknown-survey", "not-live", "not-here", "not-drawn"]
    watched.page.evaluate(f"localStorage['feedback:{SITE}'] = JSON.stringify({{nps: {TODAY}}})")
    assert [can_show(watched, slug) for slug in ("nps", "ces")] == ["asked-before", "quiet-time"]
    watched.page.evaluate(f"localStorage['feedback:{SITE}'] = JSON.stringify({{nps: '2020-01-01'}})")
    assert [can_show(watched, slug) for slug in ("nps", "ces")] == ["ok", "ok"]
    watched.page.evaluate(f"localStorage['feedback:{SITE}'] = 'something of somebody else'")
    assert can_show(watched, "nps") == "ok"
    assert watched.wrong() == []


def test_surveys_wait_for_their_moment(watched: Watched, host: Host) -> None:
    page = watched.page
    page.clock.install()
    triggers = ({"sample": "100"}, {"sample": "0"}, {"delay": "60"}, {"on_paid": ""}, {"scroll": "90"}, {"exit": ""})
    page.goto(host.origin + host.page("".join(mount(**each) for each in triggers), policy="strict"))

    def shown() -> list[str]:
        found: list[str] = page.eval_on_selector_all(
            ".spot:has(iframe)", "all => all.map(spot => spot.getAttributeNames().at(-1).slice(14))"
        )
        return found

    watched.until(lambda: shown() == ["sample"])
    page.clock.fast_forward(59_000)
    assert shown() == ["sample"]
    page.clock.fast_forward(2_000)
    watched.until(lambda: shown() == ["sample", "delay"])
    page.evaluate("feedback('track', 'Paid', {score: '4'})")
    watched.until(lambda: shown() == ["sample", "delay", "on-paid"])
    page.mouse.wheel(0, 100_000)
    watched.until(lambda: shown() == ["sample", "delay", "on-paid", "scroll"])
    page.mouse.move(300, 300)
    page.mouse.move(300, -5)
    watched.until(lambda: shown() == ["sample", "delay", "on-paid", "scroll", "exit"])
    assert watched.kept() == []
    assert watched.said == []


def test_what_is_asked_once_in_a_while_is_asked_once(watched: Watched, host: Host) -> None:
    page = watched.page
    address = host.origin + host.page(mount(once_per="7"))
    page.goto(address)
    watched.told("shown")
    assert watched.kept() == [f"feedback:{SITE}"]
    page.goto(address)
    assert can_show(watched, "nps") == "asked-before"
    assert page.locator("iframe").count() == 0
    page.evaluate("feedback('reset')")
    watched.told("shown")


def test_what_has_waited_once_does_not_wait_again_in_another_language(watched: Watched, host: Host) -> None:
    page = watched.page
    page.goto(host.origin + host.page("<div id=app></div>"))
    put_up = "mount => document.querySelector('#app').innerHTML = mount"
    page.evaluate(put_up, mount(on_left="", once_per="7"))
    page.evaluate("document.querySelector('#app').innerHTML = ''")
    page.evaluate("feedback('track', 'left')")  # whoever waited for it is gone
    page.evaluate(put_up, mount(on_left="", once_per="7"))
    assert watched.frame.locator("html").get_attribute("lang") == "en"
    page.evaluate("feedback('setLanguage', 'fa')")
    watched.until(lambda: watched.events().count("ready") == 2)
    assert watched.frame.locator("html").get_attribute("lang") == "fa"
    page.evaluate(put_up, mount(once_per="7"))
    assert can_show(watched, "nps") == "asked-before"
    assert page.locator("iframe").count() == 0
    assert watched.wrong() == []


def test_nothing_is_kept_where_the_page_forbids_it(watched: Watched, service: Service, host: Host) -> None:
    page = watched.page
    page.goto(host.origin + host.page(mount(storage="none") + mount("ces", mode="popover", storage="none")))
    page.get_by_role("button", name="Close").click()
    answer(watched.frame, "keep nothing")
    watched.told("submitted")
    assert len(stored(service, "keep nothing")) == 1
    assert watched.kept() == []
    assert watched.wrong() == []


def test_what_is_shown_goes_when_the_page_says_so(watched: Watched, host: Host) -> None:
    page = watched.page
    page.goto(host.origin + host.page(mount("ces", mode="tab")))
    tab = page.get_by_role("button", name="Feedback")
    tab.click()
    watched.told("ready")
    assert tab.get_attribute("aria-expanded") == "true"
    tab.press("Enter")
    expect(page.locator("feedback-widget iframe")).to_have_count(0)
    assert tab.get_attribute("aria-expanded") == "false"
    page.evaluate("feedback('show', 'nps', {mode: 'popover'})")
    expect(page.locator("feedback-widget section")).to_be_visible()
    page.evaluate("feedback('hide')")
    expect(page.locator("feedback-widget section")).to_have_count(0)
    page.evaluate("feedback('setLanguage', 'fa')")
    expect(page.get_by_role("button", name="بازخورد")).to_be_visible()
    assert watched.wrong() == []
