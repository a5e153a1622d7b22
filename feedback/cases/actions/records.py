"""The rows beside a case, written with plain statements: activity, promises, which responses are on it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Table, and_, case, literal, update
from sqlalchemy.orm import Session

from feedback.actors import Actor
from feedback.cases.activity import Happened
from feedback.cases.models import Activity, Case, CaseResponse, Promise
from feedback.cases.states import PromiseState
from feedback.db import insert_once

CASES: Final[Table] = Case.metadata.tables["case"]
CASE_RESPONSES: Final[Table] = CaseResponse.metadata.tables["case_response"]
PROMISES: Final[Table] = Promise.metadata.tables["promise"]
ACTIVITIES: Final[Table] = Activity.metadata.tables["case_activity"]

FIRST_RESPONSE = "first_response"
# Made once: putting a statement together costs more than running it.
_NEW_ACTIVITY: Final = ACTIVITIES.insert()
_NEW_PROMISE: Final = PROMISES.insert()


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
) -> None:
    """Write one activity row."""
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
    session.execute(_NEW_ACTIVITY, values)


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
    session: Session, actor: Actor, site_id: int, case_id: int, state: PromiseState, now: datetime
) -> None:
    """Settle the open promises of a case; one whose time is over can't be kept any more, only broken."""
    open_ones = and_(
        PROMISES.c.site_id == site_id, PROMISES.c.case_id == case_id, PROMISES.c.state == PromiseState.OPEN.value
    )
    late = session.execute(
        update(PROMISES)
        .where(open_ones, PROMISES.c.due_at < now)
        .values(state=PromiseState.BROKEN.value, settled_at=now)
        .returning(PROMISES.c.id)
    ).all()
    in_time = session.execute(
        update(PROMISES)
        .where(open_ones, PROMISES.c.due_at >= now)
        .values(state=state.value, settled_at=now)
        .returning(PROMISES.c.id)
    ).all()
    broken, kept = Happened.PROMISE_BROKEN, Happened.PROMISE_KEPT
    for happened, count in (
        (broken, len(late) + (len(in_time) if state is PromiseState.BROKEN else 0)),
        (kept, len(in_time) if state is PromiseState.KEPT else 0),
    ):
        if count:
            log(session, actor, site_id, case_id, happened, now)


def earlier(column: Any, moment: datetime) -> Any:
    """The earlier of a stored moment and this one, reckoned where it is stored: nobody reads it in between."""
    other = literal(moment, column.type)
    return case((column > other, other), else_=column)
