"""How well a site follows through: promises kept, the time to a first answer, hand-offs; per person and in all."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from statistics import median
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from feedback.actors import ActorKind
from feedback.cases.activity import Happened
from feedback.cases.models import Activity, Case, Promise
from feedback.cases.promises import WorkingHours, working_time
from feedback.cases.queries.intake import hours_of_site
from feedback.cases.states import PromiseState
from feedback.staff.models import StaffMember

#: Days looked back on.
PERIODS: Final = (30, 90)
#: With fewer than so many nothing can be told.
ENOUGH: Final = 5
#: First answers that a median is made of, the latest ones.
MOST: Final = 10_000
_ANSWERS: Final = (Happened.REPLIED.value, Happened.CONTACTED.value)


@dataclass(frozen=True, slots=True)
class Figures:
    """What happened within a period. ``answers`` are working minutes from a case to the first answer to it."""

    kept: int = 0
    broken: int = 0
    cases: int = 0
    hand_offs: int = 0
    answers: tuple[int, ...] = ()

    @property
    def settled(self) -> int:
        """How many promises were kept or broken."""
        return self.kept + self.broken

    @property
    def rate(self) -> float | None:
        """The share of promises that was kept, 0 to 1; None where there are too few to tell."""
        return self.kept / self.settled if self.settled >= ENOUGH else None

    @property
    def first_answer(self) -> timedelta | None:
        """Half of the first answers took no longer, in working time; None where there are too few to tell."""
        return timedelta(minutes=round(median(self.answers))) if len(self.answers) >= ENOUGH else None

    @property
    def hand_offs_per_case(self) -> float | None:
        """How often a case changed hands; None where there are too few to tell."""
        return self.hand_offs / self.cases if self.cases >= ENOUGH else None


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody's figures by period, and how many promises wait for them now; ``name`` None is the team or everybody."""

    name: str | None
    open: int
    figures: Mapping[int, Figures]


@dataclass(frozen=True, slots=True)
class FollowThrough:
    """Everybody together, and each by name. ``cut``: of the first answers only the latest are in it."""

    all: Line
    people: tuple[Line, ...]
    cut: bool


@dataclass(slots=True)
class _Sums:
    open: int = 0
    kept: dict[int, int] = field(default_factory=lambda: dict.fromkeys(PERIODS, 0))
    broken: dict[int, int] = field(default_factory=lambda: dict.fromkeys(PERIODS, 0))
    cases: dict[int, int] = field(default_factory=lambda: dict.fromkeys(PERIODS, 0))
    hand_offs: dict[int, int] = field(default_factory=lambda: dict.fromkeys(PERIODS, 0))
    answers: dict[int, list[int]] = field(default_factory=lambda: {days: [] for days in PERIODS})

    def add_promises(self, row: Any) -> None:
        self.open += row.open
        for days in PERIODS:
            self.kept[days] += getattr(row, f"kept_{days}")
            self.broken[days] += getattr(row, f"broken_{days}")

    def add_cases(self, row: Any) -> None:
        for days in PERIODS:
            self.cases[days] += getattr(row, f"cases_{days}")
            self.hand_offs[days] += getattr(row, f"hand_offs_{days}")

    def figures(self) -> dict[int, Figures]:
        return {
            days: Figures(
                self.kept[days], self.broken[days], self.cases[days], self.hand_offs[days], tuple(self.answers[days])
            )
            for days in PERIODS
        }


@dataclass(slots=True)
class _Table:
    everybody: _Sums = field(default_factory=_Sums)
    people: dict[int | None, _Sums] = field(default_factory=dict)

    def of(self, who: int | None) -> tuple[_Sums, _Sums]:
        if who not in self.people:
            self.people[who] = _Sums()
        return self.people[who], self.everybody


def follow_through(session: Session, site_id: int, now: datetime) -> FollowThrough:
    """The figures of a site, in five statements at any size.

    A promise counts for whoever was to keep it, a first answer for whoever gave it, a hand-off for whoever has the
    case now. Promises count by when they were settled, the rest by when the case was opened.
    """
    since = {days: now - timedelta(days=days) for days in PERIODS}
    sums = _Table()
    for row in session.execute(_promises(site_id, since)):
        for one in sums.of(row.who):
            one.add_promises(row)
    for row in session.execute(_cases(site_id, since)):
        for one in sums.of(row.who):
            one.add_cases(row)
    answers = session.execute(_first_answers(site_id, since)).all()
    worked = _Worked(min(since.values()), now, hours_of_site(session, site_id, now))
    for row in answers[:MOST]:
        minutes = worked.between(row.created_at, row.at)
        within = [days for days in PERIODS if row.created_at >= since[days]]
        for one in sums.of(row.actor_id) if row.actor_kind == ActorKind.STAFF else (sums.everybody,):
            for days in within:
                one.answers[days].append(minutes)
    names = _names(session, sums.people)
    people = [Line(names.get(who or 0), one.open, one.figures()) for who, one in sums.people.items()]
    people.sort(key=lambda line: (line.name is None, line.name or ""))
    everybody = Line(None, sums.everybody.open, sums.everybody.figures())
    return FollowThrough(everybody, tuple(people), len(answers) > MOST)


def _promises(site_id: int, since: Mapping[int, datetime]) -> Any:
    columns: list[ColumnElement[Any]] = [_times(Promise.state == PromiseState.OPEN.value).label("open")]
    for days, begin in since.items():
        for state in (PromiseState.KEPT, PromiseState.BROKEN):
            settled = and_(Promise.state == state.value, Promise.settled_at >= begin)
            columns.append(_times(settled).label(f"{state.value}_{days}"))
    lately = or_(Promise.state == PromiseState.OPEN.value, Promise.settled_at >= min(since.values()))
    return (
        select(Promise.staff_id.label("who"), *columns)
        .where(Promise.site_id == site_id, lately)
        .group_by(Promise.staff_id)
    )


def _cases(site_id: int, since: Mapping[int, datetime]) -> Any:
    columns: list[ColumnElement[Any]] = []
    for days, begin in since.items():
        within = Case.created_at >= begin
        columns.append(_times(within).label(f"cases_{days}"))
        columns.append(func.sum(case((within, Case.hand_offs), else_=0)).label(f"hand_offs_{days}"))
    return (
        select(Case.owner_id.label("who"), *columns)
        .where(Case.site_id == site_id, Case.created_at >= min(since.values()))
        .group_by(Case.owner_id)
    )


def _first_answers(site_id: int, since: Mapping[int, datetime]) -> Any:
    first = (
        select(func.min(Activity.id).label("id"), Case.created_at.label("created_at"))
        .join(Activity, and_(Activity.case_id == Case.id, Activity.site_id == site_id))
        .where(
            Case.site_id == site_id,
            Case.created_at >= min(since.values()),
            Activity.kind.in_(_ANSWERS),
        )
        .group_by(Case.id, Case.created_at)
        .subquery()
    )
    return (
        select(first.c.created_at, Activity.at, Activity.actor_kind, Activity.actor_id)
        .join(first, first.c.id == Activity.id)
        .where(Activity.site_id == site_id)
        .order_by(Activity.id.desc())
        .limit(MOST + 1)
    )


def _names(session: Session, staff_ids: Iterable[int | None]) -> dict[int, str]:
    wanted = [one for one in staff_ids if one is not None]
    if not wanted:
        return {}
    rows = session.execute(select(StaffMember.id, StaffMember.name).where(StaffMember.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def _times(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.sum(case((condition, 1), else_=0))


class _Worked:
    """Working minutes between many pairs of moments: the site's hours are laid out once."""

    def __init__(self, since: datetime, until: datetime, hours: WorkingHours) -> None:
        found: Sequence[tuple[datetime, datetime]] = working_time(since, until, hours)
        self._opens = [opens for opens, _ in found]
        self._lengths = [closes - opens for opens, closes in found]
        self._before = list(accumulate(self._lengths, initial=timedelta(0)))

    def between(self, start: datetime, end: datetime) -> int:
        """Whole working minutes; moments outside of what was laid out count as its ends."""
        return max(self._until(end) - self._until(start), timedelta(0)) // timedelta(minutes=1)

    def _until(self, moment: datetime) -> timedelta:
        place = bisect_right(self._opens, moment) - 1
        if place < 0:
            return timedelta(0)
        return self._before[place] + min(moment - self._opens[place], self._lengths[place])
