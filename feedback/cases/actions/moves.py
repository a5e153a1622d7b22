"""What staff do with a case: take, give, note, speak, resolve, reopen; which of it is allowed is in states.py."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feedback import audit, clock
from feedback.actors import Actor, ActorKind
from feedback.cases.actions.records import CASE_RESPONSES, CASES, log, promise, put_on_case, settle_promises
from feedback.cases.activity import Happened
from feedback.cases.models import Case
from feedback.cases.promises import due_at
from feedback.cases.queries.detail import case_head
from feedback.cases.queries.intake import SEARCH_KEY_LENGTH, UNRESOLVED, hours_of_site
from feedback.cases.routing import DUE_MINUTES, FOLLOW_THROUGH_MINUTES
from feedback.cases.states import (
    Move,
    Outcome,
    Owner,
    Priority,
    PromiseState,
    State,
    after,
    check,
    promise_after,
)
from feedback.errors import Conflict, Invalid, NotFound, Problem
from feedback.events import CaseReopened, CaseResolved, emit
from feedback.i18n.text import N_
from feedback.staff.models import StaffMember, StaffRole


def take(session: Session, actor: Actor, site_id: int, public_id: str, *, expected_version: int | None = None) -> Case:
    """The actor, a staff member, is on it from now."""
    if actor.kind is not ActorKind.STAFF or actor.id is None:
        raise Invalid([Problem("owner", "staff", N_("Only a staff member can take a case."))])
    case = _begin(session, actor, site_id, public_id, Move.TAKE, expected_version)
    return _do(session, actor, case, Move.TAKE, Happened.TAKEN, {"owner_id": actor.id})


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
    case = _load(session, site_id, public_id, expected_version)
    move = Move.ASSIGN if case.owner_id is None else Move.HAND_OFF
    check(move, State(case.state), _owner(case, actor), actor.kind)
    owner = _colleague(session, site_id, staff_id)
    if staff_id == case.owner_id:
        return case
    previous = _name(session, site_id, case.owner_id)
    if move is Move.HAND_OFF:
        _required(note, "note", N_("Say what the next person needs to know."))
        changes = {"owner_id": staff_id, "hand_offs": case.hand_offs + 1}
        facts = {"before": previous, "owner": owner.name}
        return _do(session, actor, case, move, Happened.HANDED_OFF, changes, text=note, **facts)
    return _do(session, actor, case, move, Happened.ASSIGNED, {"owner_id": staff_id}, text=note, owner=owner.name)


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
    case = _begin(session, actor, site_id, public_id, Move.HAND_OFF, expected_version)
    _required(note, "note", N_("Say what the next person needs to know."))
    changes = {"owner_id": None, "hand_offs": case.hand_offs + 1}
    return _do(session, actor, case, Move.HAND_OFF, Happened.UNASSIGNED, changes, text=note)


def note(
    session: Session, actor: Actor, site_id: int, public_id: str, text: str, *, expected_version: int | None = None
) -> Case:
    """An internal note; the customer never sees it."""
    case = _begin(session, actor, site_id, public_id, Move.NOTE, expected_version)
    _required(text, "text", N_("An empty note says nothing."))
    return _do(session, actor, case, Move.NOTE, Happened.NOTED, {}, text=text)


def contact(
    session: Session,
    actor: Actor,
    site_id: int,
    public_id: str,
    text: str,
    *,
    channel: str = "phone",
    expected_version: int | None = None,
) -> Case:
    """Log that the customer was spoken to: keeps the promise to come back, and sets when staff should be done."""
    case = _begin(session, actor, site_id, public_id, Move.CONTACT, expected_version)
    _required(text, "text", N_("Say what was talked about."))
    now = clock.now()
    done_by = due_at(now, FOLLOW_THROUGH_MINUTES, hours_of_site(session, site_id, now))
    changes = {"due_at": done_by}
    _do(session, actor, case, Move.CONTACT, Happened.CONTACTED, changes, text=text, channel=channel)
    settle_promises(session, actor, site_id, case.id, PromiseState.KEPT, now)
    return case


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
    case = _begin(session, actor, site_id, public_id, Move.PRIORITISE, expected_version)
    if case.priority == priority:
        return case
    facts = {"before": case.priority, "priority": priority.value}
    changes = {"priority": priority.value}
    return _do(session, actor, case, Move.PRIORITISE, Happened.PRIORITISED, changes, **facts)


def wait(session: Session, actor: Actor, site_id: int, public_id: str, *, expected_version: int | None = None) -> Case:
    """It is the customer's turn; their next answer opens the case again."""
    case = _begin(session, actor, site_id, public_id, Move.WAIT, expected_version)
    return _do(session, actor, case, Move.WAIT, Happened.WAITING, {})


def resume(
    session: Session, actor: Actor, site_id: int, public_id: str, *, expected_version: int | None = None
) -> Case:
    """Wait no longer."""
    case = _begin(session, actor, site_id, public_id, Move.RESUME, expected_version)
    return _do(session, actor, case, Move.RESUME, Happened.RESUMED, {})


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
    case = _begin(session, actor, site_id, public_id, Move.RESOLVE, expected_version)
    now = clock.now()
    changes: dict[str, Any] = {"outcome": outcome.value, "resolved_at": now}
    if case.owner_id is None and actor.kind is ActorKind.STAFF:
        changes["owner_id"] = actor.id  # somebody did it: the record says who
    facts = {"outcome": outcome.value}
    _do(session, actor, case, Move.RESOLVE, Happened.RESOLVED, changes, text=note, **facts)
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
    case = _begin(session, actor, site_id, public_id, Move.REOPEN, expected_version)
    now = clock.now()
    other = _other_unresolved(session, case)
    if other is None:
        due = due_at(now, DUE_MINUTES[Priority(case.priority)], hours_of_site(session, site_id, now))
        changes = {"outcome": None, "resolved_at": None, "due_at": due}
        try:
            with session.begin_nested():
                _do(session, actor, case, Move.REOPEN, Happened.REOPENED, changes, text=note)
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
    _save(session, other, changes)
    said = text.strip() or None
    log(session, actor, case.site_id, case.id, Happened.REOPENED_INTO, now, text=said, number=other.number)
    log(session, actor, case.site_id, other.id, Happened.ADDED_FROM, now, text=said, number=case.number)
    _audit(session, actor, case, Move.REOPEN, {}, {"into": other.public_id})
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


def _load(session: Session, site_id: int, public_id: str, expected_version: int | None) -> Case:
    # populate_existing: a stale change must be found also where the row was read before in this session.
    case = session.scalars(
        select(Case)
        .where(Case.site_id == site_id, Case.public_id == public_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if case is None:
        raise NotFound(public_id)
    if expected_version is not None and case.version != expected_version:
        raise Conflict(present=case_head(session, site_id, case.id))
    return case


def _begin(
    session: Session, actor: Actor, site_id: int, public_id: str, move: Move, expected_version: int | None
) -> Case:
    case = _load(session, site_id, public_id, expected_version)
    check(move, State(case.state), _owner(case, actor), actor.kind)
    return case


def _owner(case: Case, actor: Actor) -> Owner:
    if case.owner_id is None:
        return Owner.NOBODY
    mine = actor.kind is ActorKind.STAFF and actor.id == case.owner_id
    return Owner.ME if mine else Owner.OTHER


def _do(
    session: Session,
    actor: Actor,
    case: Case,
    move: Move,
    happened: Happened,
    changes: dict[str, Any],
    *,
    text: str = "",
    **facts: Any,
) -> Case:
    """Carry out a move: change the row if it is still the one that was read, log it, audit it."""
    now = clock.now()
    values = {"state": after(move, State(case.state)).value, **changes}
    before = {name: _plain(getattr(case, name)) for name in values}
    _save(session, case, {**values, "updated_at": now, "touched_at": case.touched_at or now})
    log(session, actor, case.site_id, case.id, happened, now, text=text.strip() or None, **facts)
    changed = {name: _plain(value) for name, value in values.items() if _plain(value) != before[name]}
    _audit(session, actor, case, move, {name: before[name] for name in changed}, changed)
    return case


def _save(session: Session, case: Case, values: dict[str, Any]) -> None:
    """Change the row if its version is still the one that was read; Conflict carries the present one."""
    changed = session.execute(
        update(CASES)
        .where(CASES.c.site_id == case.site_id, CASES.c.id == case.id, CASES.c.version == case.version)
        .values(**values, version=case.version + 1)
        .returning(CASES.c.version)
    ).one_or_none()
    if changed is None:
        raise Conflict(present=case_head(session, case.site_id, case.id))
    session.scalars(
        select(Case).where(Case.site_id == case.site_id, Case.id == case.id).execution_options(populate_existing=True)
    ).one()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _audit(
    session: Session, actor: Actor, case: Case, move: Move, before: dict[str, Any], changed: dict[str, Any]
) -> None:
    if actor.kind in (ActorKind.CUSTOMER, ActorKind.SYSTEM):
        return
    audit.record(
        session,
        actor,
        f"case.{move}",
        site_id=case.site_id,
        subject="case",
        subject_id=case.public_id,
        before=before or None,
        after=changed or None,
    )


def _colleague(session: Session, site_id: int, staff_id: int) -> StaffMember:
    found = session.scalars(
        select(StaffMember)
        .join(StaffRole, StaffRole.staff_id == StaffMember.id)
        .where(StaffRole.site_id == site_id, StaffMember.id == staff_id, StaffMember.disabled_at.is_(None))
    ).one_or_none()
    if found is None:
        raise Invalid([Problem("owner", "unknown", N_("There is nobody here by that name."))])
    return found


def _name(session: Session, site_id: int, staff_id: int | None) -> str | None:
    if staff_id is None:
        return None
    return session.execute(
        select(StaffMember.name)
        .join(StaffRole, StaffRole.staff_id == StaffMember.id)
        .where(StaffRole.site_id == site_id, StaffMember.id == staff_id)
    ).scalar_one_or_none()


def _required(text: str, field: str, message: str) -> None:
    if not text.strip():
        raise Invalid([Problem(field, "required", message)])
