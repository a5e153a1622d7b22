"""The worker's part of delivery: each mail in three steps, claim, talk, record, with nothing open while we talk."""

import logging
import random
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from feedback import clock
from feedback.db import BATCH
from feedback.delivery import mails, outbox, recovery
from feedback.delivery.backoff import next_try
from feedback.delivery.conversations import conversations
from feedback.delivery.inbound import raw
from feedback.delivery.inbound.personal import FORGET_RAW, raw_keys
from feedback.delivery.letters import FORGET_LETTERS, letter_names, remove_letters
from feedback.delivery.outbox import SEND, Claimed
from feedback.delivery.recovery import RETRY
from feedback.delivery.refusals import PROGRAM
from feedback.delivery.returning import refused
from feedback.delivery.signing import signed
from feedback.delivery.smtp import HandOverFailed, compose, write_file
from feedback.delivery.stopping import went_out
from feedback.jobs import JobContext, job
from feedback.settings import Settings
from feedback.sites.queries import list_sites

log = logging.getLogger(__name__)


@job(SEND)
def send(context: JobContext) -> bool:
    """Hand over one mail of the outbox; again it finds the mail sent and does nothing.

    What a power cut may undo here is only that a mail was sent: it then goes once more, under the same Message-ID.
    """
    site_id, mail_id = context.site_id or 0, int(context.args["mail_id"])
    with context.database.write(lazily=True) as session:
        mail = outbox.claim(session, site_id, mail_id)
        prepared = _prepared(context, session, mail) if mail is not None else None
        if mail is None or prepared is None:
            return context.finish(session)
    try:
        _talk(context.settings, mail, prepared)
    except HandOverFailed as error:
        return _failed(context, mail, error, prepared.recipient)
    except Exception as error:
        return _failed(context, mail, _broken(mail, error), prepared.recipient)
    with context.database.write(lazily=True) as session:
        outbox.record_sent(session, site_id, mail_id)
        if prepared.way_out is not None:
            went_out(session, prepared.way_out)
        return context.finish(session)


@job(RETRY)
def retry_failed(context: JobContext) -> None:
    """Queue every mail of a site that was given up before somebody asked for it."""
    until = datetime.fromisoformat(context.args["until"])
    while True:
        with context.database.write() as session:
            if recovery.retry_some(session, context.site_id or 0, until=until) < BATCH:
                return


@job("delivery.find_lost", every=timedelta(minutes=10))
def find_lost(context: JobContext) -> None:
    """Give mails whose job is gone a new one."""
    for site_id in _sites(context):
        after: int | None = 0
        while after is not None:
            with context.database.read() as session:
                lost, after = recovery.find_lost(session, site_id, after)
            if lost:
                log.warning("%s mails had no job any more", len(lost))
                with context.database.write() as session:
                    recovery.requeue(session, site_id, lost)


@job("delivery.blank_old", every=timedelta(days=1))
def blank_old(context: JobContext) -> None:
    """Forget what mails were to say that failed a month ago."""
    for site_id in _sites(context):
        done = BATCH
        while done == BATCH:
            with context.database.write() as session:
                done = recovery.blank_old(session, site_id)


@job("delivery.take_folder", every=timedelta(seconds=15), where=lambda settings: settings.inbound_dir is not None)
def take_folder(context: JobContext) -> None:
    """Take in the mails that lie in the folder."""
    from feedback.delivery.inbound import spool  # noqa: PLC0415 - what reads mails costs web processes memory

    spool.take_folder(context.settings, context.database)


@job(FORGET_RAW)
def forget_raw(context: JobContext) -> None:
    """Remove the bytes of mails of an erased customer."""
    with context.database.read() as session:
        keys = raw_keys(session, context.site_id or 0, list(context.args["mails"]))
    raw.forget_raw(context.settings, keys)


@job(FORGET_LETTERS)
def forget_letters(context: JobContext) -> None:
    """Remove the letters of an erased customer from the mail folder."""
    with context.database.read() as session:
        names = letter_names(session, context.site_id or 0, list(context.args["mails"]))
    remove_letters(context.settings, names)


@job("delivery.forget_old_raw", every=timedelta(days=1))
def forget_old_raw(context: JobContext) -> None:
    """Nobody looked for a month at mails that could not be read or were for nobody: they go."""
    from feedback.delivery.inbound import spool  # noqa: PLC0415 - as above

    folder = context.settings.inbound_dir
    spooled = [spool.refused_dir(folder), spool.failed_dir(folder)] if folder else []
    raw.forget_old([raw.raw_dir(context.settings), *spooled], clock.now())


def _prepared(context: JobContext, session: Session, mail: Claimed) -> mails.Prepared | None:
    """What the mail is made from; None where it isn't to go out now, which is on record then."""
    try:
        return mails.prepare(session, mail)
    except mails.Withheld as error:
        outbox.record_withheld(session, mail, error.reason)
    except mails.NotYet as error:
        outbox.put_off(session, mail, error.at)
    except SQLAlchemyError:
        raise  # the transaction is lost, and the worker tries the job again
    except Exception as error:
        _record(session, mail, _broken(mail, error))
    return None


def _talk(settings: Settings, mail: Claimed, prepared: mails.Prepared) -> None:
    message = signed(settings, compose(mails.write(settings, mail, prepared)))
    if settings.smtp_url:
        conversations(settings.smtp_url, settings.mail_domain).hand_over(message)
    else:
        write_file(message, settings.mail_dir, f"{mail.created_at:%Y%m%dT%H%M%S}-{mail.name}-{mail.public_id}")


def _failed(context: JobContext, mail: Claimed, error: HandOverFailed, recipient: str) -> bool:
    with context.database.write() as session:
        _record(session, mail, error)
        if error.permanent:
            refused(session, mail, recipient, error.reason)
        return context.finish(session)


def _record(session: Session, mail: Claimed, error: HandOverFailed) -> None:
    decision = next_try(
        mail.attempts,
        clock.now(),
        permanent=error.permanent,
        useful_until=None if mail.asked_again else mails.useful_until(mail),
        chance=random.random(),  # noqa: S311 - spreads retries, keeps no secret
    )
    log.warning("mail %s was not taken: %s", mail.public_id, decision.reason)
    outbox.record_failed(session, mail, error.reason, decision.at)


def _broken(mail: Claimed, error: Exception) -> HandOverFailed:
    """A mistake of ours in one kind of mail must not stop it from being seen, nor the others."""
    log.error("mail %s (%s) could not be made", mail.public_id, mail.name, exc_info=error)
    return HandOverFailed(f"{PROGRAM}: {type(error).__name__}")


def _sites(context: JobContext) -> list[int]:
    with context.database.read() as session:
        return [site.id for site in list_sites(session)]
