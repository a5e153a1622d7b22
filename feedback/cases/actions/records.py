"""The rows beside a case, written with plain statements: activity, promises, which responses are on it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import String, Table, bindparam, case, func, literal, select, update
from sqlalchemy.orm import Session

from feedback.actors import Actor
from feedback.cases.activity import Happened
from feedback.cases.models import Activity, Case, CaseResponse, Promise
from feedback.cases.states import Priority, PromiseState
from feedback.db import BigKey, UtcDateTime, insert_once

CASES: Final[Table] = Case.metadata.tables["case"]
CASE_RESPONSES: Final[Table] = CaseResponse.metadata.tables["case_response"]
PROMISES: Final[Table] = Promise.metadata.tables["promise"]
ACTIVITIES: Final[Table] = Activity.metadata.tables["case_activity"]

FIRST_RESPONSE = "first_response"
MADE = "made"
_SETTLED: Final = {
    PromiseState.KEPT.value: Happened.PROMISE_KEPT,
    PromiseState.BROKEN.value: Happened.PROMISE_BROKEN,
    PromiseState.CANCELLED.value: None,
}
# Made once: putting a statement together costs more than running it.
_NEW_ACTIVITY: Final = ACTIVITIES.insert().returning(ACTIVITIES.c.id)
_NEW_PROMISE: Final = PROMISES.insert()
_NOW: Final = bindparam("now", type_=UtcDateTime)
_SETTLE: Final = (
    update(PROMISES)
    .where(
        PROMISES.c.site_id == bindparam("of_site", type_=BigKey),
        PROMISES.c.case_id == bindparam("of_case", type_=BigKey),
        PROMISES.c.state == PromiseState.OPEN.value,
    )
    .values(
        state=case((PROMISES.c.due_at < _NOW, PromiseState.BROKEN.value), else_=bindparam("becomes", type_=String)),
        settled_at=_NOW,
    )
    .returning(PROMISES.c.id, PROMISES.c.due_at, PROMISES.c.what, PROMISES.c.state)
)


def log(
    session: Session,
    actor: Actor,
    site_id: int,
    case_id: int,
    happened: Happened,
    now: datetime,
    *,
    text: str | None = None,
    **facts: Any,
) -> int:
    """Write one activity row; its id."""
    values = {
        "site_id": site_id,
        "case_id": case_id,
        "kind": happened.value,
        "actor_kind": actor.kind.value,
        "actor_id": actor.id,
        "actor_label": actor.label,
        "facts": facts,
        "text": text,
        "at": now,
    }
    return int(session.execute(_NEW_ACTIVITY, values).scalar_one())


def put_on_case(session: Session, site_id: int, case_id: int, response_id: int, now: datetime) -> bool:
    """Put a response on a case; False if it was on it already."""
    values = {"site_id": site_id, "case_id": case_id, "response_id": response_id, "joined_at": now}
    return insert_once(session, CASE_RESPONSES, values, ["response_id", "case_id"]) is not None


def promise(
    session: Session, site_id: int, case_id: int, staff_id: int | None, due_at: datetime, now: datetime
) -> None:
    """Promise a first response by a moment."""
    values = {
        "site_id": site_id,
        "case_id": case_id,
        "kind": FIRST_RESPONSE,
        "state": PromiseState.OPEN.value,
        "staff_id": staff_id,
        "due_at": due_at,
        "made_at": now,
    }
    session.execute(_NEW_PROMISE, values)


def promise_again(
    session: Session, site_id: int, case_id: int, staff_id: int | None, due_at: datetime, now: datetime
) -> None:
    """Another answer joined: an open promise is never postponed; one that is past or settled needs a new one."""
    tightened = session.execute(
        update(PROMISES)
        .where(
            PROMISES.c.site_id == site_id,
            PROMISES.c.case_id == case_id,
            PROMISES.c.state == PromiseState.OPEN.value,
            PROMISES.c.due_at > now,
        )
        .values(due_at=earlier(PROMISES.c.due_at, due_at))
        .returning(PROMISES.c.id)
    ).all()
    if not tightened:
        promise(session, site_id, case_id, staff_id, due_at, now)


def settle_promises(
    session: Session,
    actor: Actor,
    site_id: int,
    case_id: int,
    state: PromiseState,
    now: datetime,
    *,
    still: Collection[str] = (),
) -> None:
    """Settle the open promises of a case, each with a line of its own, but for those in ``still`` (public ids).

    One whose time is over can't be kept any more, only broken. The first response is settled by any contact.
    """
    statement = _SETTLE
    if still:
        statement = statement.where((PROMISES.c.kind == FIRST_RESPONSE) | PROMISES.c.public_id.not_in(still))
    keys = {"of_site": site_id, "of_case": case_id, "now": now, "becomes": state.value}
    settled = session.execute(statement, keys).all()
    for row in sorted(settled, key=lambda one: int(one.id)):
        happened = _SETTLED.get(row.state)
        if happened is not None:
            log(session, actor, site_id, case_id, happened, now, text=row.what or None, due_at=row.due_at.isoformat())


def hand_promises_to(session: Session, site_id: int, case_id: int, staff_id: int | None) -> None:
    """Whoever has the case now, or the team, is to keep what was promised."""
    session.execute(
        update(PROMISES)
        .where(
            PROMISES.c.site_id == site_id, PROMISES.c.case_id == case_id, PROMISES.c.state == PromiseState.OPEN.value
        )
        .values(staff_id=staff_id)
    )


def next_promise_due(
    session: Session, site_id: int, case_id: int, only: Collection[str] | None = None
) -> datetime | None:
    """When the next open promise of a case is due, of those in ``only`` (public ids) if given."""
    query = select(func.min(PROMISES.c.due_at)).where(
        PROMISES.c.site_id == site_id, PROMISES.c.case_id == case_id, PROMISES.c.state == PromiseState.OPEN.value
    )
    if only is not None:
        query = query.where(PROMISES.c.kind != FIRST_RESPONSE, PROMISES.c.public_id.in_(only))
    found: datetime | None = session.execute(query).scalar_one()
    return found


def earlier(column: Any, moment: datetime) -> Any:
    """The earlier of a stored moment and this one, reckoned where it is stored: nobody reads it in between."""
    other = literal(moment, column.type)
    return case((column > other, other), else_=column)


def raised(priority: Priority) -> Any:
    """The higher of the stored priority and this one, as SQL."""
    lower = {Priority.HIGH: ("normal", "low"), Priority.NORMAL: ("low",), Priority.LOW: ()}[priority]
    return case((CASES.c.priority.in_(lower), priority.value), else_=CASES.c.priority)
