"""Rule: whether the widget works where a site wants it, from where and when it was loaded; asks no page anything."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from feedback.errors import Invalid
from feedback.sites.origins import checked_origin, covers


@dataclass(frozen=True, slots=True)
class Seen:
    """An origin on which the widget was loaded."""

    origin: str
    times: int
    last: datetime


@dataclass(frozen=True, slots=True)
class Expected:
    """A registered origin with the latest page on it that loaded the widget; None where there never was one."""

    origin: str
    seen: Seen | None


@dataclass(frozen=True, slots=True)
class Stranger:
    """An origin that isn't registered but loaded the widget; some may not be, such as those without https."""

    seen: Seen
    may_be_added: bool


@dataclass(frozen=True, slots=True)
class Installation:
    """Where the widget should be, and where else it is."""

    expected: tuple[Expected, ...]
    strangers: tuple[Stranger, ...]


def installation_of(registered: Iterable[str], seen: Iterable[Seen], *, allow_local: bool) -> Installation:
    """Both lists; the strangers in the order in which they came."""
    wanted, sightings = tuple(registered), tuple(seen)
    return Installation(
        tuple(Expected(origin, _latest(origin, sightings)) for origin in wanted),
        tuple(
            Stranger(one, _may_be_added(one.origin, allow_local=allow_local))
            for one in sightings
            if not covers(wanted, one.origin)
        ),
    )


def _latest(origin: str, sightings: tuple[Seen, ...]) -> Seen | None:
    there = (one for one in sightings if covers((origin,), one.origin))
    return max(there, key=lambda one: one.last, default=None)


def _may_be_added(origin: str, *, allow_local: bool) -> bool:
    try:
        return checked_origin(origin, allow_local=allow_local) == origin
    except Invalid:
        return False
