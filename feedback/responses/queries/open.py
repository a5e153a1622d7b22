"""Reading which surveys anybody can answer, for what is hung up or set up at a place."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.surveys.definition import BY_LINK_ONLY, SurveyDefinition
from feedback.surveys.models import Survey
from feedback.surveys.queries import published_definitions


@dataclass(frozen=True, slots=True)
class OpenSurvey:
    """A published survey, with what it asks."""

    slug: str
    definition: SurveyDefinition


def open_surveys(session: Session, site_id: int) -> tuple[OpenSurvey, ...]:
    """By name: published, not closed, and not kept for links of customers' own."""
    rows = session.execute(
        select(Survey.public_id, Survey.slug, Survey.live_version_id)
        .where(Survey.site_id == site_id, Survey.archived_at.is_(None), Survey.live_version_id.is_not(None))
        .order_by(Survey.slug)
    ).all()
    asked = published_definitions(session, site_id, {row.live_version_id: row.public_id for row in rows})
    found = (OpenSurvey(row.slug, asked[row.live_version_id]) for row in rows if row.live_version_id in asked)
    return tuple(one for one in found if one.definition.purpose not in BY_LINK_ONLY)
