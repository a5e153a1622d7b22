"""One customer's responses: for the export of what is held about somebody, and for their timeline."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.events import TimelineEntry
from feedback.responses.models import Answer, Response, ResponseRevision
from feedback.surveys.models import Survey


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
