"""Which notice goes to whom of the staff, and when: a golden table over zones, the edges of the night, lost points."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from feedback.actors import Role
from feedback.cases.noticing import (
    STALE,
    Person,
    Promised,
    Standing,
    decide,
    end_of,
    gets_list,
    leads,
    list_day,
    lost,
    whom,
)
from feedback.cases.promises import WorkingHours
from feedback.staff.notices import Notice, offered, switched, wants, wants_at_night

NOW = datetime(2026, 6, 10, 9, 0, tzinfo=UTC)
DAR, KATHMANDU, TEHRAN = "Africa/Dar_es_Salaam", "Asia/Kathmandu", "Asia/Tehran"
ULAANBAATAR, YEREVAN, BERLIN = "Asia/Ulaanbaatar", "Asia/Yerevan", "Europe/Berlin"


def person(staff_id: int = 1, role: Role = Role.AGENT, zone: str = DAR, **more: Any) -> Person:
    """Somebody who switched nothing."""
    return Person(staff_id, role, "en", zone, **{"switches": {}, **more})


def wall(zone: str, text: str) -> datetime:
    """A moment by the clock on the wall."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


#: zone, told at (there), arrives at (UTC); None: at once. Nobody is woken, whatever the offset.
WAITING = [
    (DAR, "2026-06-10 07:59:59", "2026-06-10 05:00"),
    (DAR, "2026-06-10 08:00", None),
    (DAR, "2026-06-10 19:59:59", None),
    (DAR, "2026-06-10 20:00", "2026-06-11 05:00"),
    (DAR, "2026-06-10 23:59", "2026-06-11 05:00"),
    (DAR, "2026-06-11 00:00", "2026-06-11 05:00"),
    (KATHMANDU, "2026-06-10 20:00", "2026-06-11 02:15"),
    (KATHMANDU, "2026-06-10 07:44", "2026-06-10 02:15"),
    (KATHMANDU, "2026-12-31 21:00", "2027-01-01 02:15"),
    (TEHRAN, "2026-03-20 22:00", "2026-03-21 04:30"),  # into the new year, 1405
    (TEHRAN, "2026-06-10 20:30", "2026-06-11 04:30"),
    (ULAANBAATAR, "2026-06-10 20:00", "2026-06-11 00:00"),
    (ULAANBAATAR, "2026-06-11 06:30", "2026-06-11 00:00"),
    (YEREVAN, "2026-06-10 23:00", "2026-06-11 04:00"),
    (YEREVAN, "2026-06-10 12:00", None),
    (BERLIN, "2026-03-28 21:00", "2026-03-29 06:00"),  # clocks go forward in that night: eleven hours, not ten
    (BERLIN, "2026-03-29 07:59", "2026-03-29 06:00"),
    (BERLIN, "2026-10-24 21:00", "2026-10-25 07:00"),  # and back again
    (BERLIN, "2026-10-24 20:00", "2026-10-25 07:00"),
    ("America/St_Johns", "2026-06-10 21:15", "2026-06-11 10:30"),
    ("Pacific/Kiritimati", "2026-06-10 20:00", "2026-06-10 18:00"),
    ("UTC", "2026-12-31 20:00", "2027-01-01 08:00"),
]


@pytest.mark.parametrize(("zone", "told", "arrives"), WAITING)
def test_nothing_comes_between_eight_in_the_evening_and_eight_in_the_morning(
    zone: str, told: str, arrives: str | None
) -> None:
    now = wall(zone, told)
    verdict = decide(Notice.ASSIGNED, person(zone=zone), now)
    assert verdict.at == (now if arrives is None else datetime.fromisoformat(arrives).replace(tzinfo=UTC))
    assert verdict.code == ("now" if arrives is None else "morning")
    at_night = decide(Notice.ASSIGNED, person(zone=zone, switches={"at_night": True}), now)
    assert (at_night.at, at_night.code) == (now, "now")


@pytest.mark.parametrize("zone", [DAR, KATHMANDU, TEHRAN, ULAANBAATAR, YEREVAN, BERLIN])
def test_at_any_minute_of_a_year_it_comes_by_day_and_within_thirteen_hours(zone: str) -> None:
    somebody, moment = person(zone=zone), datetime(2026, 1, 1, tzinfo=UTC)
    while moment.year == 2026:
        at = decide(Notice.ASSIGNED, somebody, moment).at
        assert at is not None
        assert time(8) <= at.astimezone(ZoneInfo(zone)).time() < time(20)
        assert timedelta(0) <= at - moment <= timedelta(hours=13)
        moment += timedelta(minutes=67)


NIGHT = wall(DAR, "2026-06-10 22:00")
REFUSED: list[tuple[str, dict[str, Any], dict[str, Any], datetime]] = [
    ("disabled", {"disabled": True}, {}, NOW),
    ("own_doing", {}, {"by_id": 1}, NOW),
    ("switched_off", {"switches": {"promise_soon": False}}, {}, NOW),
    ("away", {"away_until": NOW + timedelta(hours=1)}, {}, NOW),
    ("away", {"away_until": NIGHT + timedelta(days=2)}, {}, NIGHT),
    ("too_late", {}, {"lapses_at": NIGHT + timedelta(hours=1)}, NIGHT),
    ("too_late", {}, {"lapses_at": wall(DAR, "2026-06-11 08:00")}, NIGHT),
    ("morning", {}, {"lapses_at": wall(DAR, "2026-06-11 08:01")}, NIGHT),
    ("morning", {"away_until": wall(DAR, "2026-06-11 00:00")}, {}, NIGHT),  # back when it comes
    ("now", {"switches": {"at_night": True}}, {"lapses_at": NIGHT + timedelta(hours=1)}, NIGHT),
    ("now", {"away_until": NOW}, {"by_id": 2}, NOW),
    ("now", {"switches": {"assigned": False, "promise_soon": True}}, {}, NOW),
]


@pytest.mark.parametrize(("code", "said", "options", "now"), REFUSED)
def test_some_are_never_told_and_it_is_said_why(
    code: str, said: dict[str, Any], options: dict[str, Any], now: datetime
) -> None:
    verdict = decide(Notice.PROMISE_SOON, person(**said), now, **options)
    assert verdict.code == code
    assert (verdict.at is None) == (code not in ("now", "morning"))


TEAM = [
    person(1),
    person(2),
    person(3, Role.LEAD),
    person(4, Role.LEAD, away_until=NOW + timedelta(days=1)),
    person(5, Role.ADMIN),
    person(6, Role.ADMIN, disabled=True),
]
MADE = Promised("open", NOW + timedelta(minutes=30), keeper_id=2)
FIRST = Promised("open", NOW + timedelta(minutes=30), keeper_id=None)


@pytest.mark.parametrize(
    ("notice", "case", "ids"),
    [
        (Notice.ASSIGNED, Standing(1), {1}),
        (Notice.ASSIGNED, Standing(None), set()),
        (Notice.ASSIGNED, Standing(99), set()),  # no longer of the team
        (Notice.CUSTOMER_REPLIED, Standing(5), {5}),
        (Notice.NOT_THEM, Standing(1), {1}),
        (Notice.PROMISE_SOON, Standing(1, promise=MADE), {2}),
        (Notice.PROMISE_SOON, Standing(1, promise=FIRST), {1}),
        (Notice.PROMISE_SOON, Standing(None, promise=FIRST), set()),
        (Notice.PROMISE_BROKEN, Standing(1, promise=FIRST), {1, 3}),
        (Notice.PROMISE_BROKEN, Standing(1, promise=MADE), {1, 2, 3}),
        (Notice.PROMISE_BROKEN, Standing(3, promise=FIRST), {3}),
        (Notice.PROMISE_BROKEN, Standing(None, promise=FIRST), {3}),
        (Notice.THIRD_HAND_OFF, Standing(1), {3}),
    ],
)
def test_it_goes_to_those_whose_business_it_is(notice: Notice, case: Standing, ids: set[int]) -> None:
    assert {one.staff_id for one in whom(notice, TEAM, case, NOW)} == ids


def test_admins_stand_in_where_no_lead_is_there() -> None:
    assert [one.staff_id for one in leads(TEAM, NOW)] == [3]
    assert [one.staff_id for one in leads([one for one in TEAM if one.staff_id != 3], NOW)] == [5]
    assert [one.staff_id for one in leads([one for one in TEAM if one.staff_id != 3], NOW + timedelta(days=2))] == [4]
    assert leads([person(1)], NOW) == []


BEFORE, LATER = NOW - timedelta(hours=1), NOW - timedelta(minutes=10)
KEPT, PAST = replace(FIRST, state="kept"), replace(FIRST, due_at=NOW)
MOVED = replace(FIRST, due_at=NOW + timedelta(days=1))
LOST: list[tuple[Notice, Standing, str]] = [
    (Notice.ASSIGNED, Standing(1), ""),
    (Notice.ASSIGNED, Standing(1, resolved_at=LATER), "resolved"),
    (Notice.CUSTOMER_REPLIED, Standing(1), ""),
    (Notice.CUSTOMER_REPLIED, Standing(1, replied_at=LATER), "answered"),
    (Notice.CUSTOMER_REPLIED, Standing(1, replied_at=LATER, customer_at=NOW), ""),  # wrote again after the answer
    (Notice.CUSTOMER_REPLIED, Standing(1, replied_at=BEFORE - timedelta(days=1)), ""),
    (Notice.CUSTOMER_REPLIED, Standing(1, resolved_at=LATER), "answered"),
    (Notice.CUSTOMER_REPLIED, Standing(1, resolved_at=BEFORE - timedelta(days=1), customer_at=BEFORE), ""),
    (Notice.NOT_THEM, Standing(1, replied_at=LATER), ""),
    (Notice.NOT_THEM, Standing(1, resolved_at=LATER), "resolved"),
    (Notice.PROMISE_SOON, Standing(1, promise=FIRST), ""),
    (Notice.PROMISE_SOON, Standing(1, promise=KEPT), "settled"),
    (Notice.PROMISE_SOON, Standing(1, promise=PAST), "too_late"),
    (Notice.PROMISE_SOON, Standing(1, promise=MOVED), "moved"),
    (Notice.PROMISE_SOON, Standing(1), "settled"),
    (Notice.PROMISE_BROKEN, Standing(1, promise=replace(PAST, state="broken")), ""),
    (Notice.PROMISE_BROKEN, Standing(1, resolved_at=LATER, promise=replace(PAST, state="broken")), "resolved"),
    (Notice.THIRD_HAND_OFF, Standing(1), ""),
]


@pytest.mark.parametrize(("notice", "case", "reason"), LOST)
def test_a_notice_that_waited_may_have_lost_its_point(notice: Notice, case: Standing, reason: str) -> None:
    assert lost(notice, case, BEFORE, NOW) == reason
    assert lost(notice, case, NOW - STALE - timedelta(seconds=1), NOW) == "too_late"


#: zone, UTC, listed on, the day to settle. The list is of a morning, and each day comes once, clocks changed or not.
MORNINGS = [
    (DAR, "2026-06-10 04:59", None, None),
    (DAR, "2026-06-10 05:00", None, "2026-06-10"),
    (DAR, "2026-06-10 05:00", "2026-06-09", "2026-06-10"),
    (DAR, "2026-06-10 05:05", "2026-06-10", None),
    (DAR, "2026-06-10 08:59", None, "2026-06-10"),
    (DAR, "2026-06-10 09:00", None, None),
    (KATHMANDU, "2026-06-10 02:14", "2026-06-09", None),
    (KATHMANDU, "2026-06-10 02:15", "2026-06-09", "2026-06-10"),
    (TEHRAN, "2026-03-21 04:30", "2026-03-20", "2026-03-21"),
    (ULAANBAATAR, "2026-06-10 00:00", "2026-06-09", "2026-06-10"),
    (ULAANBAATAR, "2026-06-09 23:59", "2026-06-09", None),
    (YEREVAN, "2026-06-10 04:00", None, "2026-06-10"),
    (BERLIN, "2026-03-28 07:00", None, "2026-03-28"),
    (BERLIN, "2026-03-29 05:59", "2026-03-28", None),
    (BERLIN, "2026-03-29 06:00", "2026-03-28", "2026-03-29"),
    (BERLIN, "2026-10-25 06:00", "2026-10-24", None),
    (BERLIN, "2026-10-25 07:00", "2026-10-24", "2026-10-25"),
    ("Pacific/Kiritimati", "2026-06-09 18:00", "2026-06-09", "2026-06-10"),
    (BERLIN, "2026-06-10 07:00", "2026-06-11", None),  # moved westwards after it was sent
]


@pytest.mark.parametrize(("zone", "now", "listed", "day"), MORNINGS)
def test_the_daily_list_is_of_the_morning_where_somebody_is(
    zone: str, now: str, listed: str | None, day: str | None
) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    found = list_day(person(zone=zone), date.fromisoformat(listed) if listed else None, moment)
    assert found == (date.fromisoformat(day) if day else None)


@pytest.mark.parametrize("zone", [DAR, KATHMANDU, TEHRAN, BERLIN, "America/St_Johns"])
def test_every_day_of_a_year_is_settled_once(zone: str) -> None:
    settled: list[date] = []
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    for _ in range(365 * 24 * 4):
        day = list_day(person(zone=zone), settled[-1] if settled else None, moment)
        if day is not None:
            settled.append(day)
        moment += timedelta(minutes=15)
    assert len(settled) == len(set(settled)) == 365


def test_the_list_is_for_working_days_of_the_site_and_for_whoever_is_there() -> None:
    thursday, friday = date(2026, 6, 11), date(2026, 6, 12)
    tehran = WorkingHours(
        TEHRAN, {day: ((time(8), time(16)),) for day in (5, 6, 0, 1, 2, 3)}, frozenset({date(2026, 6, 13)})
    )
    assert gets_list(person(), thursday, tehran, NOW)
    assert not gets_list(person(), friday, tehran, NOW)
    assert not gets_list(person(), date(2026, 6, 13), tehran, NOW), "a holiday"
    assert not gets_list(person(switches={"daily_list": False}), thursday, tehran, NOW)
    assert not gets_list(person(away_until=NOW + timedelta(days=1)), thursday, tehran, NOW)
    assert not gets_list(person(disabled=True), thursday, tehran, NOW)


def test_a_day_ends_at_midnight_of_its_own_zone() -> None:
    assert end_of(date(2026, 3, 28), BERLIN) == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert end_of(date(2026, 3, 29), BERLIN) == datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert end_of(date(2026, 6, 10), KATHMANDU) == datetime(2026, 6, 10, 18, 15, tzinfo=UTC)


def test_everything_is_wanted_until_it_is_switched_off_but_not_at_night() -> None:
    assert all(wants({}, notice) for notice in Notice)
    assert not wants_at_night({})
    shown = offered([Role.LEAD])
    assert shown == tuple(one for one in Notice if one is not Notice.NOT_THEM)
    assert Notice.THIRD_HAND_OFF not in offered([Role.AGENT])
    assert Notice.THIRD_HAND_OFF in offered([Role.AGENT, Role.ADMIN])
    off = switched({}, shown, [one.value for one in shown if one is not Notice.CUSTOMER_REPLIED], at_night=True)
    assert off == {"customer_replied": False, "at_night": True}
    assert not wants(off, Notice.CUSTOMER_REPLIED)
    assert not wants(off, Notice.NOT_THEM), "switched with it"
    assert wants(off, Notice.ASSIGNED)
    assert wants_at_night(off)
    assert switched(off, shown, [one.value for one in shown], at_night=False) == {}
    kept = switched({"third_hand_off": False}, offered([Role.AGENT]), ["assigned"], at_night=False)
    assert kept["third_hand_off"] is False, "a switch that wasn't shown stays as it is"
