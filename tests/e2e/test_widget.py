"""The widget in its modes on somebody else's page, under every policy that is about: shown, answered, stored, quiet."""

import itertools

import pytest

from tests.e2e.host import POLICIES, SITE, Host
from tests.e2e.visitors import Keeping, Visitors
from tests.e2e.watching import Stored, Watched, answer, stored, thanked
from tests.e2e.ways import WAYS, mount
from tests.helpers.server import Service

pytestmark = pytest.mark.e2e

LANGUAGES = ("en", "fa")
CIRCUMSTANCES = [*POLICIES, Keeping.PHASED_OUT.value]
#: Each mode in each language, each circumstance at least once; the rest is for the soak, as is PostgreSQL.
COVERING = [
    (way, language, circumstance)
    for (way, language), circumstance in zip(
        itertools.product(WAYS, LANGUAGES), itertools.cycle(CIRCUMSTANCES), strict=False
    )
]
CELLS = [
    pytest.param(*cell, marks=() if cell in COVERING else pytest.mark.soak)
    for cell in itertools.product(WAYS, LANGUAGES, CIRCUMSTANCES)
]


@pytest.mark.parametrize(("way", "language", "circumstance"), CELLS)
def test_it_is_shown_answered_and_stored_and_the_host_page_notices_nothing(
    visitors: Visitors, service: Service, host: Host, way: str, language: str, circumstance: str
) -> None:
    go_through(visitors, service, host, way, language, circumstance)


@pytest.mark.soak
@pytest.mark.parametrize("service", ["postgres"], indirect=True)
@pytest.mark.parametrize(("way", "language", "circumstance"), COVERING)
def test_it_is_all_the_same_where_the_service_has_postgresql(
    visitors: Visitors, service: Service, host: Host, way: str, language: str, circumstance: str
) -> None:
    assert "postgresql" in service.environ["FEEDBACK_DATABASE_URL"]
    go_through(visitors, service, host, way, language, circumstance)


def go_through(visitors: Visitors, service: Service, host: Host, way: str, language: str, circumstance: str) -> None:
    """One visitor of one page, who answers."""
    context = visitors.come(Keeping.PHASED_OUT if circumstance == Keeping.PHASED_OUT else Keeping.USUAL)
    watched = Watched(context)
    policy = circumstance if circumstance in POLICIES else "plain"
    words = f"{way} {language} {circumstance}"
    watched.page.goto(host.origin + host.page(WAYS[way].mount, policy=policy, lang=language))
    watched.page.locator(WAYS[way].offer).wait_for()
    assert watched.kept() == []
    WAYS[way].take(watched)
    frame = watched.frame
    watched.told("shown")
    assert frame.locator("html").get_attribute("lang") == language
    answer(frame, words)
    watched.told("submitted")
    assert watched.kept() == [f"feedback:{SITE}"]
    assert stored(service, words) == [Stored(words, 90, "complete", "anonymous", language, "embed", None)]
    assert watched.wrong() == []
    assert watched.shifts() == []
    context.close()


def test_a_face_in_the_corner_leads_through_the_steps_of_the_survey(
    visitors: Visitors, service: Service, host: Host
) -> None:
    context = visitors.come()
    watched = Watched(context)
    watched.page.goto(host.origin + host.page(mount("support-csat", mode="popover"), policy="trusted-types"))
    watched.page.locator("feedback-widget label").first.click()
    frame = watched.frame
    frame.locator("input[type=checkbox]").first.wait_for(state="attached")
    frame.locator("label", has=frame.locator("input[type=checkbox]")).first.click()
    for _ in range(6):
        if frame.locator("textarea").count():
            frame.locator("textarea").fill("step by step")
        frame.locator("button.primary").click()
        frame.locator("[aria-busy=true]").wait_for(state="detached")
        if frame.locator("[data-frame=done]").count():
            break
    watched.told("submitted")
    assert [(found.score, found.state) for found in stored(service, "step by step")] == [(0, "complete")]
    assert watched.events().count("answered") == 1
    assert watched.wrong() == []
    assert watched.shifts() == []
    context.close()


def test_a_message_is_written_where_the_page_has_a_tab_for_it(visitors: Visitors, service: Service, host: Host) -> None:
    context = visitors.come()
    watched = Watched(context)
    watched.page.goto(host.origin + host.page(mount("message", mode="tab"), policy="nonce"))
    watched.page.locator("feedback-widget button.tab").click()
    frame = watched.frame
    frame.locator("textarea").first.fill("The parcel came open")
    frame.locator("button.primary").click()
    thanked(frame)
    watched.told("submitted")
    assert [found.channel for found in stored(service, "The parcel came open")] == ["embed"]
    assert watched.wrong() == []
    context.close()
