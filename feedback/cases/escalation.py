"""Rule: which step an overdue case is due for, what the step changes and why; what was so in the past; no rows.

A case is overdue by so many minutes when that much of the site's working time has passed since it was due, and it is
neither resolved nor waiting for the customer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from feedback.cases.promises import NeverOpen, WorkingHours, begun_at, due_at
from feedback.cases.states import Priority, State, more_urgent
from feedback.errors import Invalid, Problem
from feedback.i18n.text import N_

LONGEST_MINUTES = 500 * 60
LONGEST_QUEUE = 60
#: Priorities that something can be raised to.
HIGHER = (Priority.HIGH, Priority.NORMAL)
_AT_REST = frozenset({State.RESOLVED, State.WAITING})


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to a case once it is overdue by ``after_minutes`` of working time; ``queue`` "" leaves it there."""

    after_minutes: int
    priority: Priority | None = None
    to_lead: bool = False
    queue: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """Due times, after one moment and up to another."""

    after: datetime | None
    until: datetime

    def takes(self, due: datetime) -> bool:
        """Whether a due time lies in it."""
        return due <= self.until and (self.after is None or due > self.after)


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """A case as a step finds it."""

    due_at: datetime
    state: State
    priority: Priority
    owner_id: int | None = None
    queue: str = ""


@dataclass(frozen=True, slots=True)
class Chief:
    """A lead or admin of the site, with how many unresolved cases they own."""

    staff_id: int
    open_cases: int
    away: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What a step changes; what is None stays. ``minutes`` is the reason: overdue by so much."""

    minutes: int
    priority: Priority | None = None
    owner_id: int | None = None
    queue: str | None = None


def checked(step: Step) -> Step:
    """The step, if it can be used; Invalid names ``after_hours``, ``queue`` or, where it does nothing, ``what``."""
    problems: list[Problem] = []
    if not 0 < step.after_minutes <= LONGEST_MINUTES:
        most = {"most": LONGEST_MINUTES // 60}
        problems.append(
            Problem("after_hours", "range", N_("Write a number of working hours above 0, up to %(most)s."), most)
        )
    if len(step.queue) > LONGEST_QUEUE:
        longest = {"max": LONGEST_QUEUE}
        problems.append(Problem("queue", "too_long", N_("Too long: at most %(max)s characters."), longest))
    if step.priority not in HIGHER and not step.to_lead and not step.queue.strip():
        problems.append(Problem("what", "nothing", N_("Choose at least one thing for the step to do.")))
    if problems:
        raise Invalid(problems)
    return replace(step, queue=step.queue.strip())


def usual_steps() -> tuple[Step, ...]:
    """What a site starts with, switched off."""
    return Step(4 * 60, priority=Priority.HIGH), Step(8 * 60, to_lead=True)


def window(step: Step, enabled_at: datetime | None, now: datetime, hours: WorkingHours) -> Window | None:
    """Due times of the cases that are overdue by enough now, and were not yet when the step was switched on."""
    until = begun_at(now, step.after_minutes, hours)
    if until is None:
        return None
    return Window(begun_at(enabled_at, step.after_minutes, hours) if enabled_at else None, until)


def can_be_taken(step: Step, chiefs: Iterable[Chief]) -> bool:
    """Whether there is somebody for it: a step that gives cases to a lead waits until one is there."""
    return not step.to_lead or any(not one.away for one in chiefs)


def decide(step: Step, due_for: Window, case: CaseFacts, chiefs: Sequence[Chief]) -> Decision | None:
    """What a step does to a case; None: it isn't due for it. A lead's case stays theirs, a priority never falls."""
    if case.state in _AT_REST or not due_for.takes(case.due_at):
        return None
    raised = more_urgent(case.priority, step.priority) if step.priority else case.priority
    given = None
    if step.to_lead and case.owner_id not in {one.staff_id for one in chiefs}:
        there = [one for one in chiefs if not one.away]
        given = min(there, key=lambda one: (one.open_cases, one.staff_id)).staff_id if there else None
    return Decision(
        minutes=step.after_minutes,
        priority=raised if raised is not case.priority else None,
        owner_id=given,
        queue=step.queue if step.queue not in ("", case.queue) else None,
    )


class Turn(StrEnum):
    """What can change whether a case counts as overdue."""

    DUE_CHANGED = "due_changed"
    WAITS = "waits"
    GOES_ON = "goes_on"
    RESOLVED = "resolved"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True)
class History:
    """A case as far as it is known: its due time now, the turns that it took, and first responses: (made, due)."""

    opened_at: datetime
    due_at: datetime
    turns: tuple[tuple[Turn, datetime], ...] = ()
    promised: tuple[tuple[datetime, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class Touch:
    """A step would have been taken ``at``, on a case due at ``due_at`` that was settled ``until`` (None: not yet)."""

    at: datetime
    due_at: datetime
    until: datetime | None


@dataclass(slots=True)
class _Period:
    """A time of one due time within one life of a case; ``due`` None: it was changed, and to what isn't known."""

    life: int
    since: datetime
    due: datetime | None = None
    until: datetime | None = None
    ends_life: bool = False
    waits: tuple[tuple[datetime, datetime | None], ...] = ()


def touches(history: History, after_minutes: int, hours: WorkingHours, now: datetime) -> list[Touch]:
    """When a step that had always been on would have been taken: once in each life of the case, in order.

    A due time that was changed later is known only where it was promised, or is the present one.
    """
    found: dict[int, Touch] = {}
    for period in _periods(history):
        if period.life not in found and period.due is not None:
            at = _taken_at(period, period.due, after_minutes, hours)
            if at is not None and at <= now:
                found[period.life] = Touch(at, period.due, period.until)
    return list(found.values())


def _taken_at(period: _Period, due: datetime, minutes: int, hours: WorkingHours) -> datetime | None:
    try:
        at = max(due_at(due, minutes, hours), period.since)
    except NeverOpen:
        return None
    for waits_from, goes_on in period.waits:
        if at >= waits_from and (goes_on is None or at < goes_on):
            if goes_on is None:
                return None
            at = goes_on
    return at if period.until is None or at < period.until else None


def _periods(history: History) -> Iterator[_Period]:
    periods = [_Period(0, history.opened_at)]
    waits_from: datetime | None = None
    for turn, at in history.turns:
        present = periods[-1]
        if turn is Turn.WAITS and waits_from is None:
            waits_from = at
        elif waits_from is not None and turn in (Turn.GOES_ON, Turn.RESOLVED, Turn.REOPENED):
            present.waits += ((waits_from, at),)
            waits_from = None
        if turn is Turn.RESOLVED:
            present.until, present.ends_life = at, True
        elif turn is Turn.REOPENED:
            periods.append(_Period(present.life + 1, at))
        elif turn is Turn.DUE_CHANGED and present.until is None:
            present.until = at
            if waits_from is not None:
                present.waits += ((waits_from, None),)
            periods.append(_Period(present.life, at))
    if waits_from is not None:
        periods[-1].waits += ((waits_from, None),)
    yield from _with_due_times(periods, history)


def _with_due_times(periods: list[_Period], history: History) -> Iterator[_Period]:
    """A period is due when a first response was promised for within it, the last one of all as now."""
    resolved = [period.until for period in periods if period.until and period.ends_life]
    for made_at, due in history.promised:
        life = [period for period in periods if period.life == sum(moment <= made_at for moment in resolved)]
        if life:  # one that comes with a reopening is made a moment before that is noted
            period = next((one for one in reversed(life) if one.since <= made_at), life[0])
            period.due = min(due, period.due) if period.due else due
    periods[-1].due = history.due_at
    yield from periods
