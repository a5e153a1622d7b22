"""Promises that people make to customers: made, kept, put off, taken back; the first one comes with the case."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import clock
from feedback.actors import Actor, ActorKind
from feedback.cases.actions.changing import carry_out, colleague, load_case, owner_for, required
from feedback.cases.actions.records import MADE, next_promise_due
from feedback.cases.activity import Happened
from feedback.cases.contact import WHY_NOT
from feedback.cases.models import Case, Promise
from feedback.cases.queries.addressee import addressee_of
from feedback.cases.states import Family, Move, PromiseState, State, check
from feedback.errors import Invalid, NotAllowed, NotFound, Problem
from feedback.events import PromiseMoved, emit
from feedback.i18n.text import N_

MAX_WORDS = 500
LONGEST = timedelta(days=366)
_PEOPLE = frozenset({ActorKind.STAFF, ActorKind.API_KEY})


def make_promise(
    session: Session,
    actor: Actor,
    site_id: int,
    public_id: str,
    what: str,
    due_at: datetime,
    *,
    staff_id: int | None = None,
    expected_version: int | None = None,
) -> Promise:
    """Promise the customer something by a moment; ``staff_id`` is who is to keep it, the owner or maker if not given.

    The case is due when its next promise is. Only people promise: NotAllowed for the program itself. Invalid names
    ``what`` or ``due_at``. Who unsubscribed and allowed no contact is promised nothing.
    """
    _only_people(actor)
    case = load_case(session, site_id, public_id, expected_version)
    check(Move.PROMISE, State(case.state), owner_for(case, actor), actor.kind)
    if case.family == Family.OPT_OUT and addressee_of(session, site_id, case.id).verdict.code == "opted_out":
        raise NotAllowed("contact-not-permitted", WHY_NOT["opted_out"])
    now = clock.now()
    what = what.strip()
    _check_words(what)
    _check_time(due_at, now)
    maker = actor.id if actor.kind is ActorKind.STAFF else None
    if staff_id is not None:
        colleague(session, site_id, staff_id)
    made = Promise(
        site_id=site_id,
        case_id=case.id,
        kind=MADE,
        state=PromiseState.OPEN.value,
        what=what,
        staff_id=staff_id or case.owner_id or maker,
        made_by=maker,
        due_at=due_at,
        made_at=now,
    )
    session.add(made)
    session.flush()
    changes = {"due_at": next_promise_due(session, site_id, case.id) or due_at}
    facts = {"due_at": due_at.isoformat()}
    carry_out(session, actor, case, Move.PROMISE, Happened.PROMISED, changes, text=what, **facts)
    return made


def keep_promise(
    session: Session,
    actor: Actor,
    site_id: int,
    public_id: str,
    promise_id: str,
    *,
    note: str = "",
    expected_version: int | None = None,
) -> Promise:
    """Say that a promise was kept. NotAllowed once its time is over: then it was not."""
    return _settle(
        session, actor, site_id, public_id, promise_id, PromiseState.KEPT, Happened.PROMISE_KEPT, note, expected_version
    )


def cancel_promise(
    session: Session,
    actor: Actor,
    site_id: int,
    public_id: str,
    promise_id: str,
    *,
    reason: str,
    expected_version: int | None = None,
) -> Promise:
    """Take back a promise that the customer no longer needs; the reason stands on the case and on their page."""
    required(reason, "reason", N_("Say why it is no longer needed."))
    return _settle(
        session,
        actor,
        site_id,
        public_id,
        promise_id,
        PromiseState.CANCELLED,
        Happened.PROMISE_CANCELLED,
        reason,
        expected_version,
    )


def move_promise(
    session: Session,
    actor: Actor,
    site_id: int,
    public_id: str,
    promise_id: str,
    due_at: datetime,
    *,
    reason: str,
    expected_version: int | None = None,
) -> Promise:
    """Put a promise off before its time is over, with a reason that the customer is told at once (PromiseMoved)."""
    case, found, now = _open_promise(session, actor, site_id, public_id, promise_id, expected_version)
    required(reason, "reason", N_("Say why: the customer will be told."))
    _check_time(due_at, now)
    before = found.due_at
    if due_at == before:
        return found
    found.due_at, found.warned_at = due_at, None
    session.flush()
    changes = {"due_at": next_promise_due(session, site_id, case.id) or due_at}
    facts = {"before": before.isoformat(), "due_at": due_at.isoformat(), "promise": found.public_id}
    carry_out(session, actor, case, Move.PROMISE, Happened.PROMISE_MOVED, changes, text=reason, **facts)
    emit(session, PromiseMoved(site_id, found.id, case.id))
    return found


def _settle(
    session: Session,
    actor: Actor,
    site_id: int,
    public_id: str,
    promise_id: str,
    state: PromiseState,
    happened: Happened,
    note: str,
    expected_version: int | None,
) -> Promise:
    case, found, now = _open_promise(session, actor, site_id, public_id, promise_id, expected_version)
    found.state, found.settled_at = state.value, now
    session.flush()
    due = next_promise_due(session, site_id, case.id)
    changes = {} if due is None else {"due_at": due}
    text = "\n".join(part for part in (found.what, note.strip()) if part)
    facts = {"due_at": found.due_at.isoformat(), "promise": found.public_id}
    carry_out(session, actor, case, Move.PROMISE, happened, changes, text=text, **facts)
    return found


def _open_promise(
    session: Session, actor: Actor, site_id: int, public_id: str, promise_id: str, expected_version: int | None
) -> tuple[Case, Promise, datetime]:
    _only_people(actor)
    case = load_case(session, site_id, public_id, expected_version)
    check(Move.PROMISE, State(case.state), owner_for(case, actor), actor.kind)
    found = session.scalars(
        select(Promise)
        .where(Promise.site_id == site_id, Promise.case_id == case.id, Promise.public_id == promise_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound(promise_id)
    now = clock.now()
    if found.state != PromiseState.OPEN:
        raise NotAllowed("promise_settled", N_("This promise is already settled."))
    if found.due_at < now:
        raise NotAllowed("promise_lapsed", N_("This promise is already overdue. Make a new one."))
    return case, found, now


def _only_people(actor: Actor) -> None:
    if actor.kind not in _PEOPLE:
        raise NotAllowed(f"promise_by_{actor.kind}", N_("Only a person can make a promise."))


def _check_words(what: str) -> None:
    if not what:
        raise Invalid([Problem("what", "required", N_("Say what you promise."))])
    if len(what) > MAX_WORDS:
        raise Invalid([Problem("what", "too_long", N_("Too long: at most %(max)s characters."), {"max": MAX_WORDS})])


def _check_time(due_at: datetime, now: datetime) -> None:
    if due_at <= now:
        raise Invalid([Problem("due_at", "past", N_("This time has already passed."))])
    if due_at > now + LONGEST:
        raise Invalid([Problem("due_at", "too_late", N_("Promise something within a year."))])
