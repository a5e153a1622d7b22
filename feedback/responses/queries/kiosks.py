"""Reading feedback screens: those of a site, one by its key or row, and the taps of one around a moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from feedback.errors import NotFound
from feedback.links.purposes import TERMS, Purpose
from feedback.responses.mashing import MINUTE, MOST_IN_A_MINUTE, ONE_HAND
from feedback.responses.models import Kiosk, Response
from feedback.surveys.models import Survey

_LIFETIME = TERMS[Purpose.KIOSK].age or timedelta.max


class KioskState(StrEnum):
    """How a screen stands: never tapped yet, at work, ended by staff, or paired too long ago."""

    WAITING = "waiting"
    WORKING = "working"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class KioskLine:
    """A feedback screen and the survey that it asks."""

    id: int
    public_id: str
    place: str
    survey_id: int
    slug: str
    created_at: datetime
    seen_at: datetime | None
    revoked_at: datetime | None

    @property
    def ends_at(self) -> datetime:
        """When it has to be paired anew."""
        return self.created_at + _LIFETIME

    def state(self, now: datetime) -> KioskState:
        """How it stands now."""
        if self.revoked_at is not None:
            return KioskState.REVOKED
        if now > self.ends_at:
            return KioskState.EXPIRED
        return KioskState.WAITING if self.seen_at is None else KioskState.WORKING

    def counts(self, now: datetime) -> bool:
        """Whether what is tapped on it counts."""
        return self.state(now) in (KioskState.WAITING, KioskState.WORKING)


def _lines(site_id: int) -> Select[int, str, str, int, str, datetime, datetime | None, datetime | None]:
    return (
        select(
            Kiosk.id,
            Kiosk.public_id,
            Kiosk.place,
            Kiosk.survey_id,
            Survey.slug,
            Kiosk.created_at,
            Kiosk.seen_at,
            Kiosk.revoked_at,
        )
        .join(Survey, Survey.id == Kiosk.survey_id)
        .where(Kiosk.site_id == site_id, Survey.site_id == site_id)
    )


def kiosks_of(session: Session, site_id: int) -> list[KioskLine]:
    """Every screen of a site, those in use first, by place."""
    rows = session.execute(_lines(site_id).order_by(Kiosk.revoked_at.is_not(None), Kiosk.place, Kiosk.id))
    return [KioskLine(*row) for row in rows]


def kiosk_by_id(session: Session, site_id: int, kiosk_id: int) -> KioskLine | None:
    """The screen that a token names, if there is one."""
    row = session.execute(_lines(site_id).where(Kiosk.id == kiosk_id)).one_or_none()
    return None if row is None else KioskLine(*row)


def kiosk_by_key(session: Session, site_id: int, public_id: str) -> KioskLine:
    """The screen that an address of the console names. Raises NotFound."""
    row = session.execute(_lines(site_id).where(Kiosk.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound(public_id)
    return KioskLine(*row)


def taps_around(session: Session, site_id: int, kiosk_id: int, moment: datetime) -> Sequence[datetime]:
    """When else the screen was tapped, as far back and ahead as decides whether a tap counts."""
    return session.scalars(
        select(Response.created_at)
        .where(
            Response.site_id == site_id,
            Response.kiosk_id == kiosk_id,
            Response.created_at > moment - MINUTE,
            Response.created_at < moment + ONE_HAND,
        )
        .order_by(Response.created_at.desc())
        .limit(2 * MOST_IN_A_MINUTE)
    ).all()
