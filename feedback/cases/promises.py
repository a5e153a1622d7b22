"""Rule: when an answer is due, counted in the working time of a site; who keeps the promise is not known here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from heapq import heappop, heappush
from itertools import pairwise
from zoneinfo import ZoneInfo

# Whoever is shut for longer than this can't promise anything; it also ends the search in a week of one minute.
HORIZON = timedelta(days=6 * 366)
MAX_MINUTES = 366 * 24 * 60
# Most of what is asked about began within days; only a site that is hardly ever open needs a look at years.
_LOOKING_BACK = (timedelta(days=14), timedelta(days=120), timedelta(days=500), HORIZON)

Interval = tuple[time, time]


class NeverOpen(ValueError):
    """No working time is left to count within the horizon (every day of it is a holiday, or it is too far away)."""


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """A site's week in its own zone: weekday (0 is Monday, 6 is Sunday) to opening intervals by the clock on the wall.

    An interval that ends at or before its start runs over midnight and belongs to the day it starts on, so
    (00:00, 00:00) is the whole day. A holiday shuts the intervals that start on it. What is a weekend, here or in
    Tehran, is only a weekday without intervals.
    """

    time_zone: str
    week: Mapping[int, tuple[Interval, ...]]
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        ZoneInfo(self.time_zone)  # raises what zoneinfo raises: an unknown zone is found here, not at midnight
        if not any(self.week.values()):
            raise ValueError("a week without opening hours has no due time")
        for weekday, intervals in self.week.items():
            if weekday not in range(7):
                raise ValueError(f"{weekday!r} is no weekday")
            if any(moment.tzinfo is not None for interval in intervals for moment in interval):
                raise ValueError("opening hours are times by the clock on the wall, without a zone")


def due_at(start: datetime, minutes: int | timedelta, hours: WorkingHours) -> datetime:
    """The moment, in UTC, at which so many working minutes have passed since start.

    Nought minutes is the next moment of working time. Work that fills the day exactly is due when the day closes,
    not when the next one opens. Raises ValueError for a negative or absurd duration, NeverOpen beyond the horizon.
    """
    left = minutes if isinstance(minutes, timedelta) else timedelta(minutes=minutes)
    if not timedelta(0) <= left <= timedelta(minutes=MAX_MINUTES):
        raise ValueError(f"{left} is no working time that can be promised")
    for opens, closes in _open_from(_utc(start), hours):
        if closes - opens >= left:
            return opens + left
        left -= closes - opens
    raise NeverOpen(f"no working time after {start.isoformat()}")


def next_open(start: datetime, hours: WorkingHours) -> datetime:
    """The first moment of working time at or after start, in UTC. Raises NeverOpen."""
    return due_at(start, 0, hours)


def is_open(moment: datetime, hours: WorkingHours) -> bool:
    """Whether somebody is working at this moment; the closing moment itself is shut."""
    try:
        return next_open(moment, hours) == moment
    except NeverOpen:
        return False


def working_minutes_between(start: datetime, end: datetime, hours: WorkingHours) -> int:
    """Whole working minutes from start to end; negative if end comes first, so that lateness has a sign."""
    first, last = _utc(start), _utc(end)
    if last < first:
        return -working_minutes_between(last, first, hours)
    worked = timedelta(0)
    for opens, closes in _open_from(first, hours, horizon=last - first):
        if opens >= last:
            break
        worked += min(closes, last) - opens
    return worked // timedelta(minutes=1)


def begun_at(end: datetime, minutes: int, hours: WorkingHours) -> datetime | None:
    """The latest moment, in UTC, from which so many working minutes (at least one) have passed by end.

    ``due_at`` the other way round: exactly what began then or earlier has had so many. None where there was never
    so much working time within the horizon.
    """
    if minutes < 1:
        raise ValueError(f"{minutes} working minutes have no beginning")
    last = _utc(end)
    for span in _LOOKING_BACK:
        left = timedelta(minutes=minutes)
        for opens, closes in reversed(list(_open_from(last - span, hours, horizon=span))):
            closes = min(closes, last)
            if closes - opens >= left:
                return closes - left
            left -= max(closes - opens, timedelta(0))
    return None


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone is no moment")
    return moment.astimezone(UTC)


def _open_from(
    start: datetime, hours: WorkingHours, horizon: timedelta = HORIZON
) -> Iterator[tuple[datetime, datetime]]:
    """The stretches of working time from start on, in UTC, in order, none touching the next."""
    pending: tuple[datetime, datetime] | None = None
    for opens, closes in _stretches(start, hours, horizon):
        if closes <= start:
            continue
        opens = max(opens, start)
        if pending is None:
            pending = opens, closes
        elif opens <= pending[1]:  # a night shift that runs into the morning's is one stretch
            pending = pending[0], max(pending[1], closes)
        else:
            yield pending
            pending = opens, closes
    if pending is not None:
        yield pending


def _stretches(start: datetime, hours: WorkingHours, horizon: timedelta) -> Iterator[tuple[datetime, datetime]]:
    zone = ZoneInfo(hours.time_zone)
    waiting: list[tuple[datetime, datetime]] = []
    try:
        day = start.astimezone(zone).date() - timedelta(days=2)  # a night shift may have begun on an earlier date
        last = day + horizon + timedelta(days=5)
    except OverflowError:
        return
    while day <= last:
        if day not in hours.holidays:
            for begin, end in hours.week.get(day.weekday(), ()):
                opens = datetime.combine(day, begin)
                closes = datetime.combine(day, end)
                if closes <= opens:
                    closes += timedelta(days=1)
                for stretch in _wall_to_utc(opens, closes, zone):
                    heappush(waiting, stretch)
        # An hour that comes twice may straddle midnight: only what lies a day back is surely in order.
        settled = datetime.combine(day, time(), tzinfo=UTC) - timedelta(days=1)
        while waiting and waiting[0][0] < settled:
            yield heappop(waiting)
        day += timedelta(days=1)
    while waiting:
        yield heappop(waiting)


def _wall_to_utc(opens: datetime, closes: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """The moments at which the clock on the wall of the zone shows opens ≤ t < closes.

    An hour that is skipped in spring is not worked, one that comes twice in autumn is worked twice.
    """
    known = {
        _offset(opens, zone, 0),
        _offset(opens, zone, 1),
        _offset(closes, zone, 0),
        _offset(closes, zone, 1),
    }
    if len(known) == 1:
        offset = known.pop()
        yield _minus(opens, offset), _minus(closes, offset)
        return
    edges = _changes(
        _minus(opens, max(known)) - timedelta(days=1),
        _minus(closes, min(known)) + timedelta(days=1),
        zone,
    )
    for since, until in pairwise(edges):
        offset = _offset_at(since, zone)
        first, last = (
            max(_minus(opens, offset), since),
            min(_minus(closes, offset), until),
        )
        if first < last:
            yield first, last


def _changes(since: datetime, until: datetime, zone: ZoneInfo) -> list[datetime]:
    """since, each moment between at which the zone's offset changes (found to the second), and until."""
    edges = [since]
    step = timedelta(hours=12)
    left = since
    while left < until:
        right = min(left + step, until)
        if _offset_at(left, zone) != _offset_at(right, zone):
            low, high = left, right
            while high - low > timedelta(seconds=1):
                middle = (low + (high - low) / 2).replace(microsecond=0)
                if middle <= low:
                    break
                low, high = (middle, high) if _offset_at(middle, zone) == _offset_at(left, zone) else (low, middle)
            edges.append(high)
        left = right
    edges.append(until)
    return edges


def _offset(wall: datetime, zone: ZoneInfo, fold: int) -> timedelta:
    return wall.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta(0)


def _offset_at(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)


def _minus(wall: datetime, offset: timedelta) -> datetime:
    return (wall - offset).replace(tzinfo=UTC)
