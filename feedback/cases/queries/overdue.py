"""Cases that are late: steps of escalation, whom they are due for now, and whom one would have been due for lately."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, bindparam, literal_column, not_, or_, select, union
from sqlalchemy.orm import Session

from feedback.actors import Role
from feedback.cases.activity import Happened
from feedback.cases.escalation import CaseFacts, Chief, History, Step, Touch, Turn, Window, touches
from feedback.cases.models import Activity, Case, CaseEscalation, EscalationStep, Promise
from feedback.cases.promises import WorkingHours, begun_at
from feedback.cases.queries.intake import assignable
from feedback.cases.states import Priority, PromiseState, State
from feedback.db import BigKey
from feedback.errors import NotFound
from feedback.sites.models import Site
from feedback.staff.models import StaffMember

#: How far a trial looks back.
TRIAL_DAYS: Final = 30
#: How many late cases it looks at, the latest first: with more nobody reads the page to its end.
TRIAL_CASES: Final = 5_000
#: Cases that were due before this are not looked at by a trial unless they are still open.
_LONG_AGO: Final = timedelta(days=120)

_CASES = Case.metadata.tables["case"]
_STEPS = EscalationStep.metadata.tables["escalation_step"]
_TAKEN = CaseEscalation.metadata.tables["case_escalation"]
_PROMISES = Promise.metadata.tables["promise"]
_ACTIVITIES = Activity.metadata.tables["case_activity"]
_SITES = Site.metadata.tables["site"]
_STAFF = StaffMember.metadata.tables["staff_member"]
_FIRST: Final = "first_response"
# Written out, not bound: only so do both databases see that a partial index will do.
_OPEN = _CASES.c.state != literal_column("'resolved'")
_NOT_WAITING = _CASES.c.state != literal_column("'waiting'")


@dataclass(frozen=True, slots=True)
class StepAtWork:
    """A step that is switched on."""

    id: int
    site_id: int
    version: int
    enabled_at: datetime | None
    step: Step


@dataclass(frozen=True, slots=True)
class OverdueCase:
    """A case that steps are due for, and which; ``owner_name`` is for the sentence."""

    id: int
    version: int
    hand_offs: int
    owner_name: str | None
    facts: CaseFacts
    due_for: tuple[StepAtWork, ...]


@dataclass(frozen=True, slots=True)
class NamedChief:
    """A lead or admin, with the name that the case's history tells."""

    chief: Chief
    name: str


@dataclass(frozen=True, slots=True)
class Touched:
    """A case that a step would have been taken on."""

    public_id: str
    number: int
    state: str
    owner_name: str | None
    touch: Touch


@dataclass(frozen=True, slots=True)
class Trial:
    """What a step would have done lately, the latest first; ``cut`` says that there were more cases than looked at."""

    since: datetime
    touched: tuple[Touched, ...]
    cut: bool


def step_from(row: Any) -> Step:
    """What a stored step does."""
    return Step(row.after_minutes, Priority(row.priority) if row.priority else None, row.to_lead, row.queue)


def steps_of_site(session: Session, site_id: int) -> Sequence[EscalationStep]:
    """Every step of a site in the order of its time, switched off ones too."""
    query = select(EscalationStep).where(EscalationStep.site_id == site_id)
    return session.scalars(query.order_by(EscalationStep.after_minutes, EscalationStep.id)).all()


def step_of_site(session: Session, site_id: int, public_id: str) -> EscalationStep:
    """One of them, as it is now. Raises NotFound."""
    found = session.scalars(
        select(EscalationStep)
        .where(EscalationStep.site_id == site_id, EscalationStep.public_id == public_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound(public_id)
    return found


_AT_WORK = (
    select(_STEPS)
    .select_from(_SITES.join(_STEPS, _STEPS.c.site_id == _SITES.c.id))
    .where(_STEPS.c.enabled)
    .order_by(_SITES.c.id, _STEPS.c.after_minutes, _STEPS.c.id)
)
_STILL_ON = select(_STEPS.c.id, _STEPS.c.version).where(
    _STEPS.c.site_id == bindparam("site_id", type_=BigKey), _STEPS.c.enabled
)


def steps_at_work(session: Session) -> list[StepAtWork]:
    """The steps that are on, of all sites, each site's in the order of their time; in one statement."""
    return [
        StepAtWork(row.id, row.site_id, row.version, row.enabled_at, step_from(row))
        for row in session.execute(_AT_WORK)
    ]


def still_on(session: Session, site_id: int, steps: Sequence[StepAtWork]) -> set[int]:
    """Which of these are still switched on and unchanged."""
    rows = session.execute(_STILL_ON, {"site_id": site_id})
    now = {(row.id, row.version) for row in rows}
    return {one.id for one in steps if (one.id, one.version) in now}


def chiefs_of(session: Session, site_id: int, now: datetime) -> list[NamedChief]:
    """The leads and admins of a site, whether they are there, and how much they have."""
    return [
        NamedChief(Chief(one.staff_id, one.open_cases, one.away), one.name)
        for one in assignable(session, site_id, now)
        if one.role.covers(Role.LEAD)
    ]


def overdue_cases(
    session: Session, site_id: int, due: Sequence[tuple[StepAtWork, Window]], limit: int
) -> list[OverdueCase]:
    """Cases that some of the steps are due for and were not taken on yet, those due first at the top; one statement."""
    if not due:
        return []
    taken = [
        select(_TAKEN.c.id)
        .where(_TAKEN.c.site_id == site_id, _TAKEN.c.case_id == _CASES.c.id, _TAKEN.c.step_id == one.id)
        .exists()
        for one, _ in due
    ]
    rows = session.execute(
        select(
            _CASES.c.id,
            _CASES.c.version,
            _CASES.c.hand_offs,
            _CASES.c.state,
            _CASES.c.priority,
            _CASES.c.owner_id,
            _CASES.c.queue,
            _CASES.c.due_at,
            _STAFF.c.name.label("owner_name"),
            *(one.label(f"taken_{place}") for place, one in enumerate(taken)),
        )
        .select_from(_CASES.outerjoin(_STAFF, _STAFF.c.id == _CASES.c.owner_id))
        .where(
            _CASES.c.site_id == site_id,
            _OPEN,
            _NOT_WAITING,
            _CASES.c.due_at <= max(window.until for _, window in due),
            or_(*(and_(_in(window), not_(there)) for (_, window), there in zip(due, taken, strict=True))),
        )
        .order_by(_CASES.c.due_at, _CASES.c.id)
        .limit(limit)
    )
    return [_overdue_case(row, due) for row in rows]


def _in(window: Window) -> Any:
    until = _CASES.c.due_at <= window.until
    return until if window.after is None else and_(until, _CASES.c.due_at > window.after)


def _overdue_case(row: Any, due: Sequence[tuple[StepAtWork, Window]]) -> OverdueCase:
    facts = CaseFacts(row.due_at, State(row.state), Priority(row.priority), row.owner_id, row.queue)
    return OverdueCase(
        row.id,
        row.version,
        row.hand_offs,
        row.owner_name,
        facts,
        tuple(
            one
            for place, (one, window) in enumerate(due)
            if window.takes(row.due_at) and not getattr(row, f"taken_{place}")
        ),
    )


# What an activity means for whether its case is overdue; a reply that waits for the customer says so in its facts.
_TURNS: Final[dict[str, tuple[Turn, ...]]] = {
    Happened.CONTACTED: (Turn.DUE_CHANGED,),
    Happened.REPLIED: (Turn.DUE_CHANGED,),
    Happened.PROMISED: (Turn.DUE_CHANGED,),
    Happened.PROMISE_MOVED: (Turn.DUE_CHANGED,),
    Happened.PROMISE_KEPT: (Turn.DUE_CHANGED,),
    Happened.PROMISE_CANCELLED: (Turn.DUE_CHANGED,),
    Happened.WAITING: (Turn.WAITS,),
    Happened.RESUMED: (Turn.GOES_ON,),
    Happened.TAKEN: (Turn.GOES_ON,),
    Happened.JOINED: (Turn.GOES_ON,),
    Happened.ADDED_FROM: (Turn.GOES_ON,),
    Happened.CUSTOMER_WROTE: (Turn.GOES_ON,),
    Happened.RESOLVED: (Turn.RESOLVED,),
    Happened.WITHDRAWN: (Turn.RESOLVED,),
    Happened.REOPENED: (Turn.REOPENED,),
}


def trial(session: Session, site_id: int, step: Step, hours: WorkingHours, now: datetime) -> Trial:
    """On which cases of the last 30 days a step would have been taken, and when; reads, and changes nothing."""
    since = now - timedelta(days=TRIAL_DAYS)
    until = begun_at(now, step.after_minutes, hours)
    if until is None:
        return Trial(since, (), cut=False)
    late = _late(site_id, since, until)
    rows = session.execute(
        select(
            _CASES.c.id,
            _CASES.c.public_id,
            _CASES.c.number,
            _CASES.c.state,
            _CASES.c.due_at,
            _CASES.c.created_at,
            _STAFF.c.name,
        )
        .select_from(_CASES.outerjoin(_STAFF, _STAFF.c.id == _CASES.c.owner_id))
        .where(_CASES.c.site_id == site_id, _CASES.c.id.in_(late))
        .order_by(_CASES.c.due_at.desc(), _CASES.c.id.desc())
        .limit(TRIAL_CASES + 1)
    ).all()
    turns, promised = _turns(session, site_id, late), _promised(session, site_id, late)
    found = [
        Touched(row.public_id, row.number, row.state, row.name, touch)
        for row in rows[:TRIAL_CASES]
        for touch in touches(
            History(row.created_at, row.due_at, tuple(turns.get(row.id, ())), tuple(promised.get(row.id, ()))),
            step.after_minutes,
            hours,
            now,
        )
        if touch.at > since
    ]
    found.sort(key=lambda one: (one.touch.at, one.number), reverse=True)
    return Trial(since, tuple(found), cut=len(rows) > TRIAL_CASES)


def _late(site_id: int, since: datetime, until: datetime) -> Any:
    """Cases that are late, were when they were resolved, or whose first response was once."""
    ours = _CASES.c.site_id == site_id
    resolved_late = and_(
        ours,
        _CASES.c.state == State.RESOLVED.value,
        _CASES.c.due_at <= until,
        _CASES.c.due_at > since - _LONG_AGO,
        _CASES.c.resolved_at > since,
        _CASES.c.resolved_at > _CASES.c.due_at,
    )
    broken = select(_PROMISES.c.case_id).where(
        _PROMISES.c.site_id == site_id,
        _PROMISES.c.kind == _FIRST,
        _PROMISES.c.state == PromiseState.BROKEN.value,
        _PROMISES.c.due_at <= until,
        _PROMISES.c.due_at > since - _LONG_AGO,
    )
    return union(
        select(_CASES.c.id).where(ours, _OPEN, _CASES.c.due_at <= until),
        select(_CASES.c.id).where(resolved_late),
        broken,
    )


def _turns(session: Session, site_id: int, late: Any) -> dict[int, list[tuple[Turn, datetime]]]:
    found: dict[int, list[tuple[Turn, datetime]]] = {}
    rows = session.execute(
        select(_ACTIVITIES.c.case_id, _ACTIVITIES.c.kind, _ACTIVITIES.c.at, _ACTIVITIES.c.facts)
        .where(
            _ACTIVITIES.c.site_id == site_id,
            _ACTIVITIES.c.case_id.in_(late),
            _ACTIVITIES.c.kind.in_([str(kind) for kind in _TURNS]),
        )
        .order_by(_ACTIVITIES.c.case_id, _ACTIVITIES.c.id)
    )
    for row in rows:
        turns = _TURNS[row.kind] + ((Turn.WAITS,) if row.facts.get("waiting") else ())
        found.setdefault(row.case_id, []).extend((turn, row.at) for turn in turns)
    return found


def _promised(session: Session, site_id: int, late: Any) -> dict[int, list[tuple[datetime, datetime]]]:
    found: dict[int, list[tuple[datetime, datetime]]] = {}
    rows = session.execute(
        select(_PROMISES.c.case_id, _PROMISES.c.made_at, _PROMISES.c.due_at)
        .where(
            _PROMISES.c.site_id == site_id,
            _PROMISES.c.case_id.in_(late),
            _PROMISES.c.kind == _FIRST,
        )
        .order_by(_PROMISES.c.id)
    )
    for row in rows:
        found.setdefault(row.case_id, []).append((row.made_at, row.due_at))
    return found
