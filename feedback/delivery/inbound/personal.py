"""What came in by mail about a customer: telling it, and forgetting it; whose a mail is, its link says."""

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from feedback.delivery.models import InboundKind, InboundMail
from feedback.jobs import enqueue
from feedback.links.models import Link

FORGET_RAW: Final = "delivery.forget_raw"
_BLANK: Final[dict[str, Any]] = {
    "sender": "",
    "sender_name": "",
    "subject": "",
    "text": "",
    "quoted": "",
    "attachments": [],
}


def mails_of(session: Session, site_id: int, customer_id: int) -> list[dict[str, Any]]:
    """Every mail to a link of the customer's, oldest first, as plain values."""
    rows = session.scalars(
        select(InboundMail)
        .where(InboundMail.site_id == site_id, InboundMail.link_id.in_(_links(site_id, customer_id)))
        .order_by(InboundMail.id)
    )
    return [
        {
            "id": row.public_id,
            "kind": row.kind,
            "received_at": row.received_at.isoformat(),
            "sender": row.sender,
            "sender_name": row.sender_name,
            "subject": row.subject,
            "text": row.text,
            "quoted": row.quoted,
            "attachments": list(row.attachments),
        }
        for row in rows
    ]


def forget_mails_of(session: Session, site_id: int, customer_id: int) -> None:
    """Blank them; the files of those that could not be read go by a job, after the commit."""
    _forget(session, site_id, _links(site_id, customer_id))


def forget_mails_about(session: Session, site_id: int, case_ids: Collection[int]) -> None:
    """Blank what came in about these cases, whoever wrote it."""
    _forget(session, site_id, select(Link.id).where(Link.site_id == site_id, Link.case_id.in_(case_ids)))


def _forget(session: Session, site_id: int, links: Select[int]) -> None:
    mine = (InboundMail.site_id == site_id, InboundMail.link_id.in_(links))
    unread = session.scalars(select(InboundMail.id).where(*mine, InboundMail.kind == InboundKind.UNREADABLE)).all()
    if unread:
        enqueue(session, FORGET_RAW, site_id=site_id, mails=list(unread))
    session.execute(update(InboundMail).where(*mine).values(**_BLANK).execution_options(synchronize_session=False))


def raw_keys(session: Session, site_id: int, mail_ids: list[int]) -> list[str]:
    """Under which names the bytes of mails are kept that could not be read."""
    query = select(InboundMail.message_key).where(InboundMail.site_id == site_id, InboundMail.id.in_(mail_ids))
    return list(session.scalars(query))


def _links(site_id: int, customer_id: int) -> Select[int]:
    return select(Link.id).where(Link.site_id == site_id, Link.customer_id == customer_id)
