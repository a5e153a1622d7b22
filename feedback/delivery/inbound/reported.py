"""What a report changes here: the mail stands among those that failed, and its reader gets only what they ask for.

A report is believed where it names a mail of ours by its id, which only its reader and the servers on the way have;
without an id only where something went to that very address lately. It stops at most mails that nobody asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from feedback import clock
from feedback.customers.queries import customers_at
from feedback.delivery.inbound.reports import About, Report
from feedback.delivery.models import MailState, OutboxMail
from feedback.delivery.refusals import is_gone
from feedback.delivery.returning import stop_one_of
from feedback.observability.redaction import redact
from feedback.preferences.models import Channel
from feedback.preferences.queries import key_of_address
from feedback.sites.queries import list_sites

#: How long after a mail a report that doesn't name it is still taken to be about it.
LATELY: Final = timedelta(days=7)


def reported(session: Session, report: Report, mail_domain: str) -> bool:
    """Note what a report says; whether it is about anything of ours. Again it changes nothing."""
    ids = [message_id.rpartition("@") for message_id in report.message_ids]
    named = [name for name, _, domain in ids if domain.casefold() == mail_domain.casefold()]
    found = False
    for site in list_sites(session):
        for mail in _mails(session, site.id, named):
            found = True
            _note(session, mail, report)
        for customer_id, address in [] if named else _written_to(session, site.id, report.recipients):
            found = True
            _tell(session, site.id, customer_id, [address], report)
    return found


def _note(session: Session, mail: OutboxMail, report: Report) -> None:
    if report.about is About.FAILED:
        session.execute(
            update(OutboxMail)
            .where(
                OutboxMail.site_id == mail.site_id, OutboxMail.id == mail.id, OutboxMail.state == MailState.SENT.value
            )
            .values(state=MailState.FAILED.value, last_error=redact(report.line), keep_until=None)
            .execution_options(synchronize_session=False)
        )
    if mail.customer_id is not None and mail.staff_id is None:
        _tell(session, mail.site_id, mail.customer_id, report.recipients, report)


def _tell(session: Session, site_id: int, customer_id: int, addresses: Sequence[str], report: Report) -> None:
    if report.about is About.COMPLAINT:
        stop_one_of(session, site_id, customer_id, addresses, Channel.COMPLAINT)
    elif is_gone(report.line):
        stop_one_of(session, site_id, customer_id, addresses, Channel.BOUNCE, report.line)


def _mails(session: Session, site_id: int, public_ids: Sequence[str]) -> Sequence[OutboxMail]:
    if not public_ids:
        return []
    query = select(OutboxMail).where(OutboxMail.site_id == site_id, OutboxMail.public_id.in_(public_ids))
    return session.scalars(query).all()


def _written_to(session: Session, site_id: int, addresses: Sequence[str]) -> list[tuple[int, str]]:
    """Customers at these addresses to whom something went lately."""
    found = []
    for address in addresses:
        for customer in customers_at(session, site_id, key_of_address(session, site_id, address)):
            query = select(OutboxMail.id).where(
                OutboxMail.site_id == site_id,
                OutboxMail.customer_id == customer.id,
                OutboxMail.sent_at > clock.now() - LATELY,
            )
            if session.execute(query.limit(1)).first() is not None:
                found.append((customer.id, address))
    return found
