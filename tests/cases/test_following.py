"""How well a site follows through: promises kept, time to a first answer, hand-offs, per person and in all."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from feedback.cases.actions import assign, contact, make_promise, reply, take
from feedback.cases.jobs import break_due
from feedback.cases.models import Promise
from feedback.cases.promises import WorkingHours, working_minutes_between
from feedback.cases.queries.following import Figures, _Worked, follow_through
from feedback.jobs import JobContext
from feedback.sites.calendar import default_week
from tests.cases.test_console_case import text_of
from tests.cases.world import NOON, World, build
from tests.helpers.console import Browser
from tests.helpers.desk import Desk, Statements
from tests.helpers.forms import soup

PAGE = "/console/shop/cases/follow-through"


def answered(world: World, name: str, minutes: int, clock: time_machine.Traveller) -> str:
    """A case that somebody takes and answers after so many minutes; its public id."""
    begun = datetime.now(UTC)
    world.answer(world.add_customer(), 20, "Mbaya")
    public_id, actor = world.cases()[-1].public_id, world.actor(name)
    if world.cases()[-1].owner_id != actor.id:
        assign(world.session, world.actor("Rehema"), world.site.id, public_id, actor.id or 0, note="Yours")
    take(world.session, actor, world.site.id, public_id)
    clock.move_to(begun + timedelta(minutes=minutes))
    reply(world.session, actor, world.site.id, public_id, "Pole")
    clock.move_to(begun)
    return public_id


def settle(world: World, state: str, days_ago: int, staff: str) -> None:
    """A promise that was settled so long ago."""
    at = NOON - timedelta(days=days_ago)
    case = world.cases()[0]
    world.session.add(
        Promise(
            site_id=world.site.id,
            case_id=case.id,
            kind="made",
            state=state,
            what="x",
            staff_id=world.staff[staff].id,
            due_at=at,
            made_at=at,
            settled_at=None if state == "open" else at,
        )
    )
    world.session.flush()


def test_promises_count_for_whoever_was_to_keep_them_by_when_they_were_settled(world: World) -> None:
    world.answer(world.add_customer(locale="hy"), 20, locale="hy")
    for days in (1, 29, 31, 89, 91):
        settle(world, "kept", days, "Asha")
        settle(world, "broken", days, "Juma")
    settle(world, "open", 200, "Asha")
    settle(world, "cancelled", 1, "Asha")
    found = follow_through(world.session, world.site.id, NOON)
    people = {line.name: line for line in found.people}
    assert (people["Asha"].figures[30].kept, people["Asha"].figures[90].kept) == (2, 4)
    assert (people["Juma"].figures[30].broken, people["Juma"].figures[90].broken) == (2, 4)
    assert people["Asha"].open == 1
    assert (found.all.figures[90].kept, found.all.figures[90].broken, found.all.open) == (4, 4, 2)
    assert found.all.figures[90].rate == 0.5
    assert found.all.figures[30].rate is None, "four are too few to tell"


def test_a_first_answer_counts_for_whoever_gave_it_in_working_time(world: World, noon: time_machine.Traveller) -> None:
    for minutes in (10, 20, 30, 40, 50):
        answered(world, "Asha", minutes, noon)
    public_id = answered(world, "Juma", 60, noon)
    contact(world.session, world.actor("Asha"), world.site.id, public_id, "A second answer is no first one")
    found = follow_through(world.session, world.site.id, NOON + timedelta(hours=3))
    people = {line.name: line.figures[30] for line in found.people}
    assert sorted(people["Asha"].answers) == [10, 20, 30, 40, 50]
    assert people["Asha"].first_answer == timedelta(minutes=30)
    assert people["Juma"].answers == (60,)
    assert people["Juma"].first_answer is None
    assert found.all.figures[30].first_answer == timedelta(minutes=35)


def test_hand_offs_count_for_whoever_has_the_case_now(world: World) -> None:
    for _ in range(5):
        world.answer(world.add_customer(), 20)
    rehema = world.actor("Rehema")
    for case in world.cases():
        for name in ("Juma", "Asha"):
            assign(world.session, rehema, world.site.id, case.public_id, world.staff[name].id, note="Yours")
    found = follow_through(world.session, world.site.id, NOON)
    (asha,) = [line for line in found.people if line.figures[30].cases]
    assert asha.name == "Asha"
    assert asha.figures[30].hand_offs_per_case == found.all.figures[30].hand_offs_per_case
    assert 1 <= (asha.figures[30].hand_offs_per_case or 0) <= 2


def test_another_sites_figures_are_not_in_it(world: World) -> None:
    other = build(world.session)
    world.answer(world.add_customer(), 20)
    make_promise(
        world.session, world.actor("Asha"), world.site.id, world.case().public_id, "x", NOON + timedelta(days=1)
    )
    found = follow_through(other.session, other.site.id, NOON)
    assert (found.people, found.all.open, found.all.figures[90]) == ((), 0, Figures())


@pytest.mark.parametrize("country", ["TZ", "IR", "NP"])
def test_working_time_laid_out_once_is_the_same_as_reckoned_each_time(country: str) -> None:
    hours = WorkingHours("Asia/Tehran", default_week(country), frozenset())
    since = NOON - timedelta(days=90)
    worked = _Worked(since, NOON, hours)
    for start in range(0, 90 * 24 * 60, 1777):
        for length in (0, 1, 59, 600, 5000, 40_000):
            begin = since + timedelta(minutes=start)
            end = min(begin + timedelta(minutes=length), NOON)
            assert worked.between(begin, end) == working_minutes_between(begin, end, hours)


def test_leads_see_it_in_few_statements_and_agents_do_not(asha: Browser, lulu: Browser, desk: Desk) -> None:
    for name in ("Neema", "Bahati", "Chausiku", "Dalila", "Eliya", "Faraja"):
        desk.answer(name, 0)
        path = f"/console/shop/cases/{desk.case().public_id}"
        asha.fill(path, f"{path}/contact", text="Nimempigia", channel="phone")
    assert asha.get(PAGE).status_code == 403
    assert "Follow-through" not in asha.get("/console/shop/cases/").text
    with Statements(desk.database) as counted:
        page = lulu.get(PAGE)
    assert page.status_code == 200, page.text
    assert len(counted.seen) <= 10, "\n".join(one[:90] for one in counted.seen)
    assert "100%" in text_of(page, ".figures")
    assert "6 of 6" in text_of(page, ".figures")
    rows = [" ".join(row.text.split()) for row in soup(page.text).select("table.list")[0].select("tbody tr")]
    assert any(row.startswith("Asha") for row in rows) or any(row.startswith("Juma") for row in rows)
    assert "too few to tell" in page.text
    assert lulu.get("/console/bank/cases/follow-through").status_code == 404


def test_a_promise_that_lapses_counts_against_its_keeper(lulu: Browser, desk: Desk) -> None:
    desk.answer("Neema", 0)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=9)):
        break_due(JobContext(desk.database, desk.database.settings, {}))
        with desk.database.read() as session:
            found = follow_through(session, desk.site(), datetime.now(UTC))
    assert (found.all.figures[30].broken, found.all.open) == (1, 0)
