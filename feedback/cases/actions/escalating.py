"""Steps of escalation: added, changed, switched by staff, and taken by the program; what they decide is a rule."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, TypeAlias

from sqlalchemy import Table, delete, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feedback import audit, clock
from feedback.actors import SYSTEM, Actor
from feedback.cases.actions.records import ACTIVITIES, CASES, hand_promises_to
from feedback.cases.activity import Happened
from feedback.cases.escalation import (
    CaseFacts,
    Decision,
    Step,
    Window,
    can_be_taken,
    checked,
    decide,
    usual_steps,
    window,
)
from feedback.cases.models import CaseEscalation, EscalationStep
from feedback.cases.promises import WorkingHours
from feedback.cases.queries.overdue import (
    NamedChief,
    OverdueCase,
    StepAtWork,
    overdue_cases,
    step_from,
    step_of_site,
    still_on,
)
from feedback.cases.states import Priority, State
from feedback.db import BATCH, insert_each_once
from feedback.events import CaseAssigned, CaseHandedOff, emit
from feedback.versions import as_read, store

#: Steps that can be taken now, each with the due times of the cases that it is for.
DueSteps: TypeAlias = Sequence[tuple[StepAtWork, Window]]
TAKEN: Final[Table] = CaseEscalation.metadata.tables["case_escalation"]
_TRIES: Final = 3
_RAISED = {Priority.HIGH: Happened.ESCALATED_HIGH, Priority.NORMAL: Happened.ESCALATED_NORMAL}


def add_step(session: Session, actor: Actor, site_id: int, step: Step) -> EscalationStep:
    """A new step, switched off. Raises Invalid."""
    row = _new(site_id, checked(step), clock.now())
    session.add(row)
    session.flush()
    audit.record_row(session, actor, "escalation.add", "escalation_step", row, {}, _content(row))
    return row


def add_usual_steps(session: Session, actor: Actor, site_id: int) -> bool:
    """Give a site the two steps that most begin with, switched off; False if it has some of its own already."""
    if session.execute(select(EscalationStep.id).where(EscalationStep.site_id == site_id).limit(1)).first():
        return False
    for step in usual_steps():
        add_step(session, actor, site_id, step)
    return True


def change_step(
    session: Session, actor: Actor, site_id: int, public_id: str, step: Step, *, expected_version: int | None = None
) -> EscalationStep:
    """Change what a step does and when. One that was on is off then: what it would do has to be looked at again.

    Raises Invalid, NotFound, Conflict with the present step.
    """
    step = checked(step)
    row = as_read(step_of_site(session, site_id, public_id), expected_version)
    before = _content(row)
    if step == step_from(row):
        return row
    _fill(row, step)
    row.enabled, row.enabled_at = False, None
    store(session)
    audit.record_row(session, actor, "escalation.change", "escalation_step", row, before, _content(row))
    return row


def switch_step(
    session: Session, actor: Actor, site_id: int, public_id: str, *, enabled: bool, expected_version: int | None = None
) -> EscalationStep:
    """Switch a step on or off. Cases that are overdue by enough already when it is switched on are left alone.

    Raises NotFound, Conflict with the present step.
    """
    row = as_read(step_of_site(session, site_id, public_id), expected_version)
    if row.enabled != enabled:
        row.enabled, row.enabled_at = enabled, clock.now() if enabled else None
        store(session)
        audit.record_row(
            session, actor, "escalation.switch", "escalation_step", row, {"enabled": not enabled}, {"enabled": enabled}
        )
    return row


def delete_step(
    session: Session, actor: Actor, site_id: int, public_id: str, *, expected_version: int | None = None
) -> None:
    """Delete a step; what it did stays told on the cases. Raises NotFound, Conflict with the present step."""
    row = as_read(step_of_site(session, site_id, public_id), expected_version)
    before = _content(row)
    for tries_left in reversed(range(_TRIES)):
        try:
            with session.begin_nested():
                session.execute(delete(TAKEN).where(TAKEN.c.site_id == site_id, TAKEN.c.step_id == row.id))
                session.delete(row)
                store(session)
            break
        except IntegrityError:  # it was taken on a case between the two statements
            if not tries_left:
                raise
    audit.record_row(session, actor, "escalation.delete", "escalation_step", row, before, {})


def forget_steps(session: Session, site_id: int, case_id: int) -> None:
    """A case begins anew: every step may be taken on it again."""
    session.execute(delete(TAKEN).where(TAKEN.c.site_id == site_id, TAKEN.c.case_id == case_id))


@dataclass(slots=True)
class Team:
    """The leads and admins of a site while steps are taken: whoever is given a case has one more."""

    chiefs: list[NamedChief]

    def give(self, staff_id: int) -> None:
        """Count one case more."""
        for place, one in enumerate(self.chiefs):
            if one.chief.staff_id == staff_id:
                self.chiefs[place] = replace(one, chief=replace(one.chief, open_cases=one.chief.open_cases + 1))

    def name(self, staff_id: int) -> str:
        """Who that is."""
        return next(one.name for one in self.chiefs if one.chief.staff_id == staff_id)


def due_now(steps: Sequence[StepAtWork], team: Team, hours: WorkingHours, now: datetime) -> DueSteps:
    """The steps of a site that can be taken now: those for a lead only while one is there."""
    chiefs = [one.chief for one in team.chiefs]
    windows = [(one, window(one.step, one.enabled_at, now, hours)) for one in steps if can_be_taken(one.step, chiefs)]
    return [(one, due_for) for one, due_for in windows if due_for is not None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What the steps that are due make of a case, and each decision, in their order."""

    case: OverdueCase
    after: CaseFacts
    decisions: tuple[Decision, ...]

    @property
    def new_owner(self) -> int | None:
        """Whoever has the case from now, if that is somebody else."""
        return self.after.owner_id if self.after.owner_id != self.case.facts.owner_id else None

    @property
    def is_hand_off(self) -> bool:
        """Whether it was somebody's before."""
        return self.new_owner is not None and self.case.facts.owner_id is not None

    @property
    def changes(self) -> tuple[tuple[str, Any], ...]:
        """Columns with what they become; none where everything stays."""
        before, after = self.case.facts, self.after
        found: list[tuple[str, Any]] = []
        if after.priority is not before.priority:
            found.append(("priority", after.priority.value))
        if after.queue != before.queue:
            found.append(("queue", after.queue))
        if self.new_owner is not None:
            found.append(("owner_id", self.new_owner))
        if self.is_hand_off:
            found.append(("hand_offs", self.case.hand_offs + 1))
        return tuple(found)


def take_steps(session: Session, site_id: int, due: DueSteps, team: Team, now: datetime) -> bool:
    """Take the steps on a batch of the cases that they are due for, each once; whether there may be more.

    What another worker has taken meanwhile is theirs; a case that somebody changed meanwhile is left for the next run.
    """
    on = still_on(session, site_id, [one for one, _ in due])
    at_work = [(one, due_for) for one, due_for in due if one.id in on]
    found = overdue_cases(session, site_id, at_work, BATCH)
    ours = _claim(session, site_id, found, now)
    windows = {one.id: due_for for one, due_for in at_work}
    plans = [_plan(case, ours.get(case.id, {}), windows, team) for case in found]
    lost = _change(session, site_id, plans, now)
    if lost:
        again = [row_id for case_id in lost for row_id in ours[case_id].values()]
        session.execute(delete(TAKEN).where(TAKEN.c.site_id == site_id, TAKEN.c.id.in_(again)))
    done = [plan for plan in plans if plan.decisions and plan.case.id not in lost]
    _tell(session, site_id, done, team, now)
    return len(found) == BATCH and bool(done)


def _claim(session: Session, site_id: int, found: Sequence[OverdueCase], now: datetime) -> dict[int, dict[int, int]]:
    """Note each step as taken on its case: by case and step the new rows, of what was not noted yet."""
    pairs = [(case.id, one.id) for case in found for one in case.due_for]
    rows = [{"site_id": site_id, "case_id": case_id, "step_id": step_id, "at": now} for case_id, step_id in pairs]
    ours: dict[int, dict[int, int]] = {}
    try:
        with session.begin_nested():
            new = insert_each_once(session, TAKEN, rows, ["case_id", "step_id"])
    except IntegrityError:  # a step was deleted a moment ago: the next run knows
        return {}
    if new:
        columns = (TAKEN.c.id, TAKEN.c.case_id, TAKEN.c.step_id)
        for row in session.execute(select(*columns).where(TAKEN.c.site_id == site_id, TAKEN.c.id.in_(new))):
            ours.setdefault(row.case_id, {})[row.step_id] = row.id
    return ours


def _plan(case: OverdueCase, ours: Collection[int], windows: Mapping[int, Window], team: Team) -> Plan:
    after, decisions = case.facts, []
    for one in case.due_for:
        chiefs = [chief.chief for chief in team.chiefs]
        decision = decide(one.step, windows[one.id], after, chiefs) if one.id in ours else None
        if decision is None:
            continue
        decisions.append(decision)
        after = replace(after, priority=decision.priority or after.priority, queue=decision.queue or after.queue)
        if decision.owner_id is not None:
            after = replace(after, owner_id=decision.owner_id)
            team.give(decision.owner_id)
    return Plan(case, after, tuple(decisions))


def _change(session: Session, site_id: int, plans: Sequence[Plan], now: datetime) -> set[int]:
    """Change the rows that are still as they were read, those that change alike together; the ids of the others."""
    alike: dict[tuple[tuple[str, Any], ...], list[OverdueCase]] = {}
    for plan in plans:
        if plan.changes:
            alike.setdefault(plan.changes, []).append(plan.case)
    lost: set[int] = set()
    for changes, cases in alike.items():
        as_read = tuple_(CASES.c.id, CASES.c.version).in_([(case.id, case.version) for case in cases])
        at_rest = (State.RESOLVED.value, State.WAITING.value)
        changed = session.scalars(
            update(CASES)
            .where(CASES.c.site_id == site_id, as_read, CASES.c.state.not_in(at_rest))
            .values(**dict(changes), updated_at=now, version=CASES.c.version + 1)
            .returning(CASES.c.id)
        )
        lost |= {case.id for case in cases} - set(changed)
    return lost


def _tell(session: Session, site_id: int, plans: Sequence[Plan], team: Team, now: datetime) -> None:
    """Lines on the cases, and facts for whoever tells staff."""
    lines = [
        {
            "site_id": site_id,
            "case_id": plan.case.id,
            "kind": happened.value,
            "actor_kind": SYSTEM.kind.value,
            "facts": {"minutes": decision.minutes, **facts},
            "at": now,
        }
        for plan in plans
        for decision in plan.decisions
        for happened, facts in _said(plan.case, decision, team)
    ]
    if lines:
        session.execute(ACTIVITIES.insert(), lines)
    for plan in plans:
        case_id, owner_id = plan.case.id, plan.new_owner
        if owner_id is None:
            continue
        hand_promises_to(session, site_id, case_id, owner_id)
        if plan.is_hand_off:
            emit(session, CaseHandedOff(site_id, case_id, owner_id, None, plan.case.hand_offs + 1))
        else:
            emit(session, CaseAssigned(site_id, case_id, owner_id, None))


def _said(case: OverdueCase, decision: Decision, team: Team) -> list[tuple[Happened, dict[str, Any]]]:
    """One line for each thing that a step changed, or one that says that nothing had to be."""
    said: list[tuple[Happened, dict[str, Any]]] = []
    if decision.priority is not None:
        said.append((_RAISED[decision.priority], {}))
    if decision.owner_id is not None:
        before = {"before": case.owner_name} if case.owner_name else {}
        happened = Happened.ESCALATED_ON if before else Happened.ESCALATED_TO
        said.append((happened, {**before, "owner": team.name(decision.owner_id)}))
    if decision.queue is not None:
        said.append((Happened.ESCALATED_QUEUE, {"queue": decision.queue}))
    return said or [(Happened.ESCALATED_ALREADY, {})]


def _new(site_id: int, step: Step, now: datetime) -> EscalationStep:
    row = EscalationStep(site_id=site_id, enabled=False, created_at=now)
    _fill(row, step)
    return row


def _fill(row: EscalationStep, step: Step) -> None:
    row.after_minutes = step.after_minutes
    row.priority = step.priority.value if step.priority else None
    row.to_lead, row.queue = step.to_lead, step.queue


def _content(row: EscalationStep) -> dict[str, object]:
    return {
        "after_minutes": row.after_minutes,
        "priority": row.priority,
        "to_lead": row.to_lead,
        "queue": row.queue,
        "enabled": row.enabled,
    }
