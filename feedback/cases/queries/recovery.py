"""Is it better now? What is offered on the customer's page, and how often they say yes, by what had gone wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, case, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session

from feedback import clock
from feedback.cases.asking import ENOUGH, decide
from feedback.cases.models import Case, CaseResponse
from feedback.cases.queries.asking import asking_links, asking_of
from feedback.cases.states import Family, Outcome, State
from feedback.i18n.text import LocalizedText
from feedback.links.models import Link
from feedback.responses.models import Answer, Response
from feedback.surveys.definition import LOW_SCORE, Role, SurveyDefinition
from feedback.surveys.queries import LiveSurvey, live_survey_by_id, survey_versions


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that a link can have chosen already: the value of ``?score=``, and its words."""

    key: str
    text: LocalizedText


@dataclass(frozen=True, slots=True)
class Offered:
    """What the customer's page asks: the link that is answered, and the answers to choose from, if they have names."""

    link: Link
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Recovery:
    """Cases that were resolved, and what became of asking again.

    ``before`` and ``after`` are the sums of the scores of those ``both`` of whose scores are known.
    """

    resolved: int = 0
    asked: int = 0
    answered: int = 0
    recovered: int = 0
    both: int = 0
    before: int = 0
    after: int = 0

    @property
    def rate(self) -> float | None:
        """The share of answers that say that it is better, 0 to 1; None where there are too few to tell."""
        return self.recovered / self.answered if self.answered >= ENOUGH else None

    @property
    def mean_before(self) -> float | None:
        """The mean score that opened the cases that were answered, 0 to 100."""
        return self.before / self.both if self.both else None

    @property
    def mean_after(self) -> float | None:
        """The mean score of the same cases when their customers were asked again."""
        return self.after / self.both if self.both else None

    def __add__(self, other: Recovery) -> Recovery:
        return Recovery(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Cause:
    """What had gone wrong, in the words of the survey; an empty label is a case of which nobody said."""

    label: LocalizedText
    recovery: Recovery


@dataclass(frozen=True, slots=True)
class Recoveries:
    """All cases of a time, and the same by cause, the most frequent first; a case may have several causes."""

    total: Recovery
    causes: tuple[Cause, ...] = field(default=())


def offer_of(session: Session, site_id: int, case_id: int) -> Link | None:
    """The link by which the customer can say now whether it is better, for their page of the case; None: not asked.

    One statement where there is none; else what decided it is looked at again.
    """
    link = session.scalars(
        select(Link)
        .join(Case, and_(Case.id == Link.case_id, Case.site_id == site_id))
        .where(
            *asking_links(site_id, case_id),
            Case.state == State.RESOLVED.value,
            Link.revoked_at.is_(None),
            or_(Link.expires_at.is_(None), Link.expires_at > clock.now()),
        )
        .order_by(Link.id.desc())
        .limit(1)
    ).one_or_none()
    if link is None or is_answered(session, site_id, link.id):
        return None
    return link if decide(replace(asking_of(session, site_id, case_id).facts, asked=0)).asked else None


def offered(session: Session, site_id: int, case_id: int) -> Offered | None:
    """The same with the answers to choose from."""
    link = offer_of(session, site_id, case_id)
    if link is None:
        return None
    return Offered(link, choices_of(live_survey_by_id(session, site_id, link.survey_id or 0).definition))


def is_answered(session: Session, site_id: int, link_id: int) -> bool:
    """Whether the link was answered, if only half."""
    query = select(Response.id).where(Response.site_id == site_id, Response.link_id == link_id)
    return session.execute(query.limit(1)).first() is not None


def choices_of(definition: SurveyDefinition) -> tuple[Choice, ...]:
    """The answers to choose from by one click; none where the question that scores has no options to name."""
    scored = definition.scored
    return tuple(Choice(one.key, one.text) for one in scored.options if not one.other) if scored else ()


def recovery_by_cause(session: Session, site_id: int, since: datetime) -> Recoveries:
    """How many cases were resolved since, asked about, answered and better, in a handful of statements at any size.

    Those that were opened again after they had been asked about count: else only the happy ones were left. What
    customers took back themselves doesn't. A case's causes are those of the answer that opened it.
    """
    cases = _cases(site_id, since)
    total = session.execute(select(*_figures(cases.c))).one()
    versions = survey_versions(session, site_id, _versions(session, site_id, cases))
    reasons = _reasons(versions.values())
    if not reasons:
        return Recoveries(_recovery(total))
    rows = session.execute(_by_cause(site_id, cases, reasons)).all()
    return Recoveries(_recovery(total), _causes(rows, versions))


def _cases(site_id: int, since: datetime) -> Any:
    of_case = asking_links(site_id, Case.id)
    asked = exists(select(Link.id).where(*of_case))
    asked_since = exists(select(Link.id).where(*of_case, Link.issued_at >= since))
    opening = (
        select(func.min(CaseResponse.id))
        .where(CaseResponse.site_id == site_id, CaseResponse.case_id == Case.id)
        .scalar_subquery()
    )
    resolved = and_(Case.resolved_at >= since, Case.outcome != Outcome.WITHDRAWN.value)
    return (
        select(Case.id, Case.score_before, Case.score_after, asked.label("asked"), opening.label("opening"))
        .where(Case.site_id == site_id, Case.family == Family.FEEDBACK.value, or_(resolved, asked_since))
        .cte("cases")
    )


def _figures(cases: Any) -> list[Any]:
    answered = cases.score_after.is_not(None)
    both = and_(answered, cases.score_before.is_not(None))
    better = cases.score_after > LOW_SCORE

    def total(condition: Any, value: Any = 1) -> Any:
        return func.coalesce(func.sum(case((condition, value), else_=0)), 0)

    return [
        func.count().label("resolved"),
        total(cases.asked).label("asked"),
        total(answered).label("answered"),
        total(better).label("recovered"),
        total(both).label("both"),
        total(both, cases.score_before).label("before"),
        total(both, cases.score_after).label("after"),
    ]


def _versions(session: Session, site_id: int, cases: Any) -> set[int]:
    query = (
        select(Response.version_id)
        .join(CaseResponse, and_(CaseResponse.response_id == Response.id, CaseResponse.site_id == site_id))
        .join(cases, cases.c.opening == CaseResponse.id)
        .where(Response.site_id == site_id)
        .distinct()
    )
    return set(session.scalars(query))


def _reasons(versions: Iterable[LiveSurvey]) -> list[tuple[int, str]]:
    """Which question of which version asks what went wrong."""
    return [
        (one.version_id, question.key)
        for one in versions
        if (question := one.definition.with_role(Role.REASON)) is not None
    ]


def _by_cause(site_id: int, cases: Any, reasons: list[tuple[int, str]]) -> Select[Any]:
    said_why = and_(
        Answer.response_id == Response.id,
        Answer.site_id == site_id,
        tuple_(Response.version_id, Answer.question).in_(reasons),
    )
    cause = (Response.version_id, Answer.question, Answer.option)
    return (
        select(*cause, *_figures(cases.c))
        .select_from(cases)
        .outerjoin(CaseResponse, and_(CaseResponse.id == cases.c.opening, CaseResponse.site_id == site_id))
        .outerjoin(Response, and_(Response.id == CaseResponse.response_id, Response.site_id == site_id))
        .outerjoin(Answer, said_why)
        .group_by(*cause)
    )


def _causes(rows: Iterable[Row[Any]], versions: Mapping[int, LiveSurvey]) -> tuple[Cause, ...]:
    """The same cause under its newest words, whichever version and survey it was chosen in."""
    newest: dict[tuple[str, str, str], tuple[int, LocalizedText]] = {}
    figures: dict[tuple[str, str, str], Recovery] = {}
    for row in rows:
        version = versions.get(row.version_id) if row.option else None
        label = _label(version, row.question, row.option) if version else {}
        key = (version.slug, row.question, row.option) if version else ("", "", "")
        number = version.version if version else 0
        if key not in newest or number > newest[key][0]:
            newest[key] = number, label
        figures[key] = figures.get(key, Recovery()) + _recovery(row)
    merged: dict[tuple[tuple[str, str], ...], Recovery] = {}
    for key, recovery in figures.items():
        words = tuple(sorted(newest[key][1].items()))
        merged[words] = merged.get(words, Recovery()) + recovery
    causes = [Cause(dict(words), recovery) for words, recovery in merged.items()]
    return tuple(sorted(causes, key=lambda one: (not one.label, -one.recovery.resolved, sorted(one.label.values()))))


def _label(version: LiveSurvey, question: str, option: str) -> LocalizedText:
    asked = version.definition.question(question)
    chosen = asked.option(option) if asked else None
    return chosen.text if chosen else {"": option}


def _recovery(row: Row[Any]) -> Recovery:
    return Recovery(*(int(getattr(row, name)) for name in Recovery.__slots__))
