"""What a customer's link shows, and how a promise stands in their eyes: as tables."""

from datetime import UTC, datetime, timedelta

import pytest

from feedback.cases.showing import Behind, Shows, Stands, shows, stands
from feedback.cases.states import PromiseState, State

NOW = datetime(2026, 6, 10, 9, 0, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("revoked", "erased", "state", "ended", "expected"),
    [
        (False, False, State.NEW, None, Shows.ALL),
        (False, False, State.WAITING, None, Shows.ALL),
        (False, False, State.RESOLVED, timedelta(0), Shows.ALL),
        (False, False, State.RESOLVED, 90 * DAY - SECOND, Shows.ALL),
        (False, False, State.RESOLVED, 90 * DAY, Shows.STATE),
        (False, False, State.RESOLVED, 900 * DAY, Shows.STATE),
        # Reopened: what was resolved once is told again.
        (False, False, State.OPEN, 900 * DAY, Shows.ALL),
        (True, False, State.OPEN, None, Shows.REVOKED),
        (True, False, State.RESOLVED, 900 * DAY, Shows.REVOKED),
        (False, True, State.OPEN, None, Shows.ERASED),
        (True, True, State.RESOLVED, 900 * DAY, Shows.ERASED),
    ],
)
def test_what_a_link_shows(revoked: bool, erased: bool, state: State, ended: timedelta | None, expected: Shows) -> None:
    resolved_at = NOW - ended if ended is not None else None
    assert shows(Behind(revoked, erased, state, resolved_at), NOW) is expected


@pytest.mark.parametrize(
    ("state", "due", "answered", "over", "expected"),
    [
        (PromiseState.OPEN, SECOND, None, False, Stands.OPEN),
        (PromiseState.OPEN, timedelta(0), None, False, Stands.OPEN),
        # Late from its very second on, though no job has noted it yet.
        (PromiseState.OPEN, -SECOND, None, False, Stands.LATE),
        (PromiseState.BROKEN, -DAY, None, False, Stands.LATE),
        # An answer from before it was due is not the one that was waited for.
        (PromiseState.BROKEN, -DAY, -2 * DAY, False, Stands.LATE),
        (PromiseState.BROKEN, -DAY, -SECOND, False, Stands.WAS_LATE),
        (PromiseState.BROKEN, -DAY, None, True, Stands.WAS_LATE),
        (PromiseState.KEPT, -DAY, None, False, Stands.KEPT),
        (PromiseState.KEPT, DAY, None, True, Stands.KEPT),
        (PromiseState.CANCELLED, -DAY, None, False, Stands.CANCELLED),
    ],
)
def test_how_a_promise_stands(
    state: PromiseState, due: timedelta, answered: timedelta | None, over: bool, expected: Stands
) -> None:
    answered_at = NOW + answered if answered is not None else None
    assert stands(state, NOW + due, NOW, answered_at=answered_at, over=over) is expected
