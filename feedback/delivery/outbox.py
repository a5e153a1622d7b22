"""The outbox: queueing a mail, claiming it, recording what became of it; it talks to no server."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from feedback import clock
from feedback.delivery.models import MailClass, MailState, OutboxMail
from feedback.errors import NotFound
from feedback.jobs import enqueue

#: Longer than the longest talk with a mail server, so that two workers never hand over the same mail at once.
LEASE = timedelta(minutes=5)
SEND = "delivery.send"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail that is ours to hand over until the lease ends."""

    id: int
    public_id: str
    site_id: int
    name: str
    mail_class: MailClass
    locale: str
    customer_id: int | None
    staff_id: int | None
    case_id: int | None
    facts: Mapping[str, Any]
    attempts: int
    created_at: datetime


def queue_mail(
    session: Session,
    *,
    site_id: int,
    name: str,
    mail_class: MailClass,
    locale: str,
    customer_id: int | None = None,
    staff_id: int | None = None,
    case_id: int | None = None,
    facts: Mapping[str, Any] | None = None,
    not_before: datetime | None = None,
) -> int:
    """Write the mail and the job that will send it, in the caller's transaction; the mail's row id.

    ``facts`` are small plain values without addresses, links or tokens: those are made at hand-over, which waits
    until ``not_before``.
    """
    mail = OutboxMail(
        site_id=site_id,
        name=name,
        mail_class=mail_class.value,
        state=MailState.QUEUED.value,
        locale=locale,
        customer_id=customer_id,
        staff_id=staff_id,
        case_id=case_id,
        facts=dict(facts or {}),
        created_at=clock.now(),
    )
    session.add(mail)
    session.flush()
    _enqueue(session, site_id, mail.id, attempt=0, run_at=not_before)
    return mail.id


def is_queued(session: Session, site_id: int, name: str, *, staff_id: int, case_id: int) -> bool:
    """Whether such a mail about the case waits for its time already: what it says is read when it goes out."""
    query = select(OutboxMail.id).where(
        OutboxMail.site_id == site_id,
        OutboxMail.state == MailState.QUEUED,
        OutboxMail.name == name,
        OutboxMail.staff_id == staff_id,
        OutboxMail.case_id == case_id,
    )
    return session.execute(query.limit(1)).first() is not None


def claim(session: Session, site_id: int, mail_id: int) -> Claimed | None:
    """Take a mail for this worker, or None: it is done, or somebody else has it.

    Where somebody else's lease still runs, a job is left behind that looks again when it has ended: should
    that worker have died, nothing is lost.
    """
    now = clock.now()
    mine = session.execute(
        update(OutboxMail)
        .where(
            OutboxMail.site_id == site_id,
            OutboxMail.id == mail_id,
            or_(
                OutboxMail.state == MailState.QUEUED,
                and_(OutboxMail.state == MailState.SENDING, OutboxMail.lease_until < now),
            ),
        )
        .values(state=MailState.SENDING, lease_until=now + LEASE, attempts=OutboxMail.attempts + 1)
        .execution_options(synchronize_session=False)
    )
    mail = _mail(session, site_id, mail_id)
    if mine.rowcount == 0:  # type: ignore[attr-defined]
        if mail.state == MailState.SENDING and mail.lease_until is not None:
            _enqueue(session, site_id, mail_id, attempt=mail.attempts, run_at=mail.lease_until)
        return None
    return Claimed(
        id=mail.id,
        public_id=mail.public_id,
        site_id=mail.site_id,
        name=mail.name,
        mail_class=MailClass(mail.mail_class),
        locale=mail.locale,
        customer_id=mail.customer_id,
        staff_id=mail.staff_id,
        case_id=mail.case_id,
        facts=dict(mail.facts),
        attempts=mail.attempts,
        created_at=mail.created_at,
    )


def record_sent(session: Session, site_id: int, mail_id: int) -> None:
    """The mail was taken; its facts are no longer needed."""
    _settle(session, site_id, mail_id, MailState.SENT, None)


def record_withheld(session: Session, site_id: int, mail_id: int, reason: str) -> None:
    """The mail must not go out after all; ``reason`` says which rule decided."""
    _settle(session, site_id, mail_id, MailState.WITHHELD, reason)


def put_off(session: Session, site_id: int, mail_id: int, until: datetime) -> None:
    """The mail waits for its time; nothing went wrong."""
    _write(session, site_id, mail_id, state=MailState.QUEUED, lease_until=None)
    _enqueue(session, site_id, mail_id, attempt=_mail(session, site_id, mail_id).attempts, run_at=until)


def record_failed(session: Session, site_id: int, mail_id: int, reason: str, again_at: datetime | None) -> None:
    """The mail was not taken: tried again at ``again_at``, or given up where that is None."""
    if again_at is None:
        _settle(session, site_id, mail_id, MailState.FAILED, reason)
        return
    _write(session, site_id, mail_id, state=MailState.QUEUED, lease_until=None, last_error=reason)
    attempts = _mail(session, site_id, mail_id).attempts
    _enqueue(session, site_id, mail_id, attempt=attempts, run_at=again_at)


def forget_customer(session: Session, site_id: int, customer_id: int) -> None:
    """Blank what mails know about a customer, and hold back those that wait."""
    of_customer = (OutboxMail.site_id == site_id, OutboxMail.customer_id == customer_id)
    session.execute(update(OutboxMail).where(*of_customer).values(facts={}, last_error=None))
    session.execute(
        update(OutboxMail)
        .where(*of_customer, OutboxMail.state == MailState.QUEUED)
        .values(state=MailState.WITHHELD, last_error="erased")
    )


def _settle(session: Session, site_id: int, mail_id: int, state: MailState, reason: str | None) -> None:
    sent_at = clock.now() if state is MailState.SENT else None
    _write(session, site_id, mail_id, state=state, lease_until=None, last_error=reason, facts={}, sent_at=sent_at)


def _write(session: Session, site_id: int, mail_id: int, **values: Any) -> None:
    session.execute(update(OutboxMail).where(OutboxMail.site_id == site_id, OutboxMail.id == mail_id).values(**values))


def _mail(session: Session, site_id: int, mail_id: int) -> OutboxMail:
    query = select(OutboxMail).where(OutboxMail.site_id == site_id, OutboxMail.id == mail_id)
    mail = session.scalars(query, execution_options={"populate_existing": True}).one_or_none()
    if mail is None:
        raise NotFound(str(mail_id))
    return mail


def _enqueue(session: Session, site_id: int, mail_id: int, *, attempt: int, run_at: datetime | None) -> None:
    enqueue(session, SEND, site_id=site_id, run_at=run_at, once=f"mail:{mail_id}:{attempt}", mail_id=mail_id)
