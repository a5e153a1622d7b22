"""A visitor whom somebody makes up, to see whether a survey would be shown to them, and why or why not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from feedback.i18n.text import N_, ascii_digits
from feedback.widget.placing import MAX_DAYS, Placing
from feedback.widget.targeting import Decision, Here, Reason, decide

REASONS: Final = {
    Reason.OK: N_("Yes, it is shown."),
    Reason.NOT_LIVE: N_("No: pages may not show this survey."),
    Reason.NOT_HERE: N_("No: this page is not one of those above."),
    Reason.ASKED_BEFORE: N_("No: this visitor was asked this survey too recently."),
    Reason.QUIET_TIME: N_("No: this visitor saw another survey too recently."),
    Reason.NOT_DRAWN: N_("No: none of a hundred visitors is asked."),
}
SOME_ARE_DRAWN: Final = N_("Yes, to %(sample)s of a hundred such visitors.")
_OTHER: Final = "another"


@dataclass(frozen=True, slots=True)
class Visitor:
    """As typed: the page, and how many days ago they saw this survey and another one; empty for never."""

    path: str
    asked: str = ""
    other: str = ""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What would happen to the visitor. ``text`` is marked, and may say ``sample``."""

    visitor: Visitor
    decision: Decision
    text: str


def visitor_in(typed: Mapping[str, str]) -> Visitor | None:
    """The visitor of the address, if there is one."""
    path = typed.get("path", "").strip()
    return Visitor(path[:300], typed.get("asked", "").strip(), typed.get("other", "").strip()) if path else None


def rehearse(slug: str, placing: Placing, visitor: Visitor, *, quiet: int, today: date) -> Rehearsal:
    """Whether they would see it now. Of whom so many in a hundred are drawn, the first is taken."""
    days = {slug: _days(visitor.asked), _OTHER: _days(visitor.other)}
    seen = {name: (today - timedelta(days=ago)).isoformat() for name, ago in days.items() if ago is not None}
    decision = decide(placing, Here(slug, visitor.path, today, seen, draw=0, quiet=quiet))
    drawn = decision.visible and placing.sample < 100
    return Rehearsal(visitor, decision, SOME_ARE_DRAWN if drawn else REASONS[decision.reason])


def _days(typed: str) -> int | None:
    text = ascii_digits(typed)
    return min(int(text), MAX_DAYS) if text.isascii() and text.isdigit() and len(text) <= 9 else None
