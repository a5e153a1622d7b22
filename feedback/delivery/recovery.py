"""Mails that did not go out: a person tries again or gives up, a sweep finds those that were lost."""

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, and_, case, func, or_, select, update
from sqlalchemy.orm import Session

from feedback import audit, clock
from feedback.actors import Actor
from feedback.db import BATCH
from feedback.delivery.models import MailState, OutboxMail
from feedback.delivery.outbox import enqueue_sending, job_name
from feedback.errors import Conflict, NotFound
from feedback.jobs import Job, enqueue

#: A mail whose time was so long ago and that no job is open for has been lost; longer than a job's own lease.
LOST_AFTER = timedelta(minutes=15)
#: Jobs that failed so often are not run again (the worker's rule), so they count as lost too.
GIVEN_UP = 20
RETRY = "delivery.retry_failed"

_MAILS = OutboxMail.metadata.tables["outbox_mail"]
_ONLY_KEPT = (_MAILS.c.state.in_((MailState.FAILED.value, MailState.WITHHELD.value)), _MAILS.c.keep_until.is_not(None))


def retry(session: Session, actor: Actor, site_id: int, public_id: str) -> None:
    """Send a mail now that was given up, held back for a reason that may have passed, or waits for its next try.

    Raises NotFound, and Conflict for one that can't be sent (any more).
    """
    mail = _named(session, site_id, public_id)
    if not is_retryable(mail.state, keeps_facts=mail.keep_until is not None, attempts=mail.attempts):
        raise Conflict(mail.state)
    now = clock.now()
    before = mail.state
    done = _change(session, site_id, mail.id, before, state=MailState.QUEUED.value, attempts=0, next_at=now)
    if not done:
        raise Conflict(before)
    enqueue_sending(session, site_id, mail.id, now)
    _audit(session, actor, site_id, "mail.retry", public_id, before)


def is_retryable(state: str, *, keeps_facts: bool, attempts: int) -> bool:
    """Whether a person can have the mail sent now."""
    if state == MailState.QUEUED:
        return attempts > 0
    return state in (MailState.FAILED, MailState.WITHHELD) and keeps_facts


def give_up(session: Session, actor: Actor, site_id: int, public_id: str) -> None:
    """Don't send a mail that failed or still waits. Raises NotFound, and Conflict for one that went out meanwhile."""
    mail = _named(session, site_id, public_id)
    before = mail.state
    if before not in (MailState.QUEUED, MailState.FAILED):
        raise Conflict(before)
    values: dict[str, Any] = {"state": MailState.WITHHELD.value, "last_error": "given_up", "facts": {}}
    if not _change(session, site_id, mail.id, before, **values, keep_until=None, next_at=None):
        raise Conflict(before)
    _audit(session, actor, site_id, "mail.give_up", public_id, before)


def retry_all(session: Session, actor: Actor, site_id: int) -> int:
    """Have the worker send again every mail that was given up until now; how many there are."""
    mine = (_MAILS.c.site_id == site_id, _MAILS.c.state == MailState.FAILED.value, _MAILS.c.keep_until.is_not(None))
    count = session.scalar(select(func.count()).select_from(_MAILS).where(*mine)) or 0
    if count:
        now = clock.now()
        enqueue(session, RETRY, site_id=site_id, once=f"mail.retry:{site_id}:{now:%s}", until=now.isoformat())
        audit.record(
            session,
            actor,
            "mail.retry_all",
            site_id=site_id,
            subject="mail",
            subject_id="",
            before={"state": MailState.FAILED.value},
            after={"state": MailState.QUEUED.value, "count": count},
        )
    return count


def retry_some(session: Session, site_id: int, *, until: datetime) -> int:
    """Queue a batch of the mails that were given up before a moment; how many that were."""
    now = clock.now()
    some = (
        select(_MAILS.c.id)
        .where(
            _MAILS.c.site_id == site_id,
            _MAILS.c.state == MailState.FAILED.value,
            _MAILS.c.keep_until.is_not(None),
            _MAILS.c.tried_at <= until,
        )
        .order_by(_MAILS.c.id)
        .limit(BATCH)
    )
    found = session.scalars(some).all()
    session.execute(
        update(_MAILS)
        .where(_MAILS.c.site_id == site_id, _MAILS.c.id.in_(found), _MAILS.c.state == MailState.FAILED.value)
        .values(state=MailState.QUEUED.value, attempts=0, next_at=now)
    )
    for mail_id in found:
        enqueue_sending(session, site_id, mail_id, now)
    return len(found)


def find_lost(session: Session, site_id: int, after: int = 0) -> tuple[list[int], int | None]:
    """Mails that should have gone out a while ago and for which no job is open; and where to look on, if anywhere."""
    past = clock.now() - LOST_AFTER
    rows = session.execute(
        select(_MAILS.c.id, _MAILS.c.next_at)
        .where(
            _MAILS.c.site_id == site_id,
            _MAILS.c.id > after,
            or_(
                and_(_MAILS.c.state == MailState.QUEUED.value, _MAILS.c.next_at < past),
                and_(_MAILS.c.state == MailState.SENDING.value, _MAILS.c.lease_until < past),
            ),
        )
        .order_by(_MAILS.c.id)
        .limit(BATCH)
    ).all()
    names = {job_name(row.id, row.next_at): row.id for row in rows}
    there = session.scalars(
        select(Job.once).where(
            Job.site_id == site_id, Job.once.in_(names), Job.done_at.is_(None), Job.attempts < GIVEN_UP
        )
    ).all()
    lost = [mail_id for name, mail_id in names.items() if name not in set(there)]
    return lost, rows[-1].id if len(rows) == BATCH else None


def requeue(session: Session, site_id: int, mail_ids: list[int]) -> None:
    """Write new jobs for mails whose own were lost; whatever was sent meanwhile is found sent."""
    now = clock.now()
    open_ones = (MailState.QUEUED.value, MailState.SENDING.value)
    session.execute(
        update(_MAILS)
        .where(_MAILS.c.site_id == site_id, _MAILS.c.id.in_(mail_ids), _MAILS.c.state.in_(open_ones))
        .values(next_at=now)
    )
    for mail_id in mail_ids:
        enqueue_sending(session, site_id, mail_id, now)


def blank_old(session: Session, site_id: int) -> int:
    """Forget what mails that nobody sent again were to say; how many that were, a batch at most.

    They leave the list of those that failed: nothing can be done about them any more.
    """
    old = select(_MAILS.c.id).where(_MAILS.c.site_id == site_id, *_ONLY_KEPT, _MAILS.c.keep_until < clock.now())
    reason = case((_MAILS.c.state == MailState.FAILED.value, "too_old"), else_=_MAILS.c.last_error)
    done = session.execute(
        update(_MAILS)
        .where(_MAILS.c.site_id == site_id, _MAILS.c.id.in_(old.limit(BATCH)))
        .values(state=MailState.WITHHELD.value, last_error=reason, facts={}, keep_until=None)
    )
    return cast(CursorResult[Any], done).rowcount


def _change(session: Session, site_id: int, mail_id: int, before: str, **values: Any) -> bool:
    done = session.execute(
        update(_MAILS)
        .where(_MAILS.c.site_id == site_id, _MAILS.c.id == mail_id, _MAILS.c.state == before)
        .values(**values)
    )
    return cast(CursorResult[Any], done).rowcount == 1


def _named(session: Session, site_id: int, public_id: str) -> Any:
    columns = (_MAILS.c.id, _MAILS.c.state, _MAILS.c.keep_until, _MAILS.c.attempts)
    query = select(*columns).where(_MAILS.c.site_id == site_id, _MAILS.c.public_id == public_id)
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound(public_id)
    return found


def _audit(session: Session, actor: Actor, site_id: int, action: str, public_id: str, before: str) -> None:
    audit.record(
        session, actor, action, site_id=site_id, subject="mail", subject_id=public_id, before={"state": before}
    )
