"""Rule: whether a mail may be sent to somebody now, and if not, why; every sender asks, again at hand-over."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

#: The version of what the page says about stopping, kept with each opt-out.
POLICY_VERSION: Final = "2026-11"


class Scope(StrEnum):
    """How much is stopped: one topic, all marketing, or everything that isn't asked for."""

    TOPIC = "topic"
    MARKETING = "marketing"
    ADDRESS = "address"


#: What stops everything that a stop of this extent does, and more.
WIDER: Final[dict[Scope, tuple[Scope, ...]]] = {
    Scope.TOPIC: (Scope.MARKETING, Scope.ADDRESS),
    Scope.MARKETING: (Scope.ADDRESS,),
    Scope.ADDRESS: (),
}


class Frequency(StrEnum):
    """How often an address wants a topic, where its sender offers the choice."""

    EACH = "each"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class MailClass(StrEnum):
    """What sort of mail is to be sent, as ``delivery`` knows it."""

    TRANSACTIONAL = "transactional"
    SURVEY = "survey"
    MARKETING = "marketing"


#: A mail may come a little before its day, so that a weekly one doesn't slip by hours each week.
_EARLY: Final = timedelta(hours=12)
_SPACING: Final = {Frequency.WEEKLY: timedelta(days=7), Frequency.MONTHLY: timedelta(days=30)}


@dataclass(frozen=True, slots=True)
class Wish:
    """What an address wants of a topic; ``sent_at`` is when one last went out."""

    frequency: Frequency = Frequency.EACH
    paused_until: datetime | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of an address: its active suppressions as (scope, topic), its wishes by topic, "" for all."""

    suppressed: frozenset[tuple[Scope, str]] = frozenset()
    wishes: tuple[tuple[str, Wish], ...] = ()

    def wish(self, topic: str) -> Wish:
        """What it wants of a topic."""
        return next((wish for name, wish in self.wishes if name == topic), Wish())


@dataclass(frozen=True, slots=True)
class Decision:
    """``reason`` is ok, suppressed_<scope>, unknown_topic, paused or too_soon."""

    allowed: bool
    reason: str
    #: When it may be sent, where only the time is wrong.
    again_at: datetime | None = None
    #: How often the address wants the topic; whoever sends it by other ways than ours keeps to that themselves.
    frequency: Frequency = Frequency.EACH


OK: Final = Decision(True, "ok")


def may_send(
    mail_class: MailClass, topic: str, standing: Standing, now: datetime, *, topics: Collection[str] | None = None
) -> Decision:
    """Decide for one mail to one address.

    What somebody asked for (transactional) always goes: a stop on everything else never holds back a password or
    an answer (U-11). It is tried even where the address was found not to exist: that may have been a mistake, and
    whoever waits for it learns by the mail that failed, not by silence. Surveys and marketing belong to a topic;
    ``topics``, if given, are those that the site has.
    """
    if mail_class is MailClass.TRANSACTIONAL:
        return OK
    if topics is not None and topic not in topics:
        return Decision(False, "unknown_topic")
    for scope, name in ((Scope.ADDRESS, ""), (Scope.MARKETING, ""), (Scope.TOPIC, topic)):
        if (scope, name) in standing.suppressed:
            return Decision(False, f"suppressed_{scope}")
    ends = [
        wish.paused_until
        for wish in (standing.wish(""), standing.wish(topic))
        if wish.paused_until is not None and wish.paused_until > now
    ]
    if ends:
        return Decision(False, "paused", max(ends))
    wish = standing.wish(topic)
    spacing = _SPACING.get(wish.frequency)
    if spacing is not None and wish.sent_at is not None and now < wish.sent_at + spacing - _EARLY:
        return Decision(False, "too_soon", wish.sent_at + spacing - _EARLY)
    return Decision(True, "ok", frequency=wish.frequency)


def stops(scope: Scope, topic: str, standing: Standing) -> bool:
    """Whether a stop of this extent would change anything: a wider one that is there already covers it."""
    if (scope, topic if scope is Scope.TOPIC else "") in standing.suppressed:
        return False
    return not any((other, "") in standing.suppressed for other in WIDER[scope])
