"""Staff's part of the suppression list: entering an address, and lifting a stop with a reason; both audited."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import audit
from feedback.actors import Actor
from feedback.customers.rows import checked_address
from feedback.errors import Conflict, Invalid, NotFound, Problem
from feedback.i18n.text import N_
from feedback.preferences.actions.stopping import Wanted, lift, stop
from feedback.preferences.models import Channel, Reason, Suppression
from feedback.preferences.policy import Scope
from feedback.preferences.queries import key_of_address, topics_of

#: What staff can say of an address, and how that counts as evidence.
BY_STAFF: Final = {
    Reason.MANUAL: Channel.STAFF,
    Reason.COMPLAINT: Channel.COMPLAINT,
    Reason.HARD_BOUNCE: Channel.BOUNCE,
}
LONGEST_NOTE: Final = 200
LONGEST_REASON: Final = 500


def suppress(
    session: Session,
    actor: Actor,
    site_id: int,
    email: str,
    *,
    scope: str,
    topic: str = "",
    reason: str,
    note: str = "",
) -> bool:
    """Stop mails to an address. False where just this was stopped already. Invalid names the field."""
    address = checked_address(email.strip())
    known = {one.key for one in topics_of(session, site_id, archived=True)}
    problems = []
    if address is None:
        problems.append(Problem("email", "email", N_("This is not an email address.")))
    if scope not in set(Scope):
        problems.append(Problem("scope", "unknown", N_("Not a valid choice.")))
    if scope == Scope.TOPIC and topic not in known:
        problems.append(Problem("topic", "unknown", N_("Not a valid choice.")))
    if reason not in BY_STAFF:
        problems.append(Problem("reason", "unknown", N_("Not a valid choice.")))
    if len(note.strip()) > LONGEST_NOTE:
        problems.append(
            Problem("note", "too_long", N_("At most %(limit)s characters fit here."), {"limit": LONGEST_NOTE})
        )
    if problems or address is None:
        raise Invalid(problems)
    topic = topic if scope == Scope.TOPIC else ""
    key = key_of_address(session, site_id, address)
    why = Reason(reason)
    wanted = Wanted([key], Scope(scope), topic, BY_STAFF[why], email=address, reason=why, source=note.strip())
    if stop(session, site_id, wanted).opt_out_id is None:
        return False
    row = session.scalars(
        select(Suppression).where(
            Suppression.site_id == site_id,
            Suppression.address_key == key,
            Suppression.scope == scope,
            Suppression.topic == topic,
            Suppression.lifted_at.is_(None),
        )
    ).one()
    after = {"scope": scope, "topic": topic, "reason": reason}
    _record(session, actor, site_id, row.public_id, "suppression.add", after)
    return True


def lift_one(session: Session, actor: Actor, site_id: int, public_id: str, because: str) -> None:
    """Let mails go to an address again; the row stays and says who did it and why.

    Raises Invalid without a reason, NotFound, and Conflict where somebody has lifted it already.
    """
    if not 0 < len(because.strip()) <= LONGEST_REASON:
        message = N_("Say why, in at most %(limit)s characters.")
        raise Invalid([Problem("because", "required", message, {"limit": LONGEST_REASON})])
    there = session.scalars(
        select(Suppression).where(Suppression.site_id == site_id, Suppression.public_id == public_id)
    ).one_or_none()
    if there is None:
        raise NotFound(public_id)
    try:
        lift(session, site_id, public_id, by=actor.label, because=because)
    except NotFound as gone:
        raise Conflict(present=there) from gone
    _record(session, actor, site_id, public_id, "suppression.lift", {"scope": there.scope, "topic": there.topic})


def _record(session: Session, actor: Actor, site_id: int, public_id: str, action: str, after: dict[str, str]) -> None:
    audit.record(session, actor, action, site_id=site_id, subject="suppression", subject_id=public_id, after=after)
