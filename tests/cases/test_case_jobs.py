"""Promises are broken when their time is over, and many answers at once make one case."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import time_machine
from sqlalchemy import delete, func, select

from feedback.cases.actions import note, take
from feedback.cases.jobs import break_due
from feedback.cases.models import Case, CaseCounter, CaseResponse, Promise, RoutingRule
from feedback.cases.queries import rules_of_site
from feedback.db import Database
from feedback.errors import Conflict
from feedback.events import SiteCreated, emit
from feedback.jobs import Job, JobContext, periodic
from feedback.settings import Settings
from tests.cases.world import NOON, World, build


def at_once(jobs: list[Callable[[], Any]]) -> list[BaseException]:
    """Run all of them in threads that start together; what they raised."""
    barrier, raised = threading.Barrier(len(jobs)), []

    def run(job: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            job()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_forty_low_answers_of_one_customer_at_once_make_one_case(database: Database) -> None:
    with database.write() as session:
        world = build(session)
        world.add_staff("Asha", "sw")
        neema = world.add_customer()
        facts = [world.submitted(world.store(neema, 10 if number % 2 else 50)) for number in range(40)]

    def tell(fact: Any) -> None:
        with database.write() as session:
            emit(session, fact)

    assert at_once([lambda fact=fact: tell(fact) for fact in facts]) == []
    with database.read() as session:
        world.session = session
        case = world.case()
        on_case = session.scalar(
            select(func.count()).select_from(CaseResponse).where(CaseResponse.site_id == world.site.id)
        )
        assert (on_case, case.priority, case.number) == (40, "high", 1)
        assert len(world.promises(case)) == 1
        assert sorted(world.happened(case)) == ["joined"] * 39 + ["opened"]
        assert session.scalar(select(CaseCounter.next_number).where(CaseCounter.site_id == world.site.id)) == 2
        assert session.scalar(select(func.count()).select_from(Job)) == 0, (
            "no reaction failed and had to be tried again"
        )


def test_cases_that_are_opened_at_once_are_numbered_without_a_gap(database: Database) -> None:
    with database.write() as session:
        world = build(session)
        facts = [world.submitted(world.store(world.add_customer(), 10)) for _ in range(20)]

    def tell(fact: Any) -> None:
        with database.write() as session:
            emit(session, fact)
            if fact is facts[7]:
                raise ZeroDivisionError("what comes after the case goes wrong")

    assert [type(one) for one in at_once([lambda fact=fact: tell(fact) for fact in facts])] == [ZeroDivisionError]
    with database.read() as session:
        numbers = session.scalars(select(Case.number).where(Case.site_id == world.site.id).order_by(Case.number)).all()
    assert numbers == list(range(1, 20))


def test_two_staff_who_take_a_case_at_once_are_told_apart(database: Database) -> None:
    with database.write() as session:
        world = build(session)
        members = [world.add_staff(name, "fa") for name in ("Asha", "Juma")]
        world.answer(world.add_customer(), 10)
        case = world.case()
    assert case.owner_id is None
    actors = [world.actor(member.name) for member in members]

    def do(actor: Any) -> None:
        with database.write() as session:
            take(session, actor, world.site.id, case.public_id, expected_version=case.version)

    (clash,) = at_once([lambda actor=actor: do(actor) for actor in actors])
    assert isinstance(clash, Conflict)
    with database.read() as session:
        world.session = session
        found = world.case()
        assert found.version == case.version + 1
        assert found.owner_id == clash.present.owner_id
        assert world.happened(found) == ["opened", "taken"]


def test_notes_of_two_staff_at_once_are_both_kept_or_one_is_told(database: Database) -> None:
    with database.write() as session:
        world = build(session)
        world.add_staff("Asha", "sw")
        world.answer(world.add_customer(), 10)
        case = world.case()

    def write(number: int) -> None:
        with database.write() as session:
            note(session, world.actor("Asha"), world.site.id, case.public_id, f"note {number}")

    raised = at_once([lambda number=number: write(number) for number in range(8)])
    assert all(isinstance(error, Conflict) for error in raised)
    with database.read() as session:
        world.session = session
        assert world.happened(world.case()).count("noted") == 8 - len(raised)


def test_a_promise_is_broken_once_when_its_moment_has_passed(settings: Settings, database: Database) -> None:
    context = JobContext(database, settings, {})
    with time_machine.travel(NOON, tick=False) as traveller:
        with database.write() as session:
            world = build(session)
            world.answer(world.add_customer(), 10)
            world.answer(world.add_customer(), 50)
        break_due(context)
        with database.read() as session:
            assert set(session.scalars(select(Promise.state).where(Promise.site_id == world.site.id))) == {"open"}
        traveller.move_to(NOON + timedelta(hours=4, seconds=30))
        break_due(context)
        break_due(context)
        with database.read() as session:
            world.session = session
            urgent, normal = world.cases()
            assert [promise.state for promise in world.promises(urgent)] == ["broken"]
            assert [promise.state for promise in world.promises(normal)] == ["open"]
            assert world.happened(urgent) == ["opened", "promise_broken"]
    assert periodic()["promises.break_due"] <= timedelta(minutes=1)


def test_a_new_site_routes_from_its_first_answer_on(database: Database) -> None:
    with database.write() as session:
        site = build(session).site
        session.execute(delete(RoutingRule).where(RoutingRule.site_id == site.id))
        emit(session, SiteCreated(site.id))
        emit(session, SiteCreated(site.id))
        names = [rule.name for rule in rules_of_site(session, site.id)]
    assert names[:4] == ["Message", "Low score", "Middling score", "Unsubscribed: another company"]
    assert len(names) == len(set(names)) == 13


def test_the_list_is_read_from_its_index(database: Database) -> None:
    with database.write() as session:
        world: World = build(session)
        world.answer(world.add_customer(), 10)
    statement = "SELECT id FROM \"case\" WHERE site_id = 1 AND state != 'resolved' ORDER BY due_at, id LIMIT 51"
    with database.read() as session:
        if session.get_bind().dialect.name == "sqlite":
            plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").all()
            assert "ix_case_triage" in str(plan)
            assert "TEMP B-TREE" not in str(plan)
        assert session.scalar(select(func.count()).select_from(Case).where(Case.site_id == world.site.id)) == 1
