"""Mailing the customer the link to their case, when whoever holds the link of an answered survey asks for that."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from feedback import clock
from feedback.cases.actions.records import CASES
from feedback.cases.mails.customer import CASE_LINK, may_be_sent_the_link
from feedback.cases.queries.addressee import addressee_of
from feedback.cases.queries.own import case_of_response, was_mailed_since
from feedback.delivery.models import MailClass
from feedback.delivery.outbox import queue_mail

#: Anybody who holds a survey's link can ask: more would fill the mailbox of somebody who did not.
ONCE_IN = timedelta(days=1)


def send_link(session: Session, site_id: int, response_id: int) -> None:
    """Queue the mail, to the address on file only and at most once a day per case; else nothing happens."""
    case_id = case_of_response(session, site_id, response_id)
    if case_id is None:
        return
    # Two who ask at the same moment come one after the other from here on.
    session.execute(
        update(CASES).where(CASES.c.site_id == site_id, CASES.c.id == case_id).values(updated_at=CASES.c.updated_at)
    )
    to = addressee_of(session, site_id, case_id)
    since = clock.now() - ONCE_IN
    if not may_be_sent_the_link(to) or was_mailed_since(session, site_id, case_id, to.customer_id, CASE_LINK, since):
        return
    queue_mail(
        session,
        site_id=site_id,
        name=CASE_LINK,
        mail_class=MailClass.TRANSACTIONAL,
        locale=to.locale or "",
        customer_id=to.customer_id,
        case_id=case_id,
    )
