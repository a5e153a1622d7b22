"""Reading the outbox for staff and monitoring: which mails wait or failed, how many; addresses leave here masked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, func, literal, select
from sqlalchemy.orm import Session

from feedback.customers.models import Customer
from feedback.delivery.models import MailState, OutboxMail
from feedback.events import Reading
from feedback.i18n.text import mask_address
from feedback.sites.models import Site
from feedback.staff.models import StaffMember

#: Counted up to here: nobody needs to know how many more there are.
COUNTED = 1000
#: The lists that staff see, and the states in each.
LISTS = {
    "failed": (MailState.FAILED,),
    "waiting": (MailState.QUEUED, MailState.SENDING),
    "sent": (MailState.SENT,),
    "held": (MailState.WITHHELD,),
}


@dataclass(frozen=True, slots=True)
class MailLine:
    """A mail in a list. ``name`` and ``address`` (masked) are of whoever it is for, None where we don't know."""

    id: int
    public_id: str
    mail: str
    state: MailState
    name: str | None
    address: str | None
    for_staff: bool
    case_id: int | None
    attempts: int
    keeps_facts: bool
    last_error: str | None
    created_at: datetime
    tried_at: datetime | None
    next_at: datetime | None
    sent_at: datetime | None


def list_mails(
    session: Session, site_id: int, which: str, *, before: int | None = None, after: int | None = None, limit: int
) -> Sequence[MailLine]:
    """Mails of one of LISTS, newest first: those before a row, or the ones next after it."""
    query = (
        select(OutboxMail, Customer.name, Customer.email, StaffMember.name, StaffMember.email)
        .outerjoin(Customer, and_(Customer.id == OutboxMail.customer_id, Customer.site_id == OutboxMail.site_id))
        .outerjoin(StaffMember, StaffMember.id == OutboxMail.staff_id)
        .where(OutboxMail.site_id == site_id, OutboxMail.state.in_(LISTS[which]))
    )
    if after is not None and before is None:
        rows = list(session.execute(query.where(OutboxMail.id > after).order_by(OutboxMail.id).limit(limit)))[::-1]
    else:
        query = query.where(OutboxMail.id < before) if before is not None else query
        rows = list(session.execute(query.order_by(OutboxMail.id.desc()).limit(limit)))
    return [_line(*row) for row in rows]


def count_mails(session: Session, site_id: int) -> dict[str, int]:
    """How many failed and how many wait, each up to COUNTED, in one statement."""
    counts = [
        select(func.count())
        .select_from(
            select(literal(1))
            .select_from(OutboxMail)
            .where(OutboxMail.site_id == site_id, OutboxMail.state.in_(LISTS[which]))
            .limit(COUNTED)
            .subquery()
        )
        .scalar_subquery()
        .label(which)
        for which in ("failed", "waiting")
    ]
    return dict(session.execute(select(*counts)).one()._mapping)


def readings(session: Session, now: datetime) -> list[Reading]:
    """How many mails of all sites stand where, and how long the oldest has been due; two statements."""
    everywhere = OutboxMail.site_id.in_(select(Site.id))
    counted = select(OutboxMail.state, func.count()).where(everywhere).group_by(OutboxMail.state)
    counts = {state: count for state, count in session.execute(counted)}
    told = {
        "waiting": counts.get(MailState.QUEUED, 0) + counts.get(MailState.SENDING, 0),
        **{state.value: counts.get(state, 0) for state in (MailState.SENT, MailState.FAILED, MailState.WITHHELD)},
    }
    waiting = (everywhere, OutboxMail.state.in_(LISTS["waiting"]))
    retried, oldest = session.execute(
        select(func.count(case((OutboxMail.attempts > 0, 1))), func.min(OutboxMail.next_at)).where(*waiting)
    ).one()
    due = max((now - oldest).total_seconds(), 0.0) if oldest else 0.0
    refused = "Of the waiting ones, those that a mail server did not take so far"
    return [
        *(Reading("feedback_mails", "Mails by where they stand", told[state], {"state": state}) for state in told),
        Reading("feedback_mails_retrying", refused, retried),
        Reading("feedback_mails_oldest_due_seconds", "How long the oldest waiting mail has been due", due),
    ]


def _line(
    mail: OutboxMail, customer: str | None, customer_email: str | None, staff: str | None, staff_email: str | None
) -> MailLine:
    address = staff_email if mail.staff_id is not None else customer_email
    return MailLine(
        id=mail.id,
        public_id=mail.public_id,
        mail=mail.name,
        state=MailState(mail.state),
        name=staff if mail.staff_id is not None else customer,
        address=mask_address(address) if address else None,
        for_staff=mail.staff_id is not None,
        case_id=mail.case_id,
        attempts=mail.attempts,
        keeps_facts=mail.keep_until is not None,
        last_error=mail.last_error,
        created_at=mail.created_at,
        tried_at=mail.tried_at,
        next_at=mail.next_at,
        sent_at=mail.sent_at,
    )
