"""What notices to staff are made from: the team with its switches, a case as it stands, what is due for somebody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import and_, desc, func, or_, select
from sqlalchemy.orm import Session

from feedback.actors import Role
from feedback.cases.activity import LINES, Happened, Look
from feedback.cases.models import Activity, Case, Promise
from feedback.cases.noticing import Person, Promised, Standing
from feedback.cases.queries.intake import UNRESOLVED
from feedback.cases.states import PromiseState
from feedback.staff.models import StaffMember, StaffRole

AT_MOST: Final = 500
#: Kinds of activity whose text is the customer's.
_THEIRS: Final = tuple(kind for kind, line in LINES.items() if line.look is Look.CUSTOMER)
_GIVEN: Final = (Happened.ASSIGNED.value, Happened.HANDED_OFF.value, Happened.UNASSIGNED.value)


@dataclass(frozen=True, slots=True)
class Said:
    """A text on a case, and who of the staff wrote it; ``stranger`` is an address it came from that isn't on file."""

    text: str
    by: str = ""
    stranger: str = ""


@dataclass(frozen=True, slots=True)
class DueCase:
    """A case that is late, or due before somebody's day is over."""

    id: int
    public_id: str
    number: int
    kind: str
    language: str
    excerpt: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class DuePromise:
    """A promise to keep before the day is over; ``what`` is empty for the first response."""

    case_id: int
    public_id: str
    number: int
    what: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """What a daily list tells."""

    cases: tuple[DueCase, ...]
    promises: tuple[DuePromise, ...]

    @property
    def count(self) -> int:
        """How many cases there is something to do on."""
        return len({one.id for one in self.cases} | {one.case_id for one in self.promises})


def team_of(session: Session, site_id: int) -> list[Person]:
    """Everybody with a role on the site, locked out or not, in one statement."""
    return [person for person, _ in team_and_lists(session, site_id)]


def team_and_lists(session: Session, site_id: int) -> list[tuple[Person, date | None]]:
    """The team, each with the day for which they were last sent the list."""
    rows = session.execute(
        select(
            StaffMember.id,
            StaffRole.role,
            StaffMember.locale,
            StaffMember.time_zone,
            StaffMember.notices,
            StaffMember.away_until,
            StaffMember.disabled_at,
            StaffRole.listed_on,
        )
        .join(StaffRole, StaffRole.staff_id == StaffMember.id)
        .where(StaffRole.site_id == site_id)
        .order_by(StaffMember.id)
    )
    return [
        (
            Person(
                staff_id=row.id,
                role=Role(row.role),
                locale=row.locale,
                time_zone=row.time_zone,
                switches=dict(row.notices),
                away_until=row.away_until,
                disabled=row.disabled_at is not None,
            ),
            row.listed_on,
        )
        for row in rows
    ]


def case_and_promise(
    session: Session, site_id: int, case_id: int, promise_id: int | None = None
) -> tuple[Case, Promise | None] | None:
    """A case as it is now, with one of its promises; None if there is none by these keys."""
    row = session.execute(
        select(Case, Promise)
        .outerjoin(Promise, and_(Promise.id == promise_id, Promise.case_id == Case.id, Promise.site_id == site_id))
        .where(Case.site_id == site_id, Case.id == case_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def standing_of(case: Case, promise: Promise | None) -> Standing:
    """What the rule asks about a case."""
    return Standing(
        owner_id=case.owner_id,
        resolved_at=case.resolved_at,
        customer_at=case.customer_at,
        replied_at=case.replied_at,
        promise=None if promise is None else Promised(promise.state, promise.due_at, promise.staff_id),
    )


def last_words(session: Session, site_id: int, case_id: int) -> Said:
    """What the customer wrote last, or what they told us first where they wrote nothing since; empty once erased."""
    found = _last_text(session, site_id, case_id, _THEIRS)
    if found is not None:
        return found
    query = select(Case.excerpt).where(Case.site_id == site_id, Case.id == case_id)
    return Said(session.scalar(query) or "")


def last_note(session: Session, site_id: int, case_id: int) -> Said | None:
    """What was said when the case was last given to somebody; None if nothing was."""
    return _last_text(session, site_id, case_id, _GIVEN)


def staff_name(session: Session, staff_id: int) -> str | None:
    """How somebody is called."""
    return session.scalar(select(StaffMember.name).where(StaffMember.id == staff_id))


def due_for(session: Session, site_id: int, staff_id: int, until: datetime) -> Due:
    """Somebody's cases that are due before a moment, late ones first, and what they promised to do by then."""
    cases = session.execute(
        select(Case.id, Case.public_id, Case.number, Case.kind, Case.language, Case.excerpt, Case.due_at)
        .where(Case.site_id == site_id, Case.owner_id == staff_id, UNRESOLVED, Case.due_at < until)
        .order_by(Case.due_at, Case.id)
        .limit(AT_MOST)
    )
    mine = or_(Promise.staff_id == staff_id, and_(Promise.staff_id.is_(None), Case.owner_id == staff_id))
    promises = session.execute(
        select(Promise.case_id, Case.public_id, Case.number, Promise.what, Promise.due_at)
        .join(Case, and_(Case.id == Promise.case_id, Case.site_id == site_id))
        .where(
            Promise.site_id == site_id,
            Promise.state == PromiseState.OPEN.value,
            Promise.due_at < until,
            UNRESOLVED,
            mine,
        )
        .order_by(Promise.due_at, Promise.id)
        .limit(AT_MOST)
    )
    return Due(tuple(DueCase(**row._mapping) for row in cases), tuple(DuePromise(**row._mapping) for row in promises))


def _last_text(session: Session, site_id: int, case_id: int, kinds: tuple[str, ...]) -> Said | None:
    row = session.execute(
        select(Activity.text, Activity.actor_label, Activity.facts)
        .where(
            Activity.site_id == site_id,
            Activity.case_id == case_id,
            Activity.kind.in_(kinds),
            func.coalesce(Activity.text, "") != "",
        )
        .order_by(desc(Activity.id))
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    sender = row.facts.get("from") if row.facts.get("known") is False else None
    return Said(row.text, row.actor_label, str(sender or ""))
