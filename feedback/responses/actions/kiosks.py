"""Feedback screens: pairing one, ending a pairing, pairing one anew, and noting that one was tapped."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from feedback import audit, clock
from feedback.actors import Actor
from feedback.errors import Conflict, Invalid, Problem
from feedback.i18n.text import N_
from feedback.responses.models import Kiosk
from feedback.responses.places import LONGEST_PLACE, written_as_place
from feedback.responses.queries.kiosks import KioskLine, kiosk_by_key
from feedback.responses.screens import asked_first
from feedback.surveys.queries import live_survey


@dataclass(frozen=True, slots=True)
class Paired:
    """A screen that was just paired; its token is signed from these."""

    id: int
    public_id: str
    created_at: datetime


def pair(session: Session, actor: Actor, site_id: int, *, place: str, survey: str) -> Paired:
    """A screen at a place that asks a survey. Raises Invalid for a place or survey that won't do, or NotFound."""
    name = written_as_place(place)
    if not 0 < len(name) <= LONGEST_PLACE:
        message = N_("Give the place a name of at most %(max)s characters.")
        raise Invalid([Problem("place", "kiosk.place", message, {"max": LONGEST_PLACE})])
    asked = live_survey(session, site_id, survey)
    if asked.archived or asked_first(asked.definition) is None:
        raise Invalid(
            [Problem("survey", "kiosk.survey", N_("This survey has no question that can be answered with one tap."))]
        )
    return _add(session, actor, site_id, name, asked.survey_id)


def revoke(session: Session, actor: Actor, site_id: int, public_id: str) -> KioskLine:
    """From now on its taps are kept apart. Raises NotFound, Conflict where that was done before."""
    there = kiosk_by_key(session, site_id, public_id)
    done = session.scalar(
        update(Kiosk)
        .where(Kiosk.site_id == site_id, Kiosk.id == there.id, Kiosk.revoked_at.is_(None))
        .values(revoked_at=clock.now())
        .returning(Kiosk.id)
    )
    if done is None:
        raise Conflict(there)
    audit.record(
        session,
        actor,
        "kiosk.revoke",
        site_id=site_id,
        subject="kiosk",
        subject_id=public_id,
        before={"place": there.place},
    )
    return there


def pair_anew(session: Session, actor: Actor, site_id: int, public_id: str) -> Paired:
    """Another address for the same place and survey; the one before ends. Raises NotFound, Conflict."""
    there = revoke(session, actor, site_id, public_id)
    return _add(session, actor, site_id, there.place, there.survey_id)


def note_tap(session: Session, site_id: int, kiosk_id: int, moment: datetime) -> None:
    """That a tap came in."""
    session.execute(update(Kiosk).where(Kiosk.site_id == site_id, Kiosk.id == kiosk_id).values(seen_at=moment))


def _add(session: Session, actor: Actor, site_id: int, place: str, survey_id: int) -> Paired:
    row = Kiosk(site_id=site_id, survey_id=survey_id, place=place, created_at=clock.now())
    session.add(row)
    session.flush()
    audit.record(
        session, actor, "kiosk.pair", site_id=site_id, subject="kiosk", subject_id=row.public_id, after={"place": place}
    )
    return Paired(row.id, row.public_id, row.created_at)
