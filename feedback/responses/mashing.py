"""Rule: which taps on one feedback screen count: one for each person, and no more in a minute than people make.

A tap that doesn't count is kept all the same. It is stored in the state ``quarantined``, which no measure counts and no
case follows from (``COUNTED`` in ``actions``), with a flag that says why, so that staff see it and can release it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

#: Nobody steps up, reads the question and taps any quicker after somebody else.
ONE_HAND: Final = timedelta(seconds=3)
MINUTE: Final = timedelta(minutes=1)
#: Taps that one screen may send in a minute.
MOST_IN_A_MINUTE: Final = 30
#: A tap that waited longer for the network has the time of its arrival.
LONGEST_WAIT: Final = timedelta(days=7)

MASHED: Final = "mashed"
MANY: Final = "many_taps"
#: Of a screen that nobody has paired, or whose pairing was revoked or is too old.
UNPAIRED: Final = "unpaired"


def flags_of(tapped_at: datetime, others: Iterable[datetime]) -> tuple[str, ...]:
    """Why a tap doesn't count, if so; ``others`` are the same screen's taps around it that were stored before.

    Of taps by one hand the first to be stored counts. A row of them is one, however long it goes on.
    """
    near = list(others)
    found = []
    if any(abs(tapped_at - other) < ONE_HAND for other in near):
        found.append(MASHED)
    if sum(1 for other in near if tapped_at - MINUTE < other <= tapped_at) >= MOST_IN_A_MINUTE:
        found.append(MANY)
    return tuple(found)


def moment_of(arrived_at: datetime, waited: timedelta | None) -> datetime:
    """When a tap was made that says how long it has waited; what can't be true counts as just made.

    It is the wait that a screen tells, not the time on its clock, which may be wrong.
    """
    if waited is None or not timedelta(0) <= waited <= LONGEST_WAIT:
        return arrived_at
    return arrived_at - waited
