"""The worker's part of delivery: each mail in three steps, claim, talk, record, with nothing open while we talk."""

import logging
import random

from feedback import clock
from feedback.delivery import mails, outbox
from feedback.delivery.backoff import next_try
from feedback.delivery.outbox import SEND, Claimed
from feedback.delivery.smtp import HandOverFailed, compose, hand_over, write_file
from feedback.jobs import JobContext, job
from feedback.settings import Settings

log = logging.getLogger(__name__)


@job(SEND)
def send(context: JobContext) -> None:
    """Hand over one mail of the outbox; again it finds the mail sent and does nothing."""
    site_id, mail_id = context.site_id or 0, int(context.args["mail_id"])
    with context.database.write() as session:
        mail = outbox.claim(session, site_id, mail_id)
        if mail is None:
            return
        try:
            prepared = mails.prepare(session, mail)
        except mails.Withheld as error:
            outbox.record_withheld(session, site_id, mail_id, error.reason)
            return
    try:
        _talk(context.settings, mail, prepared)
    except HandOverFailed as error:
        _failed(context, mail, error)
        return
    with context.database.write() as session:
        outbox.record_sent(session, site_id, mail_id)


def _talk(settings: Settings, mail: Claimed, prepared: mails.Prepared) -> None:
    message = compose(mails.write(settings, mail, prepared))
    if settings.smtp_url:
        hand_over(message, settings.smtp_url, settings.mail_domain)
    else:
        write_file(message, settings.mail_dir, f"{mail.created_at:%Y%m%dT%H%M%S}-{mail.name}-{mail.public_id}")


def _failed(context: JobContext, mail: Claimed, error: HandOverFailed) -> None:
    decision = next_try(
        mail.attempts,
        clock.now(),
        permanent=error.permanent,
        useful_until=mails.useful_until(mail),
        chance=random.random(),  # noqa: S311 - spreads retries, keeps no secret
    )
    log.warning("mail %s was not taken: %s", mail.public_id, decision.reason)
    with context.database.write() as session:
        outbox.record_failed(session, mail.site_id, mail.id, error.reason, decision.at)
