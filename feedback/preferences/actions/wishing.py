"""What somebody wants instead of nothing: fewer mails, a pause, some topics; for one person's addresses together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from feedback import clock
from feedback.db import insert_once
from feedback.errors import Invalid, Problem
from feedback.i18n.text import N_
from feedback.preferences.actions.stopping import Wanted, stop
from feedback.preferences.models import Channel, Reason
from feedback.preferences.policy import Frequency, Scope
from feedback.preferences.queries import PREFERENCES, SUPPRESSIONS, topics_of

#: Days that a pause may last.
PAUSES: Final = (30, 60, 90)
_SAME: Final = ("site_id", "address_key", "topic")


def set_frequency(session: Session, site_id: int, keys: Sequence[str], topic: str, frequency: Frequency) -> None:
    """Send a topic at most so often."""
    _write(session, site_id, keys, topic, {"frequency": frequency.value})


def pause(session: Session, site_id: int, keys: Sequence[str], topic: str, days: int) -> datetime:
    """Send nothing of a topic ("" for all) for 30, 60 or 90 days; when that ends. Invalid names ``days``."""
    if days not in PAUSES:
        raise Invalid([Problem("days", "unknown", N_("Choose 30, 60 or 90 days."))])
    until = clock.now() + timedelta(days=days)
    _write(session, site_id, keys, topic, {"paused_until": until})
    return until


def resume(session: Session, site_id: int, keys: Sequence[str], topic: str) -> None:
    """End a pause before its time."""
    _write(session, site_id, keys, topic, {"paused_until": None})


def want_again(session: Session, site_id: int, keys: Collection[str], scope: Scope, topic: str = "") -> bool:
    """Lift what the person themselves had stopped; not what a complaint, a bounce or staff closed. True if anything."""
    done = session.execute(
        update(SUPPRESSIONS)
        .where(
            SUPPRESSIONS.c.site_id == site_id,
            SUPPRESSIONS.c.address_key.in_(keys),
            SUPPRESSIONS.c.scope == scope.value,
            SUPPRESSIONS.c.topic == (topic if scope is Scope.TOPIC else ""),
            SUPPRESSIONS.c.reason == Reason.UNSUBSCRIBE.value,
            SUPPRESSIONS.c.lifted_at.is_(None),
        )
        .values(lifted_at=clock.now(), lifted_by="customer")
        .returning(SUPPRESSIONS.c.id)
    )
    return done.first() is not None


def want_only(
    session: Session, site_id: int, keys: Sequence[str], topics: Collection[str], *, customer_id: int, locale: str
) -> None:
    """Mails of these topics again, confirmed by mail. Who had stopped everything still gets nothing but these."""
    wide = [want_again(session, site_id, keys, scope) for scope in (Scope.ADDRESS, Scope.MARKETING)]
    for topic in topics_of(session, site_id, archived=True):
        if topic.key in topics:
            want_again(session, site_id, keys, Scope.TOPIC, topic.key)
        elif any(wide):
            still = Wanted(keys, Scope.TOPIC, topic.key, Channel.PAGE, customer_id=customer_id, locale=locale)
            stop(session, site_id, still)


def note_sent(session: Session, site_id: int, key: str, topic: str) -> None:
    """A mail of a topic went out to an address that wants fewer; others need no note."""
    session.execute(
        update(PREFERENCES)
        .where(PREFERENCES.c.site_id == site_id, PREFERENCES.c.address_key == key, PREFERENCES.c.topic == topic)
        .values(sent_at=clock.now())
    )


def _write(session: Session, site_id: int, keys: Sequence[str], topic: str, values: Mapping[str, Any]) -> None:
    now = clock.now()
    for key in keys:
        row = {
            "site_id": site_id,
            "address_key": key,
            "topic": topic,
            "frequency": Frequency.EACH.value,
            "updated_at": now,
            **values,
        }
        if insert_once(session, PREFERENCES, row, _SAME) is None:
            session.execute(
                update(PREFERENCES)
                .where(PREFERENCES.c.site_id == site_id, PREFERENCES.c.address_key == key, PREFERENCES.c.topic == topic)
                .values(**values, updated_at=now)
            )
