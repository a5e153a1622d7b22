"""Reading what is held back as possible spam: how much waits to be looked at, and what has been there long enough."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from feedback.responses.models import Response

# Written out, not bound: only so do both databases see that the partial index will do.
HELD_BACK = Response.state == literal_column("'quarantined'")
#: Taps that don't count: nobody was spammed, and there may be hundreds.
AT_SCREEN = Response.channel == "kiosk"


def waiting_in_quarantine(session: Session, site_id: int, *, at_most: int) -> int:
    """How many nobody has looked at, counted no further than ``at_most``; taps at feedback screens aside."""
    inner = (
        select(Response.id)
        .where(Response.site_id == site_id, HELD_BACK, ~AT_SCREEN, Response.judged_at.is_(None))
        .limit(at_most)
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(inner)) or 0


def old_in_quarantine(session: Session, site_id: int, before: datetime, limit: int) -> Sequence[int]:
    """Row ids of what came before a moment, oldest first."""
    return session.scalars(
        select(Response.id)
        .where(Response.site_id == site_id, HELD_BACK, Response.created_at < before)
        .order_by(Response.created_at, Response.id)
        .limit(limit)
    ).all()
