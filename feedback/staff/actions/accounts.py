"""Accounts and roles: adding, changing, disabling, setting passwords; every change is audited with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from feedback import audit, clock
from feedback.actors import Actor, Role
from feedback.db import insert_once, new_public_id
from feedback.errors import Invalid, NotAllowed, NotFound, Problem
from feedback.events import PasswordResetAsked, StaffInvited, emit
from feedback.i18n.text import N_
from feedback.staff.details import NewStaff, Profile
from feedback.staff.managing import may_manage
from feedback.staff.models import StaffMember, StaffRole, StaffSession
from feedback.staff.queries import (
    email_key,
    first_site_of,
    other_admins,
    roles_of,
    staff_by_email,
    staff_by_id,
)
from feedback.versions import as_read, store


@dataclass(frozen=True, slots=True)
class Added:
    """Who was added; ``needs_password`` is whether they still have to choose one."""

    staff_id: int
    public_id: str
    needs_password: bool


def add_staff(
    session: Session,
    actor: Actor,
    site_id: int,
    facts: NewStaff,
    *,
    by: Role | None = None,
    password_hash: str | None = None,
    invite: bool = False,
) -> Added:
    """Give somebody an account, if they have none, and a role on the site.

    An account that is there keeps its name, languages and password. ``by`` is the role of whoever asks (None: a
    command, which may do anything); ``invite`` mails whoever has no password yet. Raises Invalid, NotAllowed.
    """
    _must_manage(by, None, facts.role)
    now = clock.now()
    table = StaffMember.metadata.tables["staff_member"]
    values: dict[str, Any] = {
        "public_id": new_public_id(),
        "email": facts.email,
        "email_key": email_key(facts.email),
        "name": facts.name,
        "password_hash": password_hash,
        "locale": facts.locale,
        "time_zone": facts.time_zone,
        "languages": list(facts.languages),
        "created_at": now,
        "version": 1,
    }
    insert_once(session, table, values, ["email_key"])
    member = staff_by_email(session, facts.email)
    role = {"site_id": site_id, "staff_id": member.id, "role": facts.role.value}
    roles = StaffRole.metadata.tables["staff_role"]
    if insert_once(session, roles, role, ["site_id", "staff_id"]) is None:
        message = N_("Somebody with this address already works on this site.")
        raise Invalid([Problem("email", "member-already", message)])
    _audit(session, actor, "staff.add", site_id, member, after={"role": facts.role.value})
    needs_password = member.password_hash is None
    if invite and needs_password:
        emit(session, StaffInvited(site_id, member.id))
    return Added(member.id, member.public_id, needs_password)


def change_role(session: Session, actor: Actor, site_id: int, staff_id: int, role: Role, *, by: Role | None) -> None:
    """Give a member another role. Raises NotFound, NotAllowed."""
    present = _role_row(session, site_id, staff_id)
    before = Role(present.role)
    if before is role:
        return
    _must_manage(by, before, role)
    _must_not_be_self(actor, staff_id)
    _must_leave_an_admin(session, site_id, staff_id, before, role)
    present.role = role.value
    member = staff_by_id(session, staff_id)
    _audit(session, actor, "staff.role", site_id, member, {"role": before.value}, {"role": role.value})


def remove_member(session: Session, actor: Actor, site_id: int, staff_id: int, *, by: Role | None) -> None:
    """Take somebody off the site; the account and its other sites stay. Raises NotFound, NotAllowed."""
    present = _role_row(session, site_id, staff_id)
    before = Role(present.role)
    _must_manage(by, before, None)
    _must_not_be_self(actor, staff_id)
    _must_leave_an_admin(session, site_id, staff_id, before, None)
    session.delete(present)
    _audit(session, actor, "staff.remove", site_id, staff_by_id(session, staff_id), {"role": before.value}, None)


def disable_staff(session: Session, actor: Actor, staff_id: int, *, by: dict[int, Role] | None = None) -> None:
    """Lock an account and end its sessions at once; what it did stays. Again it does nothing.

    ``by`` are the roles of whoever asks: they must cover the account's on every site it belongs to.
    """
    member = staff_by_id(session, staff_id)
    sites = roles_of(session, staff_id)
    _must_not_be_self(actor, staff_id)
    _must_cover(by, sites)
    for site_id, role in sites.items():
        _must_leave_an_admin(session, site_id, staff_id, role, None)
    if member.disabled_at is None:
        member.disabled_at = clock.now()
        end_sessions_of(session, staff_id)
        _audit_everywhere(session, actor, "staff.disable", sites, member)


def enable_staff(session: Session, actor: Actor, staff_id: int, *, by: dict[int, Role] | None = None) -> None:
    """Unlock an account. Again it does nothing."""
    member = staff_by_id(session, staff_id)
    sites = roles_of(session, staff_id)
    _must_cover(by, sites)
    if member.disabled_at is not None:
        member.disabled_at = None
        _audit_everywhere(session, actor, "staff.enable", sites, member)


def change_profile(
    session: Session,
    actor: Actor,
    staff_id: int,
    said: Profile,
    away_until: datetime | None,
    *,
    expected_version: int | None = None,
) -> None:
    """What somebody says about themselves. Raises Conflict, also where a lead changed it since it was read."""
    member = as_read(staff_by_id(session, staff_id), expected_version)
    before = _told(member)
    member.name, member.locale, member.time_zone = said.name, said.locale, said.time_zone
    member.languages, member.away_until = list(said.languages), away_until
    if said.notices is not None:
        member.notices = dict(said.notices)
    store(session)
    _audit_change(session, actor, "staff.profile", None, member, before)


def change_duty(
    session: Session,
    actor: Actor,
    site_id: int,
    staff_id: int,
    *,
    languages: Iterable[str],
    away_until: datetime | None,
    by: Role | None,
) -> None:
    """What a lead says about a member: languages they answer in, and how long they are away."""
    before_role = Role(_role_row(session, site_id, staff_id).role)
    _must_manage(by, before_role, before_role)
    member = staff_by_id(session, staff_id)
    before = _told(member)
    member.languages, member.away_until = list(languages), away_until
    store(session)
    _audit_change(session, actor, "staff.duty", site_id, member, before)


def set_password(session: Session, actor: Actor, staff_id: int, password_hash: str) -> None:
    """Set a password that was hashed before, and end every session of the account."""
    member = staff_by_id(session, staff_id)
    if member.disabled_at is not None:
        raise NotFound("staff")
    member.password_hash = password_hash
    end_sessions_of(session, staff_id)
    store(session)
    _audit(session, actor, "staff.password", None, member)


def ask_reset(session: Session, email: str) -> None:
    """Have a reset link mailed, if there is such an account; nobody who asks learns whether there is."""
    try:
        member = staff_by_email(session, email)
    except NotFound:
        return
    site_id = first_site_of(session, member.id)
    if member.disabled_at is None and site_id is not None:
        emit(session, PasswordResetAsked(site_id, member.id))


def end_sessions_of(session: Session, staff_id: int) -> None:
    """Sign somebody out everywhere."""
    session.execute(delete(StaffSession).where(StaffSession.staff_id == staff_id))


def _role_row(session: Session, site_id: int, staff_id: int) -> StaffRole:
    found = session.scalar(select(StaffRole).where(StaffRole.site_id == site_id, StaffRole.staff_id == staff_id))
    if found is None:
        raise NotFound("staff")
    return found


def _must_manage(by: Role | None, before: Role | None, after: Role | None) -> None:
    if by is not None and not may_manage(by, before, after):
        raise NotAllowed("role-too-low", N_("Only an admin can do this."))


def _must_cover(by: dict[int, Role] | None, sites: dict[int, Role]) -> None:
    if by is None:
        return
    for site_id, role in sites.items():
        if site_id not in by or not may_manage(by[site_id], role, None):
            message = N_("This account also belongs to a site that you don't look after. Remove it from yours.")
            raise NotAllowed("other-sites", message)


def _must_not_be_self(actor: Actor, staff_id: int) -> None:
    if actor.kind == "staff" and actor.id == staff_id:
        raise NotAllowed("self", N_("You can't do this to your own account. Ask somebody else."))


def _must_leave_an_admin(session: Session, site_id: int, staff_id: int, before: Role, after: Role | None) -> None:
    if before is Role.ADMIN and after is not Role.ADMIN and not other_admins(session, site_id, staff_id):
        raise NotAllowed("last-admin", N_("The site needs at least one admin. Make somebody else admin first."))


def _told(member: StaffMember) -> dict[str, Any]:
    return {
        "name": member.name,
        "locale": member.locale,
        "time_zone": member.time_zone,
        "languages": list(member.languages),
        "away_until": member.away_until.isoformat() if member.away_until else None,
        "notices": dict(member.notices),
    }


def _audit_change(
    session: Session, actor: Actor, action: str, site_id: int | None, member: StaffMember, before: dict[str, Any]
) -> None:
    after = _told(member)
    changed = [key for key in after if before[key] != after[key]]
    if changed:
        _audit(
            session,
            actor,
            action,
            site_id,
            member,
            {key: before[key] for key in changed},
            {key: after[key] for key in changed},
        )


def _audit_everywhere(session: Session, actor: Actor, action: str, sites: dict[int, Role], member: StaffMember) -> None:
    everywhere: list[int | None] = [*sites] or [None]
    for site_id in everywhere:
        _audit(session, actor, action, site_id, member)


def _audit(
    session: Session,
    actor: Actor,
    action: str,
    site_id: int | None,
    member: StaffMember,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    audit.record(
        session,
        actor,
        action,
        site_id=site_id,
        subject="staff",
        subject_id=member.public_id,
        before=before,
        after=after,
    )
