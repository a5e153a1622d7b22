"""Signs on a customer: what an answer, or later another program, says about the relation; written once per source."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import and_, delete, select
from sqlalchemy.orm import Session

from feedback.customers.models import Customer, CustomerSign, Sign
from feedback.db import insert_once

SIGNS: Final = CustomerSign.metadata.tables["customer_sign"]


@dataclass(frozen=True, slots=True)
class SignView:
    """One sign and when it was last seen."""

    sign: str
    at: datetime


def note_signs(
    session: Session, site_id: int, customer_id: int, source: str, signs: Collection[Sign], at: datetime
) -> None:
    """Say what a source shows about a customer: what it showed before and no longer does is gone."""
    ours = (SIGNS.c.site_id == site_id, SIGNS.c.customer_id == customer_id, SIGNS.c.source == source)
    session.execute(delete(SIGNS).where(*ours, SIGNS.c.sign.not_in([one.value for one in signs])))
    for one in signs:
        values = {"site_id": site_id, "customer_id": customer_id, "sign": one.value, "source": source, "at": at}
        insert_once(session, SIGNS, values, ["site_id", "customer_id", "sign", "source"])


def customer_with_signs(
    session: Session, site_id: int, customer_id: int
) -> tuple[Customer | None, tuple[SignView, ...]]:
    """A customer and their signs in one statement, each sign once with its newest moment, newest first."""
    rows = session.execute(
        select(Customer, SIGNS.c.sign, SIGNS.c.at)
        .outerjoin(SIGNS, and_(SIGNS.c.customer_id == Customer.id, SIGNS.c.site_id == site_id))
        .where(Customer.site_id == site_id, Customer.id == customer_id)
        .order_by(SIGNS.c.at.desc(), SIGNS.c.id.desc())
    ).all()
    newest: dict[str, SignView] = {}
    for row in rows:
        if row.sign is not None:
            newest.setdefault(row.sign, SignView(row.sign, row.at))
    return (rows[0][0] if rows else None), tuple(newest.values())


def forget_signs(session: Session, site_id: int, customer_id: int) -> None:
    """Erasure: nothing of it stays."""
    session.execute(delete(SIGNS).where(SIGNS.c.site_id == site_id, SIGNS.c.customer_id == customer_id))
