"""Rule: whether somebody who left without a reason is worth a call to the site, and why; looks nothing up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from feedback.cases.routing import Reason
from feedback.i18n.text import N_
from feedback.sites.leaving import BlankReason

#: So long somebody has to say why.
AFTER: Final = timedelta(minutes=60)
DUE_MINUTES: Final = 24 * 60
NAME: Final = N_("Left without a reason")
#: What is to be done, for whoever opens the case.
TASK: Final = N_(
    "Left without a reason. Check that everything is in order. Contact only if the customer allowed it; no advertising."
)
#: Marks a case as one of these.
LEFT_BLANK: Final = "left_blank"
_ASKED: Final = "page"
_NOT_ASKED: Final = frozenset({"oneclick", "mailto"})


@dataclass(frozen=True, slots=True)
class Facts:
    """An opt-out an hour later. ``known``: it is a customer who wasn't erased; ``said``: a reason, words or the tick.

    ``in_hand``: a case about an opt-out of theirs is open already. ``since`` is when they became a customer.
    """

    channel: str
    known: bool = True
    undone: bool = False
    said: bool = False
    in_hand: bool = False
    segment: str | None = None
    value_minor: int | None = None
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """``code`` is ok or why not: off, channel, unknown, undone, said, in_hand, not_named."""

    code: str
    reasons: tuple[Reason, ...] = ()

    @property
    def opens(self) -> bool:
        """Whether a person is to look."""
        return self.code == "ok"


def counts(channel: str, asked: BlankReason) -> bool:
    """Whether an opt-out of this channel can be one without a reason: staff and bounces owe none."""
    return asked.enabled and (channel == _ASKED or (asked.one_click and channel in _NOT_ASKED))


def decide(facts: Facts, asked: BlankReason, today: date) -> Decision:
    """Decide from what is known and what the site wants; whatever it names is enough by itself."""
    if not asked.enabled:
        return Decision("off")
    if not counts(facts.channel, asked):
        return Decision("channel")
    stopped = {"unknown": not facts.known, "undone": facts.undone, "said": facts.said, "in_hand": facts.in_hand}
    for code, holds in stopped.items():
        if holds:
            return Decision(code)
    found = _named(facts, asked, today)
    return Decision("ok", (Reason(LEFT_BLANK), *found)) if found else Decision("not_named")


def months_between(since: date, today: date) -> int:
    """Whole months."""
    return (today.year - since.year) * 12 + today.month - since.month - (today.day < since.day)


def _named(facts: Facts, asked: BlankReason, today: date) -> list[Reason]:
    found: list[Reason] = []
    if facts.segment and facts.segment.casefold() in {one.casefold() for one in asked.segments}:
        found.append(Reason("segment", {"segment": facts.segment}))
    if asked.value_at_least is not None and (facts.value_minor or 0) >= asked.value_at_least:
        found.append(Reason("value_at_least", {"value": facts.value_minor or 0, "limit": asked.value_at_least}))
    if asked.relation_months is not None and facts.since is not None:
        months = months_between(facts.since, today)
        if months >= asked.relation_months:
            found.append(Reason("relation_months", {"months": months, "limit": asked.relation_months}))
    return found
