"""Telling staff: who is mailed what and when, as ``noticing.py`` decides; each mail looks again when it goes out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Select, Table, and_, literal_column, or_, select, update
from sqlalchemy.orm import Session

from feedback import clock
from feedback.cases.actions.records import CASE_RESPONSES, CASES, PROMISES
from feedback.cases.mails.staff import name_of
from feedback.cases.noticing import SOON, STALE, TOO_OFTEN, Person, decide, end_of, gets_list, list_day, lost, whom
from feedback.cases.promises import WorkingHours
from feedback.cases.queries.intake import hours_of_site
from feedback.cases.queries.team import case_and_promise, due_for, standing_of, team_and_lists, team_of
from feedback.db import BATCH
from feedback.delivery.models import MailClass
from feedback.delivery.outbox import is_queued, queue_mail
from feedback.responses.models import Response
from feedback.staff.models import StaffRole
from feedback.staff.notices import Notice

_RESPONSES: Final[Table] = Response.metadata.tables["response"]
_ROLES: Final[Table] = StaffRole.metadata.tables["staff_role"]
# Written out, not bound: only so do both databases see that the partial index will do.
_OPEN: Final = PROMISES.c.state == literal_column("'open'")
#: What several of say no more than one: what is shown is read when the mail goes out.
_ONCE_WAITING: Final = frozenset({Notice.ASSIGNED, Notice.CUSTOMER_REPLIED, Notice.NOT_THEM})


def tell(
    session: Session,
    site_id: int,
    notice: Notice,
    case_id: int,
    *,
    by_id: int | None = None,
    promise_id: int | None = None,
) -> int:
    """Mail a notice to those whose business it is, now or in the morning; how many. ``by_id`` did it themselves."""
    found = case_and_promise(session, site_id, case_id, promise_id)
    if found is None:
        return 0
    now = clock.now()
    case, promise = found
    there = standing_of(case, promise)
    if lost(notice, there, now, now):
        return 0
    lapses_at = promise.due_at if promise is not None and notice is Notice.PROMISE_SOON else None
    told = 0
    for person in whom(notice, team_of(session, site_id), there, now):
        at = decide(notice, person, now, by_id=by_id, lapses_at=lapses_at).at
        if at is None:
            continue
        facts: dict[str, Any] = {} if promise_id is None else {"promise": promise_id}
        told += _queue(session, site_id, notice, person, case_id, facts, at if at > now else None)
    return told


def tell_of_hand_off(
    session: Session, site_id: int, case_id: int, *, owner_id: int | None, by_id: int | None, count: int
) -> None:
    """The new owner learns that it is theirs, and the third time the leads that it goes round."""
    if owner_id is not None:
        tell(session, site_id, Notice.ASSIGNED, case_id, by_id=by_id)
    if count == TOO_OFTEN:
        tell(session, site_id, Notice.THIRD_HAND_OFF, case_id, by_id=by_id)


def tell_of_answer(session: Session, site_id: int, response_id: int) -> None:
    """An answer that opened a case makes it somebody's; one that joined one, or was changed, is news to its owner.

    Each is told once, however often this is done.
    """
    rows = session.execute(_answered(site_id, response_id)).all()
    now = clock.now()
    for row in rows:
        if row.told_at is not None and row.told_at >= row.updated_at:
            continue
        claimed = session.execute(
            update(CASE_RESPONSES)
            .where(
                CASE_RESPONSES.c.site_id == site_id,
                CASE_RESPONSES.c.id == row.id,
                CASE_RESPONSES.c.told_at.is_(None) if row.told_at is None else CASE_RESPONSES.c.told_at == row.told_at,
            )
            .values(told_at=now)
            .returning(CASE_RESPONSES.c.id)
        ).one_or_none()
        if claimed is None or row.resolved_at is not None or now - row.updated_at > STALE:
            continue
        opened = row.told_at is None and row.joined_at == row.created_at
        tell(session, site_id, Notice.ASSIGNED if opened else Notice.CUSTOMER_REPLIED, row.case_id)


def tell_that_it_was_not_them(session: Session, site_id: int, response_id: int) -> None:
    """The owners of the cases that a disowned answer is on must know before they write to anybody."""
    for row in session.execute(_answered(site_id, response_id)).all():
        if row.resolved_at is None:
            tell(session, site_id, Notice.NOT_THEM, row.case_id)


def promises_due_soon(site_id: int, limit: int, now: datetime) -> Select[tuple[int]]:
    """Promises whose hour has come and of which nobody was told yet."""
    return (
        select(PROMISES.c.id)
        .where(
            PROMISES.c.site_id == site_id,
            _OPEN,
            PROMISES.c.due_at > now,
            PROMISES.c.due_at <= now + SOON,
            PROMISES.c.warned_at.is_(None),
        )
        .order_by(PROMISES.c.due_at)
        .limit(limit)
    )


def warn_of_promises(session: Session, site_id: int) -> int:
    """Tell those who are to keep them; each promise is told once until it is moved. How many were looked at."""
    now = clock.now()
    found = session.scalars(promises_due_soon(site_id, BATCH, now)).all()
    warned = session.execute(
        update(PROMISES)
        .where(PROMISES.c.site_id == site_id, PROMISES.c.id.in_(found), _OPEN, PROMISES.c.warned_at.is_(None))
        .values(warned_at=now)
        .returning(PROMISES.c.id, PROMISES.c.case_id)
    ).all()
    for row in warned:
        tell(session, site_id, Notice.PROMISE_SOON, row.case_id, promise_id=row.id)
    return len(found)


def lists_to_settle(session: Session, site_id: int, now: datetime) -> list[tuple[Person, date]]:
    """Those for whom it is morning and whose list of the day is neither sent nor left out yet."""
    days = ((person, list_day(person, listed_on, now)) for person, listed_on in team_and_lists(session, site_id))
    return [(person, day) for person, day in days if day is not None]


def send_lists(session: Session, site_id: int) -> int:
    """Queue the daily list of everybody who has something due; each day of a person is settled once. How many."""
    now = clock.now()
    hours: WorkingHours | None = None
    sent = 0
    for person, day in lists_to_settle(session, site_id, now):
        settled = session.execute(
            update(_ROLES)
            .where(
                _ROLES.c.site_id == site_id,
                _ROLES.c.staff_id == person.staff_id,
                or_(_ROLES.c.listed_on.is_(None), _ROLES.c.listed_on < day),
            )
            .values(listed_on=day)
            .returning(_ROLES.c.id)
        ).one_or_none()
        hours = hours or hours_of_site(session, site_id, now)
        if settled is None or not gets_list(person, day, hours, now):
            continue
        if due_for(session, site_id, person.staff_id, end_of(day, person.time_zone)).count:
            sent += _queue(session, site_id, Notice.DAILY_LIST, person, None, {"day": day.isoformat()}, None)
    return sent


def _answered(site_id: int, response_id: int) -> Select[tuple[int]]:
    columns = (CASE_RESPONSES.c.id, CASE_RESPONSES.c.case_id, CASE_RESPONSES.c.told_at, CASE_RESPONSES.c.joined_at)
    query = select(*columns, CASES.c.created_at, CASES.c.resolved_at, _RESPONSES.c.updated_at)
    return query.select_from(
        CASE_RESPONSES.join(CASES, and_(CASES.c.id == CASE_RESPONSES.c.case_id, CASES.c.site_id == site_id)).join(
            _RESPONSES, and_(_RESPONSES.c.id == CASE_RESPONSES.c.response_id, _RESPONSES.c.site_id == site_id)
        )
    ).where(CASE_RESPONSES.c.site_id == site_id, CASE_RESPONSES.c.response_id == response_id)


def _queue(
    session: Session,
    site_id: int,
    notice: Notice,
    person: Person,
    case_id: int | None,
    facts: dict[str, Any],
    not_before: datetime | None,
) -> bool:
    name = name_of(notice)
    if (
        notice in _ONCE_WAITING
        and case_id is not None
        and is_queued(session, site_id, name, staff_id=person.staff_id, case_id=case_id)
    ):
        return False
    queue_mail(
        session,
        site_id=site_id,
        name=name,
        mail_class=MailClass.TRANSACTIONAL,
        locale=person.locale,
        staff_id=person.staff_id,
        case_id=case_id,
        facts=facts,
        not_before=not_before,
    )
    return True
