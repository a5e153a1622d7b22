"""Rule: which mails a staff member is sent who touched some of the switches in the profile, or none; sends nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import time
from enum import StrEnum

from feedback.actors import Role


class Notice(StrEnum):
    """What staff are told by mail."""

    ASSIGNED = "assigned"
    CUSTOMER_REPLIED = "customer_replied"
    NOT_THEM = "not_them"
    PROMISE_SOON = "promise_soon"
    PROMISE_BROKEN = "promise_broken"
    THIRD_HAND_OFF = "third_hand_off"
    DAILY_LIST = "daily_list"


#: By the clock where somebody is: what is told between evening and morning waits.
MORNING, EVENING = time(8), time(20)
#: Beside the notices in what is stored: whether they may come at night.
AT_NIGHT = "at_night"

_SWITCHED_WITH = {Notice.NOT_THEM: Notice.CUSTOMER_REPLIED}
_FOR_LEADS = frozenset({Notice.THIRD_HAND_OFF})


def offered(roles: Iterable[Role]) -> tuple[Notice, ...]:
    """The switches that mean something to somebody with these roles, in the order in which they are shown."""
    leads = any(role.covers(Role.LEAD) for role in roles)
    return tuple(one for one in Notice if one not in _SWITCHED_WITH and (leads or one not in _FOR_LEADS))


def wants(switches: Mapping[str, bool], notice: Notice) -> bool:
    """Whether they are told: usually yes."""
    return switches.get(_SWITCHED_WITH.get(notice, notice), True)


def wants_at_night(switches: Mapping[str, bool]) -> bool:
    """Whether they are told at night too: usually not."""
    return switches.get(AT_NIGHT, False)


def switched(
    before: Mapping[str, bool], shown: Collection[Notice], ticked: Collection[str], *, at_night: bool
) -> dict[str, bool]:
    """What is stored once somebody has ticked some of the switches that they were shown: only what isn't usual."""
    kept = {name: on for name, on in before.items() if name != AT_NIGHT and name not in shown}
    off = {one.value: False for one in shown if one.value not in ticked}
    return kept | off | ({AT_NIGHT: True} if at_night else {})
