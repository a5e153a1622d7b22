"""An opt-out as the question whether its customer is worth a call finds it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from feedback import clock
from feedback.cases.blank import Facts
from feedback.cases.models import Case
from feedback.cases.queries.intake import UNRESOLVED
from feedback.cases.states import Family
from feedback.customers.models import Customer
from feedback.db import BigKey
from feedback.preferences.models import OptOut, Suppression
from feedback.responses.models import Response
from feedback.sites.leaving import BlankReason, blank_reason_from
from feedback.sites.models import Site

#: A reason that came by the link of another mail, so long ago, is one too.
_SAID_WITHIN: Final = timedelta(days=1)
_BY_THE_PAGE: Final = "unsubscribe"


_SITES: Final = Site.metadata.tables["site"]
# Made once: every opt-out asks.
_WANTED: Final = select(_SITES.c.blank_reason).where(_SITES.c.id == bindparam("site_id", type_=BigKey))


@dataclass(frozen=True, slots=True)
class Leaving:
    """Who left, what decides, and what the site wants."""

    customer_id: int | None
    language: str
    search_key: str
    facts: Facts
    asked: BlankReason


def wanted_of(session: Session, site_id: int) -> BlankReason:
    """What the site wants for whoever leaves without a reason."""
    return blank_reason_from(session.execute(_WANTED, {"site_id": site_id}).scalar_one_or_none() or {})


def leaving(session: Session, site_id: int, opt_out_id: int) -> Leaving | None:
    """Everything in one statement; None for an opt-out that there isn't."""
    by_another = and_(
        Response.customer_id == OptOut.customer_id,
        Response.channel == _BY_THE_PAGE,
        Response.updated_at > clock.now() - _SAID_WITHIN,
    )
    told = or_(Response.link_id == OptOut.link_id, by_another)
    the_same = and_(
        Suppression.address_key == OptOut.address_key,
        Suppression.scope == OptOut.scope,
        Suppression.topic == OptOut.topic,
        Suppression.lifted_at.is_(None),
    )
    row = session.execute(
        select(
            OptOut.channel,
            OptOut.locale,
            OptOut.undone_at,
            Customer.id,
            Customer.locale.label("reads"),
            Customer.search_key,
            Customer.segment,
            Customer.value_minor,
            Customer.onboarded_on,
            Customer.created_at,
            Customer.erased_at,
            Site.blank_reason,
            exists(select(Response.id).where(Response.site_id == site_id, told)).label("said"),
            exists(select(Suppression.id).where(Suppression.site_id == site_id, the_same)).label("holds"),
            exists(
                select(Case.id).where(
                    Case.site_id == site_id,
                    Case.customer_id == OptOut.customer_id,
                    Case.family == Family.OPT_OUT.value,
                    UNRESOLVED,
                )
            ).label("in_hand"),
        )
        .join(Site, Site.id == OptOut.site_id)
        .outerjoin(Customer, and_(Customer.id == OptOut.customer_id, Customer.site_id == site_id))
        .where(OptOut.site_id == site_id, OptOut.id == opt_out_id)
    ).one_or_none()
    if row is None:
        return None
    return Leaving(
        row.id,
        row.reads or row.locale or "en",
        row.search_key or "",
        Facts(
            channel=row.channel,
            known=row.id is not None and row.erased_at is None,
            undone=row.undone_at is not None or not row.holds,  # or they have asked for the mails again
            said=row.said,
            in_hand=row.in_hand,
            segment=row.segment,
            value_minor=row.value_minor,
            since=row.onboarded_on or (row.created_at.date() if row.created_at else None),
        ),
        blank_reason_from(row.blank_reason),
    )
