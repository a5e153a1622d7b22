"""A site that asks strangers for proof of work: the browser does the sum, unseen, on our page and in a frame."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Frame, Page, expect
from sqlalchemy import select

from feedback.actors import SYSTEM
from feedback.db import Database
from feedback.responses.models import Response, Seen
from feedback.settings import Settings
from feedback.sites.actions import change_spam_guard
from feedback.sites.queries import site_by_key
from feedback.sites.spam import SpamGuard
from tests.e2e.host import Host
from tests.e2e.visitors import Visitors
from tests.e2e.watching import Watched
from tests.helpers.server import Service

pytestmark = pytest.mark.e2e

MOUNT = '<div data-feedback-survey="message"></div>'


@pytest.fixture
def database(service: Service, host: Host) -> Iterator[Database]:
    """The service's, with one more site, which asks for it."""
    service.command("site", "add", "--key", "posta", "--name", "Posta", "--country", "KE", "--origin", host.origin)
    found = Database(Settings.from_env(service.environ))
    with found.write() as session:
        site = site_by_key(session, "posta")
        change_spam_guard(session, SYSTEM, site.id, SpamGuard(proof_of_work=True), version=site.version)
    yield found
    found.dispose()


def write(place: Page | Frame, words: str) -> None:
    place.locator("textarea").fill(words)
    place.locator("main button.primary").click()
    expect(place.locator("h1")).to_have_text("Thank you, we have your message.", timeout=30_000)


def test_the_sum_is_done_under_our_policy_and_in_a_host_page_s_frame(
    service: Service, host: Host, database: Database, visitors: Visitors
) -> None:
    context = visitors.come()
    own, framing = Watched(context), Watched(context)
    own.page.goto(f"{service.url}/message/posta?lang=en")
    write(own.page, "The parcel has not come, and nobody answers")
    framing.page.goto(host.origin + host.page(MOUNT, policy="strict", site="posta"))
    framing.told("ready")
    write(framing.frame, "The letter came twice, which is once too often")
    with database.read() as session:
        site = site_by_key(session, "posta")
        rows = session.scalars(select(Response).where(Response.site_id == site.id)).all()
        assert [(row.state, row.channel) for row in rows] == [("complete", "message"), ("complete", "embed")]
        kinds = session.scalars(select(Seen.kind).where(Seen.site_id == site.id)).all()
    assert sorted(kinds) == ["challenge", "challenge", "words", "words"]
    assert own.wrong() == framing.wrong() == []
    context.close()
