"""Reading staff: accounts, who works on which site, open sessions and failed sign-ins; nothing changes here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.actors import Membership, Role, StaffPrincipal
from feedback.errors import NotFound
from feedback.sites.models import Site
from feedback.staff.models import SignInFailure, StaffMember, StaffRole, StaffSession


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A browser that is signed in, and who sits there."""

    id: int
    data: dict[str, Any]
    seen_at: datetime
    expires_at: datetime
    principal: StaffPrincipal


@dataclass(frozen=True, slots=True)
class Account:
    """What signing in needs to know."""

    id: int
    name: str
    password_hash: str | None
    is_enabled: bool


@dataclass(frozen=True, slots=True)
class Holder:
    """Whoever a join or reset link was made for."""

    id: int
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who works on a site, as its team page shows them."""

    id: int
    public_id: str
    name: str
    email: str
    role: Role
    locale: str
    languages: tuple[str, ...]
    time_zone: str
    away_until: datetime | None
    disabled_at: datetime | None
    last_seen_at: datetime | None
    has_password: bool


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One of somebody's own sessions."""

    id: int
    agent: str
    created_at: datetime
    seen_at: datetime


def email_key(email: str) -> str:
    """What an address signs in by: trimmed and case folded."""
    return email.strip().casefold()


def open_session(session: Session, token_hash: str) -> OpenSession | None:
    """The session behind a cookie with its staff member and their sites, in one statement; None for a disabled one."""
    rows = session.execute(
        select(StaffSession, StaffMember, StaffRole.site_id, StaffRole.role, Site.key, Site.name)
        .join(StaffMember, StaffMember.id == StaffSession.staff_id)
        .outerjoin(StaffRole, StaffRole.staff_id == StaffMember.id)
        .outerjoin(Site, Site.id == StaffRole.site_id)
        .where(StaffSession.token_hash == token_hash, StaffMember.disabled_at.is_(None))
        .order_by(Site.name, Site.id)
    ).all()
    if not rows:
        return None
    kept, member = rows[0][0], rows[0][1]
    sites = tuple(
        Membership(site_id, key, name, Role(role)) for _, _, site_id, role, key, name in rows if site_id is not None
    )
    principal = StaffPrincipal(member.id, member.public_id, member.name, member.locale, member.time_zone, sites)
    return OpenSession(kept.id, dict(kept.data), kept.seen_at, kept.expires_at, principal)


def account_by_email(session: Session, email: str) -> Account | None:
    """The account that signs in with this address, if there is one."""
    row = session.execute(
        select(StaffMember.id, StaffMember.name, StaffMember.password_hash, StaffMember.disabled_at).where(
            StaffMember.email_key == email_key(email)
        )
    ).one_or_none()
    return None if row is None else Account(row.id, row.name, row.password_hash, row.disabled_at is None)


def holder_of(session: Session, staff_id: int) -> Holder:
    """Whoever a link was made for. Raises NotFound, also for a disabled account."""
    row = session.execute(
        select(StaffMember.id, StaffMember.name, StaffMember.email).where(
            StaffMember.id == staff_id, StaffMember.disabled_at.is_(None)
        )
    ).one_or_none()
    if row is None:
        raise NotFound("staff")
    return Holder(*row)


def staff_by_id(session: Session, staff_id: int) -> StaffMember:
    """An account. Raises NotFound."""
    found = session.scalar(
        select(StaffMember).where(StaffMember.id == staff_id).execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("staff")
    return found


def staff_by_email(session: Session, email: str) -> StaffMember:
    """The account with this address. Raises NotFound."""
    found = session.scalar(select(StaffMember).where(StaffMember.email_key == email_key(email)))
    if found is None:
        raise NotFound(email)
    return found


def first_site_of(session: Session, staff_id: int) -> int | None:
    """The id of one of their sites, the one they joined first; None for somebody without any."""
    return session.scalar(
        select(StaffRole.site_id).where(StaffRole.staff_id == staff_id).order_by(StaffRole.id).limit(1)
    )


def roles_of(session: Session, staff_id: int) -> dict[int, Role]:
    """What they may do, by site id."""
    rows = session.execute(select(StaffRole.site_id, StaffRole.role).where(StaffRole.staff_id == staff_id))
    return {site_id: Role(role) for site_id, role in rows}


def members_of(session: Session, site_id: int) -> list[Member]:
    """Everybody who works on a site, those who can't sign in last."""
    rows = session.execute(_members(site_id).order_by(StaffMember.disabled_at.is_not(None), StaffMember.name))
    return [_member(member, role) for member, role in rows]


def member_of(session: Session, site_id: int, public_id: str) -> Member:
    """One of them. Raises NotFound, also for staff of other sites."""
    row = session.execute(_members(site_id).where(StaffMember.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound("staff")
    return _member(row[0], row[1])


def all_staff(session: Session) -> Sequence[tuple[StaffMember, str | None, str | None]]:
    """Every account with its role and site key, once per site; for the terminal."""
    rows = session.execute(
        select(StaffMember, StaffRole.role, Site.key)
        .outerjoin(StaffRole, StaffRole.staff_id == StaffMember.id)
        .outerjoin(Site, Site.id == StaffRole.site_id)
        .order_by(StaffMember.email_key, Site.key)
    )
    return [(member, role, key) for member, role, key in rows]


def other_admins(session: Session, site_id: int, staff_id: int) -> int:
    """How many others can administer a site."""
    return (
        session.scalar(
            select(func.count())
            .select_from(StaffRole)
            .join(StaffMember, StaffMember.id == StaffRole.staff_id)
            .where(
                StaffRole.site_id == site_id,
                StaffRole.role == Role.ADMIN.value,
                StaffRole.staff_id != staff_id,
                StaffMember.disabled_at.is_(None),
            )
        )
        or 0
    )


def sessions_of(session: Session, staff_id: int, now: datetime) -> list[SessionRow]:
    """Somebody's sessions that are still good, latest used first."""
    rows = session.execute(
        select(StaffSession.id, StaffSession.agent, StaffSession.created_at, StaffSession.seen_at)
        .where(StaffSession.staff_id == staff_id, StaffSession.expires_at > now)
        .order_by(StaffSession.seen_at.desc())
        .limit(100)
    )
    return [SessionRow(*row) for row in rows]


def failures_since(session: Session, who: Iterable[str], since: datetime) -> dict[str, tuple[int, datetime]]:
    """How often each of these failed since then, and when last."""
    rows = session.execute(
        select(SignInFailure.who, func.count(), func.max(SignInFailure.at, type_=SignInFailure.at.type))
        .where(SignInFailure.who.in_(list(who)), SignInFailure.at >= since)
        .group_by(SignInFailure.who)
    )
    return {name: (count, last) for name, count, last in rows}


def _members(site_id: int) -> Any:
    return (
        select(StaffMember, StaffRole.role)
        .join(StaffRole, StaffRole.staff_id == StaffMember.id)
        .where(StaffRole.site_id == site_id)
    )


def _member(member: StaffMember, role: str) -> Member:
    return Member(
        id=member.id,
        public_id=member.public_id,
        name=member.name,
        email=member.email,
        role=Role(role),
        locale=member.locale,
        languages=tuple(member.languages),
        time_zone=member.time_zone,
        away_until=member.away_until,
        disabled_at=member.disabled_at,
        last_seen_at=member.last_seen_at,
        has_password=member.password_hash is not None,
    )
