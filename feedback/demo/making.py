"""Making the demonstration's database: sites, staff, customers from the file, then the story; serves nothing."""

import gc
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from feedback import clock
from feedback.actors import Actor
from feedback.cases.actions.escalating import switch_step
from feedback.cases.actions.rules import add_rules_with
from feedback.cases.models import Activity, Case
from feedback.cases.queries.overdue import steps_of_site
from feedback.customers.actions import import_customers
from feedback.customers.models import Customer
from feedback.customers.rows import CustomerFacts, check_customer
from feedback.customers.sheet import open_sheet
from feedback.db import Database
from feedback.demo.cast import ADMIN_EMAIL, ADMIN_NAME, COMPANIES, PASSWORD, Company, Member, all_words
from feedback.demo.customers import Customers
from feedback.demo.desk import Desk
from feedback.demo.leavers import leave
from feedback.demo.people import Client, Colleague, Place
from feedback.demo.showcase import show
from feedback.demo.timeline import Timeline
from feedback.i18n.negotiation import language_of
from feedback.links.actions import issue_case_link, issue_preference_link, issue_survey_link
from feedback.links.keys import keys_of
from feedback.links.purposes import Purpose
from feedback.links.tokens import KioskToken
from feedback.links.urls import customer_case_url, kiosk_url, message_url, open_survey_url, survey_url, unsubscribe_url
from feedback.migrations import runner
from feedback.paths import DEMO_DATA
from feedback.responses.actions.kiosks import pair
from feedback.responses.queries.kiosks import kiosks_of
from feedback.settings import Settings
from feedback.sites.actions import add_site
from feedback.sites.calendar import stored_holidays
from feedback.sites.models import Site
from feedback.sites.queries import list_sites
from feedback.staff.actions.accounts import add_staff, change_profile
from feedback.staff.details import Profile, new_staff
from feedback.staff.hashing import hash_password
from feedback.surveys.actions import create_from_template, templates
from feedback.surveys.queries import live_survey, survey_by_slug, survey_lines

SEED = 1402
ACTOR = Actor.command("demo")
#: Of a company's answers, those by a link; the others come from posters and counters.
BY_LINK = 0.62
#: At each company one customer stops mails for so many answers, and so many at least.
LEAST_LEAVERS, LEAVERS_AMONG = 7, 150
SHOWN_SURVEY = "support-csat"
CANCEL_SURVEY = "cancel"
SHOWN_CASES = timedelta(days=9)
DAYS = 90
#: Overdue cases were left where they are at first.
ESCALATES_AFTER = timedelta(days=67)
#: In these all are awake.
_HOURS = (8, 9, 9, 10, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 20, 21, 22)
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Addresses:
    """What to click, by language or by site; and where the mails are."""

    surveys: dict[str, str]
    cases: dict[str, str]
    unsubscribe: dict[str, str]
    cancel: dict[str, str]
    anybody: dict[str, str]
    messages: dict[str, str]
    kiosks: dict[str, str]
    console: str
    mails: str

    def as_json(self, host: Mapping[str, str]) -> str:
        """For another program; ``host`` are the pages of the invented shops by language."""
        signing_in = {"url": self.console, "email": ADMIN_EMAIL, "password": PASSWORD}
        told = {
            "surveys": self.surveys,
            "cases": self.cases,
            "unsubscribe": self.unsubscribe,
            "cancel": self.cancel,
            "open": self.anybody,
            "messages": self.messages,
            "kiosks": self.kiosks,
            "host": dict(host),
            "mails": self.mails,
        }
        return json.dumps({"url": self.console, **told, "console": signing_in})


def make(settings: Settings, database: Database, responses: int, progress: Progress) -> None:
    """Fill an empty database. ``responses`` is about how many answers there will be over all sites."""
    runner.upgrade(database)
    keys_of(settings)
    now, chance = clock.now(), Random(SEED)  # noqa: S311 - a story, not a secret
    password = hash_password(PASSWORD)
    facts = _customers_of_the_file()
    with clock.at(now - timedelta(days=DAYS + 2)):
        places = [_found(database, company, facts, password, chance) for company in COMPANIES]
    escalates_from = now - timedelta(days=DAYS + 2) + ESCALATES_AFTER
    timeline, words = Timeline(database, now, escalates_from=escalates_from), dict(all_words())
    customers = Customers(timeline, chance, words)
    desk = Desk(timeline, customers, chance, words)
    customers.went_wrong = desk.follow
    desk.scripted = show(desk, places)
    for place in places:
        count = responses // len(places)
        clients = [one for one in place.clients if one.id not in desk.scripted]
        for moment in moments(now, round(count * BY_LINK / 0.74), place.zone, chance):
            customers.visit(place, chance.choice(clients), moment)
        for moment in moments(now, round(count * (1 - BY_LINK)), place.zone, chance):
            customers.drop_in(place, moment)
    leaving = Random(SEED + 1)  # noqa: S311 - of their own, so that the rest of the story stays as it was
    leavers = max(LEAST_LEAVERS, responses // LEAVERS_AMONG)
    for number, place in enumerate(places):
        leave(desk, place, list(moments(now, leavers, place.zone, leaving)), number * leavers, leaving)
    gc.freeze()
    gc.disable()  # a third of the time would go into looking for cycles that there are not
    for steps in timeline.tell():
        progress(steps)
    gc.enable()
    _send_on_leave(database, places)
    timeline.work_off(now)


def catch_up(database: Database) -> None:
    """Add what this release ships to a demonstration that an older one made."""
    runner.upgrade(database)
    shipped = templates()
    with database.write() as session:
        for site in list_sites(session):
            for one in shipped:
                if create_from_template(session, ACTOR, site.id, one).changed:
                    add_rules_with(session, ACTOR, site.id, one.slug)


def addresses(settings: Settings, database: Database) -> Addresses:
    """Fresh links for whoever looks at the demonstration; each survey can be answered once."""
    surveys: dict[str, str] = {}
    unsubscribe: dict[str, str] = {}
    cancel: dict[str, str] = {}
    told: dict[tuple[str, int], tuple[int, Case] | None] = {}
    anybody: dict[str, str] = {}
    messages: dict[str, str] = {}
    kiosks: dict[str, str] = {}
    with database.write() as session:
        for site in list_sites(session):
            company = next(one for one in COMPANIES if one.key == site.key)
            for language in company.languages:
                customer = speaker(session, site.id, language)
                if language in surveys or customer is None:
                    continue
                surveys[language] = _link(session, settings, site.id, SHOWN_SURVEY, customer)
                unsubscribe[language] = _way_out(session, settings, site.id, customer)
                cancel[language] = _link(session, settings, site.id, CANCEL_SURVEY, customer)
            told |= {(language, site.id): _told_most(session, site.id, language) for language in company.languages}
            anybody[site.key] = open_survey_url(settings, site.key, company.open_surveys[0])
            messages[site.key] = message_url(settings, site.key)
            kiosks[site.key] = _screen(session, settings, site, company.places[0])
        cases = _pages_of(session, settings, told)
    console = f"{settings.public_url}/console/"
    return Addresses(surveys, cases, unsubscribe, cancel, anybody, messages, kiosks, console, str(settings.mail_dir))


def _screen(session: Session, settings: Settings, site: Site, place: str) -> str:
    """The address of the feedback screen at a place; it is paired if there is none yet."""
    there = (one for one in kiosks_of(session, site.id) if (one.place, one.slug) == (place, SHOWN_SURVEY))
    screen = next((one for one in there if one.counts(clock.now())), None)
    found = screen or pair(session, ACTOR, site.id, place=place, survey=SHOWN_SURVEY)
    token = KioskToken(site.id, found.id, int(found.created_at.timestamp()))
    return kiosk_url(settings, site.key, SHOWN_SURVEY, token)


def _link(session: Session, settings: Settings, site_id: int, slug: str, customer: Customer) -> str:
    """A fresh link of a customer's own to a survey."""
    link = issue_survey_link(
        session,
        ACTOR,
        site_id,
        survey_id=survey_by_slug(session, site_id, slug).id,
        customer_id=customer.id,
        locale=customer.locale or "en",
    )
    return survey_url(settings, link)


def _way_out(session: Session, settings: Settings, site_id: int, customer: Customer) -> str:
    """A fresh link at the end of a customer's news, by which they stop."""
    link = issue_preference_link(
        session,
        ACTOR,
        site_id,
        Purpose.UNSUBSCRIBE,
        customer_id=customer.id,
        address_key=customer.address_key,
        locale=customer.locale or "en",
        topic="news",
    )
    return unsubscribe_url(settings, link)


def _pages_of(
    session: Session, settings: Settings, told: dict[tuple[str, int], tuple[int, Case] | None]
) -> dict[str, str]:
    """By language, the customer's page of the case of which there is most to tell, at whichever company."""
    best: dict[str, tuple[int, Case]] = {}
    for (language, _), found in told.items():
        if found is not None and (language not in best or found[0] > best[language][0]):
            best[language] = found
    pages: dict[str, str] = {}
    for language, (_, case) in best.items():
        link = issue_case_link(
            session, ACTOR, case.site_id, case_id=case.id, customer_id=case.customer_id, locale=case.language
        )
        pages[language] = customer_case_url(settings, link)
    return pages


def _told_most(session: Session, site_id: int, language: str) -> tuple[int, Case] | None:
    """Of a site's cases of these last days in a language the one on which most has happened, and how much that is."""
    much = func.count(Activity.id)
    row = session.execute(
        select(much, Case)
        .join(Activity, and_(Activity.case_id == Case.id, Activity.site_id == site_id))
        .where(
            Case.site_id == site_id,
            Case.customer_id.is_not(None),
            or_(Case.language == language, Case.language.like(f"{language}-%")),
            Case.created_at > clock.now() - SHOWN_CASES,
        )
        .group_by(Case.id)
        .order_by(much.desc(), Case.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def speaker(session: Session, site_id: int, language: str) -> Customer | None:
    """A customer with a name who reads a language: the first one."""
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
        steps = [step.public_id for step in steps_of_site(session, site.id)]
    with clock.at(clock.now() + ESCALATES_AFTER), database.write() as session:
        for step in steps:
            switch_step(session, ACTOR, site.id, step, enabled=True)
    clients = tuple(
        Client(
            row.id,
            row.external_id,
            row.locale or company.languages[0],
            chance.gauss(company.mood, 0.1),
            row.name or "",
            row.email or "",
        )
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


def moments(now: datetime, count: int, zone: ZoneInfo, chance: Random) -> Iterator[datetime]:
    """So many moments within the last ninety days, more of them lately, at hours in which people are awake."""
    for _ in range(count):
        day = DAYS * (1 - chance.random() ** 0.75)
        local = (now - timedelta(days=day)).astimezone(zone)
        moment = local.replace(hour=chance.choice(_HOURS), minute=chance.randint(0, 59), second=chance.randint(0, 59))
        yield moment.astimezone(now.tzinfo)
