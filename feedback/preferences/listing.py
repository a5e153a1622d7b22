"""The suppression list as staff and files see it: one row per stop, with how it came about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from feedback.db import BATCH
from feedback.preferences.models import OptOut, Suppression
from feedback.preferences.queries import key_of_address


@dataclass(frozen=True, slots=True)
class SuppressionView:
    """One line of the list; ``email`` is empty where only its hash is left, ``channel`` where nothing tells it."""

    id: int
    public_id: str
    email: str
    address_key: str
    scope: str
    topic: str
    reason: str
    source: str
    channel: str
    created_at: datetime
    lifted_at: datetime | None
    lifted_by: str
    lifted_because: str


def list_suppressions(
    session: Session,
    site_id: int,
    *,
    address: str = "",
    parts: bool = True,
    lifted: bool = False,
    before: int | None = None,
    after: int | None = None,
    since: datetime | None = None,
    limit: int = 50,
) -> list[SuppressionView]:
    """Newest first, keyset by row id: those in force, or those that were lifted.

    ``address`` finds a whole address also where only its hash is left; a part of one only with ``parts``. With
    ``after`` it is the rows next above that one, still newest first.
    """
    where: list[Any] = [
        Suppression.site_id == site_id,
        Suppression.lifted_at.is_not(None) if lifted else Suppression.lifted_at.is_(None),
    ]
    if address.strip():
        whole = Suppression.address_key == key_of_address(session, site_id, address)
        found = func.lower(Suppression.email).contains(address.strip().lower(), autoescape=True)
        where.append(or_(whole, found) if parts else whole)
    if before is not None:
        where.append(Suppression.id < before)
    if after is not None:
        where.append(Suppression.id > after)
    if since is not None:
        where.append(Suppression.created_at >= since)
    upwards = after is not None and before is None
    query = (
        select(Suppression, OptOut.channel)
        .outerjoin(OptOut, and_(OptOut.site_id == Suppression.site_id, OptOut.public_id == Suppression.opt_out))
        .where(*where)
        .order_by(Suppression.id if upwards else Suppression.id.desc())
        .limit(limit)
    )
    rows = session.execute(query).all()
    return [_view(row, channel) for row, channel in (reversed(rows) if upwards else rows)]


def _view(row: Suppression, channel: str | None) -> SuppressionView:
    return SuppressionView(
        row.id,
        row.public_id,
        row.email,
        row.address_key,
        row.scope,
        row.topic,
        row.reason,
        row.source,
        channel or "",
        row.created_at,
        row.lifted_at,
        row.lifted_by,
        row.lifted_because,
    )


def each_suppression(session: Session, site_id: int, *, since: datetime | None = None) -> Iterator[SuppressionView]:
    """Everything in force, oldest first, a batch at a time."""
    last = 0
    while found := list_suppressions(session, site_id, after=last, since=since, limit=BATCH):
        yield from reversed(found)
        last = found[0].id
