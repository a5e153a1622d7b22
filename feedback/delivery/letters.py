"""Letters in the mail folder, where there is no mail server: those about an erased customer are removed from it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from feedback.delivery.models import MailState, OutboxMail
from feedback.jobs import enqueue
from feedback.settings import Settings

FORGET_LETTERS: Final = "delivery.forget_letters"


def forget_letters(
    session: Session, site_id: int, *, customer_id: int | None = None, case_ids: Collection[int] = ()
) -> None:
    """Have the letters to a customer, or to anybody about these cases, removed once this is committed.

    Rows stay: they say that something was sent, and when; why one was not, or what it needed to be sent after all,
    goes.
    """
    about = or_(
        and_(OutboxMail.customer_id.is_not(None), OutboxMail.customer_id == customer_id),
        OutboxMail.case_id.in_(case_ids),
    )
    mails = session.scalars(select(OutboxMail.id).where(OutboxMail.site_id == site_id, about)).all()
    if mails:
        done = OutboxMail.state.not_in((MailState.QUEUED.value, MailState.SENDING.value))
        session.execute(
            update(OutboxMail)
            .where(OutboxMail.site_id == site_id, OutboxMail.id.in_(mails), done)
            .values(facts={}, last_error=None, keep_until=None)
            .execution_options(synchronize_session=False)
        )
        enqueue(session, FORGET_LETTERS, site_id=site_id, mails=list(mails))


def letter_names(session: Session, site_id: int, mail_ids: Collection[int]) -> set[str]:
    """The ids at the end of the letters' names."""
    query = select(OutboxMail.public_id).where(OutboxMail.site_id == site_id, OutboxMail.id.in_(mail_ids))
    return set(session.scalars(query))


def remove_letters(settings: Settings, names: Collection[str]) -> None:
    """Remove the files; those that are gone stay gone."""
    if not settings.mail_dir.is_dir():
        return
    for path in settings.mail_dir.iterdir():
        if path.stem.rpartition("-")[2] in names:
            path.unlink(missing_ok=True)
