"""Stopping mails, at once and with evidence, and taking one's own stop back within a quarter of an hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, case, delete, select, text, update
from sqlalchemy.orm import Session

from feedback import clock
from feedback.customers.models import Customer
from feedback.db import insert_once, new_public_id
from feedback.errors import NotFound
from feedback.events import OptedOut, OptOutUndone, emit
from feedback.preferences.models import Channel, OptOut, PreferenceRequest, Reason, Suppression
from feedback.preferences.policy import POLICY_VERSION, WIDER, Scope
from feedback.preferences.queries import PREFERENCES, SUPPRESSIONS, standing_of
from feedback.preferences.suspected import PEOPLE, ROBOTS

UNDO_WITHIN: Final = timedelta(minutes=15)
REQUESTS: Final = PreferenceRequest.metadata.tables["preference_request"]
OPT_OUTS: Final = OptOut.metadata.tables["opt_out"]
_ACTIVE: Final = cast("ColumnElement[bool]", text("lifted_at IS NULL"))
_SAME: Final = ("site_id", "address_key", "scope", "topic")
#: What somebody can't take back themselves, and what therefore takes a row over from a mere unsubscribe.
_STRONGER: Final = frozenset({Reason.COMPLAINT, Reason.HARD_BOUNCE, Reason.MANUAL, Reason.ERASURE})
_THEMSELVES: Final = (Channel.ONE_CLICK, Channel.PAGE, Channel.MAILTO, Channel.API)
_REASON_OF: Final = {
    Channel.COMPLAINT: Reason.COMPLAINT,
    Channel.BOUNCE: Reason.HARD_BOUNCE,
    Channel.STAFF: Reason.MANUAL,
    Channel.IMPORT: Reason.MANUAL,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One person's stop: ``keys`` are the hashes of their addresses, the one the mail went to first."""

    keys: Sequence[str]
    scope: Scope
    topic: str = ""
    channel: Channel = Channel.PAGE
    email: str = ""
    customer_id: int | None = None
    link_id: int | None = None
    locale: str = ""
    network: str = ""
    reason: Reason | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Stopped:
    """``opt_out_id`` is the row of the evidence, None where everything had been stopped before."""

    opt_out_id: int | None
    at: datetime


def stop(session: Session, site_id: int, wanted: Wanted) -> Stopped:
    """Stop mails to all addresses of a person, once however often and however many at once it is asked.

    Never refuses: there is nothing about an opt-out to be wrong. Evidence is written where something changed,
    and an earlier one is never touched (standards U-5, U-15).
    """
    now = clock.now()
    reason = wanted.reason or _REASON_OF.get(wanted.channel, Reason.UNSUBSCRIBE)
    topic = wanted.topic if wanted.scope is Scope.TOPIC else ""
    opt_out = new_public_id()
    changed = False
    for key in sorted(wanted.keys):  # in one order for all, so that nobody waits for another in a circle
        values: dict[str, Any] = {
            "public_id": new_public_id(),
            "site_id": site_id,
            "address_key": key,
            "email": wanted.email if key == wanted.keys[0] else "",
            "scope": wanted.scope.value,
            "topic": topic,
            "reason": reason.value,
            "source": wanted.source,
            "opt_out": opt_out,
            "created_at": now,
        }
        new = insert_once(session, SUPPRESSIONS, values, _SAME, _ACTIVE) is not None
        changed = new or (reason in _STRONGER and _take_over(session, site_id, key, values)) or changed
    if not changed:
        return Stopped(None, now)
    row = {
        "public_id": opt_out,
        "site_id": site_id,
        "address_key": wanted.keys[0],
        "customer_id": wanted.customer_id,
        "link_id": wanted.link_id,
        "scope": wanted.scope.value,
        "topic": topic,
        "channel": wanted.channel.value,
        "locale": wanted.locale,
        "policy_version": POLICY_VERSION,
        "network": wanted.network,
        "before": {},
        "at": now,
    }
    stored = int(session.execute(_NEW_OPT_OUT, row).scalar_one())
    emit(session, OptedOut(site_id, stored, wanted.customer_id, wanted.scope.value, topic, wanted.channel.value))
    return Stopped(stored, now)


_NEW_OPT_OUT: Final = OPT_OUTS.insert().returning(OPT_OUTS.c.id)


def undo(session: Session, site_id: int, opt_out_id: int) -> bool:
    """Take back exactly what one opt-out stopped, once and within 15 minutes. False where it is too late or done, the
    customer was erased, or the mails would stay stopped all the same.

    What a later complaint, bounce, staff or a wider stop closed stays closed: those rows are no longer, or never
    were, this opt-out's.
    """
    now = clock.now()
    right = (
        OPT_OUTS.c.site_id == site_id,
        OPT_OUTS.c.id == opt_out_id,
        OPT_OUTS.c.undone_at.is_(None),
        OPT_OUTS.c.at > now - UNDO_WITHIN,
    )
    found = session.execute(
        select(OPT_OUTS.c.public_id, OPT_OUTS.c.customer_id, OPT_OUTS.c.address_key, OPT_OUTS.c.scope).where(*right)
    ).one_or_none()
    if found is None or _is_erased(session, site_id, found.customer_id):
        return False
    suppressed = standing_of(session, site_id, [found.address_key]).suppressed
    if any((wider, "") in suppressed for wider in WIDER[Scope(found.scope)]):
        return False
    # Who stops by mistake has stopped nothing: the rows go, the evidence says that they were there.
    gone = session.execute(
        delete(SUPPRESSIONS)
        .where(
            SUPPRESSIONS.c.site_id == site_id,
            SUPPRESSIONS.c.opt_out == found.public_id,
            SUPPRESSIONS.c.lifted_at.is_(None),
        )
        .returning(SUPPRESSIONS.c.id)
    ).all()
    if not gone:
        return False
    session.execute(update(OPT_OUTS).where(*right).values(undone_at=now))
    emit(session, OptOutUndone(site_id, opt_out_id, found.customer_id))
    return True


def _is_erased(session: Session, site_id: int, customer_id: int | None) -> bool:
    erased = select(Customer.id).where(
        Customer.site_id == site_id, Customer.id == customer_id, Customer.erased_at.is_not(None)
    )
    return session.execute(erased).first() is not None


def lift(session: Session, site_id: int, public_id: str, *, by: str, because: str) -> Suppression:
    """Let mails go to an address again, by staff, with a reason; the row stays as what happened. Raises NotFound."""
    found = session.scalars(
        select(Suppression).where(
            Suppression.site_id == site_id, Suppression.public_id == public_id, Suppression.lifted_at.is_(None)
        )
    ).one_or_none()
    if found is None:
        raise NotFound(public_id)
    found.lifted_at, found.lifted_by, found.lifted_because = clock.now(), by, because.strip()
    session.flush()
    return found


def _take_over(session: Session, site_id: int, key: str, values: dict[str, Any]) -> bool:
    """A complaint or bounce makes the row its own, so that undoing the earlier opt-out can't lift it."""
    done = session.execute(
        update(SUPPRESSIONS)
        .where(
            SUPPRESSIONS.c.site_id == site_id,
            SUPPRESSIONS.c.address_key == key,
            SUPPRESSIONS.c.scope == values["scope"],
            SUPPRESSIONS.c.topic == values["topic"],
            SUPPRESSIONS.c.lifted_at.is_(None),
            SUPPRESSIONS.c.reason == Reason.UNSUBSCRIBE.value,
        )
        .values(reason=values["reason"], source=values["source"], opt_out=values["opt_out"])
        .returning(SUPPRESSIONS.c.id)
    )
    return done.first() is not None


def take_along(session: Session, site_id: int, before: str, after: str, email: str) -> None:
    """Carry stops and wishes over to a person's new address; that mails to the old one bounced says nothing of it.

    What they had stopped themselves before it bounced is theirs, and goes along.
    """
    now = clock.now()
    stops = session.execute(
        select(SUPPRESSIONS.c.scope, SUPPRESSIONS.c.topic, SUPPRESSIONS.c.reason, SUPPRESSIONS.c.opt_out).where(
            SUPPRESSIONS.c.site_id == site_id,
            SUPPRESSIONS.c.address_key == before,
            SUPPRESSIONS.c.lifted_at.is_(None),
        )
    ).all()
    for row in stops:
        values = {**row._mapping, "public_id": new_public_id(), "site_id": site_id, "address_key": after}
        if row.reason == Reason.HARD_BOUNCE:
            if not _said_themselves(session, site_id, before, row.scope, row.topic):
                continue
            values["reason"] = Reason.UNSUBSCRIBE.value
        values |= {"email": email, "source": "address", "created_at": now}
        insert_once(session, SUPPRESSIONS, values, _SAME, _ACTIVE)
    kept = ("topic", "frequency", "paused_until", "sent_at")
    wishes = session.execute(
        select(*(PREFERENCES.c[name] for name in kept)).where(
            PREFERENCES.c.site_id == site_id, PREFERENCES.c.address_key == before
        )
    ).all()
    for row in wishes:
        values = {**row._mapping, "site_id": site_id, "address_key": after, "updated_at": now}
        insert_once(session, PREFERENCES, values, ("site_id", "address_key", "topic"))


def _said_themselves(session: Session, site_id: int, key: str, scope: str, topic: str) -> bool:
    found = session.execute(
        select(OPT_OUTS.c.id)
        .where(
            OPT_OUTS.c.site_id == site_id,
            OPT_OUTS.c.address_key == key,
            OPT_OUTS.c.scope == scope,
            OPT_OUTS.c.topic == topic,
            OPT_OUTS.c.channel.in_(_THEMSELVES),
            OPT_OUTS.c.undone_at.is_(None),
        )
        .limit(1)
    )
    return found.first() is not None


def forget(session: Session, site_id: int, keys: Sequence[str]) -> None:
    """Erasure: nothing in clear stays of any of the addresses, and the opt-outs hold (standards G-5)."""
    session.execute(
        update(SUPPRESSIONS)
        .where(SUPPRESSIONS.c.site_id == site_id, SUPPRESSIONS.c.address_key.in_(keys))
        .values(
            email="",
            source=case((SUPPRESSIONS.c.source.in_((ROBOTS, PEOPLE)), SUPPRESSIONS.c.source), else_=""),
            lifted_because="",
        )
    )
    session.execute(
        update(OPT_OUTS).where(OPT_OUTS.c.site_id == site_id, OPT_OUTS.c.address_key.in_(keys)).values(network="")
    )
    session.execute(delete(PREFERENCES).where(PREFERENCES.c.site_id == site_id, PREFERENCES.c.address_key.in_(keys)))
    session.execute(
        update(REQUESTS).where(REQUESTS.c.site_id == site_id, REQUESTS.c.address_key.in_(keys)).values(email="")
    )
