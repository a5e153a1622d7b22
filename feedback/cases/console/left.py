"""What the customer of a case has stopped, in words, and what may still reach them; no HTML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from feedback.cases.blank import LEFT_BLANK, TASK
from feedback.cases.queries import CaseHead
from feedback.cases.states import Family
from feedback.i18n.text import N_, pick
from feedback.preferences.history import StoppedOnce
from feedback.preferences.policy import Scope
from feedback.rendering import current_reader

_EVERYTHING = {Scope.MARKETING: N_("All marketing emails"), Scope.ADDRESS: N_("All emails except those they ask for")}
_HOW = {
    "page": N_("on the page behind a link"),
    "oneclick": N_("by their email program"),
    "mailto": N_("by email"),
    "api": N_("by another program"),
    "staff": N_("by one of the staff"),
    "complaint": N_("marked as spam"),
    "bounce": N_("the address does not work"),
    "import": N_("from an imported list"),
}


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop: what, when, how."""

    what: str
    how: str
    at: datetime
    taken_back: bool


@dataclass(frozen=True, slots=True)
class Left:
    """``task`` is what is to be done where somebody left without a reason; ``about_it``: the case is about an opt-out.

    ``allowed`` are the topics that may still be sent.
    """

    stops: tuple[Stop, ...]
    about_it: bool
    task: str
    allowed: tuple[str, ...]


def left(head: CaseHead, stopped: list[StoppedOnce], allowed: list[dict[str, str]]) -> Left:
    """For the reader of this request; ``allowed`` are the names of topics."""
    reader = current_reader()
    blank = any(reason.code == LEFT_BLANK for reason in head.reasons)
    return Left(
        stops=tuple(_stop(one) for one in stopped),
        about_it=head.family == Family.OPT_OUT,
        task=reader.gettext(TASK) if blank else "",
        allowed=tuple(pick(name, reader.tag)[0] for name in allowed),
    )


def _stop(one: StoppedOnce) -> Stop:
    reader = current_reader()
    what = reader.gettext(_EVERYTHING[one.scope]) if one.scope in _EVERYTHING else pick(one.name, reader.tag)[0]
    how = _HOW.get(one.channel)
    return Stop(what or one.topic, reader.gettext(how) if how else one.channel, one.at, not one.holds)
