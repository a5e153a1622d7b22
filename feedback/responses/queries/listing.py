"""Responses for staff: pages of a list, and one response with its answers, customer and earlier versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from feedback.customers.models import Customer, Interaction
from feedback.errors import NotFound
from feedback.responses.models import Answer, Response, ResponseRevision
from feedback.responses.queries.quarantine import AT_SCREEN, HELD_BACK
from feedback.surveys.answers import Answer as Said
from feedback.surveys.answers import from_plain, from_rows
from feedback.surveys.cancelling import OUTCOME, Ending
from feedback.surveys.models import Survey

PAGE = 50
_EXCERPT = 200


@dataclass(frozen=True, slots=True)
class Filter:
    """What to list; None asks for nothing. ``survey`` is a slug, ``language`` a shipped one, scores are 0 to 100."""

    survey: str | None = None
    state: str | None = None
    language: str | None = None
    channel: str | None = None
    min_score: int | None = None
    max_score: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    customer_id: int | None = None
    #: Of what is held back: what somebody has said is spam (True), or nobody has looked at (False).
    judged: bool | None = None
    #: Taps at feedback screens only (True), or anything else (False).
    at_screen: bool | None = None


@dataclass(frozen=True, slots=True)
class ResponseLine:
    """A response in a list; ``words`` are the first that were written, cut short.

    ``outcome`` is what somebody decided who came to cancel, else empty.
    """

    id: int
    public_id: str
    survey: str
    survey_id: int
    version_id: int
    state: str
    score: int | None
    locale: str
    channel: str
    place: str | None
    contact: str
    assurance: str
    flags: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    customer: str | None
    customer_name: str | None
    words: str
    #: Somebody has looked at it, held back, and said that it is spam.
    judged: bool = False
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Revision:
    """What a response said before."""

    replaced_at: datetime
    score: int | None
    answers: dict[str, Said]


@dataclass(frozen=True, slots=True)
class ResponseDetail:
    """One response with everything about it; ``customer`` None for an open answer."""

    line: ResponseLine
    answers: dict[str, Said]
    customer: Customer | None
    interaction: Interaction | None
    revisions: tuple[Revision, ...]


def list_responses(
    session: Session,
    site_id: int,
    wanted: Filter | None = None,
    *,
    before: tuple[datetime, int] | None = None,
    after: tuple[datetime, int] | None = None,
    limit: int = PAGE,
) -> Sequence[ResponseLine]:
    """Newest first, older than ``before`` or the nearest newer than ``after`` (moment and id of a row); two statements.

    Ask for one more than a page to see whether there is another.
    """
    query = _lines(site_id).where(*_conditions(wanted or Filter()))
    backwards = before is None and after is not None
    if before is not None:
        moment, key = before
        query = query.where(or_(Response.created_at < moment, and_(Response.created_at == moment, Response.id < key)))
    elif after is not None:
        moment, key = after
        query = query.where(or_(Response.created_at > moment, and_(Response.created_at == moment, Response.id > key)))
    if backwards:
        query = query.order_by(Response.created_at, Response.id)
    else:
        query = query.order_by(Response.created_at.desc(), Response.id.desc())
    rows = session.execute(query.limit(limit)).all()
    if backwards:
        rows = rows[::-1]
    words, outcomes = _said(session, site_id, [row.id for row in rows])
    return [_line(row, words.get(row.id, ""), outcomes.get(row.id, "")) for row in rows]


def response_detail(session: Session, site_id: int, public_id: str) -> ResponseDetail:
    """One response. Raises NotFound."""
    row = session.execute(_lines(site_id).where(Response.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound(public_id)
    said = from_rows(
        (answer.question, answer.option, answer.number, answer.text)
        for answer in session.execute(
            select(Answer.question, Answer.option, Answer.number, Answer.text)
            .where(Answer.site_id == site_id, Answer.response_id == row.id)
            .order_by(Answer.id)
        )
    )
    revisions = session.scalars(
        select(ResponseRevision)
        .where(ResponseRevision.site_id == site_id, ResponseRevision.response_id == row.id)
        .order_by(ResponseRevision.id.desc())
    )
    customer = interaction = None
    if row.customer_id is not None:
        customer = session.scalars(
            select(Customer).where(Customer.site_id == site_id, Customer.id == row.customer_id)
        ).one_or_none()
    if row.interaction_id is not None:
        interaction = session.scalars(
            select(Interaction).where(Interaction.site_id == site_id, Interaction.id == row.interaction_id)
        ).one_or_none()
    return ResponseDetail(
        _line(row, ""),
        said,
        customer,
        interaction,
        tuple(Revision(one.replaced_at, one.score, from_plain(one.answers)) for one in revisions),
    )


def _lines(site_id: int) -> Any:
    return (
        select(
            Response.id,
            Response.public_id,
            Survey.slug.label("survey"),
            Response.survey_id,
            Response.version_id,
            Response.state,
            Response.score,
            Response.locale,
            Response.channel,
            Response.place,
            Response.contact,
            Response.assurance,
            Response.flags,
            Response.judged_at,
            Response.created_at,
            Response.updated_at,
            Response.customer_id,
            Response.interaction_id,
            Customer.public_id.label("customer"),
            Customer.name.label("customer_name"),
        )
        .join(Survey, and_(Survey.id == Response.survey_id, Survey.site_id == site_id))
        .outerjoin(Customer, and_(Customer.id == Response.customer_id, Customer.site_id == site_id))
        .where(Response.site_id == site_id)
    )


def _line(row: Any, words: str, outcome: str = "") -> ResponseLine:
    return ResponseLine(
        row.id,
        row.public_id,
        row.survey,
        row.survey_id,
        row.version_id,
        row.state,
        row.score,
        row.locale,
        row.channel,
        row.place,
        row.contact,
        row.assurance,
        tuple(row.flags),
        row.created_at,
        row.updated_at,
        row.customer,
        row.customer_name,
        words,
        outcome=outcome,
        judged=row.judged_at is not None,
    )


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for given, condition in (
        (wanted.survey, Survey.slug == wanted.survey),
        (wanted.state, Response.state == wanted.state),
        (wanted.channel, Response.channel == wanted.channel),
        (wanted.customer_id, Response.customer_id == wanted.customer_id),
    ):
        if given is not None:
            found.append(condition)
    if wanted.judged is not None:
        found += [HELD_BACK, Response.judged_at.is_not(None) if wanted.judged else Response.judged_at.is_(None)]
    if wanted.at_screen is not None:
        found.append(AT_SCREEN if wanted.at_screen else ~AT_SCREEN)
    if wanted.language is not None:
        found.append(
            or_(
                Response.locale == wanted.language,
                Response.locale.startswith(wanted.language + "-", autoescape=True),
            )
        )
    if wanted.min_score is not None:
        found.append(Response.score >= wanted.min_score)
    if wanted.max_score is not None:
        found.append(Response.score <= wanted.max_score)
    if wanted.since is not None:
        found.append(Response.created_at >= wanted.since)
    if wanted.until is not None:
        found.append(Response.created_at < wanted.until)
    return found


def _said(session: Session, site_id: int, response_ids: list[int]) -> tuple[dict[int, str], dict[int, str]]:
    """The first words of each, and the outcome of each that has one."""
    words: dict[int, str] = {}
    outcomes: dict[int, str] = {}
    if not response_ids:
        return words, outcomes
    rows = session.execute(
        select(Answer.response_id, Answer.question, Answer.option, Answer.text)
        .where(
            Answer.site_id == site_id,
            Answer.response_id.in_(response_ids),
            or_(Answer.text.is_not(None), and_(Answer.question == OUTCOME, Answer.option.in_(list(Ending)))),
        )
        .order_by(Answer.id)
    )
    for row in rows:
        if row.text is None:
            outcomes[row.response_id] = row.option
        else:
            text = " ".join(row.text.split())
            words.setdefault(row.response_id, text if len(text) <= _EXCERPT else text[: _EXCERPT - 1] + "…")
    return words, outcomes
