"""Mailing somebody the link to their case: who asks for it, and once a day who left an address with an answer."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from feedback import clock
from feedback.cases.actions.records import CASE_RESPONSES, CASES
from feedback.cases.mails.customer import ANSWER_LINK, CASE_LINK, may_be_sent_the_link
from feedback.cases.queries.addressee import Addressee, addressee_of
from feedback.cases.queries.own import case_of_response, was_mailed_since
from feedback.delivery.models import MailClass
from feedback.delivery.outbox import queue_mail
from feedback.preferences.queries import key_of_address
from feedback.responses.actions.once import Once, comes_first
from feedback.responses.models import SeenKind

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


def send_link_to_writer(session: Session, site_id: int, response_id: int) -> None:
    """Queue the mail with the link for somebody whom we know only by the address that they left with an answer."""
    case_id = session.scalar(
        select(CASES.c.id)
        .join(CASE_RESPONSES, CASE_RESPONSES.c.case_id == CASES.c.id)
        .where(
            CASES.c.site_id == site_id,
            CASES.c.customer_id.is_(None),
            CASE_RESPONSES.c.site_id == site_id,
            CASE_RESPONSES.c.response_id == response_id,
        )
        .limit(1)
    )
    if case_id is None:
        return
    to = addressee_of(session, site_id, case_id)
    if not to.verdict.allowed or not has_not_been_mailed_today(session, site_id, to):
        return
    queue_mail(
        session,
        site_id=site_id,
        name=ANSWER_LINK,
        mail_class=MailClass.TRANSACTIONAL,
        locale=to.locale or "",
        case_id=case_id,
    )


def has_not_been_mailed_today(session: Session, site_id: int, to: Addressee) -> bool:
    """Whether the program may write to an address of its own accord, which counts as the one mail of that day.

    Anybody can type anybody's address, and as often as they like (U-22). Customers' own addresses are no matter.
    """
    if to.customer_id is not None or to.email is None:
        return True
    key = key_of_address(session, site_id, to.email)
    return comes_first(session, site_id, Once(SeenKind.MAILED, key, clock.now() + ONCE_IN))
