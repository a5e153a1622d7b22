"""Finding out later, away from whoever asked, whether an address is somebody's, and mailing them their link."""

from __future__ import annotations

from sqlalchemy.orm import Session

from feedback.customers.queries import customers_at
from feedback.jobs import enqueue
from feedback.preferences.actions.requesting import ask
from feedback.preferences.models import RequestKind

LOOK_UP = "preferences.look_up"


def look_up_later(session: Session, site_id: int, address_key: str) -> None:
    """Note that somebody wants their link mailed; nothing is read about them here, so that known and unknown cost
    the same. The address itself is not stored.
    """
    enqueue(session, LOOK_UP, site_id=site_id, once=f"lost:{site_id}:{address_key}", address_key=address_key)


def look_up(session: Session, site_id: int, address_key: str) -> None:
    """Mail the link to whoever has the address, at most once a day however many customers share it."""
    found = customers_at(session, site_id, address_key)
    if found:
        ask(
            session,
            site_id,
            RequestKind.LINK,
            keys=[address_key],
            customer_id=found[0].id,
            locale=found[0].locale or "",
        )
