"""The rule of escalation as tables: which cases a step is due for, what it changes, and what it would have done."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.cases.escalation import (
    CaseFacts,
    Chief,
    Decision,
    History,
    Step,
    Turn,
    Window,
    can_be_taken,
    checked,
    decide,
    touches,
    usual_steps,
    window,
)
from feedback.cases.promises import WorkingHours, begun_at, due_at, working_minutes_between
from feedback.cases.states import Priority, State
from feedback.errors import Invalid
from feedback.sites.calendar import default_week, public_holidays
from tests.cases.test_promises import BERLIN_NIGHTS, HOURS, MINUTES, MOMENTS, in_country, local

HIGH, NORMAL, LOW = Priority.HIGH, Priority.NORMAL, Priority.LOW
NINE_TO_FIVE = WorkingHours("UTC", {day: ((time(9), time(17)),) for day in range(5)})
YEARS = frozenset(date(2019, 1, 1) + timedelta(days=day) for day in range(4000))
SHUT_FOR_YEARS = WorkingHours("UTC", {0: ((time(9), time(10)),)}, YEARS)
NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)
UNTIL_NOON = Window(None, NOON)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


LATE = [
    # zone, country, due, now (by the clock on the wall), working minutes between
    ("Africa/Dar_es_Salaam", "TZ", "2026-06-12 16:00", "2026-06-12 18:30", 60),  # the evening doesn't count
    ("Africa/Dar_es_Salaam", "TZ", "2026-06-12 16:00", "2026-06-13 12:00", 240),  # Saturday's half day does
    ("Asia/Tehran", "IR", "2026-03-19 11:00", "2026-03-25 09:00", 120),  # over Nowruz
    ("Asia/Tehran", "IR", "2026-03-19 11:00", "2026-03-24 23:00", 60),  # within it
    ("Asia/Kathmandu", "NP", "2026-04-13 16:30", "2026-04-15 10:30", 60),  # over the Nepali New Year
    ("Asia/Ulaanbaatar", "MN", "2026-02-17 17:30", "2026-02-23 09:30", 60),  # over Tsagaan Sar
    ("Asia/Yerevan", "AM", "2026-06-15 10:00", "2026-06-15 09:00", -60),  # not yet
]


@pytest.mark.parametrize(("zone", "country", "due", "now", "minutes"), LATE)
def test_lateness_is_counted_in_the_working_time_of_the_site(
    zone: str, country: str, due: str, now: str, minutes: int
) -> None:
    hours, then, at = in_country(zone, country), local(zone, due), local(zone, now)
    assert working_minutes_between(then, at, hours) == minutes
    for asked in (minutes, minutes + 1):
        if asked > 0:
            found = window(Step(asked, HIGH), None, at, hours)
            assert found is not None
            assert found.takes(then.astimezone(UTC)) is (minutes >= asked)


SHIFTS = [
    # The night in spring in which an hour is skipped, the one in autumn in which one comes twice.
    ("2026-03-28 20:00", "2026-03-29 04:00", 420),
    ("2026-10-24 20:00", "2026-10-25 04:00", 540),
    ("2026-06-10 20:00", "2026-06-11 04:00", 480),
    ("2026-06-10 23:00", "2026-06-11 21:00", 360),  # the rest of a night and the first hour of the next
]


@pytest.mark.parametrize(("due", "now", "minutes"), SHIFTS)
def test_night_shifts_are_counted_as_long_as_they_were(due: str, now: str, minutes: int) -> None:
    then, at = local("Europe/Berlin", due), local("Europe/Berlin", now)
    assert working_minutes_between(then, at, BERLIN_NIGHTS) == minutes
    assert begun_at(at, minutes, BERLIN_NIGHTS) == then.astimezone(UTC)


@settings(max_examples=60)
@given(MOMENTS, MINUTES.filter(bool), HOURS, st.timedeltas(timedelta(0), timedelta(days=40)))
def test_what_began_at_the_beginning_or_earlier_has_had_its_time(
    end: datetime, minutes: int, hours: WorkingHours, ago: timedelta
) -> None:
    began = begun_at(end, minutes, hours)
    assert began is not None
    assert working_minutes_between(began, end, hours) == minutes
    assert (due_at(end - ago, minutes, hours) <= end) == (end - ago <= began)


def test_a_site_that_was_never_open_has_nothing_overdue() -> None:
    assert begun_at(datetime(2029, 1, 1, tzinfo=UTC), 60, SHUT_FOR_YEARS) is None
    assert window(Step(60, HIGH), None, datetime(2029, 1, 1, tzinfo=UTC), SHUT_FOR_YEARS) is None
    assert touches(History(NOON, NOON), 60, SHUT_FOR_YEARS, NOON + timedelta(days=1000)) == []
    with pytest.raises(ValueError, match="no beginning"):
        begun_at(NOON, 0, NINE_TO_FIVE)


def test_cases_that_were_overdue_before_the_step_was_switched_on_are_left_alone() -> None:
    hours = WorkingHours("Africa/Dar_es_Salaam", default_week("TZ"), frozenset(public_holidays("TZ", (2026,))))
    zone = ZoneInfo("Africa/Dar_es_Salaam")
    on, now = datetime(2026, 6, 10, 14, tzinfo=zone), datetime(2026, 6, 11, 9, tzinfo=zone)
    found = window(Step(120, HIGH), on, now, hours)
    assert found is not None
    before, between, after = (datetime(2026, 6, 10, hour, 1, tzinfo=zone) for hour in (11, 12, 16))
    assert [found.takes(due) for due in (before, between, after)] == [False, True, False]
    assert not found.takes(datetime(2026, 6, 10, 12, tzinfo=zone)), "overdue by two hours at that very moment"


HERE, BUSY, AWAY = Chief(1, 3), Chief(2, 5), Chief(3, 0, away=True)
DUE = NOON - timedelta(hours=1)
DECISIONS = [
    # step, case, what changes
    (Step(60, HIGH), CaseFacts(DUE, State.NEW, NORMAL, 7), Decision(60, priority=HIGH)),
    (Step(60, NORMAL), CaseFacts(DUE, State.OPEN, LOW, 7), Decision(60, priority=NORMAL)),
    (Step(60, NORMAL), CaseFacts(DUE, State.OPEN, HIGH, 7), Decision(60)),  # only ever up
    (Step(60, to_lead=True), CaseFacts(DUE, State.OPEN, HIGH, 7), Decision(60, owner_id=1)),
    (Step(60, to_lead=True), CaseFacts(DUE, State.NEW, HIGH, None), Decision(60, owner_id=1)),
    (Step(60, to_lead=True), CaseFacts(DUE, State.OPEN, HIGH, 2), Decision(60)),  # a lead's already
    (Step(60, to_lead=True), CaseFacts(DUE, State.OPEN, HIGH, 3), Decision(60)),  # also of one who is away
    (Step(60, queue="retention"), CaseFacts(DUE, State.OPEN, HIGH, 7), Decision(60, queue="retention")),
    (Step(60, queue="retention"), CaseFacts(DUE, State.OPEN, HIGH, 7, "retention"), Decision(60)),
    (Step(60, HIGH, True, "x"), CaseFacts(DUE, State.NEW, LOW, 7, "y"), Decision(60, HIGH, 1, "x")),
    (Step(60, HIGH), CaseFacts(DUE, State.WAITING, NORMAL, 7), None),
    (Step(60, HIGH), CaseFacts(DUE, State.RESOLVED, NORMAL, 7), None),
    (Step(60, HIGH), CaseFacts(NOON + timedelta(seconds=1), State.OPEN, NORMAL, 7), None),
]


@pytest.mark.parametrize(("step", "case", "decision"), DECISIONS)
def test_what_a_step_changes(step: Step, case: CaseFacts, decision: Decision | None) -> None:
    assert decide(step, UNTIL_NOON, case, (BUSY, AWAY, HERE)) == decision


def test_of_leads_with_as_much_to_do_the_one_who_is_here_longest_gets_the_case() -> None:
    case = CaseFacts(DUE, State.OPEN, HIGH, 7)
    assert decide(Step(60, to_lead=True), UNTIL_NOON, case, (Chief(9, 1), Chief(8, 1))) == Decision(60, owner_id=8)


def test_a_step_that_gives_to_a_lead_waits_until_one_is_there() -> None:
    assert not can_be_taken(Step(60, HIGH, to_lead=True), (AWAY,))
    assert can_be_taken(Step(60, HIGH, to_lead=True), (AWAY, BUSY))
    assert can_be_taken(Step(60, HIGH), ())


BAD = [
    (Step(0, HIGH), {("after_hours", "range")}),
    (Step(-60, HIGH), {("after_hours", "range")}),
    (Step(10_000 * 60, HIGH), {("after_hours", "range")}),
    (Step(240), {("what", "nothing")}),
    (Step(240, queue="  "), {("what", "nothing")}),
    (Step(240, LOW), {("what", "nothing")}),  # nothing is raised to low
    (Step(240, HIGH, queue="q" * 61), {("queue", "too_long")}),
    (Step(0), {("after_hours", "range"), ("what", "nothing")}),
]


@pytest.mark.parametrize(("step", "problems"), BAD)
def test_a_step_that_makes_no_sense_is_refused_at_its_fields(step: Step, problems: set[tuple[str, str]]) -> None:
    with pytest.raises(Invalid) as refused:
        checked(step)
    assert {(one.field, one.code) for one in refused.value.problems} == problems


def test_the_usual_steps_make_sense() -> None:
    assert [checked(step) for step in usual_steps()] == list(usual_steps())


OPENED, FIRST = utc("2026-06-08 09:00"), utc("2026-06-08 13:00")  # a Monday
W, G, D, R, A = Turn.WAITS, Turn.GOES_ON, Turn.DUE_CHANGED, Turn.RESOLVED, Turn.REOPENED
HISTORIES = [
    # due now, turns, first responses promised (made, due), when the step of two hours would have been taken by Friday
    ("2026-06-08 13:00", [], [], ["2026-06-08 15:00"]),
    ("2026-06-08 16:00", [], [], ["2026-06-09 10:00"]),  # over the night
    ("2026-06-08 13:00", [(R, "2026-06-08 14:59")], [], []),
    ("2026-06-08 13:00", [(R, "2026-06-08 15:01")], [], ["2026-06-08 15:00"]),
    ("2026-06-08 13:00", [(W, "2026-06-08 14:00")], [], []),  # the customer's turn ever since
    ("2026-06-08 13:00", [(W, "2026-06-08 14:00"), (G, "2026-06-09 12:00")], [], ["2026-06-09 12:00"]),
    ("2026-06-08 13:00", [(W, "2026-06-08 14:00"), (G, "2026-06-08 14:30")], [], ["2026-06-08 15:00"]),
    ("2026-06-08 13:00", [(W, "2026-06-08 14:00"), (R, "2026-06-09 12:00")], [], []),
    # Spoken to late: what was due before is known if it was promised, and only then.
    ("2026-06-11 13:00", [(D, "2026-06-09 12:00")], [], ["2026-06-11 15:00"]),
    ("2026-06-11 13:00", [(D, "2026-06-09 12:00")], [(OPENED, FIRST)], ["2026-06-08 15:00"]),  # once, not twice
    ("2026-06-11 13:00", [(D, "2026-06-08 14:00")], [(OPENED, FIRST)], ["2026-06-11 15:00"]),
    ("2026-06-11 13:00", [(D, "2026-06-08 12:00"), (W, "2026-06-08 12:00")], [(OPENED, FIRST)], []),
    (
        "2026-06-11 13:00",
        [(W, "2026-06-08 10:00"), (D, "2026-06-09 10:00"), (G, "2026-06-11 16:00")],
        [(OPENED, FIRST)],
        ["2026-06-11 16:00"],
    ),
    # Another answer joined after the first was answered: what was promised then is known too.
    (
        "2026-06-12 16:00",
        [(D, "2026-06-08 12:00"), (D, "2026-06-08 12:00"), (G, "2026-06-09 09:00"), (D, "2026-06-10 12:00")],
        [(OPENED, FIRST), (utc("2026-06-09 09:00"), utc("2026-06-09 13:00"))],
        ["2026-06-09 15:00"],
    ),
    # Reopened: every step may be taken once more.
    (
        "2026-06-10 13:00",
        [(R, "2026-06-09 12:00"), (A, "2026-06-10 09:00")],
        [(OPENED, FIRST)],
        ["2026-06-08 15:00", "2026-06-10 15:00"],
    ),
    (
        "2026-06-11 13:00",
        [(R, "2026-06-08 12:00"), (A, "2026-06-09 09:00"), (D, "2026-06-10 12:00")],
        [(OPENED, FIRST), (utc("2026-06-09 08:59:59"), utc("2026-06-09 12:00"))],
        ["2026-06-09 14:00"],
    ),
    ("2026-06-12 16:30", [], [], []),  # not yet
]


@pytest.mark.parametrize(("due", "turns", "promised", "taken"), HISTORIES)
def test_when_a_step_would_have_been_taken(
    due: str, turns: list[tuple[Turn, str]], promised: list[tuple[datetime, datetime]], taken: list[str]
) -> None:
    history = History(OPENED, utc(due), tuple((turn, utc(at)) for turn, at in turns), tuple(promised))
    found = touches(history, 120, NINE_TO_FIVE, utc("2026-06-12 17:00"))
    assert [one.at for one in found] == [utc(at) for at in taken]
    assert [one.due_at + timedelta(minutes=120) <= one.at for one in found] == [True] * len(taken)
