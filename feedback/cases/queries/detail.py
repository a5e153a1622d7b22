"""One case with everything around it: the customer's words and whole history, what was promised, what was done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_, select
from sqlalchemy.orm import Session

from feedback.cases.models import Case, CaseResponse
from feedback.cases.queries.timeline import (
    SHOWN,
    ActivityView,
    Part,
    PromiseView,
    activity_of,
    last_activity,
    promises_of,
)
from feedback.cases.routing import Reason
from feedback.cases.states import State
from feedback.customers.models import Interaction
from feedback.customers.signs import SignView, customer_with_signs
from feedback.errors import NotFound
from feedback.responses.models import Answer, Response
from feedback.staff.models import StaffMember
from feedback.surveys.models import Survey, SurveyVersion

HISTORY = 50


@dataclass(frozen=True, slots=True)
class CaseHead:
    """A case as such: what the list, a conflict and the API show of it."""

    id: int
    public_id: str
    number: int
    kind: str
    family: str
    state: str
    priority: str
    owner_id: int | None
    owner_name: str | None
    customer_id: int | None
    language: str
    queue: str
    rule_name: str
    reasons: tuple[Reason, ...]
    excerpt: str
    due_at: datetime
    outcome: str | None
    score_before: int | None
    score_after: int | None
    hand_offs: int
    customer_at: datetime | None
    replied_at: datetime | None
    created_at: datetime
    updated_at: datetime
    resolved_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class AnswerView:
    """One answer: an option's key, a number or words."""

    question: str
    option: str
    number: int | None
    text: str | None


@dataclass(frozen=True, slots=True)
class ResponseView:
    """One response of the customer; ``on_case`` are the ones this case is about."""

    id: int
    public_id: str
    survey: str
    version_id: int
    score: int | None
    state: str
    contact: str
    locale: str
    channel: str
    place: str | None
    flags: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    on_case: bool
    interaction: str | None
    answers: tuple[AnswerView, ...]


@dataclass(frozen=True, slots=True)
class CustomerView:
    """The customer beside a case; None for everything that was erased."""

    id: int
    public_id: str
    external_id: str
    name: str | None
    email: str | None
    phone: str | None
    locale: str | None
    time_zone: str | None
    segment: str | None
    value_minor: int | None
    currency: str | None
    onboarded_on: Any
    renews_on: Any
    attributes: Mapping[str, Any]
    erased: bool
    signs: tuple[SignView, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseDetail:
    """Everything the case page shows. ``definitions`` are the survey versions that the responses were given to."""

    head: CaseHead
    customer: CustomerView | None
    responses: tuple[ResponseView, ...]
    earlier: tuple[CaseHead, ...]
    promises: tuple[PromiseView, ...]
    activity: tuple[ActivityView, ...]
    #: Whether there is more activity than what is here, which is the newest.
    has_older: bool = False
    #: Id of the newest, whatever part of it is here.
    last_activity: int = 0
    definitions: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def on_case(self) -> tuple[ResponseView, ...]:
        """The responses that this case is about, newest first."""
        return tuple(one for one in self.responses if one.on_case)

    @property
    def other_responses(self) -> tuple[ResponseView, ...]:
        """What else the customer has told us, newest first."""
        return tuple(one for one in self.responses if not one.on_case)


def case_head(session: Session, site_id: int, case_id: int) -> CaseHead:
    """A case by its inner id, as it is now. Raises NotFound."""
    row = session.execute(_heads(site_id).where(Case.id == case_id)).one_or_none()
    if row is None:
        raise NotFound
    return head_from(row)


def case_detail(
    session: Session, site_id: int, public_id: str, *, part: Part = Part.ALL, limit: int = SHOWN
) -> CaseDetail:
    """A case with everything around it, in eight statements (nine where mails came in), whatever its length.

    Of its activity the newest ``limit`` rows, of the part asked for. Raises NotFound, also for another site's case.
    """
    row = session.execute(_heads(site_id).where(Case.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound(public_id)
    head = head_from(row)
    responses = _responses(session, site_id, head)
    activity = activity_of(session, site_id, head.id, part=part, limit=limit + 1)
    return CaseDetail(
        head=head,
        customer=_customer(session, site_id, head.customer_id),
        responses=responses,
        earlier=_earlier(session, site_id, head),
        promises=promises_of(session, site_id, head.id),
        activity=activity[-limit:],
        has_older=len(activity) > limit,
        last_activity=last_activity(session, site_id, head.id)
        if part
        else max((one.id for one in activity), default=0),
        definitions=_definitions(session, site_id, {one.version_id for one in responses}),
    )


def _heads(site_id: int) -> Any:
    return (
        select(Case, StaffMember.name.label("owner_name"))
        .outerjoin(StaffMember, StaffMember.id == Case.owner_id)
        .where(Case.site_id == site_id)
        .execution_options(populate_existing=True)
    )


def head_from(row: Row[Any]) -> CaseHead:
    """A head from a row of Case and owner_name."""
    case: Case = row[0]
    because = case.reason.get("because", [])
    return CaseHead(
        id=case.id,
        public_id=case.public_id,
        number=case.number,
        kind=case.kind,
        family=case.family,
        state=case.state,
        priority=case.priority,
        owner_id=case.owner_id,
        owner_name=row.owner_name,
        customer_id=case.customer_id,
        language=case.language,
        queue=case.queue,
        rule_name=case.rule_name,
        reasons=tuple(
            Reason(one["code"], {name: value for name, value in one.items() if name != "code"}) for one in because
        ),
        excerpt=case.excerpt,
        due_at=case.due_at,
        outcome=case.outcome,
        score_before=case.score_before,
        score_after=case.score_after,
        hand_offs=case.hand_offs,
        customer_at=case.customer_at,
        replied_at=case.replied_at,
        created_at=case.created_at,
        updated_at=case.updated_at,
        resolved_at=case.resolved_at,
        version=case.version,
    )


def _customer(session: Session, site_id: int, customer_id: int | None) -> CustomerView | None:
    if customer_id is None:
        return None
    row, signs = customer_with_signs(session, site_id, customer_id)
    if row is None:
        return None
    return CustomerView(
        id=row.id,
        public_id=row.public_id,
        external_id=row.external_id,
        name=row.name,
        email=row.email,
        phone=row.phone,
        locale=row.locale,
        time_zone=row.time_zone,
        segment=row.segment,
        value_minor=row.value_minor,
        currency=row.currency,
        onboarded_on=row.onboarded_on,
        renews_on=row.renews_on,
        attributes=dict(row.attributes),
        erased=row.erased_at is not None,
        signs=signs,
    )


def _responses(session: Session, site_id: int, head: CaseHead) -> tuple[ResponseView, ...]:
    whose: ColumnElement[bool] = CaseResponse.id.is_not(None)
    if head.customer_id is not None:
        whose = or_(whose, Response.customer_id == head.customer_id)
    rows = session.execute(
        select(Response, Survey.slug, CaseResponse.id.label("link"), Interaction.type)
        .join(Survey, and_(Survey.id == Response.survey_id, Survey.site_id == site_id))
        .outerjoin(
            CaseResponse,
            and_(
                CaseResponse.response_id == Response.id,
                CaseResponse.case_id == head.id,
                CaseResponse.site_id == site_id,
            ),
        )
        .outerjoin(Interaction, and_(Interaction.id == Response.interaction_id, Interaction.site_id == site_id))
        .where(Response.site_id == site_id, whose)
        .order_by(CaseResponse.id.is_(None), Response.created_at.desc(), Response.id.desc())
        .limit(HISTORY)
    ).all()
    answers = _answers(session, site_id, [row[0].id for row in rows])
    return tuple(
        ResponseView(
            id=row[0].id,
            public_id=row[0].public_id,
            survey=row.slug,
            version_id=row[0].version_id,
            score=row[0].score,
            state=row[0].state,
            contact=row[0].contact,
            locale=row[0].locale,
            channel=row[0].channel,
            place=row[0].place,
            flags=tuple(row[0].flags),
            created_at=row[0].created_at,
            updated_at=row[0].updated_at,
            on_case=row.link is not None,
            interaction=row.type,
            answers=tuple(answers.get(row[0].id, ())),
        )
        for row in rows
    )


def _answers(session: Session, site_id: int, response_ids: list[int]) -> dict[int, list[AnswerView]]:
    found: dict[int, list[AnswerView]] = {}
    if not response_ids:
        return found
    rows = session.execute(
        select(Answer.response_id, Answer.question, Answer.option, Answer.number, Answer.text)
        .where(Answer.site_id == site_id, Answer.response_id.in_(response_ids))
        .order_by(Answer.id)
    )
    for row in rows:
        found.setdefault(row.response_id, []).append(AnswerView(row.question, row.option, row.number, row.text))
    return found


def _definitions(session: Session, site_id: int, version_ids: Iterable[int]) -> dict[int, Mapping[str, Any]]:
    wanted = sorted(version_ids)
    if not wanted:
        return {}
    rows = session.execute(
        select(SurveyVersion.id, SurveyVersion.definition).where(
            SurveyVersion.site_id == site_id, SurveyVersion.id.in_(wanted)
        )
    )
    return {row.id: row.definition for row in rows}


def _earlier(session: Session, site_id: int, head: CaseHead) -> tuple[CaseHead, ...]:
    if head.customer_id is None:
        return ()
    rows = session.execute(
        _heads(site_id)
        .where(Case.customer_id == head.customer_id, Case.id != head.id)
        .order_by(Case.state == State.RESOLVED.value, Case.id.desc())
        .limit(HISTORY)
    )
    return tuple(head_from(row) for row in rows)
