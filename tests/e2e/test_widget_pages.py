"""The widget on pages that change, load it twice, forge it, or may not have it at all."""

import json
from pathlib import Path

import pytest

from feedback.paths import STATIC
from tests.e2e.host import SITE, Host
from tests.e2e.watching import Watched, answer, stored
from tests.helpers.server import Service

pytestmark = pytest.mark.e2e

LOADER = '<script async src="{fb}/widget/v1.js" data-site="{site}"></script>'
THEIRS = '<script type="application/json" data-site="theirs">1</script>'
MOUNT = '<div class="spot" data-feedback-survey="{}"></div>'


def test_mounts_come_go_and_come_back_as_the_page_changes(watched: Watched, service: Service, host: Host) -> None:
    page = watched.page
    page.goto(host.origin + host.page("<div id=app></div>"))
    watched.until(lambda: page.evaluate("window.feedback?.v"))
    assert len(page.frames) == 1
    page.evaluate("""() => {
        const view = document.createElement("section");
        view.innerHTML = '<div class="spot" data-feedback-survey="nps"></div>';
        document.querySelector("#app").append(view);
        window.view = view;
    }""")
    watched.told("ready")
    page.evaluate("view.remove()")
    watched.until(lambda: len(page.frames) == 1)
    page.evaluate("document.querySelector('#app').append(view)")
    watched.until(lambda: watched.events().count("ready") == 2)
    assert page.locator("iframe").count() == 1
    page.evaluate("document.querySelector('.spot').dataset.feedbackSurvey = 'ces'")
    watched.until(lambda: watched.events().count("ready") == 3)
    assert [frame.url.partition("?")[0].rpartition("/")[2] for frame in watched.frames()] == ["ces"]
    assert page.locator("iframe").count() == 1
    page.evaluate("document.querySelector('#app').replaceChildren()")
    watched.until(lambda: len(page.frames) == 1)
    page.evaluate("document.querySelector('#app').innerHTML = view.innerHTML = "
                  "'<div class=\"spot\" data-feedback-survey=\"nps\"></div>'")  # fmt: skip
    watched.until(lambda: watched.events().count("ready") == 4)
    page.evaluate("document.querySelector('#app').innerHTML += ''")  # with our frame, as pages that go back have it
    watched.until(lambda: watched.events().count("ready") == 5)
    assert page.locator("iframe").count() == 1
    answer(watched.frame, "after many changes")
    assert len(stored(service, "after many changes")) == 1
    assert watched.wrong() == []


def test_a_page_that_loads_it_twice_and_has_two_mounts_has_two_surveys(
    watched: Watched, service: Service, host: Host
) -> None:
    page = watched.page
    body = MOUNT.format("nps") + MOUNT.format("ces") + '<form id="feedback"><input name="q"><input name="v"></form>'
    page.goto(host.origin + host.page(body, loader=LOADER + LOADER))
    frames = watched.frames(2)
    watched.until(lambda: watched.events().count("shown") == 2)
    assert page.locator("iframe").count() == 2
    nps = next(frame for frame in frames if "/nps" in frame.url)
    answer(nps, "one of two")
    watched.told("submitted")
    about = {event["detail"]["survey"]: event["detail"]["embed"] for event in watched.details()}
    assert about.keys() == {"nps", "ces"}
    assert about["nps"] != about["ces"]
    assert [event["detail"]["survey"] for event in watched.details() if event["name"] == "submitted"] == ["nps"]
    assert all(event["detail"].keys() == {"survey", "embed"} for event in watched.details())
    assert page.locator("iframe[title='']").count() == 0
    assert watched.wrong() == []
    assert watched.shifts() == []


def test_the_page_gets_one_name_and_keeps_its_focus_and_its_place(watched: Watched, host: Host) -> None:
    page = watched.page
    script = "addEventListener('DOMContentLoaded', () => document.querySelector('#before').focus())"
    page.goto(host.origin + host.page(MOUNT.format("nps"), script=script))
    watched.told("shown")
    new = set(page.evaluate("Object.getOwnPropertyNames(window)")) - set(page.evaluate("__seen.names"))
    assert {name for name in new if not name.isdigit()} == {"feedback", "__seen"}
    assert page.evaluate("[document.activeElement.id, scrollY]") == ["before", 0]
    assert watched.wrong() == []


def test_calls_from_before_it_is_loaded_are_heard(watched: Watched, host: Host) -> None:
    script = """window.feedback ||= Object.assign((...call) => feedback.q.push(call), { q: [] });
    window.heard = [];
    feedback("on", "ready", (detail) => heard.push(detail.survey));
    feedback("setLanguage", "fa");
    feedback("setup", {color: "#aa2200"});"""
    watched.page.goto(
        host.origin
        + host.page(MOUNT.format("nps"), script=script, loader=THEIRS + LOADER.replace("async", "type=module"))
    )
    watched.told("shown")
    assert watched.page.evaluate("heard") == ["nps"]
    assert watched.frame.locator("html").get_attribute("lang") == "fa"
    assert watched.frame.locator("html").get_attribute("dir") == "rtl"
    assert watched.wrong() == []


def loader_file() -> tuple[str, str]:
    """The loader's own address, and what its bytes have to be."""
    found = json.loads((Path(STATIC) / "widget" / "dist" / "manifest.json").read_text())
    loader = found["files"]["loader"]
    return f"/widget/{found['version']}-{loader['hash']}.js", loader["integrity"]


def test_a_loader_whose_bytes_are_promised_runs_only_with_these_bytes(watched: Watched, host: Host) -> None:
    page = watched.page
    path, integrity = loader_file()
    loader = f'<script async src="{{fb}}{path}" integrity="{integrity}" crossorigin data-site="{{site}}"></script>'
    address = host.origin + host.page(MOUNT.format("nps"), loader=loader)
    page.goto(address)
    watched.told("shown")
    assert watched.wrong() == []

    def changed(route) -> None:  # type: ignore[no-untyped-def]
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text() + " ")

    context = watched.context.browser.new_context()
    other = Watched(context)
    other.page.route(f"**{path}", changed)
    other.page.goto(address, wait_until="networkidle")
    assert other.page.evaluate("[typeof feedback, document.querySelectorAll('iframe').length]") == ["undefined", 0]
    assert len(other.said) == 1
    assert "integrity" in other.said[0]
    context.close()


@pytest.mark.parametrize(
    ("foreign", "site"), [(True, SITE), (False, "nobody")], ids=["unregistered origin", "unknown site"]
)
def test_whoever_may_not_show_it_shows_nothing_and_their_developer_reads_one_line(
    watched: Watched, host: Host, foreign: bool, site: str
) -> None:
    page = watched.page
    page.clock.install()
    origin = host.foreign if foreign else host.origin
    page.goto(origin + host.page(MOUNT.format("nps") * 2, site=site), wait_until="load")
    watched.until(lambda: page.locator("iframe").count() == 2)
    page.wait_for_timeout(500)
    page.clock.fast_forward(30_000)
    own = watched.until(lambda: [line for line in watched.said if "[feedback]" in line])
    assert len(own) == 1
    assert own[0].startswith("warning: ")
    assert not page.locator("iframe").first.is_visible()
    assert watched.events().count("error") == 2
    assert "ready" not in watched.events()
    assert page.evaluate("__seen.errors") == []
    assert watched.kept() == []


def test_a_page_of_an_unregistered_origin_draws_no_question_either(watched: Watched, host: Host) -> None:
    watched.page.goto(host.foreign + host.page('<div data-feedback-survey="nps" data-feedback-mode="popover"></div>'))
    watched.until(lambda: watched.events() == ["error"])
    assert [line for line in watched.said if "[feedback]" in line and "is no origin of site" in line]
    assert watched.page.locator("feedback-widget").count() == 0
    assert watched.page.evaluate("__seen.errors") == []
    assert watched.kept() == []


def test_where_the_service_is_away_the_page_has_one_line_and_no_error(watched: Watched, host: Host) -> None:
    page = watched.page
    page.route(f"**/widget/{SITE}.js", lambda route: route.abort())
    page.goto(host.origin + host.page('<div data-feedback-survey="nps" data-feedback-mode="popover"></div>' * 2))
    watched.until(lambda: watched.events() == ["error", "error"])
    told = page.evaluate("new Promise((done) => feedback('canShow', 'nps', done))")
    assert told == {"visible": False, "reason": "unknown-survey"}
    assert len([line for line in watched.said if "[feedback]" in line]) == 1
    assert page.evaluate("__seen.errors") == []
    assert page.locator("feedback-widget").count() == 0
