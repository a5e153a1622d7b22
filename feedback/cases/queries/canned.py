"""Reading canned replies: all of a site, by language, the wanted one first; nothing is filled in here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from feedback.cases.models import CannedReply
from feedback.cases.routing import primary
from feedback.errors import NotFound


def canned_replies(session: Session, site_id: int, first: str = "") -> Sequence[CannedReply]:
    """The canned replies of a site in one statement: those in the language ``first``, then by language and age."""
    order: list[Any] = [CannedReply.language, CannedReply.id]
    if first:
        order.insert(0, case((CannedReply.language == primary(first), 0), else_=1))
    return session.scalars(select(CannedReply).where(CannedReply.site_id == site_id).order_by(*order)).all()


def canned_reply(session: Session, site_id: int, public_id: str) -> CannedReply:
    """One of them. Raises NotFound, also for another site's."""
    found = session.scalars(
        select(CannedReply)
        .where(CannedReply.site_id == site_id, CannedReply.public_id == public_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound(public_id)
    return found
