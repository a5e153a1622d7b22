"""Coming in and going out: tries and how long to wait after them, sessions; checking passwords is at the edge."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import CursorResult, delete, insert, update
from sqlalchemy.orm import Session

from feedback import audit, clock
from feedback.actors import SYSTEM, Actor
from feedback.errors import NotAllowed
from feedback.i18n.text import N_
from feedback.staff.models import SignInFailure, StaffMember, StaffSession
from feedback.staff.queries import failures_since, staff_by_id
from feedback.web.throttle import Patience

#: Failures older than this are forgotten.
MEMORY: Final = timedelta(hours=2)
IDLE: Final = timedelta(hours=8)
LONGEST: Final = timedelta(hours=24)
#: How often a session notes that it was used.
SEEN_EVERY: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Tries:
    """Something that failures are counted by: a keyed hash, and how patient we are with it."""

    who: str
    patience: Patience


class TooSoon(NotAllowed):
    """Somebody has to wait; ``until`` says how long."""

    def __init__(self, until: datetime) -> None:
        super().__init__("too-many-tries", N_("Too many attempts in a short time"))
        self.until = until


def claim_try(session: Session, counted: Sequence[Tries]) -> list[int]:
    """Count a try before it is known whether it fails, so that many at once can't outrun the count.

    Gives what ``forget_tries`` takes back if it succeeds. Raises TooSoon, and then nothing is counted: whoever
    keeps trying can't make it last longer.
    """
    now = clock.now()
    failures = failures_since(session, [one.who for one in counted], now - MEMORY)
    until = max((one.patience.until(*failures[one.who]) for one in counted if one.who in failures), default=now)
    if until > now:
        raise TooSoon(until)
    table = SignInFailure.metadata.tables["sign_in_failure"]
    return [
        int(session.execute(insert(table).values(who=one.who, at=now).returning(table.c.id)).scalar_one())
        for one in counted
    ]


def forget_tries(session: Session, claimed: Sequence[int], who: Sequence[str]) -> None:
    """It succeeded: forget this try everywhere, and every earlier failure of these."""
    session.execute(delete(SignInFailure).where(SignInFailure.id.in_(claimed)))
    session.execute(delete(SignInFailure).where(SignInFailure.who.in_(who)))


def note_failure(session: Session, staff_id: int | None) -> None:
    """Put a failed sign-in to the account's trail; tries at unknown accounts are only counted."""
    if staff_id is not None:
        _audit(session, SYSTEM, "staff.sign-in-failed", staff_by_id(session, staff_id))


def renew_hash(session: Session, staff_id: int, password_hash: str) -> None:
    """Keep the same password under today's parameters."""
    staff_by_id(session, staff_id).password_hash = password_hash


def start_session(
    session: Session, staff_id: int, *, token_hash: str, data: dict[str, Any], agent: str, instead_of: str | None
) -> None:
    """Sign somebody in under a token that nobody had before; the browser's old session ends."""
    now = clock.now()
    if instead_of is not None:
        session.execute(delete(StaffSession).where(StaffSession.token_hash == instead_of))
    session.add(
        StaffSession(
            token_hash=token_hash,
            staff_id=staff_id,
            data=data,
            created_at=now,
            seen_at=now,
            expires_at=now + LONGEST,
            agent=agent[:200],
        )
    )
    member = staff_by_id(session, staff_id)
    member.last_seen_at = now
    _audit(session, Actor.staff(member.id, member.name), "staff.sign-in", member)


def end_session(session: Session, actor: Actor, staff_id: int, session_id: int) -> None:
    """Sign out one browser of somebody; one that is gone already is no error."""
    session.execute(delete(StaffSession).where(StaffSession.id == session_id, StaffSession.staff_id == staff_id))
    _audit(session, actor, "staff.sign-out", staff_by_id(session, staff_id))


def end_other_sessions(session: Session, actor: Actor, staff_id: int, but: int) -> None:
    """Sign out every other browser of somebody."""
    session.execute(delete(StaffSession).where(StaffSession.staff_id == staff_id, StaffSession.id != but))
    _audit(session, actor, "staff.sign-out-others", staff_by_id(session, staff_id))


def note_seen(session: Session, session_id: int, staff_id: int) -> None:
    """Note that a session is in use, unless another request did so just now."""
    now = clock.now()
    done = session.execute(
        update(StaffSession)
        .where(StaffSession.id == session_id, StaffSession.seen_at <= now - SEEN_EVERY)
        .values(seen_at=now)
    )
    if cast(CursorResult[Any], done).rowcount:
        table = StaffMember.metadata.tables["staff_member"]
        session.execute(update(table).where(table.c.id == staff_id).values(last_seen_at=now))


def keep_session_data(session: Session, session_id: int, data: dict[str, Any]) -> None:
    """Keep what a page put into the session."""
    session.execute(update(StaffSession).where(StaffSession.id == session_id).values(data=data))


def prune(session: Session) -> None:
    """Forget sessions that are over and failures that no longer count."""
    now = clock.now()
    session.execute(delete(StaffSession).where((StaffSession.expires_at <= now) | (StaffSession.seen_at <= now - IDLE)))
    session.execute(delete(SignInFailure).where(SignInFailure.at < now - MEMORY))


def _audit(session: Session, actor: Actor, action: str, member: StaffMember) -> None:
    audit.record(session, actor, action, site_id=None, subject="staff", subject_id=member.public_id)
