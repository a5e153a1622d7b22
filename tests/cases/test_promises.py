"""Due times in working hours: a table of known answers, the days on which clocks change, and what is always true."""

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.cases.promises import (
    NeverOpen,
    WorkingHours,
    due_at,
    is_open,
    next_open,
    working_minutes_between,
)
from feedback.sites.calendar import default_week, public_holidays

NINE_TO_FIVE = {day: ((time(9), time(17)),) for day in range(5)}
ALL_WEEK_NIGHTS = {day: ((time(20), time(4)),) for day in range(7)}


def in_country(zone: str, country: str) -> WorkingHours:
    return WorkingHours(zone, default_week(country), frozenset(public_holidays(country, (2025, 2026, 2027))))


def local(zone: str, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


GOLDEN = [
    # zone, country, said at (by the clock on the wall), working minutes, due (by the clock on the wall)
    ("Africa/Dar_es_Salaam", "TZ", "2026-06-10 09:00", 240, "2026-06-10 13:00"),
    ("Africa/Dar_es_Salaam", "TZ", "2026-06-10 15:30", 240, "2026-06-11 10:30"),
    ("Africa/Dar_es_Salaam", "TZ", "2026-06-12 16:00", 240, "2026-06-13 12:00"),  # Friday into Saturday's half day
    ("Africa/Dar_es_Salaam", "TZ", "2026-06-13 12:00", 240, "2026-06-15 11:00"),  # Saturday into Monday
    ("Africa/Dar_es_Salaam", "TZ", "2026-04-02 16:00", 240, "2026-04-04 12:00"),  # over Good Friday
    ("Asia/Kathmandu", "NP", "2026-06-12 16:00", 240, "2026-06-14 13:00"),  # Friday, then Sunday: Saturday is off
    ("Asia/Kathmandu", "NP", "2026-06-14 07:00", 60, "2026-06-14 11:00"),
    ("Asia/Kathmandu", "NP", "2026-04-13 16:30", 60, "2026-04-15 10:30"),  # over the Nepali New Year
    ("Asia/Tehran", "IR", "2026-06-10 14:00", 240, "2026-06-11 10:00"),  # Wednesday into Thursday's half day
    ("Asia/Tehran", "IR", "2026-06-11 11:00", 240, "2026-06-13 11:00"),  # Thursday into Saturday: Friday is off
    ("Asia/Tehran", "IR", "2026-06-12 10:00", 60, "2026-06-13 09:00"),  # said on a Friday
    ("Asia/Tehran", "IR", "2026-03-19 11:00", 120, "2026-03-25 09:00"),  # Nowruz, Friday included
    ("Asia/Ulaanbaatar", "MN", "2026-06-10 17:00", 240, "2026-06-11 12:00"),
    ("Asia/Ulaanbaatar", "MN", "2026-02-17 17:30", 60, "2026-02-23 09:30"),  # over Tsagaan Sar and a weekend
    ("Asia/Yerevan", "AM", "2026-06-12 17:00", 480, "2026-06-15 16:00"),
    ("Asia/Yerevan", "AM", "2025-12-30 15:00", 480, "2026-01-05 14:00"),  # New Year, the days after it, a weekend
]


@pytest.mark.parametrize(("zone", "country", "said", "minutes", "due"), GOLDEN)
def test_due_times_by_each_countrys_week_and_holidays(
    zone: str, country: str, said: str, minutes: int, due: str
) -> None:
    found = due_at(local(zone, said), minutes, in_country(zone, country))
    assert found.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M") == due
    assert found.tzinfo is UTC


BERLIN_NIGHTS = WorkingHours("Europe/Berlin", ALL_WEEK_NIGHTS)


def test_an_hour_that_the_clocks_skip_is_not_worked() -> None:
    # 29 March 2026: 02:00 becomes 03:00. From 20:00 to 04:00 is seven hours that night.
    assert due_at(local("Europe/Berlin", "2026-03-28 20:00"), 420, BERLIN_NIGHTS) == datetime(
        2026, 3, 29, 2, 0, tzinfo=UTC
    )
    assert due_at(local("Europe/Berlin", "2026-03-28 20:00"), 421, BERLIN_NIGHTS) == datetime(
        2026, 3, 29, 18, 1, tzinfo=UTC
    )


def test_an_hour_that_comes_twice_is_worked_twice() -> None:
    # 25 October 2026: 03:00 becomes 02:00. From 20:00 to 04:00 is nine hours that night.
    start = local("Europe/Berlin", "2026-10-24 20:00")
    assert due_at(start, 540, BERLIN_NIGHTS) == datetime(2026, 10, 25, 3, 0, tzinfo=UTC)
    assert working_minutes_between(start, datetime(2026, 10, 25, 12, tzinfo=UTC), BERLIN_NIGHTS) == 540


def test_hours_that_begin_in_the_skipped_hour_begin_when_it_is_over() -> None:
    hours = WorkingHours("Europe/Berlin", {6: ((time(2, 30), time(5)),)})
    assert next_open(datetime(2026, 3, 28, 12, tzinfo=UTC), hours) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_hours_within_the_doubled_hour_are_open_each_time_the_clock_shows_them() -> None:
    hours = WorkingHours("Europe/Berlin", {6: ((time(2, 10), time(2, 20)), (time(2, 40), time(2, 50)))})
    day = datetime(2026, 10, 25, tzinfo=UTC)
    found = [minute for minute in range(0, 180) if is_open(day + timedelta(minutes=minute), hours)]
    assert found == [*range(10, 20), *range(40, 50), *range(70, 80), *range(100, 110)]


def test_a_night_shift_belongs_to_the_day_on_which_it_begins() -> None:
    friday_off = WorkingHours("Asia/Yerevan", ALL_WEEK_NIGHTS, frozenset({date(2026, 6, 12)}))
    assert is_open(local("Asia/Yerevan", "2026-06-12 02:00"), friday_off)
    assert not is_open(local("Asia/Yerevan", "2026-06-12 21:00"), friday_off)
    assert not is_open(local("Asia/Yerevan", "2026-06-13 02:00"), friday_off)


def test_a_day_that_is_open_round_the_clock_has_no_seam() -> None:
    always = WorkingHours("Asia/Kathmandu", {day: ((time(0), time(0)),) for day in range(7)})
    start = datetime(2026, 6, 10, 1, 2, 3, tzinfo=UTC)
    assert due_at(start, 3 * 24 * 60, always) == start + timedelta(days=3)


def test_work_that_fills_the_day_is_due_when_it_closes() -> None:
    hours = WorkingHours("Europe/Berlin", NINE_TO_FIVE)
    assert due_at(local("Europe/Berlin", "2026-06-10 13:00"), 240, hours) == local("Europe/Berlin", "2026-06-10 17:00")


def test_no_minutes_at_all_are_due_at_the_next_opening() -> None:
    hours = WorkingHours("Europe/Berlin", NINE_TO_FIVE)
    closing = local("Europe/Berlin", "2026-06-10 17:00")
    assert due_at(closing, 0, hours) == local("Europe/Berlin", "2026-06-11 09:00")
    assert due_at(local("Europe/Berlin", "2026-06-10 10:00"), 0, hours) == local("Europe/Berlin", "2026-06-10 10:00")


def test_a_week_without_hours_is_refused() -> None:
    with pytest.raises(ValueError, match="without opening hours"):
        WorkingHours("Asia/Tehran", {})
    with pytest.raises(ValueError, match="without opening hours"):
        WorkingHours("Asia/Tehran", {0: ()})


def test_an_unknown_zone_weekday_or_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(Exception, match="Atlantis"):
        WorkingHours("Sea/Atlantis", NINE_TO_FIVE)
    with pytest.raises(ValueError, match="weekday"):
        WorkingHours("UTC", {7: ((time(9), time(17)),)})
    with pytest.raises(ValueError, match="time zone"):
        due_at(datetime(2026, 6, 10, 9), 60, WorkingHours("UTC", NINE_TO_FIVE))  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize("minutes", [-1, 366 * 24 * 60 + 1])
def test_absurd_durations_are_refused(minutes: int) -> None:
    with pytest.raises(ValueError, match="promised"):
        due_at(datetime(2026, 6, 10, tzinfo=UTC), minutes, WorkingHours("UTC", NINE_TO_FIVE))


def test_a_site_that_is_off_for_years_never_opens() -> None:
    off = frozenset(date(2026, 1, 1) + timedelta(days=day) for day in range(7 * 366))
    with pytest.raises(NeverOpen):
        next_open(datetime(2026, 6, 10, tzinfo=UTC), WorkingHours("UTC", NINE_TO_FIVE, off))


@pytest.mark.parametrize("zone", ["Asia/Tehran", "America/Los_Angeles"])
@pytest.mark.parametrize("year", [1, 9999])
def test_the_ends_of_time_are_an_answer_or_never(zone: str, year: int) -> None:
    for moment in (datetime(year, 1, 1, tzinfo=UTC), datetime(year, 12, 31, 23, 59, tzinfo=UTC)):
        with suppress(NeverOpen):
            assert due_at(moment, 60, WorkingHours(zone, NINE_TO_FIVE)) > moment


def test_lateness_has_a_sign() -> None:
    hours = WorkingHours("UTC", NINE_TO_FIVE)
    early, late = datetime(2026, 6, 10, 16, tzinfo=UTC), datetime(2026, 6, 11, 10, tzinfo=UTC)
    assert working_minutes_between(early, late, hours) == 120
    assert working_minutes_between(late, early, hours) == -120


ZONES = st.sampled_from(
    [
        "Africa/Dar_es_Salaam",
        "Asia/Kathmandu",
        "Asia/Tehran",
        "Asia/Ulaanbaatar",
        "Asia/Yerevan",
        "Europe/Berlin",
        "America/St_Johns",
        "Australia/Lord_Howe",
        "Asia/Beirut",
    ]
)
TIMES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
DAYS = st.lists(st.tuples(TIMES, TIMES), max_size=3).map(tuple)
WEEKS = st.dictionaries(st.integers(0, 6), DAYS, min_size=1).filter(lambda week: any(week.values()))
MOMENTS = st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1)).map(lambda naive: naive.replace(tzinfo=UTC))  # noqa: DTZ001 - hypothesis wants naive bounds
HOLIDAYS = st.frozensets(st.dates(date(2015, 1, 1), date(2035, 1, 1)), max_size=20)
HOURS = st.builds(WorkingHours, ZONES, WEEKS, HOLIDAYS)
MINUTES = st.integers(0, 3000)


def shown_open(moment: datetime, hours: WorkingHours) -> bool:
    """The plainest way to say whether a clock on the wall shows opening hours; a second way, for checking the first."""
    wall = moment.astimezone(ZoneInfo(hours.time_zone)).replace(tzinfo=None)
    for day in (wall.date(), wall.date() - timedelta(days=1)):
        if day in hours.holidays:
            continue
        for opens, closes in hours.week.get(day.weekday(), ()):
            first, last = datetime.combine(day, opens), datetime.combine(day, closes)
            last += timedelta(days=1) if last <= first else timedelta(0)
            if first <= wall < last:
                return True
    return False


@settings(max_examples=60)
@given(MOMENTS, MINUTES, HOURS)
def test_due_times_lie_within_hours_and_after_the_start(start: datetime, minutes: int, hours: WorkingHours) -> None:
    due = due_at(start, minutes, hours)
    assert due >= start
    assert shown_open(due, hours) or shown_open(due - timedelta(microseconds=1), hours)


@settings(max_examples=60)
@given(MOMENTS, MINUTES, MINUTES, HOURS)
def test_more_work_is_never_due_earlier(start: datetime, one: int, other: int, hours: WorkingHours) -> None:
    less, more = sorted((one, other))
    assert due_at(start, less, hours) <= due_at(start, more, hours)


@settings(max_examples=60)
@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=9)), MINUTES, HOURS)
def test_a_later_start_is_never_due_earlier(
    start: datetime, later: timedelta, minutes: int, hours: WorkingHours
) -> None:
    assert due_at(start, minutes, hours) <= due_at(start + later, minutes, hours)


@settings(max_examples=60)
@given(MOMENTS, st.integers(1, 3000), HOURS)
def test_the_minutes_until_a_due_time_are_the_minutes_promised(
    start: datetime, minutes: int, hours: WorkingHours
) -> None:
    assert working_minutes_between(start, due_at(start, minutes, hours), hours) == minutes


@settings(max_examples=60)
@given(MOMENTS, HOURS)
def test_open_is_what_the_clock_on_the_wall_says(moment: datetime, hours: WorkingHours) -> None:
    assert is_open(moment, hours) == shown_open(moment, hours)
