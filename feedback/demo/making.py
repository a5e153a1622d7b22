"""Making the demonstration's database: sites, staff, customers from the file, then the story; serves nothing."""

import gc
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import clock
from feedback.actors import Actor
from feedback.customers.actions import import_customers
from feedback.customers.models import Customer
from feedback.customers.rows import CustomerFacts, check_customer
from feedback.customers.sheet import open_sheet
from feedback.db import Database
from feedback.demo.cast import ADMIN_EMAIL, ADMIN_NAME, COMPANIES, PASSWORD, Company, Member, all_words
from feedback.demo.story import DAYS, Client, Colleague, Place, Story, moments
from feedback.i18n.negotiation import language_of
from feedback.jobs import Job, JobContext, function_named
from feedback.links.actions import issue_survey_link
from feedback.links.keys import keys_of
from feedback.links.urls import open_survey_url, survey_url
from feedback.migrations import runner
from feedback.paths import DEMO_DATA
from feedback.settings import Settings
from feedback.sites.actions import add_site
from feedback.sites.calendar import stored_holidays
from feedback.sites.queries import list_sites
from feedback.staff.actions.accounts import add_staff, change_profile
from feedback.staff.details import Profile, new_staff
from feedback.staff.hashing import hash_password
from feedback.surveys.queries import live_survey, survey_by_slug, survey_lines

SEED = 1402
ACTOR = Actor.command("demo")
#: Of a company's answers, those by a link; the others come from posters and counters.
BY_LINK = 0.62
SHOWN_SURVEY = "support-csat"
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Addresses:
    """What to click: a survey link per language, the open survey of each site, and the console."""

    surveys: dict[str, str]
    anybody: dict[str, str]
    console: str

    def as_json(self) -> str:
        """For another program."""
        signing_in = {"url": self.console, "email": ADMIN_EMAIL, "password": PASSWORD}
        return json.dumps({"url": self.console, "surveys": self.surveys, "open": self.anybody, "console": signing_in})


def make(settings: Settings, database: Database, responses: int, progress: Progress) -> None:
    """Fill an empty database. ``responses`` is about how many answers there will be over all sites."""
    runner.upgrade(database)
    keys_of(settings)
    now, chance = clock.now(), Random(SEED)  # noqa: S311 - a story, not a secret
    password = hash_password(PASSWORD)
    facts = _customers_of_the_file()
    with clock.at(now - timedelta(days=DAYS + 2)):
        places = [_found(database, company, facts, password, chance) for company in COMPANIES]
    _work_off(database, settings)
    story = Story(database, now, chance, dict(all_words()))
    for place in places:
        count = responses // len(places)
        for moment in moments(now, round(count * BY_LINK / 0.74), place.zone, chance):
            story.visit(place, chance.choice(place.clients), moment)
        for moment in moments(now, round(count * (1 - BY_LINK)), place.zone, chance):
            story.drop_in(place, moment)
    gc.freeze()
    gc.disable()  # a third of the time would go into looking for cycles that there are not
    for steps in story.tell():
        progress(steps)
    gc.enable()
    _send_on_leave(database, places)
    _work_off(database, settings)


def addresses(settings: Settings, database: Database) -> Addresses:
    """Fresh links for whoever looks at the demonstration; each can be answered once."""
    surveys: dict[str, str] = {}
    anybody: dict[str, str] = {}
    with database.write() as session:
        for site in list_sites(session):
            company = next(one for one in COMPANIES if one.key == site.key)
            survey = survey_by_slug(session, site.id, SHOWN_SURVEY)
            for language in company.languages:
                customer = _speaker(session, site.id, language)
                if language in surveys or customer is None:
                    continue
                link = issue_survey_link(
                    session,
                    ACTOR,
                    site.id,
                    survey_id=survey.id,
                    customer_id=customer.id,
                    locale=customer.locale or language,
                )
                surveys[language] = survey_url(settings, link)
            anybody[site.key] = open_survey_url(settings, site.key, company.open_surveys[0])
    return Addresses(surveys, anybody, f"{settings.public_url}/console/")


def _speaker(session: Session, site_id: int, language: str) -> Customer | None:
    rows = session.scalars(
        select(Customer)
        .where(Customer.site_id == site_id, Customer.locale.like(f"{language}%"), Customer.name.is_not(None))
        .order_by(Customer.id)
    )
    return next((row for row in rows if row.locale and language_of(row.locale) == language), None)


def _customers_of_the_file() -> list[CustomerFacts]:
    found: list[CustomerFacts] = []
    with (DEMO_DATA / "customers.csv").open("rb") as file:
        sheet = open_sheet(file)
        for record in sheet.records:
            facts, _ = check_customer(dict(zip(sheet.columns, record.cells, strict=True)))
            if facts is not None:
                found.append(facts)
    return found


def _found(database: Database, company: Company, facts: list[CustomerFacts], password: str, chance: Random) -> Place:
    """One company: its site with surveys and rules, its staff, its customers."""
    holidays = stored_holidays(company.country, clock.now().year)
    theirs = [one for one in facts if one.locale in company.locales]
    with database.write() as session:
        site = add_site(
            session,
            ACTOR,
            key=company.key,
            name=company.name,
            country=company.country,
            languages=company.languages,
            color=company.color,
            reply_to=f"help@{company.key}.example.com",
            holidays=holidays,
        )
        _hire(session, site.id, Member(ADMIN_EMAIL, ADMIN_NAME, "admin", ("en",), "en-GB"), "UTC", password)
        zone = site.time_zone
        team = [
            Colleague(_hire(session, site.id, one, zone, password), one.name, one.languages) for one in company.staff
        ]
        import_customers(session, ACTOR, site.id, theirs)
    with database.read() as session:
        rows = session.scalars(select(Customer).where(Customer.site_id == site.id).order_by(Customer.id)).all()
        surveys = {line.slug: live_survey(session, site.id, line.slug) for line in survey_lines(session, site.id)}
    clients = tuple(
        Client(row.id, row.external_id, row.locale or company.languages[0], chance.gauss(company.mood, 0.1))
        for row in rows
    )
    return Place(company, site.id, ZoneInfo(zone), surveys, clients, tuple(team))


def _hire(session: Session, site_id: int, member: Member, zone: str, password: str) -> int:
    facts = new_staff(
        email=member.email,
        name=member.name,
        role=member.role,
        languages=member.languages,
        locale=member.locale,
        time_zone=zone,
    )
    return add_staff(session, ACTOR, site_id, facts, password_hash=password).staff_id


def _send_on_leave(database: Database, places: list[Place]) -> None:
    """Somebody is always away; the rules then choose another owner."""
    with database.write() as session:
        for place in places:
            for member, colleague in zip(place.company.staff, place.team, strict=True):
                if member.away:
                    profile = Profile(member.name, member.locale, place.zone.key, member.languages)
                    until = clock.now() + timedelta(days=member.away)
                    change_profile(session, ACTOR, colleague.id, profile, until)


def _work_off(database: Database, settings: Settings) -> None:
    """Do what is due, as the worker would, so that it does not begin with thousands of jobs of the past."""
    done: list[int] = []
    with database.read() as session:
        due = [
            (job.id, job.name, JobContext(database, settings, dict(job.args), job.site_id))
            for job in session.scalars(select(Job).where(Job.done_at.is_(None), Job.run_at <= clock.now()))
        ]
    for job_id, name, context in due:
        with suppress(KeyError):  # work that nobody has registered yet is left for whoever does
            function = function_named(name)
            function(context)
            done.append(job_id)
    table: Any = Job.metadata.tables["job"]
    for start in range(0, len(done), 500):
        with database.write() as session:
            session.execute(table.delete().where(table.c.id.in_(done[start : start + 500])))
