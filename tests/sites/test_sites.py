"""Adding sites, choosing one at the terminal, and what their country gives them."""

from datetime import date, time

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.actors import Actor
from feedback.audit import AuditRow
from feedback.db import Database
from feedback.errors import Conflict, Invalid
from feedback.events import SiteCreated, _reactions
from feedback.jobs import JobContext
from feedback.settings import Settings
from feedback.sites.actions import add_holiday, add_site, change_hours
from feedback.sites.calendar import parse_week
from feedback.sites.details import checked_week
from feedback.sites.jobs import reckon_holidays
from feedback.sites.models import Site
from feedback.sites.queries import (
    choose_site,
    list_sites,
    official_holidays,
    own_holidays,
    site_by_id,
    week_of_site,
)

COMMAND = Actor.command()


def test_a_site_starts_as_is_usual_in_its_country(session: Session) -> None:
    site = add_site(session, COMMAND, key="bank", name=" Bank  Tejarat ", country="ir")
    assert (site.name, site.locale, site.time_zone, site.country) == ("Bank Tejarat", "fa-IR", "Asia/Tehran", "IR")
    assert site.languages[0] == "fa"
    assert len(site.languages) == 6
    week = week_of_site(site)
    assert 4 not in week  # Friday
    assert week[5] == ((time(8), time(16)),)
    assert len(site.salt) == 64


def test_what_is_said_wins_over_what_is_usual(session: Session) -> None:
    site = add_site(
        session, COMMAND, key="a", name="A", country="KE", locale="en-KE", time_zone="Africa/Kampala", color="#0B6E4F"
    )
    assert (site.locale, site.time_zone, site.theme) == ("en-KE", "Africa/Kampala", {"color": "#0b6e4f"})


def test_the_country_is_taken_from_the_language_where_nobody_says(session: Session) -> None:
    assert add_site(session, COMMAND, key="kabul", name="Kabul", locale="fa-AF").time_zone == "Asia/Kabul"
    plain = add_site(session, COMMAND, key="plain", name="Plain")
    assert (plain.locale, plain.time_zone, plain.country) == ("en", "UTC", None)


def test_adding_a_site_is_told_and_audited(session: Session) -> None:
    heard: list[int] = []

    def listen(_session: Session, fact: SiteCreated) -> None:
        heard.append(fact.site_id)

    _reactions.setdefault(SiteCreated, []).append(listen)
    try:
        site = add_site(session, COMMAND, key="shop", name="Shop")
    finally:
        _reactions[SiteCreated].remove(listen)
    assert heard == [site.id]
    row = session.scalars(select(AuditRow).where(AuditRow.action == "site.add")).one()
    assert (row.site_id, row.after) == (site.id, {"key": "shop", "name": "Shop"})


def test_every_problem_of_a_new_site_is_told_at_once(session: Session) -> None:
    with pytest.raises(Invalid) as caught:
        add_site(
            session,
            COMMAND,
            key="No Key",
            name=" ",
            country="XX9",
            locale="tlh",
            time_zone="Mars/Olympus",
            reply_to="nobody",
            color="reddish",
        )
    fields = {problem.field for problem in caught.value.problems}
    assert fields == {"key", "name", "country", "locale", "time_zone", "reply_to", "color"}


@pytest.mark.parametrize("key", ["", "-a", "a-", "A", "a_b", "a b", "x" * 41, "join", "sign-in", "نظر"])
def test_keys_that_would_not_work_in_an_address_are_refused(session: Session, key: str) -> None:
    with pytest.raises(Invalid):
        add_site(session, COMMAND, key=key, name="A")


def test_a_key_is_given_once(session: Session) -> None:
    add_site(session, COMMAND, key="shop", name="Shop")
    with pytest.raises(Invalid) as caught:
        add_site(session, COMMAND, key="shop", name="Other")
    assert caught.value.problems[0].code == "key-taken"
    assert [site.name for site in list_sites(session)] == ["Shop"]


def test_a_command_needs_no_site_while_there_is_only_one(session: Session) -> None:
    with pytest.raises(Invalid) as none:
        choose_site(session, None)
    assert none.value.problems[0].code == "no-sites"
    only = add_site(session, COMMAND, key="shop", name="Shop")
    assert choose_site(session, None).id == only.id
    assert choose_site(session, "shop").id == only.id
    add_site(session, COMMAND, key="bank", name="Bank")
    with pytest.raises(Invalid) as several:
        choose_site(session, None)
    assert several.value.problems[0].params["known"] == "bank, shop"
    with pytest.raises(Invalid) as unknown:
        choose_site(session, "cafe")
    assert unknown.value.problems[0].code == "unknown-site"


def test_hours_of_a_stale_page_are_a_conflict_that_carries_what_is_there(session: Session) -> None:
    site = add_site(session, COMMAND, key="shop", name="Shop", country="TZ")
    seen = site.version
    change_hours(session, COMMAND, site.id, parse_week({"0": [["10:00", "12:00"]]}), version=seen)
    with pytest.raises(Conflict) as caught:
        change_hours(session, COMMAND, site.id, parse_week({"1": [["10:00", "12:00"]]}), version=seen)
    assert caught.value.present.hours == {"0": [["10:00", "12:00"]]}


def test_two_writers_at_the_same_moment_are_one_and_a_conflict(database: Database) -> None:
    with database.write() as session:
        site_id = add_site(session, COMMAND, key="shop", name="Shop", country="TZ").id
    with database.read() as session:
        seen = site_by_id(session, site_id).version
    won = 0
    for day in ("0", "1", "2"):
        try:
            with database.write() as session:
                change_hours(session, COMMAND, site_id, parse_week({day: [["10:00", "12:00"]]}), version=seen)
            won += 1
        except Conflict:
            continue
    assert won == 1


@pytest.mark.parametrize(
    "week",
    [
        {"0": [["08:00", "12:00"], ["11:00", "17:00"]]},
        {"0": [["22:00", "06:00"], ["23:00", "23:30"]]},
        {"0": [["08:00", "08:00"], ["10:00", "12:00"]]},
        {"0": [["08:00", ""]]},
        {"0": [["eight", "nine"]]},
        {"7": [["08:00", "12:00"]]},
        {},
    ],
)
def test_a_week_that_makes_no_sense_is_refused(week: dict[str, list[list[str]]]) -> None:
    with pytest.raises(Invalid):
        checked_week(week)


def test_breaks_and_night_shifts_are_fine() -> None:
    week = checked_week({"0": [["13:00", "17:00"], ["08:00", "12:00"]], "4": [["12:00", "13:00"], ["22:00", "06:00"]]})
    assert week[0] == ((time(8), time(12)), (time(13), time(17)))


def test_a_day_is_listed_once(session: Session) -> None:
    site = add_site(session, COMMAND, key="shop", name="Shop")
    add_holiday(session, COMMAND, site.id, date(2027, 5, 3), " Stock  taking ", is_open=False)
    with pytest.raises(Invalid):
        add_holiday(session, COMMAND, site.id, date(2027, 5, 3), "Again", is_open=True)
    assert [(one.day, one.name) for one in own_holidays(session, site.id, date(2027, 1, 1))] == [
        (date(2027, 5, 3), "Stock taking")
    ]
    assert own_holidays(session, site.id, date(2027, 5, 4)) == []


def test_holidays_come_with_their_local_names(session: Session) -> None:
    site = add_site(session, COMMAND, key="bank", name="Bank", country="IR")
    found = official_holidays(site, date(2027, 3, 1), date(2027, 4, 10))
    assert date(2027, 3, 21) in {holiday.day for holiday in found}
    assert any("نوروز" in holiday.name for holiday in found)


def test_the_job_reckons_holidays_once_and_again_after_a_move(database: Database, settings: Settings) -> None:
    with database.write() as session:
        site_id = add_site(session, COMMAND, key="shop", name="Shop", country="TZ").id
    context = JobContext(database, settings, {})

    def kept() -> tuple[str | None, int]:
        with database.read() as session:
            site = site_by_id(session, site_id)
            return site.public_holidays.get("country"), site.version

    assert kept()[0] is None
    reckon_holidays(context)
    first = kept()
    assert first[0] == "TZ"
    reckon_holidays(context)
    assert kept() == first
    with database.write() as session:
        session.get_one(Site, site_id).country = "NP"
    reckon_holidays(context)
    assert kept()[0] == "NP"
