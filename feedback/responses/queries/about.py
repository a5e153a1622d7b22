"""One customer's responses: for the export of what is held about somebody, and for their timeline."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.customers.addresses import address_key
from feedback.events import CaseOf, TimelineEntry, gather
from feedback.links.models import Link
from feedback.responses.models import Answer, Draft, Response, ResponseRevision
from feedback.sites.models import Site
from feedback.surveys.definition import Role
from feedback.surveys.document import from_stored
from feedback.surveys.models import Survey, SurveyVersion


def responses_about(session: Session, site_id: int, customer_id: int) -> list[dict[str, Any]]:
    """Everything that a customer answered, as plain JSON values, oldest first."""
    rows = session.execute(
        select(Response, Survey.slug)
        .join(Survey, Survey.id == Response.survey_id)
        .where(Response.site_id == site_id, Survey.site_id == site_id, Response.customer_id == customer_id)
        .order_by(Response.created_at, Response.id)
    ).all()
    ids = [response.id for response, _ in rows]
    said: dict[int, list[dict[str, Any]]] = {}
    for answer in session.scalars(
        select(Answer).where(Answer.site_id == site_id, Answer.response_id.in_(ids)).order_by(Answer.id)
    ):
        said.setdefault(answer.response_id, []).append(
            {
                "question": answer.question,
                "option": answer.option or None,
                "number": answer.number,
                "text": answer.text,
            }
        )
    before: dict[int, list[dict[str, Any]]] = {}
    for revision in session.scalars(
        select(ResponseRevision)
        .where(ResponseRevision.site_id == site_id, ResponseRevision.response_id.in_(ids))
        .order_by(ResponseRevision.id)
    ):
        before.setdefault(revision.response_id, []).append(
            {"replaced_at": revision.replaced_at.isoformat(), "answers": revision.answers}
        )
    return [
        {
            "id": response.public_id,
            "survey": slug,
            "state": response.state,
            "score": response.score,
            "locale": response.locale,
            "channel": response.channel,
            "place": response.place,
            "contact": response.contact,
            "created_at": response.created_at.isoformat(),
            "updated_at": response.updated_at.isoformat(),
            "answers": said.get(response.id, []),
            "before": before.get(response.id, []),
        }
        for response, slug in rows
    ]


def drafts_about(session: Session, site_id: int, customer_id: int) -> list[dict[str, Any]]:
    """What a customer has half finished, as it came from the form."""
    rows = session.scalars(
        select(Draft)
        .join(Link, Link.id == Draft.link_id)
        .where(Draft.site_id == site_id, Link.site_id == site_id, Link.customer_id == customer_id)
        .order_by(Draft.id)
    )
    return [{"touched_at": row.touched_at.isoformat(), "answers": row.values} for row in rows]


def responses_before(
    session: Session, site_id: int, customer_id: int, before: datetime, limit: int
) -> list[TimelineEntry]:
    """A customer's answers before a moment, newest first."""
    rows = session.execute(
        select(Response.public_id, Response.score, Response.state, Response.created_at, Survey.slug)
        .join(Survey, Survey.id == Response.survey_id)
        .where(
            Response.site_id == site_id,
            Survey.site_id == site_id,
            Response.customer_id == customer_id,
            Response.created_at < before,
        )
        .order_by(Response.created_at.desc(), Response.id.desc())
        .limit(limit)
    )
    return [
        TimelineEntry(
            row.created_at,
            "response",
            {"response": row.public_id, "survey": row.slug, "score": row.score, "state": row.state},
        )
        for row in rows
    ]


def answers_left_with(session: Session, site_id: int, key: str) -> set[int]:
    """Row ids of answers of nobody in particular with which an address was left that has this key.

    With them those that were given later about the same cases.
    """
    salt = session.execute(select(Site.salt).where(Site.id == site_id)).scalar_one()
    versions = session.execute(
        select(SurveyVersion.survey_id, SurveyVersion.definition).where(SurveyVersion.site_id == site_id)
    )
    asked = [(row.survey_id, from_stored(row.definition).with_role(Role.EMAIL)) for row in versions]
    typed = session.execute(
        select(Response.id, Answer.text)
        .join(Answer, Answer.response_id == Response.id)
        .where(
            Response.site_id == site_id,
            Response.survey_id.in_({survey_id for survey_id, question in asked if question}),
            Response.customer_id.is_(None),
            Answer.site_id == site_id,
            Answer.question.in_({question.key for _, question in asked if question}),
            Answer.text.is_not(None),
        )
    )
    found = {row.id for row in typed if address_key(salt, row.text) == key}
    cases = {case_id for one in found for case_id in gather(session, CaseOf(site_id, one))}
    later = (
        select(Response.id)
        .join(Link, Link.id == Response.link_id)
        .where(Response.site_id == site_id, Link.site_id == site_id, Link.case_id.in_(cases))
        .where(Response.customer_id.is_(None))
    )
    return found.union(session.scalars(later))
