"""Rule: whether a host page shows a survey to a visitor here and now, and which condition decided.

``static/widget/src/targeting.ts`` says the same in the browser; both run over ``tests/data/targeting.json``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from feedback.widget.placing import Placing

_LONG_AGO: Final = 10**6


class Reason(StrEnum):
    """Which condition decided; the words are what ``canShow`` tells a page."""

    OK = "ok"
    UNKNOWN = "unknown-survey"
    NOT_LIVE = "not-live"
    NOT_HERE = "not-here"
    ASKED_BEFORE = "asked-before"
    QUIET_TIME = "quiet-time"
    NOT_DRAWN = "not-drawn"


@dataclass(frozen=True, slots=True)
class Here:
    """A visitor on a page: ``draw`` is 0 to 99, ``seen`` the day on which each survey was last shown, as ISO dates.

    ``quiet`` is the days without any second survey. ``forced``: the page itself asks for this survey, so that what
    only spares the visitor doesn't count.
    """

    slug: str
    path: str
    today: date
    seen: Mapping[str, str] = field(default_factory=dict)
    draw: int = 0
    quiet: int = 0
    forced: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What ``canShow`` answers."""

    visible: bool
    reason: Reason


def decide(survey: Placing | None, here: Here) -> Decision:
    """Whether the survey is shown; None is one that the site doesn't offer."""
    reason = _reason(survey, here)
    return Decision(reason is Reason.OK, reason)


def _reason(survey: Placing | None, here: Here) -> Reason:
    if survey is None:
        return Reason.UNKNOWN
    if not survey.live:
        return Reason.NOT_LIVE
    if survey.paths and not any(_is_on(pattern, here.path) for pattern in survey.paths):
        return Reason.NOT_HERE
    if _days_since(here.seen.get(here.slug, ""), here.today) < survey.again_days:
        return Reason.ASKED_BEFORE
    if here.forced:
        return Reason.OK
    if any(_days_since(day, here.today) < here.quiet for day in here.seen.values()):
        return Reason.QUIET_TIME
    return Reason.OK if here.draw < survey.sample else Reason.NOT_DRAWN


def _is_on(pattern: str, path: str) -> bool:
    """Whether the whole path, without what follows it, is as the pattern says; a star stands for anything."""
    wanted = ".*".join(map(re.escape, pattern.split("*")))
    return re.fullmatch(wanted, re.split("[?#]", path, maxsplit=1)[0], re.DOTALL) is not None


def _days_since(day: str, today: date) -> int:
    """What is no date was long ago."""
    try:
        return (today - date.fromisoformat(day)).days
    except ValueError:
        return _LONG_AGO
