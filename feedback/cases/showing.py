"""Rule: how much a customer's link to a case shows, and how a promise stands in the customer's eyes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from feedback.cases.states import PromiseState, State

#: So long after it was resolved the page tells what was said and done; from then on only how it ended.
TOLD_FOR = timedelta(days=90)


class Shows(StrEnum):
    """What is behind a link."""

    ALL = "all"
    STATE = "state"
    REVOKED = "revoked"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Behind:
    """What decides about a link: whether it was revoked or its customer erased, and how far the case is."""

    revoked: bool
    erased: bool
    state: State
    resolved_at: datetime | None


def shows(behind: Behind, now: datetime) -> Shows:
    """Decide, the same for whoever holds the link: an old link shows as much as the newest one."""
    if behind.erased:
        return Shows.ERASED
    if behind.revoked:
        return Shows.REVOKED
    ended = behind.resolved_at if behind.state is State.RESOLVED else None
    return Shows.STATE if ended is not None and ended + TOLD_FOR <= now else Shows.ALL


class Stands(StrEnum):
    """How a promise stands. A customer whose time has come is told that it is late whether or not a job noted it."""

    OPEN = "open"
    KEPT = "kept"
    LATE = "late"
    WAS_LATE = "was_late"
    CANCELLED = "cancelled"


def stands(state: PromiseState, due_at: datetime, now: datetime, *, answered_at: datetime | None, over: bool) -> Stands:
    """Decide how a promise stands. ``answered_at``: when somebody last answered; ``over``: the case is resolved.

    One that was broken stays so, but who has had an answer since is no longer kept waiting.
    """
    if state is PromiseState.KEPT:
        return Stands.KEPT
    if state is PromiseState.CANCELLED:
        return Stands.CANCELLED
    if state is PromiseState.OPEN and now <= due_at:
        return Stands.OPEN
    answered = answered_at is not None and answered_at > due_at
    return Stands.WAS_LATE if over or answered else Stands.LATE
