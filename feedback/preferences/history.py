"""What a customer stopped, and when and how: for their timeline and for staff who are about to write to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from feedback.customers.models import Customer
from feedback.preferences.models import OptOut, Suppression, Topic
from feedback.preferences.policy import Scope, stops
from feedback.preferences.queries import standing_of, topics_of

#: More than anybody stops.
MOST = 20


@dataclass(frozen=True, slots=True)
class StoppedOnce:
    """One opt-out. ``topic`` is its key, ``name`` what that is called in each language; both empty for more than one.

    ``holds``: nobody has taken it back or lifted it since.
    """

    at: datetime
    scope: Scope
    topic: str
    name: Mapping[str, str]
    channel: str
    undone_at: datetime | None
    holds: bool


def opt_outs_of(
    session: Session, site_id: int, customer_id: int, *, before: datetime | None = None, limit: int = MOST
) -> list[StoppedOnce]:
    """The opt-outs of a customer and of their present address, newest first, in one statement."""
    held = (
        select(Suppression.id)
        .where(
            Suppression.site_id == site_id,
            Suppression.opt_out == OptOut.public_id,
            Suppression.lifted_at.is_(None),
        )
        .exists()
    )
    address = (
        select(Customer.address_key).where(Customer.site_id == site_id, Customer.id == customer_id).scalar_subquery()
    )
    query = (
        select(OptOut.at, OptOut.scope, OptOut.topic, OptOut.channel, OptOut.undone_at, Topic.name, held.label("holds"))
        .outerjoin(Topic, and_(Topic.site_id == site_id, Topic.key == OptOut.topic))
        .where(OptOut.site_id == site_id, or_(OptOut.address_key == address, OptOut.customer_id == customer_id))
        .order_by(OptOut.at.desc(), OptOut.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(OptOut.at < before)
    return [
        StoppedOnce(row.at, Scope(row.scope), row.topic, row.name or {}, row.channel, row.undone_at, row.holds)
        for row in session.execute(query)
    ]


def still_sent(session: Session, site_id: int, customer_id: int) -> list[dict[str, str]]:
    """Names of the topics that may go to a customer's present address; a pause doesn't count as a stop."""
    key = session.scalar(select(Customer.address_key).where(Customer.site_id == site_id, Customer.id == customer_id))
    if key is None:
        return []
    standing = standing_of(session, site_id, [key])
    return [dict(one.name) for one in topics_of(session, site_id) if stops(Scope.TOPIC, one.key, standing)]
