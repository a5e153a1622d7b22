"""A site's calendar as values: usual weeks per country, weeks as JSON, public holidays; no rows and no due times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, time
from functools import lru_cache
from typing import Any, Final, TypeAlias

from feedback.errors import Invalid, Problem
from feedback.i18n.text import N_, ascii_digits

Week: TypeAlias = dict[int, tuple[tuple[time, time], ...]]

WEEKDAYS: Final = range(7)  # Monday is 0, as in datetime
YEARS_AHEAD: Final = 2


def _hours(first: int, last: int) -> tuple[tuple[time, time], ...]:
    return ((time(first), time(last)),)


def _week(days: Iterable[int], first: int, last: int, **half_days: tuple[int, int, int]) -> Week:
    week = {day: _hours(first, last) for day in days}
    for day, opens, closes in half_days.values():
        week[day] = _hours(opens, closes)
    return dict(sorted(week.items()))


_MONDAY_TO_FRIDAY = range(5)
_SATURDAY_TO_WEDNESDAY = (5, 6, 0, 1, 2)
_USUAL: Final[Mapping[str, Week]] = {
    "IR": _week(_SATURDAY_TO_WEDNESDAY, 8, 16, thursday=(3, 8, 12)),
    "AF": _week(_SATURDAY_TO_WEDNESDAY, 8, 16, thursday=(3, 8, 13)),
    "NP": _week((6, 0, 1, 2, 3, 4), 10, 17),
    "TZ": _week(_MONDAY_TO_FRIDAY, 8, 17, saturday=(5, 9, 13)),
    "KE": _week(_MONDAY_TO_FRIDAY, 8, 17, saturday=(5, 9, 13)),
    "MN": _week(_MONDAY_TO_FRIDAY, 9, 18),
    "AM": _week(_MONDAY_TO_FRIDAY, 9, 18),
}
_ELSEWHERE: Final = _week(_MONDAY_TO_FRIDAY, 9, 17)


def default_week(country: str | None) -> Week:
    """The hours a site starts with: what offices usually keep in its country."""
    return dict(_USUAL.get((country or "").upper(), _ELSEWHERE))


def week_of(hours: Mapping[str, Any], country: str | None) -> Week:
    """The week in a site's ``hours``, or its country's usual one where none was set."""
    return parse_week(hours) if hours else default_week(country)


def week_as_json(week: Mapping[int, Iterable[tuple[time, time]]]) -> dict[str, list[list[str]]]:
    """As kept in ``site.hours``: weekday "0" (Monday) to "6", intervals of local times; closed days are left out."""
    return {
        str(day): [[opens.strftime("%H:%M"), closes.strftime("%H:%M")] for opens, closes in sorted(week[day])]
        for day in sorted(week)
        if week[day]
    }


def parse_week(raw: Mapping[str, Any]) -> Week:
    """A week from JSON; raises Invalid with every problem, also for a week without any hours."""
    problems: list[Problem] = []
    week: Week = {}
    for key, intervals in raw.items():
        if not str(key).isascii() or not str(key).isdigit() or int(key) not in WEEKDAYS:
            problems.append(Problem(f"hours.{key}", "weekday", N_("There is no such weekday.")))
            continue
        read = tuple(_interval(f"hours.{key}", one, problems) for one in intervals or ())
        times = tuple(sorted(one for one in read if one is not None))
        if times:
            week[int(key)] = times
    if not week and not problems:
        problems.append(Problem("hours", "empty", N_("The week needs at least one hour in which somebody is working.")))
    if problems:
        raise Invalid(problems)
    return dict(sorted(week.items()))


def _interval(path: str, raw: Any, problems: list[Problem]) -> tuple[time, time] | None:
    try:
        opens, closes = (time.fromisoformat(ascii_digits(part)) for part in raw)
    except (TypeError, ValueError):
        problems.append(Problem(path, "times", N_("Two times are expected here, such as 08:00 and 17:00.")))
        return None
    return opens, closes


@lru_cache(maxsize=64)
def _public_holidays(country: str, years: tuple[int, ...]) -> tuple[tuple[date, str], ...]:
    # Loads in 0.1 to 0.3 s and takes memory that a web process seldom needs: see ``stored_holidays``.
    from holidays import country_holidays  # noqa: PLC0415 - the web process starts without it

    try:
        found = country_holidays(country, years=years)
    except NotImplementedError:
        return ()
    local = getattr(found, "default_language", None)
    if local:
        found = country_holidays(country, years=years, language=local)
    return tuple(sorted((day, name) for day, name in found.items()))


def public_holidays(country: str | None, years: Iterable[int]) -> dict[date, str]:
    """The country's public holidays with their local names; none where the country isn't known."""
    return dict(_public_holidays(country.upper(), tuple(sorted(set(years))))) if country else {}


def stored_holidays(country: str | None, year: int) -> dict[str, Any]:
    """What a site keeps of its country's holidays (last year to two ahead), so that the web needn't reckon them."""
    days = public_holidays(country, range(year - 1, year + YEARS_AHEAD + 1))
    return {
        "country": country,
        "first": year - 1,
        "last": year + YEARS_AHEAD,
        "days": {day.isoformat(): name for day, name in days.items()},
    }


def is_current(stored: Mapping[str, Any], country: str | None, year: int) -> bool:
    """Whether what a site keeps is of its present country and reaches over this year and the next."""
    return bool(stored) and stored["country"] == country and stored["first"] <= year and stored["last"] > year


def holiday_dates(stored: Mapping[str, Any], country: str | None, year: int) -> dict[date, str]:
    """The country's holidays around a year: what the site keeps, or reckoned anew where that is out of date."""
    if not is_current(stored, country, year):
        stored = stored_holidays(country, year)
    return {date.fromisoformat(day): name for day, name in stored["days"].items()}


def days_off(public: Iterable[date], changes: Iterable[tuple[date, bool]]) -> frozenset[date]:
    """Public holidays with the site's own changes: (day, True) is worked after all, (day, False) is off as well."""
    off = set(public)
    for day, is_open in changes:
        (off.discard if is_open else off.add)(day)
    return frozenset(off)
