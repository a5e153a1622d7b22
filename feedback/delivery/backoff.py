"""Rule: when a mail that could not be handed over is tried again, and when we stop."""

from dataclasses import dataclass
from datetime import datetime, timedelta

DELAYS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
)
SPREAD = 0.2


@dataclass(frozen=True, slots=True)
class NextTry:
    """When to try again; ``at`` is None when there is no point, and ``reason`` then says why."""

    at: datetime | None
    reason: str


def next_try(
    attempts: int,
    failed_at: datetime,
    *,
    permanent: bool,
    useful_until: datetime | None = None,
    chance: float = 0.5,
) -> NextTry:
    """Decide after the ``attempts``-th failure; ``chance`` (0 to 1) spreads retries by a fifth either way.

    A mail that would come after its use (a link that has expired by then) is not tried again.
    """
    if permanent:
        return NextTry(None, "refused")
    if attempts > len(DELAYS):
        return NextTry(None, "too_many_attempts")
    delay = DELAYS[max(attempts, 1) - 1] * (1 + SPREAD * (2 * chance - 1))
    at = failed_at + delay
    if useful_until is not None and at >= useful_until:
        return NextTry(None, "too_late")
    return NextTry(at, "again")
