"""The outbox: queueing a mail, claiming it, recording what became of it; it talks to no server."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Row, and_, bindparam, or_, select, update
from sqlalchemy.orm import Session

from feedback import clock
from feedback.delivery.models import MailClass, MailState, OutboxMail
from feedback.delivery.refusals import may_pass
from feedback.errors import NotFound
from feedback.jobs import enqueue

#: Longer than the longest talk with a mail server, so that two workers never hand over the same mail at once.
LEASE = timedelta(minutes=5)
#: How long a mail that was not taken keeps what is needed to send it after all.
KEPT = timedelta(days=30)
#: Claims without any record of how they ended: the mail itself brings its worker down.
DEADLY = 25
SEND = "delivery.send"

_MAILS = OutboxMail.metadata.tables["outbox_mail"]
_THIS = (_MAILS.c.site_id == bindparam("of_site"), _MAILS.c.id == bindparam("mail"))


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail that is ours to hand over until the lease ends. ``asked_again``: a person wants it sent after all."""

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
    asked_again: bool = False


_COLUMNS = [_MAILS.c[name] for name in Claimed.__dataclass_fields__ if name != "asked_again"]
_CLAIM = (
    update(_MAILS)
    .where(
        *_THIS,
        or_(
            _MAILS.c.state == MailState.QUEUED.value,
            and_(_MAILS.c.state == MailState.SENDING.value, _MAILS.c.lease_until < bindparam("now")),
        ),
    )
    .values(
        state=MailState.SENDING.value,
        lease_until=bindparam("lease"),
        tried_at=bindparam("now"),
        attempts=_MAILS.c.attempts + 1,
    )
    .returning(*_COLUMNS, _MAILS.c.keep_until)
)
_SENT = (
    update(_MAILS)
    .where(*_THIS)
    .values(
        state=MailState.SENT.value,
        sent_at=bindparam("now"),
        lease_until=None,
        next_at=None,
        keep_until=None,
        last_error=None,
        facts={},
    )
)


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
    now = clock.now()
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
        next_at=not_before or now,
        created_at=now,
    )
    session.add(mail)
    session.flush()
    enqueue_sending(session, site_id, mail.id, not_before or now)
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
    this = {"of_site": site_id, "mail": mail_id}
    row = session.execute(_CLAIM, {**this, "now": now, "lease": now + LEASE}).one_or_none()
    if row is None:
        _look_again(session, site_id, mail_id)
        return None
    mail = _claimed(row)
    if mail.attempts > DEADLY:
        record_failed(session, mail, "program: tried too often", None)
        return None
    return mail


def record_sent(session: Session, site_id: int, mail_id: int) -> None:
    """The mail was taken, whatever else is on record; its facts are no longer needed."""
    session.execute(_SENT, {"of_site": site_id, "mail": mail_id, "now": clock.now()})


def record_withheld(session: Session, mail: Claimed, reason: str) -> None:
    """The mail must not go out after all; ``reason`` says which rule decided. What may pass can be tried again."""
    if may_pass(reason):
        _release(session, mail, state=MailState.WITHHELD.value, last_error=reason, keep_until=clock.now() + KEPT)
    else:
        _release(session, mail, state=MailState.WITHHELD.value, last_error=reason, keep_until=None, facts={})


def put_off(session: Session, mail: Claimed, until: datetime) -> None:
    """The mail waits for its time; nothing went wrong, and it was no try."""
    values = {"state": MailState.QUEUED.value, "attempts": mail.attempts - 1, "tried_at": None, "next_at": until}
    if _release(session, mail, **values):
        enqueue_sending(session, mail.site_id, mail.id, until)


def record_failed(session: Session, mail: Claimed, reason: str, again_at: datetime | None) -> None:
    """The mail was not taken: tried again at ``again_at``, or given up where that is None.

    A mail that was given up keeps what is needed to send it for a while: somebody may try again by hand.
    Does nothing if the mail is no longer ours: somebody else has taken it up, or its customer was erased.
    """
    if again_at is None:
        _release(session, mail, state=MailState.FAILED.value, last_error=reason, keep_until=clock.now() + KEPT)
    elif _release(session, mail, state=MailState.QUEUED.value, last_error=reason, next_at=again_at):
        enqueue_sending(session, mail.site_id, mail.id, again_at)


def forget_customer(session: Session, site_id: int, customer_id: int) -> None:
    """Blank what mails know about a customer, and hold back those that have not gone out.

    One that is being handed over at this moment can't be called back; it is not tried again.
    """
    of_customer = (_MAILS.c.site_id == site_id, _MAILS.c.customer_id == customer_id)
    session.execute(update(_MAILS).where(*of_customer).values(facts={}, last_error=None, keep_until=None))
    session.execute(
        update(_MAILS)
        .where(*of_customer, _MAILS.c.state.in_((MailState.QUEUED, MailState.SENDING, MailState.FAILED)))
        .values(state=MailState.WITHHELD.value, last_error="erased", next_at=None, lease_until=None)
    )


def _claimed(row: Row[Any]) -> Claimed:
    found = row._asdict()
    asked_again = found.pop("keep_until") is not None
    return Claimed(**{**found, "mail_class": MailClass(found["mail_class"])}, asked_again=asked_again)


def _release(session: Session, mail: Claimed, **values: Any) -> bool:
    """Write what became of a mail, if it is still ours."""
    values = {"next_at": None, "lease_until": None, **values}
    ours = (_MAILS.c.state == MailState.SENDING.value, _MAILS.c.attempts == mail.attempts)
    done = session.execute(
        update(_MAILS).where(_MAILS.c.site_id == mail.site_id, _MAILS.c.id == mail.id, *ours).values(**values)
    )
    return cast(CursorResult[Any], done).rowcount == 1


def _look_again(session: Session, site_id: int, mail_id: int) -> None:
    mine = (_MAILS.c.site_id == site_id, _MAILS.c.id == mail_id)
    mail = session.execute(select(_MAILS.c.state, _MAILS.c.lease_until).where(*mine)).one_or_none()
    if mail is None:
        raise NotFound(str(mail_id))
    if mail.state == MailState.SENDING and mail.lease_until is not None:
        session.execute(update(_MAILS).where(*mine).values(next_at=mail.lease_until))
        enqueue_sending(session, site_id, mail_id, mail.lease_until)


def enqueue_sending(session: Session, site_id: int, mail_id: int, run_at: datetime) -> None:
    """The job of a mail is known by the moment that stands in the mail's ``next_at``."""
    enqueue(session, SEND, site_id=site_id, run_at=run_at, once=job_name(mail_id, run_at), mail_id=mail_id)


def job_name(mail_id: int, run_at: datetime) -> str:
    return f"mail:{mail_id}:{run_at:%Y%m%dT%H%M%S.%f}"
