"""The job that takes the steps: each once on a case until it is reopened, however many workers there are."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from feedback import clock, events
from feedback.actors import SYSTEM, Role
from feedback.cases import actions
from feedback.cases.actions.escalating import add_step, change_step, delete_step, switch_step
from feedback.cases.escalation import Step
from feedback.cases.jobs import escalate
from feedback.cases.models import Activity, Case, CaseEscalation, EscalationStep
from feedback.cases.queries.overdue import steps_of_site
from feedback.cases.states import Outcome, Priority
from feedback.db import Database, new_public_id
from feedback.errors import Conflict, NotFound
from feedback.events import CaseAssigned, CaseHandedOff, SiteCreated, emit
from feedback.jobs import JobContext, periodic
from feedback.settings import Settings
from tests.cases.test_case_jobs import at_once
from tests.cases.world import build
from tests.helpers.desk import Statements

HOUR = timedelta(hours=1)
TO_HIGH, TO_LEAD = Step(60, priority=Priority.HIGH), Step(120, to_lead=True)


class Office:
    """A shop in a database of its own, whose steps are on from the beginning, and a clock."""

    def __init__(self, database: Database, settings: Settings, clock: time_machine.Traveller) -> None:
        self.database, self.context, self.clock = database, JobContext(database, settings, {}), clock
        with database.write() as session:
            self.world = build(session)
            for name, role in (("Asha", Role.AGENT), ("Rehema", Role.LEAD), ("Zawadi", Role.ADMIN)):
                self.world.add_staff(name, "sw", role=role)
            self.site_id = self.world.site.id

    def steps(self, *steps: Step) -> list[str]:
        """Steps, switched on now; their public ids."""
        with self.database.write() as session:
            made = [add_step(session, SYSTEM, self.site_id, step).public_id for step in steps]
            for public_id in made:
                switch_step(session, SYSTEM, self.site_id, public_id, enabled=True)
        return made

    def case(self, score: int = 50, **more: Any) -> str:
        """A case, due in eight working hours (four for a score of 10); its public id."""
        with self.database.write() as session:
            self.world.session = session
            self.world.answer(self.world.add_customer(), score, **more)
            return self.world.cases()[-1].public_id

    def work(self, *after: timedelta) -> None:
        """Let that much time pass, then the worker do what is due."""
        for span in after or (timedelta(0),):
            self.clock.shift(span)
            escalate(self.context)

    def do(self, action: Any, *arguments: Any, by: str = "Asha", **named: Any) -> Any:
        """Somebody does something."""
        with self.database.write() as session:
            return action(session, self.world.actor(by), self.site_id, *arguments, **named)

    def shown(self, public_id: str) -> tuple[str, str | None, list[str]]:
        """Priority, owner, and what happened on the case."""
        with self.database.read() as session:
            self.world.session = session
            case = next(one for one in self.world.cases() if one.public_id == public_id)
            names = {member.id: name for name, member in self.world.staff.items()}
            return case.priority, names.get(case.owner_id or 0), self.world.happened(case)

    def count(self, model: Any) -> int:
        """How many rows the site has."""
        with self.database.read() as session:
            return session.scalar(select(func.count()).select_from(model).where(model.site_id == self.site_id)) or 0


@pytest.fixture
def office(database: Database, settings: Settings, noon: time_machine.Traveller) -> Office:
    return Office(database, settings, noon)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is told of cases that get an owner."""
    told: list[Any] = []

    def listen(_session: Session, fact: Any) -> None:
        told.append(fact)

    for kind in (CaseAssigned, CaseHandedOff):
        monkeypatch.setitem(events._reactions, kind, [*events._reactions.get(kind, ()), listen])
    return told


def test_each_step_is_taken_once_when_its_time_has_come(office: Office) -> None:
    office.steps(TO_HIGH, TO_LEAD)
    case = office.case()  # Wednesday 12:00, due on Thursday 11:00
    office.work(23 * HOUR, timedelta(minutes=59))
    assert office.shown(case) == ("normal", "Asha", ["opened"])
    office.work(timedelta(minutes=1), timedelta(0), HOUR - timedelta(seconds=1))
    assert office.shown(case) == ("high", "Asha", ["opened", "escalated_high"])
    office.work(timedelta(seconds=1), timedelta(0), timedelta(days=3))
    assert office.shown(case) == ("high", "Rehema", ["opened", "escalated_high", "escalated_on"])
    with office.database.read() as session:
        office.world.session = session
        row = office.world.case()
        assert (row.hand_offs, row.touched_at, office.world.promises(row)[0].staff_id) == (1, None, row.owner_id)
        told = session.scalars(select(Activity.facts).where(Activity.site_id == office.site_id).order_by(Activity.id))
        assert list(told)[1:] == [{"minutes": 60}, {"minutes": 120, "before": "Asha", "owner": "Rehema"}]
    assert periodic()["escalation.take_steps"] <= timedelta(minutes=1)


def test_a_step_may_do_several_things_and_staff_are_told_of_the_hand_off(office: Office, heard: list[Any]) -> None:
    office.steps(Step(60, Priority.HIGH, True, "retention"))
    mine, teams = office.case(), office.case(locale="fa")
    office.work(25 * HOUR)
    assert office.shown(mine) == (
        "high",
        "Rehema",
        ["opened", "escalated_high", "escalated_on", "escalated_queue"],
    )
    assert office.shown(teams) == (
        "high",
        "Zawadi",
        ["opened", "escalated_high", "escalated_to", "escalated_queue"],
    )
    rehema, zawadi = (office.world.staff[name].id for name in ("Rehema", "Zawadi"))
    assert [type(fact) for fact in heard] == [CaseHandedOff, CaseAssigned]
    assert (heard[0].owner_id, heard[0].by_id, heard[0].count) == (rehema, None, 1)
    assert (heard[1].owner_id, heard[1].by_id) == (zawadi, None)


def test_what_is_so_already_is_said_and_left(office: Office) -> None:
    office.steps(Step(60, Priority.NORMAL, to_lead=True))
    case = office.case(10)
    office.do(actions.assign, case, office.world.staff["Zawadi"].id, note="Hers")
    office.work(30 * HOUR)
    assert office.shown(case) == ("high", "Zawadi", ["opened", "handed_off", "escalated_already"])


def test_two_steps_that_come_due_at_once_are_taken_in_their_order(office: Office) -> None:
    office.steps(TO_LEAD, TO_HIGH)
    case = office.case()
    office.work(timedelta(days=6))
    assert office.shown(case)[2] == ["opened", "escalated_high", "escalated_on"]


def test_what_was_overdue_before_the_step_was_switched_on_is_left_alone(office: Office) -> None:
    old = office.case()
    office.clock.shift(26 * HOUR)
    new = office.case()
    (step,) = office.steps(TO_HIGH)
    office.work(timedelta(days=3))
    assert office.shown(old)[2] == ["opened"]
    assert office.shown(new)[2] == ["opened", "escalated_high"]
    office.do(switch_step, step, enabled=False)
    office.do(switch_step, step, enabled=True)
    office.work(timedelta(days=3))
    assert office.shown(old)[2] == ["opened"]


def test_a_case_that_waits_for_the_customer_is_left_until_it_goes_on(office: Office) -> None:
    office.steps(TO_HIGH)
    case = office.case()
    office.do(actions.take, case)
    office.do(actions.wait, case)
    office.work(26 * HOUR)
    assert "escalated_high" not in office.shown(case)[2]
    office.do(actions.resume, case)
    office.work()
    assert office.shown(case)[2][-1] == "escalated_high"


def test_after_reopening_every_step_may_be_taken_again(office: Office) -> None:
    office.steps(TO_HIGH)
    case = office.case()
    office.work(26 * HOUR)
    office.do(actions.resolve, case, Outcome.EXPLAINED)
    office.do(actions.set_priority, office.case(), Priority.LOW)
    assert office.count(CaseEscalation) == 1
    office.do(actions.reopen, case)
    assert office.count(CaseEscalation) == 0
    office.work(timedelta(days=3))
    assert office.shown(case)[2].count("escalated_already") == 1


def test_a_step_for_leads_waits_while_all_of_them_are_away(office: Office) -> None:
    office.steps(TO_LEAD)
    case = office.case()
    with office.database.write() as session:
        for name in ("Rehema", "Zawadi"):
            until = clock.now() + timedelta(days=7)
            session.execute(
                update(type(office.world.staff[name]))
                .where(type(office.world.staff[name]).id == office.world.staff[name].id)
                .values(away_until=until)
            )
    office.work(timedelta(days=6))
    assert office.shown(case)[2] == ["opened"]
    office.work(timedelta(days=1, seconds=1))
    assert office.shown(case) == ("normal", "Rehema", ["opened", "escalated_on"])


def test_a_changed_step_is_off_and_a_deleted_one_is_forgotten(office: Office) -> None:
    (step,) = office.steps(TO_HIGH)
    office.case()
    office.work(26 * HOUR)
    office.do(change_step, step, TO_HIGH)
    with office.database.read() as session:
        assert steps_of_site(session, office.site_id)[0].enabled, "nothing was changed"
    office.do(change_step, step, TO_LEAD)
    with office.database.read() as session:
        row = steps_of_site(session, office.site_id)[0]
        assert (row.enabled, row.enabled_at, row.after_minutes, row.priority) == (False, None, 120, None)
    with pytest.raises(Conflict):
        office.do(delete_step, step, expected_version=1)
    office.do(delete_step, step, expected_version=row.version)
    assert (office.count(EscalationStep), office.count(CaseEscalation)) == (0, 0)
    with pytest.raises(NotFound):
        office.do(switch_step, step, enabled=True)


def test_another_sites_steps_touch_nothing_here(office: Office) -> None:
    with office.database.write() as session:
        other = build(session)
        step = add_step(session, SYSTEM, other.site.id, TO_HIGH)
        switch_step(session, SYSTEM, other.site.id, step.public_id, enabled=True)
    case = office.case()
    office.work(timedelta(days=6))
    assert office.shown(case)[2] == ["opened"]
    with pytest.raises(NotFound):
        office.do(switch_step, step.public_id, enabled=False)


def test_two_workers_at_once_take_each_step_once(office: Office) -> None:
    office.steps(TO_HIGH, TO_LEAD)
    cases = [office.case() for _ in range(12)]
    office.clock.shift(timedelta(days=2))
    assert at_once([lambda: escalate(office.context)] * 3) == []
    for case in cases:
        assert office.shown(case)[2] == ["opened", "escalated_high", "escalated_on"]
    assert office.count(CaseEscalation) == 24


def test_staff_who_act_meanwhile_and_the_worker_dont_undo_each_other(office: Office) -> None:
    office.steps(Step(60, Priority.HIGH, to_lead=True))
    cases = [office.case() for _ in range(8)]
    office.clock.shift(timedelta(days=2))
    resolving = [lambda case=case: office.do(actions.resolve, case, Outcome.SOLVED) for case in cases]
    raised = at_once([*resolving, lambda: escalate(office.context)])
    assert all(isinstance(error, Conflict) for error in raised)
    escalate(office.context)
    for case in cases:
        happened = office.shown(case)[2]
        if "resolved" in happened:
            assert "escalated_high" not in happened[happened.index("resolved") :]
        else:
            assert happened.count("escalated_high") == happened.count("escalated_on") == 1


def test_two_thousand_overdue_cases_are_done_in_batches_of_few_statements(office: Office) -> None:
    office.steps(TO_HIGH)
    with office.database.write() as session:
        now, due = clock.now(), clock.now() + HOUR
        session.execute(
            insert(Case),
            [
                {
                    "public_id": new_public_id(),
                    "site_id": office.site_id,
                    "number": number,
                    "kind": "message",
                    "family": "feedback",
                    "priority": "normal",
                    "language": "sw",
                    "due_at": due + timedelta(seconds=number),
                    "created_at": now,
                    "updated_at": now,
                }
                for number in range(1, 2001)
            ],
        )
    office.clock.shift(2 * HOUR + timedelta(seconds=2000))
    with Statements(office.database) as sent:
        escalate(office.context)
    assert office.count(CaseEscalation) == office.count(Activity) == 2000
    assert len(sent.seen) <= 4 + 6 * 5, "steps, hours, team, candidates; and a few for each of five batches"
    with Statements(office.database) as sent:
        escalate(office.context)
    assert len(sent.seen) == 4, "nothing to do is found out by reading only"


def test_a_new_site_has_the_usual_steps_and_none_of_them_is_on(office: Office) -> None:
    with office.database.write() as session:
        emit(session, SiteCreated(office.site_id))
        emit(session, SiteCreated(office.site_id))
        steps = steps_of_site(session, office.site_id)
    assert [(one.after_minutes, one.priority, one.to_lead, one.enabled) for one in steps] == [
        (240, "high", False, False),
        (480, None, True, False),
    ]
