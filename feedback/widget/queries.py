"""Reading what the widget is told and what is known of it: which surveys, how placed, and where it was seen."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.surveys.definition import BY_LINK_ONLY, SurveyDefinition
from feedback.surveys.models import Survey
from feedback.surveys.queries import published_definitions
from feedback.widget.models import Placement, Sighting

#: Origins that a site's installation check lists.
MAX_SIGHTINGS = 200


def placements_of(session: Session, site_id: int) -> dict[int, Placement]:
    """How surveys are placed, by their ids; those that nobody has placed have no row."""
    rows = session.scalars(select(Placement).where(Placement.site_id == site_id))
    return {row.survey_id: row for row in rows}


def placement_of(session: Session, site_id: int, survey_id: int) -> Placement | None:
    """How one survey is placed, as it is in the database now."""
    query = select(Placement).where(Placement.site_id == site_id, Placement.survey_id == survey_id)
    return session.scalar(query.execution_options(populate_existing=True))


def sightings_of(session: Session, site_id: int) -> Sequence[Sighting]:
    """Where the site's widget was loaded, latest first."""
    query = select(Sighting).where(Sighting.site_id == site_id).order_by(Sighting.last_seen_at.desc(), Sighting.origin)
    return session.scalars(query.limit(MAX_SIGHTINGS)).all()


def count_sightings(session: Session, site_id: int) -> int:
    """On how many origins it was."""
    return session.scalar(select(func.count()).where(Sighting.site_id == site_id)) or 0


@dataclass(frozen=True, slots=True)
class Offered:
    """A published survey that is open to anybody, with what it asks."""

    survey_id: int
    slug: str
    version_id: int
    definition: SurveyDefinition


def offered_surveys(session: Session, site_id: int) -> tuple[Offered, ...]:
    """The surveys that host pages can show, by name: published, open, and not kept for links of customers' own."""
    rows = session.execute(
        select(Survey.id, Survey.public_id, Survey.slug, Survey.live_version_id)
        .where(Survey.site_id == site_id, Survey.archived_at.is_(None), Survey.live_version_id.is_not(None))
        .order_by(Survey.slug)
    ).all()
    asked = published_definitions(session, site_id, {row.live_version_id: row.public_id for row in rows})
    known = ((row, row.live_version_id) for row in rows if row.live_version_id in asked)
    found = (Offered(row.id, row.slug, version_id, asked[version_id]) for row, version_id in known)
    return tuple(one for one in found if one.definition.purpose not in BY_LINK_ONLY)
