"""Rule: which notice goes to whom of the staff, and when: now, in the morning, or not at all and why; mails nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from feedback.actors import Role
from feedback.cases.promises import WorkingHours
from feedback.cases.states import PromiseState
from feedback.staff.notices import EVENING, MORNING, Notice, wants, wants_at_night

#: Whoever was not sent the daily list by then is sent none that day: it would tell of a morning that is over.
LIST_ENDS = time(12)
SOON = timedelta(hours=1)
#: Nobody needs to be told of what is longer ago; a notice that waits for the morning waits for twelve hours.
STALE = timedelta(hours=36)
TOO_OFTEN = 3


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of a site's team, with what they switched in their profile."""

    staff_id: int
    role: Role
    locale: str
    time_zone: str
    switches: Mapping[str, bool]
    away_until: datetime | None = None
    disabled: bool = False

    def there(self, now: datetime) -> bool:
        """Neither away nor locked out."""
        return not self.disabled and (self.away_until is None or self.away_until <= now)


@dataclass(frozen=True, slots=True)
class Verdict:
    """``at`` is when it goes out, None for never; ``code`` is now, morning, or why not."""

    at: datetime | None
    code: str


@dataclass(frozen=True, slots=True)
class Promised:
    """The promise that a notice is about."""

    state: str
    due_at: datetime
    keeper_id: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A case as it is now. ``keeper_id`` of a promise that nobody was given is None: then it is the owner's."""

    owner_id: int | None
    resolved_at: datetime | None = None
    customer_at: datetime | None = None
    replied_at: datetime | None = None
    promise: Promised | None = None


def whom(notice: Notice, team: Sequence[Person], case: Standing, now: datetime) -> tuple[Person, ...]:
    """Those of the team whose business it is, whether or not they want to know."""
    keeper = case.promise.keeper_id if case.promise else None
    wanted = {keeper or case.owner_id} if notice is Notice.PROMISE_SOON else {case.owner_id}
    if notice is Notice.PROMISE_BROKEN:
        wanted |= {keeper, *(one.staff_id for one in leads(team, now))}
    elif notice is Notice.THIRD_HAND_OFF:
        wanted = {one.staff_id for one in leads(team, now)}
    return tuple(one for one in team if one.staff_id in wanted)


def leads(team: Sequence[Person], now: datetime) -> list[Person]:
    """The leads who are there; the admins where no lead is."""
    there = [one for one in team if one.there(now)]
    return [one for one in there if one.role is Role.LEAD] or [one for one in there if one.role is Role.ADMIN]


def decide(
    notice: Notice, person: Person, now: datetime, *, by_id: int | None = None, lapses_at: datetime | None = None
) -> Verdict:
    """When somebody is told. ``by_id`` did it themselves; from ``lapses_at`` on there is no point in telling."""
    if person.disabled:
        return Verdict(None, "disabled")
    if by_id is not None and by_id == person.staff_id:
        return Verdict(None, "own_doing")
    if not wants(person.switches, notice):
        return Verdict(None, "switched_off")
    at = now if wants_at_night(person.switches) else next_day_time(now, person.time_zone)
    if not person.there(at):
        return Verdict(None, "away")
    if lapses_at is not None and at >= lapses_at:
        return Verdict(None, "too_late")
    return Verdict(at, "now" if at == now else "morning")


def lost(notice: Notice, case: Standing, told_at: datetime, now: datetime) -> str:
    """Why a notice of ``told_at`` has lost its point by now; empty while it has one."""
    if now - told_at > STALE:
        return "too_late"
    if notice is Notice.CUSTOMER_REPLIED:
        since = max(told_at, case.customer_at or told_at)
        return "answered" if any(at and at > since for at in (case.replied_at, case.resolved_at)) else ""
    if case.resolved_at is not None:
        return "resolved"
    if notice is Notice.PROMISE_SOON:
        return _not_soon(case.promise, now)
    return ""


def _not_soon(promise: Promised | None, now: datetime) -> str:
    if promise is None or promise.state != PromiseState.OPEN:
        return "settled"
    if promise.due_at <= now:
        return "too_late"
    return "moved" if promise.due_at > now + SOON else ""


def next_day_time(moment: datetime, time_zone: str) -> datetime:
    """The moment itself by day (08:00 to 20:00 where somebody is), else eight o'clock after it."""
    local = moment.astimezone(ZoneInfo(time_zone))
    if MORNING <= local.time() < EVENING:
        return moment
    day = local.date() if local.time() < MORNING else local.date() + timedelta(days=1)
    return _at(day, MORNING, time_zone)


def list_day(person: Person, listed_on: date | None, now: datetime) -> date | None:
    """The day, where somebody is, for which it is time to settle their daily list; None: not yet, or done."""
    local = now.astimezone(ZoneInfo(person.time_zone))
    if not MORNING <= local.time() < LIST_ENDS or (listed_on is not None and listed_on >= local.date()):
        return None
    return local.date()


def gets_list(person: Person, day: date, hours: WorkingHours, now: datetime) -> bool:
    """Whether they are sent one for that day: somebody who is there and wants it, on a working day of the site."""
    working = bool(hours.week.get(day.weekday())) and day not in hours.holidays
    return working and person.there(now) and wants(person.switches, Notice.DAILY_LIST)


def end_of(day: date, time_zone: str) -> datetime:
    """The moment at which a day is over, where somebody is."""
    return _at(day + timedelta(days=1), time(), time_zone)


def _at(day: date, hour: time, time_zone: str) -> datetime:
    return datetime.combine(day, hour, tzinfo=ZoneInfo(time_zone)).astimezone(UTC)
