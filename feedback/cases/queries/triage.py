"""The triage list: a page of cases, overdue first, then due, and how many there are; two statements at any length."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from feedback.cases.models import Case, Promise
from feedback.cases.queries.intake import UNRESOLVED
from feedback.cases.states import PromiseState, State
from feedback.customers.models import Customer
from feedback.errors import Invalid, Problem
from feedback.i18n.text import N_, ascii_digits, search_key
from feedback.staff.models import StaffMember

PAGE: Final = 50
COUNTED: Final = 1000  # shown as 999+
STILL_OPEN: Final = "unresolved"
ANY: Final = "any"
TEAM: Final = "team"
_NUMBER = re.compile(r"#?(\d{1,9})")
_OUR_TURN: Final = and_(
    UNRESOLVED,
    Case.customer_at.is_not(None),
    or_(Case.replied_at.is_(None), Case.customer_at > Case.replied_at),
)


@dataclass(frozen=True, slots=True)
class TriageFilter:
    """What to list. ``state`` is a state, ``unresolved`` or ``any``; ``owner`` a staff id, ``team`` or None."""

    state: str = STILL_OPEN
    owner: int | str | None = None
    language: str | None = None
    kind: str | None = None
    priority: str | None = None
    overdue: bool = False
    our_turn: bool = False
    search: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page ends: the next one begins after it, whatever has been added since."""

    due_at: datetime
    id: int

    def token(self) -> str:
        """As it stands in an address."""
        return f"{self.due_at:%Y%m%dT%H%M%S%f}Z{self.id}"

    @classmethod
    def parse(cls, token: str) -> Position:
        """Raises Invalid for what is none."""
        moment, _, key = token.partition("Z")
        try:
            return cls(datetime.strptime(f"{moment}+0000", "%Y%m%dT%H%M%S%f%z"), int(key))
        except ValueError as wrong:
            raise Invalid([Problem("cursor", "unknown", N_("That part of the list does not exist."))]) from wrong


@dataclass(frozen=True, slots=True)
class TriageRow:
    """One line of the list."""

    id: int
    public_id: str
    number: int
    kind: str
    state: str
    priority: str
    owner_id: int | None
    owner_name: str | None
    customer_name: str | None
    customer_id: int | None
    language: str
    queue: str
    excerpt: str
    score: int | None
    score_after: int | None
    due_at: datetime
    created_at: datetime
    updated_at: datetime
    outcome: str | None
    hand_offs: int
    customer_at: datetime | None
    replied_at: datetime | None
    #: Whether a promise was broken, and by when the next open one is to be kept.
    broken: bool
    promised_for: datetime | None
    version: int

    @property
    def our_turn(self) -> bool:
        """Whether the customer has written and nobody has come back to them since."""
        return is_our_turn(self.state, self.customer_at, self.replied_at)

    def overdue(self, now: datetime) -> bool:
        """Whether it is late; also while it waits: a customer who stays silent needs another word."""
        return self.state != State.RESOLVED and self.due_at < now


@dataclass(frozen=True, slots=True)
class TriagePage:
    """Rows in order, and where the pages after and before it begin, if there are any."""

    rows: tuple[TriageRow, ...]
    next: Position | None
    previous: Position | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many unresolved cases there are, each counted no further than 1,000 (shown as 999+)."""

    all: int
    mine: int
    team: int
    overdue: int
    our_turn: int
    waiting: int


def is_our_turn(state: str, customer_at: datetime | None, replied_at: datetime | None) -> bool:
    """Whether the customer has written and nobody has come back to them since."""
    return state != State.RESOLVED and customer_at is not None and (replied_at is None or customer_at > replied_at)


def triage(
    session: Session,
    site_id: int,
    wanted: TriageFilter,
    now: datetime,
    *,
    after: Position | None = None,
    before: Position | None = None,
    limit: int = PAGE,
) -> TriagePage:
    """A page of cases: what is late longest stands first; resolved ones alone are listed newest due first.

    ``after`` is where the page begins, ``before`` where it ends; of both the first counts.
    """
    there, back = after or before, after is None and before is not None
    newest_first = (wanted.state == State.RESOLVED) is not back
    place = (Case.due_at, Case.id)
    statement = (
        select(
            Case.id,
            Case.public_id,
            Case.number,
            Case.kind,
            Case.state,
            Case.priority,
            Case.owner_id,
            StaffMember.name.label("owner_name"),
            Customer.name.label("customer_name"),
            Case.customer_id,
            Case.language,
            Case.queue,
            Case.excerpt,
            Case.score_before.label("score"),
            Case.score_after,
            Case.due_at,
            Case.created_at,
            Case.updated_at,
            Case.outcome,
            Case.hand_offs,
            Case.customer_at,
            Case.replied_at,
            _broken(site_id).label("broken"),
            _promised_for(site_id).label("promised_for"),
            Case.version,
        )
        .outerjoin(StaffMember, StaffMember.id == Case.owner_id)
        .outerjoin(Customer, and_(Customer.id == Case.customer_id, Customer.site_id == site_id))
        .where(Case.site_id == site_id, *_conditions(wanted, now))
        .order_by(*((column.desc() for column in place) if newest_first else place))
        .limit(limit + 1)
    )
    if there is not None:
        key = tuple_(*(_bound(value, column) for value, column in zip((there.due_at, there.id), place, strict=True)))
        statement = statement.where(tuple_(*place) < key if newest_first else tuple_(*place) > key)
    found = tuple(TriageRow(**row._mapping) for row in session.execute(statement))
    more, rows = len(found) > limit, found[:limit]
    if back:
        rows = rows[::-1]
    if not rows:
        return TriagePage((), None)
    first, last = Position(rows[0].due_at, rows[0].id), Position(rows[-1].due_at, rows[-1].id)
    return TriagePage(rows, last if more or back else None, first if (more if back else after) else None)


def counts(session: Session, site_id: int, staff_id: int | None, now: datetime) -> Counts:
    """The figures beside the list's filters, in one statement whatever the length of the list."""
    late = and_(UNRESOLVED, Case.due_at < now)
    row = session.execute(
        select(
            _count(site_id, UNRESOLVED).label("all"),
            _count(site_id, and_(UNRESOLVED, Case.owner_id == (staff_id or 0))).label("mine"),
            _count(site_id, and_(UNRESOLVED, Case.owner_id.is_(None))).label("team"),
            _count(site_id, late).label("overdue"),
            _count(site_id, _OUR_TURN).label("our_turn"),
            _count(site_id, and_(UNRESOLVED, Case.state == State.WAITING.value)).label("waiting"),
        )
    ).one()
    return Counts(**row._mapping)


def _conditions(wanted: TriageFilter, now: datetime) -> list[ColumnElement[bool]]:
    conditions = [*_in_state(wanted.state), *_owned_by(wanted.owner)]
    if wanted.language:
        tag = wanted.language.replace("%", "").replace("_", "-")
        conditions.append(or_(Case.language == tag, Case.language.like(f"{tag}-%")))
    if wanted.kind:
        conditions.append(Case.kind == wanted.kind)
    if wanted.priority:
        conditions.append(Case.priority == wanted.priority)
    if wanted.overdue:
        conditions += [UNRESOLVED, Case.due_at < now]
    if wanted.our_turn:
        conditions.append(_OUR_TURN)
    if wanted.search.strip():
        conditions.append(_found(wanted.search.strip()))
    return conditions


def _in_state(state: str) -> list[ColumnElement[bool]]:
    if state == ANY:
        return []
    if state == State.RESOLVED:
        return [Case.state == State.RESOLVED.value]
    return [UNRESOLVED, Case.state == state] if state in set(State) else [UNRESOLVED]


def _owned_by(owner: int | str | None) -> list[ColumnElement[bool]]:
    if owner is None:
        return []
    return [Case.owner_id.is_(None) if owner == TEAM else Case.owner_id == owner]


def _found(search: str) -> ColumnElement[bool]:
    """``#12`` is a number and nothing else, ``12`` may be one; otherwise every word has to occur."""
    number = _NUMBER.fullmatch(ascii_digits(search))
    if number and search.startswith("#"):
        return Case.number == int(number[1])
    words = and_(*(Case.search_key.contains(word, autoescape=True) for word in search_key(search).split()))
    return or_(Case.number == int(number[1]), words) if number else words


def _broken(site_id: int) -> ColumnElement[bool]:
    return (
        select(Promise.id)
        .where(
            Promise.site_id == site_id,
            Promise.case_id == Case.id,
            Promise.state == PromiseState.BROKEN.value,
        )
        .exists()
    )


def _promised_for(site_id: int) -> Any:
    return (
        select(func.min(Promise.due_at))
        .where(
            Promise.site_id == site_id,
            Promise.case_id == Case.id,
            Promise.state == PromiseState.OPEN.value,
        )
        .scalar_subquery()
    )


def _count(site_id: int, condition: ColumnElement[bool]) -> Any:
    some = select(Case.id).where(Case.site_id == site_id, condition).limit(COUNTED).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def _bound(value: Any, column: Any) -> Any:
    return literal(value, column.type)
