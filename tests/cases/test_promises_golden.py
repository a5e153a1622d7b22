"""The golden table of promises: zones, days off, hours that are skipped or come twice, and how all that is read."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import select

from feedback.app import create_app
from feedback.cases.actions.telling import promises_due_soon
from feedback.cases.jobs import break_due
from feedback.cases.models import Promise
from feedback.cases.promises import WorkingHours, due_at
from feedback.cases.routing import HIGH_DUE_MINUTES, NORMAL_DUE_MINUTES
from feedback.customers.models import Customer
from feedback.db import Database
from feedback.delivery import mails
from feedback.delivery.models import OutboxMail
from feedback.delivery.outbox import claim
from feedback.events import FollowUpOf, gather
from feedback.i18n.formats import Formats
from feedback.i18n.text import strip_bidi
from feedback.jobs import JobContext, periodic
from feedback.settings import Settings
from feedback.sites.models import Site, SiteHoliday
from tests.cases.world import World, build
from tests.responses.shop import Shop, open_shop

TABLE = Path(__file__).resolve().parents[1] / "data" / "promises.toml"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Row:
    """One promise of the table."""

    story: str
    zone: str
    week: Mapping[str, str]
    answered: datetime
    score: int
    due: datetime
    soon: datetime
    language: str
    late: str
    reads: Mapping[str, str]
    off: tuple[date, ...]
    customer: str

    @property
    def hours(self) -> dict[int, tuple[time, time]]:
        """Opening and closing time by weekday, 0 is Monday."""
        found: dict[int, tuple[time, time]] = {}
        for days, hours in self.week.items():
            first, _, last = days.partition("-")
            opens, _, closes = hours.partition("-")
            begin, end = DAYS.index(first), DAYS.index(last or first)
            for number in range(begin, end + 1 if end >= begin else end + 8):
                found[number % 7] = time.fromisoformat(opens), time.fromisoformat(closes)
        return found


def _row(raw: dict[str, Any]) -> Row:
    moments = {name: datetime.fromisoformat(raw.pop(name)) for name in ("answered", "due", "soon")}
    off = tuple(date.fromisoformat(day) for day in raw.pop("off", ()))
    return Row(off=off, customer=raw.pop("customer", raw["zone"]), **moments, **raw)


ROWS = [_row(raw) for raw in tomllib.loads(TABLE.read_text(encoding="utf-8"))["promise"]]
rows = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.story)


@rows
def test_the_promised_moment(row: Row) -> None:
    minutes = HIGH_DUE_MINUTES if row.score <= 40 else NORMAL_DUE_MINUTES
    week = {day: (hours,) for day, hours in row.hours.items()}
    assert due_at(row.answered, minutes, WorkingHours(row.zone, week, frozenset(row.off))) == row.due
    assert counted_open(row) == minutes, "the table itself is wrong"
    assert row.soon == row.due - timedelta(hours=1)


def counted_open(row: Row) -> int:
    """The same the plainest way: look at the clock on the wall in every minute from the answer to the due time."""
    zone, found, moment = ZoneInfo(row.zone), 0, row.answered
    while moment < row.due:
        wall = moment.astimezone(zone)
        found += any(_shows(row, wall, wall.date() - timedelta(days=ago)) for ago in (0, 1))
        moment += MINUTE
    return found


def _shows(row: Row, wall: datetime, day: date) -> bool:
    """Whether the hours that began on that day cover what the wall shows."""
    if day in row.off or day.weekday() not in row.hours:
        return False
    opens, closes = row.hours[day.weekday()]
    since = (wall.date() - day).days * 1440 + wall.hour * 60 + wall.minute
    until = closes.hour * 60 + closes.minute
    return opens.hour * 60 + opens.minute <= since < (until if closes > opens else until + 1440)


@rows
def test_the_moment_as_it_is_read(row: Row) -> None:
    read = {tag: Formats(tag, row.customer).when(row.due, row.answered) for tag in row.reads}
    assert read == dict(row.reads)
    assert Formats(row.language, row.customer).when(row.due, row.due) == row.late


def test_the_promise_itself_its_last_hour_its_end_and_the_mail(database: Database, settings: Settings) -> None:
    """Every row through the database: promised with the answer, warned of an hour before, broken within a minute."""
    context = JobContext(database, settings, {})
    for row in ROWS:
        with time_machine.travel(row.answered, tick=False) as now:
            world, promised = answered(database, row)
            assert promised == row.due, row.story
            now.move_to(row.soon - MINUTE)
            assert not warned(database, world), row.story
            now.move_to(row.soon)
            assert warned(database, world), row.story
            now.move_to(row.due - timedelta(seconds=1))
            break_due(context)
            assert states(database, world) == ["open"], row.story
            now.move_to(row.due)
            break_due(context)
            assert states(database, world) == ["broken"], row.story
            assert row.late in late_mail(database, settings, world), row.story
    assert periodic()["promises.break_due"] <= MINUTE


def answered(database: Database, row: Row) -> tuple[World, datetime]:
    """A site as in the table, its customer's answer, and what the thank-you page would be told."""
    hours = {str(day): [[str(one)[:5] for one in times]] for day, times in row.hours.items()}
    with database.write() as session:
        world = build(session, time_zone=row.zone, country=None, hours=hours)
        session.add_all(SiteHoliday(site_id=world.site.id, day=day, is_open=False, name="") for day in row.off)
        zone = None if row.customer == row.zone else row.customer
        customer = world.add_customer(locale=row.language, time_zone=zone)
        response = world.answer(customer, row.score, locale=row.language)
        (told,) = gather(session, FollowUpOf(world.site.id, response.id))
        return world, told.by


def warned(database: Database, world: World) -> bool:
    with database.read() as session:
        return bool(session.scalars(promises_due_soon(world.site.id, 5, datetime.now(UTC))).all())


def states(database: Database, world: World) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(Promise.state).where(Promise.site_id == world.site.id)))


def late_mail(database: Database, settings: Settings, world: World) -> str:
    """The plain text of the mail that says that we are late."""
    with database.write() as session:
        query = select(OutboxMail).where(OutboxMail.site_id == world.site.id, OutboxMail.name == "promise_late")
        claimed = claim(session, world.site.id, session.scalars(query).one().id)
        assert claimed is not None
        prepared = mails.prepare(session, claimed)
    return strip_bidi(mails.write(settings, claimed, prepared).text)


def test_the_thank_you_page_says_it_on_the_customers_own_clock(database: Database, settings: Settings) -> None:
    row = next(one for one in ROWS if one.customer != one.zone)
    with time_machine.travel(row.answered, tick=False):
        shop: Shop = open_shop(create_app(settings, database), settings, database)
        with database.write() as session:
            week = {str(day): [[str(one)[:5] for one in times]] for day, times in row.hours.items()}
            site = session.scalars(select(Site).where(Site.id == shop.site_id)).one()
            site.hours = week
        for number, (language, said) in enumerate(row.reads.items()):
            customer_id = shop.customer(f"C-{number}", locale=language)
            with database.write() as session:
                session.get_one(Customer, customer_id).time_zone = row.customer
            path, _ = shop.link(locale=language, customer_id=customer_id)
            page = shop.post(path, {"score": "1", "fb_go": "send"})
            told = page.soup.select_one(".promise time")
            assert told is not None, page.text
            assert (told.text, told["datetime"]) == (said, row.due.strftime("%Y-%m-%dT%H:%M:%SZ"))
