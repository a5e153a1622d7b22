"""How a move is carried out: the row that was read is changed if nobody was faster, logged and audited."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from feedback import audit, clock
from feedback.actors import Actor, ActorKind
from feedback.cases.actions.records import CASES, log
from feedback.cases.activity import Happened
from feedback.cases.models import Case
from feedback.cases.queries.detail import case_head
from feedback.cases.states import Move, Owner, State, after, check
from feedback.db import BigKey
from feedback.errors import Conflict, Invalid, NotFound, Problem
from feedback.i18n.text import N_
from feedback.staff.models import StaffMember, StaffRole

# Made once: putting them together costs more than running them.
_BY_NAME: Final = (
    select(Case)
    .where(Case.site_id == bindparam("site_id", type_=BigKey), Case.public_id == bindparam("public_id"))
    .execution_options(populate_existing=True)
)
_BY_ID: Final = (
    select(Case)
    .where(Case.site_id == bindparam("site_id", type_=BigKey), Case.id == bindparam("case_id", type_=BigKey))
    .execution_options(populate_existing=True)
)


def load_case(session: Session, site_id: int, public_id: str, expected_version: int | None) -> Case:
    """The case as it is now. Raises NotFound, and Conflict where it isn't the expected version any more."""
    # populate_existing: a stale change must be found also where the row was read before in this session.
    case = session.scalars(_BY_NAME, {"site_id": site_id, "public_id": public_id}).one_or_none()
    if case is None:
        raise NotFound(public_id)
    if expected_version is not None and case.version != expected_version:
        raise Conflict(present=case_head(session, site_id, case.id))
    return case


def begin(
    session: Session, actor: Actor, site_id: int, public_id: str, move: Move, expected_version: int | None
) -> Case:
    """The case, if this move may be made in its state by this actor. Raises what ``load_case`` and ``check`` raise."""
    case = load_case(session, site_id, public_id, expected_version)
    check(move, State(case.state), owner_for(case, actor), actor.kind)
    return case


def owner_for(case: Case, actor: Actor) -> Owner:
    """Whose case it is, as the actor sees it."""
    if case.owner_id is None:
        return Owner.NOBODY
    mine = actor.kind is ActorKind.STAFF and actor.id == case.owner_id
    return Owner.ME if mine else Owner.OTHER


def carry_out(
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
    before = {name: plain(getattr(case, name)) for name in values}
    save_case(session, case, {**values, "updated_at": now, "touched_at": case.touched_at or now})
    log(session, actor, case.site_id, case.id, happened, now, text=text.strip() or None, **facts)
    changed = {name: plain(value) for name, value in values.items() if plain(value) != before[name]}
    record_move(session, actor, case, move, {name: before[name] for name in changed}, changed)
    return case


def save_case(session: Session, case: Case, values: dict[str, Any]) -> None:
    """Change the row if its version is still the one that was read; Conflict carries the present one."""
    changed = session.execute(
        update(CASES)
        .where(CASES.c.site_id == case.site_id, CASES.c.id == case.id, CASES.c.version == case.version)
        .values(**values, version=case.version + 1)
        .returning(CASES.c.version)
    ).one_or_none()
    if changed is None:
        raise Conflict(present=case_head(session, case.site_id, case.id))
    session.scalars(_BY_ID, {"site_id": case.site_id, "case_id": case.id}).one()


def plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    return value.isoformat() if isinstance(value, datetime) else value


def record_move(
    session: Session, actor: Actor, case: Case, move: Move, before: dict[str, Any], changed: dict[str, Any]
) -> None:
    """Write the audit of a move: of staff and programs; the log of the case alone has customers and the system."""
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


def colleague(session: Session, site_id: int, staff_id: int) -> StaffMember:
    """Somebody of the site's staff who can be given a case. Raises Invalid, at the field ``owner``."""
    found = session.scalars(
        select(StaffMember)
        .join(StaffRole, StaffRole.staff_id == StaffMember.id)
        .where(StaffRole.site_id == site_id, StaffMember.id == staff_id, StaffMember.disabled_at.is_(None))
    ).one_or_none()
    if found is None:
        raise Invalid([Problem("owner", "unknown", N_("There is no team member with that name."))])
    return found


def name_of(session: Session, site_id: int, staff_id: int | None) -> str | None:
    """The name of somebody of the site's staff, disabled or not; None for nobody of them."""
    if staff_id is None:
        return None
    return session.execute(
        select(StaffMember.name)
        .join(StaffRole, StaffRole.staff_id == StaffMember.id)
        .where(StaffRole.site_id == site_id, StaffMember.id == staff_id)
    ).scalar_one_or_none()


def required(text: str, field: str, message: str) -> None:
    """Raises Invalid with the message, at the field, where there is nothing but space."""
    if not text.strip():
        raise Invalid([Problem(field, "required", message)])
