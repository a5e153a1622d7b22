"""Opt-outs that came all at once: told to a lead, never acted on; a decision about them can be turned back."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from feedback import clock
from feedback.actors import SYSTEM
from feedback.audit import AuditRow
from feedback.customers.queries import customer_by_id
from feedback.links.actions import issue_preference_link
from feedback.links.purposes import Purpose
from feedback.preferences.actions import Wanted, stop
from feedback.preferences.bursts import LEAST, Seen, bursts
from feedback.preferences.models import Channel, OptOut
from feedback.preferences.policy import MailClass, Scope
from feedback.preferences.queries import may_send_to
from tests.helpers.console import Browser
from tests.helpers.desk import Desk
from tests.helpers.desk_fixtures import asha, desk, lulu  # noqa: F401 - fixtures
from tests.helpers.forms import soup

LIST = "/console/shop/suppressions/"
T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)


def seen(
    count: int, *, after: float = 8, domain: str = "corp.example", network: str = "", gap: float = 2, first: int = 1
) -> list[Seen]:
    """Opt-outs ``gap`` seconds apart, each so many seconds after its mail."""
    ats = [T0 + timedelta(seconds=place * gap) for place in range(count)]
    return [
        Seen(first + place, at, at - timedelta(seconds=after), domain, network or f"192.0.{first + place}.0/24")
        for place, at in enumerate(ats)
    ]


@pytest.mark.parametrize(
    ("those", "mailed", "sizes"),
    [
        (seen(LEAST), {}, [LEAST]),
        (seen(LEAST - 1), {}, []),
        (seen(LEAST, after=60), {}, []),
        (seen(LEAST, after=-1), {}, []),
        (seen(LEAST, gap=601), {}, []),
        (seen(12), {"corp.example": 14}, [12]),
        (seen(12), {"corp.example": 400}, []),
        (seen(LEAST, domain="", network="198.51.100.0/24"), {}, [LEAST]),
        (seen(LEAST, domain=""), {}, []),
        (seen(6) + seen(5, domain="b.example", first=50), {}, [6, 5]),
        (seen(6, network="198.51.100.0/24"), {}, [6]),
    ],
    ids=["enough", "few", "slow", "before", "apart", "most", "provider", "network", "nobody", "two", "both-ways"],
)
def test_what_counts_as_a_burst(those: Iterable[Seen], mailed: dict[str, int], sizes: list[int]) -> None:
    assert sorted((len(one.opt_outs) for one in bursts(those, mailed)), reverse=True) == sizes


def mailed_and_stopped(desk: Desk, count: int, domain: str = "corp.example", *, stops: int | None = None) -> list[str]:
    """Mails to so many people at a company, of whom ``stops`` unsubscribe at once; their addresses."""
    emails = [f"p{number}@{domain}" for number in range(count)]
    for place, email in enumerate(emails):
        customer_id = desk.customer(f"P{place}", email=email)
        with desk.database.write() as session:
            key = customer_by_id(session, desk.site(), customer_id).address_key or ""
            link = issue_preference_link(
                session,
                SYSTEM,
                desk.site(),
                Purpose.UNSUBSCRIBE,
                customer_id=customer_id,
                address_key=key,
                locale="en",
                topic="news",
            )
            if stops is None or place < stops:
                said = {"email": email, "customer_id": customer_id, "link_id": link.id}
                stop(session, desk.site(), Wanted([key], Scope.TOPIC, "news", Channel.PAGE, **said))  # type: ignore[arg-type]
    return emails


def sendable(desk: Desk, emails: list[str]) -> list[bool]:
    with desk.database.read() as session:
        return [may_send_to(session, desk.site(), one, MailClass.MARKETING, "news").allowed for one in emails]


def noticed(browser: Browser) -> str | None:
    """Where the notice on the list leads."""
    link = soup(browser.get(LIST).text).select_one(".notice a[href*='/bursts/']")
    return str(link["href"]) if link else None


def test_a_lead_is_told_and_nothing_is_done_by_itself(lulu: Browser, asha: Browser, desk: Desk) -> None:
    emails = mailed_and_stopped(desk, 6)
    path = noticed(lulu)
    assert path is not None
    assert noticed(asha) is None
    assert asha.get(path).status_code == 403
    page = lulu.get(path).text
    assert all(email in page for email in emails)
    assert sendable(desk, emails) == [False] * 6


def test_a_few_among_many_at_a_provider_are_no_burst(lulu: Browser, desk: Desk) -> None:
    mailed_and_stopped(desk, 12, "big.example", stops=5)
    assert noticed(lulu) is None


def test_robots_are_taken_back_exactly_and_that_can_be_turned_again(lulu: Browser, desk: Desk) -> None:
    emails = mailed_and_stopped(desk, 7)
    with desk.database.write() as session:
        row = session.scalars(select(OptOut).where(OptOut.site_id == desk.site()).order_by(OptOut.id)).all()
        stop(session, desk.site(), Wanted([row[0].address_key], Scope.TOPIC, "news", Channel.COMPLAINT))
        stop(session, desk.site(), Wanted([row[1].address_key], Scope.ADDRESS, "", Channel.PAGE))
    path = noticed(lulu) or ""
    assert lulu.fill(path, do="restore").headers["Location"].endswith("done=burst_restored")
    assert sendable(desk, emails) == [False, False] + [True] * 5
    assert noticed(lulu) is None
    assert lulu.fill(path, do="keep").headers["Location"].endswith("done=burst_kept")
    assert sendable(desk, emails) == [False] * 7
    assert noticed(lulu) is None
    assert lulu.fill(path, do="restore").status_code == 303
    assert sendable(desk, emails) == [False, False] + [True] * 5
    with desk.database.read() as session:
        found = session.scalars(select(AuditRow).where(AuditRow.subject == "opt_out").order_by(AuditRow.id))
        told = [(row.action, (row.after or {})["opt_outs"]) for row in found]
    assert told == [("suppression.robots", 6), ("suppression.people", 6), ("suppression.robots", 6)]


def test_people_stay_unsubscribed_and_nobody_is_asked_again(lulu: Browser, desk: Desk) -> None:
    emails = mailed_and_stopped(desk, 5)
    path = noticed(lulu) or ""
    assert lulu.fill(path, do="keep").status_code == 303
    assert (noticed(lulu), sendable(desk, emails)) == (None, [False] * 5)
    assert "checked: a person" in lulu.get(LIST).text


def test_who_stopped_it_again_meanwhile_stays_so_once(lulu: Browser, desk: Desk) -> None:
    emails = mailed_and_stopped(desk, 5)
    path = noticed(lulu) or ""
    assert lulu.fill(path, do="restore").status_code == 303
    with desk.database.write() as session:
        first = session.scalars(select(OptOut).where(OptOut.site_id == desk.site()).order_by(OptOut.id)).first()
        assert first is not None
        stop(session, desk.site(), Wanted([first.address_key], Scope.TOPIC, "news", Channel.PAGE))
    assert lulu.fill(path, do="keep").status_code == 303
    assert sendable(desk, emails) == [False] * 5


def test_who_came_after_the_page_was_drawn_is_left_alone(lulu: Browser, desk: Desk) -> None:
    mailed_and_stopped(desk, 5)
    path = noticed(lulu) or ""
    form = lulu.form(path)
    late = mailed_and_stopped(desk, 6)[5:]
    assert lulu.post(path, {**form.fields, "do": "restore"}).status_code == 303
    assert sendable(desk, late) == [False]


def test_a_fortnight_later_it_is_no_longer_looked_for(lulu: Browser, desk: Desk) -> None:
    with clock.at(clock.now() - timedelta(days=15)):
        mailed_and_stopped(desk, 6)
    assert noticed(lulu) is None
    assert lulu.get(LIST + "bursts/unknown").headers["Location"].endswith("/suppressions/?done=burst_gone")
