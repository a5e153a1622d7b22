"""What an answer is routed by: its facts, the site's rules, whoever could own a case, the site's hours."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, String, Text, and_, bindparam, case, cast, func, literal_column, select
from sqlalchemy.orm import Session

from feedback import clock
from feedback.actors import Role
from feedback.cases.contact import YES
from feedback.cases.models import Case, RoutingRule
from feedback.cases.promises import WorkingHours
from feedback.cases.routing import Candidate, CaseToOpen, Conditions, RoutingFacts, RuleSpec
from feedback.cases.states import Family
from feedback.cases.stored_rules import outcome_from_json, parse_conditions
from feedback.db import BigKey, held_to
from feedback.errors import NotFound
from feedback.i18n.text import search_key
from feedback.links.models import Link
from feedback.sites.calendar import days_off, holiday_dates, week_of
from feedback.sites.models import SiteHoliday
from feedback.surveys.cancelling import OFFER
from feedback.surveys.definition import Offer, Purpose

EXCERPT_LENGTH = 300
SEARCH_KEY_LENGTH = 4000
# Written out, not bound: only so do both databases see that a partial index will do.
UNRESOLVED = Case.state != literal_column("'resolved'")


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as routing sees it, with the customer's own words. ``contact`` is yes, no or not_asked, ``hours``
    are the site's.

    ``opt_out``: it says why somebody unsubscribed or cancels, which rules what comes of it, whatever its kind; but
    not of ``wants_a_person``, who cancels nothing before somebody has talked to them.
    """

    response_id: int
    customer_id: int | None
    facts: RoutingFacts
    words: tuple[str, ...]
    customer_key: str
    contact: str
    hours: WorkingHours
    opt_out: bool = False
    wants_a_person: bool = False

    @property
    def owed(self) -> bool:
        """Whether somebody who left has allowed us to come back to them: their page says that a person will look."""
        return self.wants_a_person or (self.opt_out and self.contact == YES)

    @property
    def excerpt(self) -> str:
        """The first lines of the words, for the list."""
        text = " · ".join(" ".join(word.split()) for word in self.words)
        return text if len(text) <= EXCERPT_LENGTH else text[: EXCERPT_LENGTH - 1].rstrip() + "…"

    @property
    def search_key(self) -> str:
        """Words and customer, folded for searching."""
        return search_key(" ".join((*self.words, self.customer_key)))[:SEARCH_KEY_LENGTH]


@dataclass(frozen=True, slots=True)
class Standing:
    """What the site has before a case is opened: its rules, and the customer's unresolved case of each family.

    ``asked_about`` is the case of which the response says whether it is better now: it opens no other.
    """

    rules: tuple[RuleSpec, ...]
    unresolved: dict[Family, int]
    on_case: int | None
    asked_about: int | None = None


_SITE = bindparam("site_id", type_=BigKey)
_TABLES = Case.metadata.tables
_CASE, _ON_CASE, _RULE = _TABLES["case"], _TABLES["case_response"], _TABLES["routing_rule"]
_RESPONSE, _ANSWER = _TABLES["response"], _TABLES["answer"]
_CUSTOMER, _INTERACTION = _TABLES["customer"], _TABLES["interaction"]
_STAFF, _ROLE = _TABLES["staff_member"], _TABLES["staff_role"]
_LINK, _SITES, _VERSION = Link.metadata.tables["link"], _TABLES["site"], _TABLES["survey_version"]
_OPEN = _CASE.c.state != literal_column("'resolved'")


def _site_columns(site_id: Any) -> tuple[ColumnElement[Any], ...]:
    """What a site's hours are made of; read them with ``_hours_from``."""
    kept = (_SITES.c.time_zone, _SITES.c.country, cast(_SITES.c.hours, Text), cast(_SITES.c.public_holidays, Text))
    names = ("zone_of_site", "country", "week", "public_holidays")
    marked = case((SiteHoliday.is_open, "+"), else_="-") + cast(SiteHoliday.day, String)
    changes = select(func.aggregate_strings(marked, ",")).where(SiteHoliday.site_id == site_id).scalar_subquery()
    of_site = (select(one).where(_SITES.c.id == site_id).scalar_subquery() for one in kept)
    return (*(one.label(name) for one, name in zip(of_site, names, strict=True)), changes.label("changes"))


# Made once, as those below, and of tables: putting a statement together costs more than running it, a mapped
# class in it doubles that, and every answer asks.
_ANSWERED = (
    select(
        _RESPONSE.c.customer_id,
        _VERSION.c.definition["purpose"].as_string().label("purpose"),
        _RESPONSE.c.score,
        _RESPONSE.c.locale,
        _RESPONSE.c.contact,
        func.coalesce(_INTERACTION.c.channel, _RESPONSE.c.channel).label("channel"),
        func.coalesce(_RESPONSE.c.place, _INTERACTION.c.place).label("place"),
        _INTERACTION.c.agent,
        _INTERACTION.c.type,
        _CUSTOMER.c.segment,
        _CUSTOMER.c.value_minor,
        _CUSTOMER.c.search_key,
        _ANSWER.c.question,
        _ANSWER.c.option,
        _ANSWER.c.number,
        _ANSWER.c.text,
        *_site_columns(_SITE),
    )
    .select_from(
        _RESPONSE.join(_VERSION, and_(_VERSION.c.id == _RESPONSE.c.version_id, held_to(_SITE, _VERSION.c.site_id)))
        .outerjoin(_CUSTOMER, and_(_CUSTOMER.c.id == _RESPONSE.c.customer_id, held_to(_SITE, _CUSTOMER.c.site_id)))
        .outerjoin(
            _INTERACTION, and_(_INTERACTION.c.id == _RESPONSE.c.interaction_id, held_to(_SITE, _INTERACTION.c.site_id))
        )
        .outerjoin(_ANSWER, and_(_ANSWER.c.response_id == _RESPONSE.c.id, held_to(_SITE, _ANSWER.c.site_id)))
    )
    .where(held_to(_SITE, _RESPONSE.c.site_id), _RESPONSE.c.id == bindparam("response_id"))
    .order_by(_ANSWER.c.id)
)


def answered(session: Session, site_id: int, response_id: int, survey: str) -> Answered:
    """Everything that rules may ask about an answer, in one statement. Raises NotFound."""
    rows = session.execute(_ANSWERED, {"site_id": site_id, "response_id": response_id}).all()
    if not rows:
        raise NotFound
    first = rows[0]
    chosen, cancelling = _chosen(rows), first.purpose == Purpose.CANCEL.value
    wants_a_person = cancelling and Offer.PERSON.value in chosen.get(OFFER, ())
    touchpoint = {name: getattr(first, name) for name in ("channel", "place", "agent", "type") if getattr(first, name)}
    return Answered(
        response_id=response_id,
        customer_id=first.customer_id,
        facts=RoutingFacts(
            survey=survey,
            score=first.score,
            answers=chosen,
            language=first.locale,
            segment=first.segment,
            value_minor=first.value_minor,
            touchpoint=touchpoint,
            cancelling=cancelling,
        ),
        words=tuple(row.text.strip() for row in rows if row.text and row.text.strip() and not _is_address(row.text)),
        customer_key=first.search_key or "",
        contact=first.contact,
        hours=_hours_from(first, clock.now()),
        opt_out=first.purpose == Purpose.UNSUBSCRIBE.value or (cancelling and not wants_a_person),
        wants_a_person=wants_a_person,
    )


# Nobody is customer NULL. Of the site's own row, so that there is one where no rule is switched on.
_STANDING = (
    select(
        _RULE.c.id,
        _RULE.c.name,
        cast(_RULE.c.conditions, Text).label("conditions"),
        cast(_RULE.c.outcome, Text).label("outcome"),
        _CASE.c.id.label("case_id"),
        _CASE.c.family,
        select(func.max(_ON_CASE.c.case_id))
        .where(held_to(_SITE, _ON_CASE.c.site_id), _ON_CASE.c.response_id == bindparam("response_id"))
        .scalar_subquery()
        .label("on_case"),
        select(_LINK.c.case_id)
        .select_from(_RESPONSE.join(_LINK, and_(_LINK.c.id == _RESPONSE.c.link_id, held_to(_SITE, _LINK.c.site_id))))
        .where(held_to(_SITE, _RESPONSE.c.site_id), _RESPONSE.c.id == bindparam("response_id"))
        .scalar_subquery()
        .label("asked_about"),
    )
    .select_from(
        _SITES.outerjoin(_RULE, and_(_RULE.c.site_id == _SITE, _RULE.c.enabled)).outerjoin(
            _CASE, and_(held_to(_SITE, _CASE.c.site_id), _CASE.c.customer_id == bindparam("customer_id"), _OPEN)
        )
    )
    .where(_SITES.c.id == _SITE)
    .order_by(_RULE.c.position, _RULE.c.id)
)


def standing(session: Session, site_id: int, customer_id: int | None, response_id: int) -> Standing:
    """Rules in their order, the customer's unresolved cases, and those that the response is on and about: at once."""
    keys = {"site_id": site_id, "customer_id": customer_id, "response_id": response_id}
    rows = session.execute(_STANDING, keys).all()
    return Standing(
        rules=_specs(rows),
        unresolved={Family(row.family): row.case_id for row in rows if row.case_id is not None},
        on_case=rows[0].on_case if rows else None,
        asked_about=rows[0].asked_about if rows else None,
    )


def rules_of_site(session: Session, site_id: int) -> Sequence[RoutingRule]:
    """Every rule of the site in the order in which they are tried, switched off ones too."""
    statement = select(RoutingRule).where(RoutingRule.site_id == site_id)
    return session.scalars(statement.order_by(RoutingRule.position, RoutingRule.id)).all()


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody to whom a case can be given."""

    staff_id: int
    public_id: str
    name: str
    role: Role
    languages: tuple[str, ...]
    open_cases: int
    away: bool

    def as_candidate(self) -> Candidate:
        """What the choice of an owner needs."""
        return Candidate(self.staff_id, self.open_cases, self.languages, self.away)


_ASSIGNABLE = (
    select(
        _STAFF.c.id,
        _STAFF.c.public_id,
        _STAFF.c.name,
        _STAFF.c.languages,
        _STAFF.c.away_until,
        _ROLE.c.role,
        select(func.count())
        .select_from(_CASE)
        .where(_CASE.c.site_id == _SITE, _CASE.c.owner_id == _STAFF.c.id, _OPEN)
        .scalar_subquery()
        .label("load"),
    )
    .select_from(_STAFF.join(_ROLE, and_(_ROLE.c.staff_id == _STAFF.c.id, _ROLE.c.site_id == _SITE)))
    .where(_STAFF.c.disabled_at.is_(None))
    .order_by(_STAFF.c.name, _STAFF.c.id)
)


def assignable(session: Session, site_id: int, now: datetime) -> list[Colleague]:
    """Everybody with a role on the site, with how many unresolved cases they own there, by name."""
    rows = session.execute(_ASSIGNABLE, {"site_id": site_id}).all()
    return [
        Colleague(
            staff_id=row.id,
            public_id=row.public_id,
            name=row.name,
            role=Role(row.role),
            languages=tuple(row.languages),
            open_cases=row.load,
            away=row.away_until is not None and row.away_until > now,
        )
        for row in rows
    ]


def candidates(session: Session, site_id: int, now: datetime) -> list[Colleague]:
    """Those whom routing may choose: the site's agents. Leads and admins get cases by hand only."""
    return [one for one in assignable(session, site_id, now) if one.role is Role.AGENT]


_HOURS = select(*_site_columns(_SITE))


def hours_of_site(session: Session, site_id: int, now: datetime) -> WorkingHours:
    """The working hours of a site with this year's and the next years' holidays. Raises NotFound."""
    return _hours_from(session.execute(_HOURS, {"site_id": site_id}).one(), now)


def _hours_from(row: Any, now: datetime) -> WorkingHours:
    """Working hours from a row with ``_site_columns``: public holidays with the site's own changes to them."""
    if row.zone_of_site is None:
        raise NotFound
    return _hours(row.zone_of_site, row.country, row.week, row.public_holidays, row.changes or "", now.year)


# Every case asks for them, and a site hardly ever changes them.
@lru_cache(maxsize=256)
def _hours(time_zone: str, country: str | None, week: str, public: str, changes: str, year: int) -> WorkingHours:
    own = [(date.fromisoformat(one[1:]), one[0] == "+") for one in changes.split(",") if one]
    holidays = holiday_dates(json.loads(public), country, year)
    return WorkingHours(time_zone, week_of(json.loads(week), country), days_off(holidays, own))


def _specs(rows: Sequence[Any]) -> tuple[RuleSpec, ...]:
    found: dict[int, RuleSpec] = {}
    for row in rows:
        if row.id is not None and row.id not in found:
            found[row.id] = RuleSpec(row.id, row.name, _conditions(row.conditions), _outcome(row.outcome))
    return tuple(found.values())


# Every answer is held against every rule, and rules hardly ever change.
@lru_cache(maxsize=1024)
def _conditions(stored: str) -> Conditions:
    return parse_conditions(json.loads(stored))


@lru_cache(maxsize=1024)
def _outcome(stored: str) -> CaseToOpen:
    return outcome_from_json(json.loads(stored))


def _chosen(rows: Sequence[Any]) -> dict[str, frozenset[str]]:
    chosen: dict[str, frozenset[str]] = {}
    for row in rows:
        if row.question is None:
            continue
        given = row.option or ("" if row.number is None else str(row.number))
        if given:
            chosen[row.question] = chosen.get(row.question, frozenset()) | {given}
    return chosen


def _is_address(text: str) -> bool:
    """Whether an answer's text is an e-mail address rather than words: addresses are not shown in lists."""
    return "@" in text and len(text.split()) == 1
