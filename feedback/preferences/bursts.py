"""Rule: which opt-outs may have been made by a program that opens mails before people do, never that they were.

Mail gateways follow links and some press what they find there. Such a program is quicker than people, and does it to
nearly every mail of a company or from one network. It is only ever told to somebody (standards U-17, U-18).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

#: So soon after its mail an opt-out is hardly a person's who has read it.
AT_ONCE: Final = timedelta(seconds=60)
#: So many of them belong together; fewer are nothing unusual.
LEAST: Final = 5
#: What is further apart are two bursts.
GAP: Final = timedelta(minutes=10)
#: Of a company's mails at least so many were stopped at once; at a big mailbox provider it never is.
SHARE: Final = 0.5


@dataclass(frozen=True, slots=True)
class Seen:
    """One opt-out by a link. ``domain`` and ``network`` are empty where nobody knows them any more."""

    opt_out_id: int
    at: datetime
    mailed_at: datetime
    domain: str
    network: str


@dataclass(frozen=True, slots=True)
class Burst:
    """Opt-outs that came together, by time; ``by`` is domain or network."""

    by: str
    name: str
    opt_outs: tuple[int, ...]
    first_at: datetime
    last_at: datetime


def bursts(seen: Iterable[Seen], mailed: Mapping[str, int]) -> list[Burst]:
    """Bursts, the newest first, each opt-out in one at most: the larger one.

    ``mailed`` says of a domain how many mails went there in that time; one that isn't named counts as all stopped.
    """
    soon = sorted(
        (one for one in seen if timedelta(0) <= one.at - one.mailed_at < AT_ONCE),
        key=lambda one: (one.at, one.opt_out_id),
    )
    groups: dict[tuple[str, str], list[Seen]] = {}
    for one in soon:
        for by, name in (("domain", one.domain), ("network", one.network)):
            if name:
                groups.setdefault((by, name), []).append(one)
    candidates = [
        (by, name, run)
        for (by, name), members in groups.items()
        for run in _runs(members)
        if by == "network" or len(run) >= SHARE * mailed.get(name, 0)
    ]
    taken: set[int] = set()
    found = []
    for by, name, run in sorted(candidates, key=lambda one: -len(one[2])):
        left = [one for one in run if one.opt_out_id not in taken]
        if len(left) >= LEAST:
            taken |= {one.opt_out_id for one in left}
            found.append(Burst(by, name, tuple(one.opt_out_id for one in left), left[0].at, left[-1].at))
    return sorted(found, key=lambda one: one.last_at, reverse=True)


def _runs(members: list[Seen]) -> list[list[Seen]]:
    runs: list[list[Seen]] = []
    for one in members:
        if runs and one.at - runs[-1][-1].at <= GAP:
            runs[-1].append(one)
        else:
            runs.append([one])
    return [run for run in runs if len(run) >= LEAST]
