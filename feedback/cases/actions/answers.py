"""What becomes of a case when the answer that is on it changes; how an answer gets there is in opening.py."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from feedback import clock
from feedback.actors import Actor
from feedback.cases.actions.records import CASES, log, raised, settle_promises
from feedback.cases.activity import Happened
from feedback.cases.models import CaseResponse
from feedback.cases.queries.intake import Answered
from feedback.cases.states import Outcome, Priority, PromiseState, State
from feedback.errors import NotFound
from feedback.events import CaseResolved, emit


def answer_changed(
    session: Session,
    actor: Actor,
    site_id: int,
    case_id: int,
    answered: Answered,
    *,
    before: int | None,
    priority: Priority | None,
) -> None:
    """The customer edited an answer that is on a case. ``priority`` is what the new answer asks for; None: no case.

    An untouched case that nothing else is on closes as withdrawn; any other keeps the new answer as activity.
    """
    now = clock.now()
    row = session.execute(
        select(CASES.c.state, CASES.c.touched_at, CASES.c.priority, _responses_on(site_id).label("responses")).where(
            CASES.c.site_id == site_id, CASES.c.id == case_id
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    log(
        session,
        actor,
        site_id,
        case_id,
        Happened.ANSWER_CHANGED if before != answered.facts.score else Happened.ANSWER_ADDED,
        now,
        text=answered.excerpt or None,
        before=before,
        score=answered.facts.score,
    )
    if row.state == State.RESOLVED:
        return
    if priority is None and row.touched_at is None and row.responses == 1:
        withdraw(session, actor, site_id, case_id)
        return
    values: dict[str, Any] = {"version": CASES.c.version + 1, "updated_at": now}
    if priority is not None:
        values["priority"] = raised(priority)
    if row.responses == 1:
        values |= {"excerpt": answered.excerpt, "search_key": answered.search_key}
    session.execute(update(CASES).where(CASES.c.site_id == site_id, CASES.c.id == case_id).values(**values))


def withdraw(session: Session, actor: Actor, site_id: int, case_id: int) -> bool:
    """Close a case that the customer took back before anybody had acted; False if somebody was faster."""
    now = clock.now()
    closed = session.execute(
        update(CASES)
        .where(CASES.c.site_id == site_id, CASES.c.id == case_id, CASES.c.state != State.RESOLVED.value)
        .where(CASES.c.touched_at.is_(None))
        .values(
            state=State.RESOLVED.value,
            outcome=Outcome.WITHDRAWN.value,
            resolved_at=now,
            updated_at=now,
            version=CASES.c.version + 1,
        )
        .returning(CASES.c.customer_id)
    ).one_or_none()
    if closed is None:
        return False
    settle_promises(session, actor, site_id, case_id, PromiseState.CANCELLED, now)
    log(session, actor, site_id, case_id, Happened.WITHDRAWN, now)
    emit(session, CaseResolved(site_id, case_id, closed.customer_id, Outcome.WITHDRAWN.value))
    return True


def _responses_on(site_id: int) -> Any:
    return (
        select(func.count())
        .select_from(CaseResponse)
        .where(CaseResponse.site_id == site_id, CaseResponse.case_id == CASES.c.id)
        .scalar_subquery()
    )
