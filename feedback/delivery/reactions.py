"""Mails that follow from what other features say, and what delivery forgets when a customer is erased."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.delivery.asked import ADDRESS_CHANGED, queue_request
from feedback.delivery.inbound.personal import forget_mails_of, mails_of
from feedback.delivery.letters import forget_letters
from feedback.delivery.mails import PASSWORD_RESET, STAFF_INVITED
from feedback.delivery.models import MailClass, OutboxMail
from feedback.delivery.outbox import forget_customer, queue_mail
from feedback.delivery.queries import readings
from feedback.events import (
    AddressChanged,
    CustomerErased,
    PasswordResetAsked,
    PersonalData,
    PersonalDataOf,
    Reading,
    Readings,
    RequestMade,
    StaffInvited,
    answers,
    on,
)
from feedback.staff.queries import staff_by_id


@on(StaffInvited)
def mail_the_invitation(session: Session, fact: StaffInvited) -> None:
    """Somebody joins: mail them where to set a password."""
    _to_staff(session, fact.site_id, fact.staff_id, STAFF_INVITED)


@on(PasswordResetAsked)
def mail_the_reset(session: Session, fact: PasswordResetAsked) -> None:
    """Somebody forgot the password: mail them where to set a new one."""
    _to_staff(session, fact.site_id, fact.staff_id, PASSWORD_RESET)


@on(RequestMade)
def mail_the_request(session: Session, fact: RequestMade) -> None:
    """Somebody asked for something in the preference centre: their mailbox is asked whether it was them."""
    queue_request(session, fact.site_id, fact.request_id)


@on(AddressChanged)
def tell_the_old_address(session: Session, fact: AddressChanged) -> None:
    """Whoever reads the old mailbox can object."""
    queue_mail(
        session,
        site_id=fact.site_id,
        name=ADDRESS_CHANGED,
        mail_class=MailClass.TRANSACTIONAL,
        locale="",
        customer_id=fact.customer_id,
    )


@on(CustomerErased)
def forget_mails(session: Session, fact: CustomerErased) -> None:
    """Nothing more is sent to an erased customer, and what mails knew about them goes, theirs to us too."""
    forget_letters(session, fact.site_id, customer_id=fact.customer_id)
    forget_customer(session, fact.site_id, fact.customer_id)
    forget_mails_of(session, fact.site_id, fact.customer_id)


@answers(Readings)
def tell_how_mail_stands(session: Session, question: Readings) -> list[Reading]:
    """Mails that wait, went, failed or were withheld."""
    return readings(session, question.at)


@answers(PersonalDataOf)
def tell_mails(session: Session, question: PersonalDataOf) -> list[PersonalData]:
    """Which mails were sent to a customer, and when; and what came back."""
    rows: Sequence[OutboxMail] = session.scalars(
        select(OutboxMail)
        .where(OutboxMail.site_id == question.site_id, OutboxMail.customer_id == question.customer_id)
        .order_by(OutboxMail.id)
    ).all()
    told = [
        {
            "id": row.public_id,
            "name": row.name,
            "state": row.state,
            "created_at": row.created_at.isoformat(),
            "sent_at": row.sent_at.isoformat() if row.sent_at else None,
        }
        for row in rows
    ]
    came_in = mails_of(session, question.site_id, question.customer_id)
    return [PersonalData("mails", told), PersonalData("mails_received", came_in)]


def _to_staff(session: Session, site_id: int, staff_id: int, name: str) -> None:
    member = staff_by_id(session, staff_id)
    queue_mail(
        session,
        site_id=site_id,
        name=name,
        mail_class=MailClass.TRANSACTIONAL,
        locale=member.locale,
        staff_id=member.id,
    )
