"""Time zones as people know them: by a city in their language and how far its clock is from UTC, west to east."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from babel.core import Locale, get_global

from feedback.i18n.negotiation import language_of

_AREAS: Final = frozenset(
    {"Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
)
_MINUS: Final = "\u2212"
#: Former name → present one, as CLDR has it; the names of cities stand under either.
_ALIASES: Final[dict[str, str]] = dict(get_global("zone_aliases"))


def present_name(zone: str) -> str:
    """The name that a zone goes by now: Asia/Kolkata, not Asia/Calcutta."""
    return _ALIASES.get(zone, zone)


def zone_lines(tag: str, now: datetime) -> tuple[tuple[str, str], ...]:
    """(name, what to show of it) for every zone, with the offset of this hour and ASCII digits."""
    return _lines(language_of(tag), now.replace(minute=0, second=0, microsecond=0))


def zone_lines_with(tag: str, chosen: str, now: datetime) -> tuple[tuple[str, str], ...]:
    """The same, with ``chosen`` among them: an old name of a zone stays what it is unless another zone is chosen."""
    present = present_name(chosen)
    lines = tuple((chosen if zone == present else zone, shown) for zone, shown in zone_lines(tag, now))
    known = any(zone == chosen for zone, _ in lines)
    return lines if known else ((chosen, city_of(tag, chosen)), *lines)


def city_of(tag: str, zone: str) -> str:
    """The city that a zone is known by, in that language; for one that we don't know, what its name ends with."""
    return dict(_cities(language_of(tag))).get(present_name(zone)) or _last_part(zone)


@lru_cache(maxsize=32)
def _lines(language: str, hour: datetime) -> tuple[tuple[str, str], ...]:
    found = []
    for zone, city in _cities(language):
        offset = hour.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
        found.append((offset, city.casefold(), zone, f"{city} ({_told(offset)})" if zone != "UTC" else city))
    return tuple((zone, shown) for _, _, zone, shown in sorted(found))


@lru_cache(maxsize=16)
def _cities(language: str) -> tuple[tuple[str, str], ...]:
    names = Locale(language).time_zones
    former: dict[str, str] = {new: old for old, new in _ALIASES.items() if old in names}
    zones = [zone for zone in available_timezones() if zone.partition("/")[0] in _AREAS and zone not in _ALIASES]
    lines = [("UTC", "UTC")]
    for zone in zones:
        known = names.get(zone) or names.get(former.get(zone, ""), {})
        lines.append((zone, str(known.get("city") or _last_part(zone))))
    return tuple(lines)


def _last_part(zone: str) -> str:
    return zone.rpartition("/")[2].replace("_", " ")


def _told(offset: timedelta) -> str:
    """UTC+3, UTC-9:30 with a real minus."""
    minutes = round(offset.total_seconds() / 60)
    if minutes == 0:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else _MINUS}{hours}" + (f":{rest:02}" if rest else "")
