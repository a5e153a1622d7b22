"""The question of other senders: may this topic be sent to this address, for many at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import clock
from feedback.customers.addresses import address_key
from feedback.customers.rows import checked_address
from feedback.preferences.policy import Decision, Frequency, MailClass, Scope, Standing, Wish, may_send
from feedback.preferences.queries import PREFERENCES, SUPPRESSIONS, topics_of
from feedback.sites.queries import site_by_id

#: The topic of our own invitations; all others are the sender's.
SURVEYS: Final = "surveys"
NO_ADDRESS: Final = Decision(False, "invalid_address")
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """One address and one topic."""

    email: str
    topic: str


def class_of(topic: str) -> MailClass:
    """What sort of mail another sender's topic is: marketing, so that a stop of all marketing counts."""
    return MailClass.SURVEY if topic == SURVEYS else MailClass.MARKETING


def may_send_each(session: Session, site_id: int, asked: Sequence[Asked]) -> list[Decision]:
    """A decision for each, in the same order; what is no address is never written to."""
    salt, now = site_by_id(session, site_id).salt, clock.now()
    keys = {one.email: address_key(salt, address) for one in asked if (address := checked_address(one.email.strip()))}
    standings = dict(_standings(session, site_id, sorted(set(keys.values()))))
    topics = {one.key for one in topics_of(session, site_id)}
    return [
        may_send(class_of(one.topic), one.topic, standings[keys[one.email]], now, topics=topics)
        if one.email in keys
        else NO_ADDRESS
        for one in asked
    ]


def _standings(session: Session, site_id: int, keys: Sequence[str]) -> Iterator[tuple[str, Standing]]:
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        stopped: dict[str, set[tuple[Scope, str]]] = {key: set() for key in some}
        wishes: dict[str, list[tuple[str, Wish]]] = {key: [] for key in some}
        table = SUPPRESSIONS.c
        for row in session.execute(
            select(table.address_key, table.scope, table.topic).where(
                table.site_id == site_id, table.address_key.in_(some), table.lifted_at.is_(None)
            )
        ):
            stopped[row.address_key].add((Scope(row.scope), row.topic))
        wish = PREFERENCES.c
        for one in session.execute(
            select(wish.address_key, wish.topic, wish.frequency, wish.paused_until, wish.sent_at).where(
                wish.site_id == site_id, wish.address_key.in_(some)
            )
        ):
            wishes[one.address_key].append((one.topic, Wish(Frequency(one.frequency), one.paused_until, one.sent_at)))
        for key in some:
            yield key, Standing(frozenset(stopped[key]), tuple(wishes[key]))
