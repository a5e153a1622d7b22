"""Changing to whom a survey is offered on host pages, audited and safe for two editors; noting where it was seen."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from feedback import audit, clock
from feedback.actors import Actor
from feedback.db import insert_once
from feedback.errors import Conflict
from feedback.sites.origins import covers
from feedback.sites.queries import origins_of, site_by_key
from feedback.surveys.queries import survey_by_slug
from feedback.versions import store
from feedback.widget.models import Placement, Sighting
from feedback.widget.placing import Placing, placing_from
from feedback.widget.queries import MAX_SIGHTINGS, count_sightings, placement_of


def place_survey(session: Session, actor: Actor, site_id: int, slug: str, placing: Placing, *, version: int) -> None:
    """Keep how a survey is placed. ``version`` is the one that was shown, 0 where there was none.

    Raises NotFound and Conflict.
    """
    survey = survey_by_slug(session, site_id, slug)
    there = placement_of(session, site_id, survey.id)
    if (there.version if there is not None else 0) != version:
        raise Conflict(present=there)
    before = as_placed(there)
    if before == placing:
        return
    if there is None:
        values = {"site_id": site_id, "survey_id": survey.id, "version": 1, **_stored(placing)}
        if insert_once(session, Placement.metadata.tables["placement"], values, ["site_id", "survey_id"]) is None:
            raise Conflict(present=placement_of(session, site_id, survey.id))
    else:
        for name, value in _stored(placing).items():
            setattr(there, name, value)
        store(session)
    audit.record(
        session,
        actor,
        "survey.place",
        site_id=site_id,
        subject="survey",
        subject_id=survey.public_id,
        before=_stored(before),
        after=_stored(placing),
    )


def note_sightings(session: Session, key: str, seen: Mapping[str, int]) -> None:
    """Add how often pages of these origins have loaded the site's widget. Raises NotFound.

    Of origins that the site has registered twice as many are kept as of others, whose names anybody may make up.
    """
    site_id = site_by_key(session, key).id
    registered, now = origins_of(session, site_id), clock.now()
    there = count_sightings(session, site_id)
    for origin, times in seen.items():
        done = session.execute(
            update(Sighting)
            .where(Sighting.site_id == site_id, Sighting.origin == origin)
            .values(times=Sighting.times + times, last_seen_at=now)
            .returning(Sighting.id)
        ).first()
        if done is not None or there >= MAX_SIGHTINGS * (2 if covers(registered, origin) else 1):
            continue
        values = {"site_id": site_id, "origin": origin, "times": times, "first_seen_at": now, "last_seen_at": now}
        insert_once(session, Sighting.metadata.tables["sighting"], values, ["site_id", "origin"])
        there += 1


def as_placed(row: Placement | None) -> Placing:
    """What a row says; without one, what holds for a survey that nobody has placed."""
    if row is None:
        return Placing()
    return placing_from(live=row.live, sample=row.sample, again_days=row.again_days, paths=row.paths)


def _stored(placing: Placing) -> dict[str, Any]:
    return {
        "live": placing.live,
        "sample": placing.sample,
        "again_days": placing.again_days,
        "paths": list(placing.paths),
    }
