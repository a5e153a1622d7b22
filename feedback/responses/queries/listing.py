"""Responses for staff: pages of a list, newest first, and one response with everything about it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from feedback.customers.models import Customer, Interaction
from feedback.errors import Invalid, NotFound, Problem
from feedback.i18n.text import N_
from feedback.responses.models import Answer, Response, ResponseRevision
from feedback.surveys import answers
from feedback.surveys.models import Survey

PAGE = 50
#: Bands of scores, lowest and highest; ``none`` are responses whose scored question was not reached.
BANDS: dict[str, tuple[int, int] | None] = {
    "low": (0, 40),
    "middling": (41, 60),
    "high": (61, 100),
    "none": None,
}


@dataclass(frozen=True, slots=True)
class ResponseFilter:
    """What to list; None asks for nothing. ``language`` is a primary language: ``fa`` finds ``fa-AF`` too."""

    survey_id: int | None = None
    band: str | None = None
    language: str | None = None
    state: str | None = None
    channel: str | None = None
    customer_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins or ends, whatever has been answered since."""

    created_at: datetime
    id: int

    def token(self) -> str:
        """As it stands in an address."""
        return f"{self.created_at:%Y%m%dT%H%M%S%f}Z{self.id}"

    @classmethod
    def parse(cls, token: str) -> Self:
        """Raises Invalid for what is none."""
        moment, _, key = token.partition("Z")
        try:
            return cls(datetime.strptime(f"{moment}+0000", "%Y%m%dT%H%M%S%f%z"), int(key))
        except ValueError as wrong:
            raise Invalid([Problem("cursor", "unknown", N_("This place in the list is not known."))]) from wrong


@dataclass(frozen=True, slots=True)
class ResponseRow:
    """A response in a list, with all that was said; ``survey`` is the slug."""

    id: int
    public_id: str
    survey_id: int
    survey: str
    version_id: int
    state: str
    score: int | None
    locale: str
    channel: str
    place: str | None
    flags: tuple[str, ...]
    created_at: datetime
    customer_id: int | None
    customer_name: str | None
    answers: dict[str, answers.Answer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ResponsePage:
    """One page of the list, and where the pages beside it begin."""

    rows: tuple[ResponseRow, ...]
    previous: Place | None
    next: Place | None


@dataclass(frozen=True, slots=True)
class Revision:
    """What a response said before it was changed."""

    replaced_at: datetime
    score: int | None
    answers: dict[str, answers.Answer]


@dataclass(frozen=True, slots=True)
class ResponseDetail:
    """One response and everything about it; ``interaction`` and ``customer_external_id`` are the site's own numbers."""

    row: ResponseRow
    updated_at: datetime
    contact: str
    assurance: str
    interaction: str | None
    customer_external_id: str | None
    revisions: tuple[Revision, ...]

    @property
    def changed(self) -> bool:
        """Whether it was changed after it was first stored."""
        return bool(self.revisions)


def response_page(
    session: Session,
    site_id: int,
    wanted: ResponseFilter | None = None,
    *,
    after: Place | None = None,
    before: Place | None = None,
    limit: int = PAGE,
) -> ResponsePage:
    """A page after or before a place; two statements at any length."""
    query = _rows(site_id).where(*_conditions(wanted or ResponseFilter()))
    backwards = before is not None and after is None
    if before is not None and backwards:
        query = query.where(_newer(before)).order_by(Response.created_at, Response.id)
    else:
        if after is not None:
            query = query.where(_older(after))
        query = query.order_by(Response.created_at.desc(), Response.id.desc())
    found: Sequence[Any] = session.execute(query.limit(limit + 1)).all()
    more, found = len(found) > limit, found[:limit]
    if backwards:
        found = found[::-1]
    rows = _with_answers(session, site_id, found)
    first, last = (_place(rows[0]), _place(rows[-1])) if rows else (None, None)
    has_newer = more if backwards else after is not None
    has_older = True if backwards else more
    return ResponsePage(rows, first if has_newer else None, last if has_older else None)


def response_detail(session: Session, site_id: int, public_id: str) -> ResponseDetail:
    """One response. Raises NotFound."""
    found = session.execute(
        _rows(site_id)
        .add_columns(
            Response.updated_at,
            Response.contact,
            Response.assurance,
            Interaction.external_id.label("interaction"),
            Customer.external_id.label("customer_external_id"),
        )
        .outerjoin(Interaction, and_(Interaction.id == Response.interaction_id, Interaction.site_id == site_id))
        .where(Response.public_id == public_id)
    ).one_or_none()
    if found is None:
        raise NotFound(public_id)
    revisions = session.scalars(
        select(ResponseRevision)
        .where(ResponseRevision.site_id == site_id, ResponseRevision.response_id == found.id)
        .order_by(ResponseRevision.id.desc())
    )
    return ResponseDetail(
        _with_answers(session, site_id, [found])[0],
        found.updated_at,
        found.contact,
        found.assurance,
        found.interaction,
        found.customer_external_id,
        tuple(Revision(one.replaced_at, one.score, answers.from_plain(one.answers)) for one in revisions),
    )


def _rows(site_id: int) -> Any:
    return (
        select(
            Response.id,
            Response.public_id,
            Response.survey_id,
            Survey.slug.label("survey"),
            Response.version_id,
            Response.state,
            Response.score,
            Response.locale,
            Response.channel,
            Response.place,
            Response.flags,
            Response.created_at,
            Response.customer_id,
            Customer.name.label("customer_name"),
        )
        .join(Survey, and_(Survey.id == Response.survey_id, Survey.site_id == site_id))
        .outerjoin(Customer, and_(Customer.id == Response.customer_id, Customer.site_id == site_id))
        .where(Response.site_id == site_id)
    )


def _with_answers(session: Session, site_id: int, found: Sequence[Any]) -> tuple[ResponseRow, ...]:
    said: dict[int, list[tuple[str, str, int | None, str | None]]] = {}
    if found:
        for row in session.execute(
            select(Answer.response_id, Answer.question, Answer.option, Answer.number, Answer.text)
            .where(Answer.site_id == site_id, Answer.response_id.in_([row.id for row in found]))
            .order_by(Answer.id)
        ):
            said.setdefault(row.response_id, []).append((row.question, row.option, row.number, row.text))
    return tuple(
        ResponseRow(
            row.id,
            row.public_id,
            row.survey_id,
            row.survey,
            row.version_id,
            row.state,
            row.score,
            row.locale,
            row.channel,
            row.place,
            tuple(row.flags),
            row.created_at,
            row.customer_id,
            row.customer_name,
            answers.from_rows(said.get(row.id, ())),
        )
        for row in found
    )


def _conditions(wanted: ResponseFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.survey_id is not None:
        found.append(Response.survey_id == wanted.survey_id)
    if wanted.band in BANDS:
        band = BANDS[wanted.band]
        found.append(Response.score.is_(None) if band is None else Response.score.between(*band))
    if wanted.language is not None:
        inside = Response.locale.startswith(wanted.language + "-", autoescape=True)
        found.append(or_(Response.locale == wanted.language, inside))
    if wanted.state is not None:
        found.append(Response.state == wanted.state)
    if wanted.channel is not None:
        found.append(Response.channel == wanted.channel)
    if wanted.customer_id is not None:
        found.append(Response.customer_id == wanted.customer_id)
    if wanted.since is not None:
        found.append(Response.created_at >= wanted.since)
    if wanted.until is not None:
        found.append(Response.created_at < wanted.until)
    return found


def _older(place: Place) -> ColumnElement[bool]:
    at, key = place.created_at, place.id
    return or_(Response.created_at < at, and_(Response.created_at == at, Response.id < key))


def _newer(place: Place) -> ColumnElement[bool]:
    at, key = place.created_at, place.id
    return or_(Response.created_at > at, and_(Response.created_at == at, Response.id > key))


def _place(row: ResponseRow) -> Place:
    return Place(row.created_at, row.id)
