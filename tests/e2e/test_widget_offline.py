"""A survey in a frame while the service is away: the answer waits in the frame, and is stored once."""

from contextlib import ExitStack

import pytest
from playwright.sync_api import Route, expect

from tests.e2e.host import Host
from tests.e2e.visitors import Keeping, Visitors
from tests.e2e.watching import KEPT, Watched, fill_in, stored, thanked
from tests.helpers.server import Service

pytestmark = pytest.mark.e2e

MOUNT = '<div data-feedback-survey="nps"></div>'


def test_answers_given_while_the_service_is_stopped_are_stored_once_when_it_is_back(
    visitors: Visitors, service: Service, host: Host
) -> None:
    with ExitStack() as leaving:
        people = {}
        for keeping in (Keeping.USUAL, Keeping.ALLOWED, Keeping.BARRED):
            context = visitors.come(keeping)
            leaving.callback(context.close)
            people[keeping] = Watched(context)
            people[keeping].page.goto(host.origin + host.page(MOUNT))
            people[keeping].told("shown")
        service.kill("web")
        leaving.callback(service.wait_ready)
        frames = {keeping: watched.frame for keeping, watched in people.items()}
        for keeping, frame in frames.items():
            fill_in(frame, f"kept, {keeping}")
            expect(frame.locator("#told")).to_contain_text("Kept on this device")
        service.start("web")
        service.wait_ready()
        for keeping, frame in frames.items():
            come_back(people[keeping])
            thanked(frame)
            people[keeping].told("submitted")
            assert len(stored(service, f"kept, {keeping}")) == 1
            assert people[keeping].cookies == []
            assert frame.evaluate(KEPT) == ([] if keeping == Keeping.ALLOWED else None)


def test_an_answer_whose_receipt_is_lost_is_sent_again_and_stored_once(
    visitors: Visitors, service: Service, host: Host
) -> None:
    context = visitors.come()
    watched = Watched(context)
    lost: list[str] = []

    def lose(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().text())
            route.abort()
        else:
            route.continue_()

    watched.page.route("**/embed/**", lose)
    watched.page.goto(host.origin + host.page(MOUNT))
    watched.told("shown")
    fill_in(watched.frame, "lost on the way back")
    watched.until(lambda: lost)
    come_back(watched)
    thanked(watched.frame)
    assert len(stored(service, "lost on the way back")) == 1
    assert watched.events().count("submitted") == 1
    context.close()


def come_back(watched: Watched) -> None:
    """The browser sees that there is a network again, and doesn't wait for its next try."""
    watched.context.set_offline(True)
    watched.context.set_offline(False)
