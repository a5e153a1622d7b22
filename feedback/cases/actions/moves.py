"""What staff do with a case: take, give, note, speak, resolve, reopen; which of it is allowed is in states.py."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feedback import clock
from feedback.actors import Actor, ActorKind
from feedback.cases.actions.changing import (
    begin,
    carry_out,
    colleague,
    load_case,
    name_of,
    owner_for,
    record_move,
    required,
    save_case,
)
from feedback.cases.actions.records import (
    CASE_RESPONSES,
    hand_promises_to,
    log,
    next_promise_due,
    promise,
    put_on_case,
    settle_promises,
)
from feedback.cases.activity import Happened
from feedback.cases.models import Case
from feedback.cases.promises import due_at
from feedback.cases.queries.intake import SEARCH_KEY_LENGTH, UNRESOLVED, hours_of_site
from feedback.cases.routing import DUE_MINUTES, FOLLOW_THROUGH_MINUTES
from feedback.cases.states import Move, Outcome, Priority, PromiseState, State, after, check, promise_after
from feedback.errors import Invalid, Problem
from feedback.events import CaseAssigned, CaseHandedOff, CaseReopened, CaseResolved, emit
from feedback.i18n.text import N_


def take(session: Session, actor: Actor, site_id: int, public_id: str, *, expected_version: int | None = None) -> Case:
    """The actor, a staff member, is on it from now."""
    if actor.kind is not ActorKind.STAFF or actor.id is None:
        raise Invalid([Problem("owner", "staff", N_("Only a staff member can take a case."))])
    case = begin(session, actor, site_id, public_id, Move.TAKE, expected_version)
    carry_out(session, actor, case, Move.TAKE, Happened.TAKEN, {"owner_id": actor.id})
    hand_promises_to(session, site_id, case.id, actor.id)
    return case


def assign(
    session: Session,
    actor: Actor,
    site_id: int,
    public_id: str,
    staff_id: int,
    *,
    note: str = "",
    expected_version: int | None = None,
) -> Case:
    """Give a case to somebody of the site. If it had an owner this is a hand-off, counted, and needs a note."""
    case = load_case(session, site_id, public_id, expected_version)
    move = Move.ASSIGN if case.owner_id is None else Move.HAND_OFF
    check(move, State(case.state), owner_for(case, actor), actor.kind)
    owner = colleague(session, site_id, staff_id)
    if staff_id == case.owner_id:
        return case
    previous = name_of(session, site_id, case.owner_id)
    by = actor.id if actor.kind is ActorKind.STAFF else None
    if move is Move.HAND_OFF:
        required(note, "note", N_("Say what the next person needs to know."))
        changes = {"owner_id": staff_id, "hand_offs": case.hand_offs + 1}
        facts = {"before": previous, "owner": owner.name}
        carry_out(session, actor, case, move, Happened.HANDED_OFF, changes, text=note, **facts)
        hand_promises_to(session, site_id, case.id, staff_id)
        emit(session, CaseHandedOff(site_id, case.id, staff_id, by, case.hand_offs))
        return case
    carry_out(session, actor, case, move, Happened.ASSIGNED, {"owner_id": staff_id}, text=note, owner=owner.name)
    hand_promises_to(session, site_id, case.id, staff_id)
    emit(session, CaseAssigned(site_id, case.id, staff_id, by))
    return case


def unassign(
    session: Session,
    actor: Actor,
    site_id: int,
    public_id: str,
    *,
    note: str,
    expected_version: int | None = None,
) -> Case:
    """Give a case back to the team, with a word why: a hand-off like any other."""
    case = begin(session, actor, site_id, public_id, Move.HAND_OFF, expected_version)
    required(note, "note", N_("Say what the next person needs to know."))
    changes = {"owner_id": None, "hand_offs": case.hand_offs + 1}
    carry_out(session, actor, case, Move.HAND_OFF, Happened.UNASSIGNED, changes, text=note)
    hand_promises_to(session, site_id, case.id, None)
    by = actor.id if actor.kind is ActorKind.STAFF else None
    emit(session, CaseHandedOff(site_id, case.id, None, by, case.hand_offs))
    return case


def note(
    session: Session, actor: Actor, site_id: int, public_id: str, text: str, *, expected_version: int | None = None
) -> Case:
    """An internal note; the customer never sees it."""
    case = begin(session, actor, site_id, public_id, Move.NOTE, expected_version)
    required(text, "text", N_("Please write a note."))
    return carry_out(session, actor, case, Move.NOTE, Happened.NOTED, {}, text=text)


def contact(
    session: Session,
    actor: Actor,
    site_id: int,
    public_id: str,
    text: str,
    *,
    channel: str = "phone",
    still: Collection[str] = (),
    expected_version: int | None = None,
) -> Case:
    """Log that the customer was spoken to: keeps what was promised, and sets when staff should be done.

    ``still`` are public ids of promises that stay open: the call was not what was promised.
    """
    case = begin(session, actor, site_id, public_id, Move.CONTACT, expected_version)
    required(text, "text", N_("Say what you talked about."))
    now = clock.now()
    changes = {"due_at": done_by(session, site_id, case.id, now, still), "replied_at": now}
    carry_out(session, actor, case, Move.CONTACT, Happened.CONTACTED, changes, text=text, channel=channel)
    settle_promises(session, actor, site_id, case.id, PromiseState.KEPT, now, still=still)
    return case


def done_by(session: Session, site_id: int, case_id: int, now: datetime, still: Collection[str]) -> datetime:
    """When staff should be done, once they have spoken to the customer: by the next promise, else in the usual time."""
    promised = next_promise_due(session, site_id, case_id, still) if still else None
    return promised or due_at(now, FOLLOW_THROUGH_MINUTES, hours_of_site(session, site_id, now))


def set_priority(
    session: Session,
    actor: Actor,
    site_id: int,
    public_id: str,
    priority: Priority,
    *,
    expected_version: int | None = None,
) -> Case:
    """Change the priority; the due time, which may have been promised, stays."""
    case = begin(session, actor, site_id, public_id, Move.PRIORITISE, expected_version)
    if case.priority == priority:
        return case
    facts = {"before": case.priority, "priority": priority.value}
    changes = {"priority": priority.value}
    return carry_out(session, actor, case, Move.PRIORITISE, Happened.PRIORITISED, changes, **facts)


def wait(session: Session, actor: Actor, site_id: int, public_id: str, *, expected_version: int | None = None) -> Case:
    """It is the customer's turn; their next answer opens the case again."""
    case = begin(session, actor, site_id, public_id, Move.WAIT, expected_version)
    return carry_out(session, actor, case, Move.WAIT, Happened.WAITING, {})


def resume(
    session: Session, actor: Actor, site_id: int, public_id: str, *, expected_version: int | None = None
) -> Case:
    """Wait no longer."""
    case = begin(session, actor, site_id, public_id, Move.RESUME, expected_version)
    return carry_out(session, actor, case, Move.RESUME, Happened.RESUMED, {})


def resolve(
    session: Session,
    actor: Actor,
    site_id: int,
    public_id: str,
    outcome: Outcome,
    *,
    note: str = "",
    expected_version: int | None = None,
) -> Case:
    """Close a case with an outcome, which settles what was promised."""
    case = begin(session, actor, site_id, public_id, Move.RESOLVE, expected_version)
    now = clock.now()
    changes: dict[str, Any] = {"outcome": outcome.value, "resolved_at": now}
    if case.owner_id is None and actor.kind is ActorKind.STAFF:
        changes["owner_id"] = actor.id  # somebody did it: the record says who
    facts = {"outcome": outcome.value}
    carry_out(session, actor, case, Move.RESOLVE, Happened.RESOLVED, changes, text=note, **facts)
    settle_promises(session, actor, site_id, case.id, promise_after(outcome), now)
    emit(session, CaseResolved(site_id, case.id, case.customer_id, outcome.value))
    return case


def reopen(
    session: Session,
    actor: Actor,
    site_id: int,
    public_id: str,
    *,
    note: str = "",
    expected_version: int | None = None,
) -> Case:
    """Open a resolved case again, with a new due time, promised if the customer asked for it.

    If the customer has another one open in the family, everything goes on there: that case is given back,
    and both say so.
    """
    case = begin(session, actor, site_id, public_id, Move.REOPEN, expected_version)
    now = clock.now()
    other = _other_unresolved(session, case)
    if other is None:
        due = due_at(now, DUE_MINUTES[Priority(case.priority)], hours_of_site(session, site_id, now))
        changes = {"outcome": None, "resolved_at": None, "due_at": due}
        try:
            with session.begin_nested():
                carry_out(session, actor, case, Move.REOPEN, Happened.REOPENED, changes, text=note)
        except IntegrityError:  # another one was opened between the two statements
            other = _other_unresolved(session, case)
            if other is None:
                raise
        else:
            if actor.kind is ActorKind.CUSTOMER:
                promise(session, site_id, case.id, case.owner_id, due, now)
            emit(session, CaseReopened(site_id, case.id, case.customer_id))
            return case
    return _add_to(session, actor, case, other, note, now)


def _add_to(session: Session, actor: Actor, case: Case, other: Case, text: str, now: datetime) -> Case:
    moved = session.scalars(
        select(CASE_RESPONSES.c.response_id).where(
            CASE_RESPONSES.c.site_id == case.site_id, CASE_RESPONSES.c.case_id == case.id
        )
    ).all()
    for response_id in moved:
        put_on_case(session, case.site_id, other.id, response_id, now)
    changes = {
        "updated_at": now,
        "state": after(Move.JOIN, State(other.state)).value,
        "search_key": f"{other.search_key} {case.search_key}"[:SEARCH_KEY_LENGTH],
    }
    save_case(session, other, changes)
    said = text.strip() or None
    log(session, actor, case.site_id, case.id, Happened.REOPENED_INTO, now, text=said, number=other.number)
    log(session, actor, case.site_id, other.id, Happened.ADDED_FROM, now, text=said, number=case.number)
    record_move(session, actor, case, Move.REOPEN, {}, {"into": other.public_id})
    return other


def _other_unresolved(session: Session, case: Case) -> Case | None:
    if case.customer_id is None:
        return None
    return session.scalars(
        select(Case).where(
            Case.site_id == case.site_id,
            Case.customer_id == case.customer_id,
            Case.family == case.family,
            UNRESOLVED,
            Case.id != case.id,
        )
    ).one_or_none()
