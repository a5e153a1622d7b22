"""Mails on their way out, for tests: somebody is invited, the job that sends the mail, and what became of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.db import Database
from feedback.delivery import outbox
from feedback.delivery.jobs import send
from feedback.delivery.models import MailClass, OutboxMail
from feedback.events import StaffInvited, emit
from feedback.jobs import Job, JobContext
from feedback.sites.models import Site
from feedback.staff.models import StaffMember

NOW = datetime(2026, 3, 21, 12, tzinfo=UTC)
#: Nobody listens there.
NOWHERE = "smtp://127.0.0.1:9"


def add_member(session: Session, locale: str = "en", name: str = "Ann Lee") -> StaffMember:
    """A site and somebody who works there."""
    site = Site(
        key="shop", name="Duka", salt="s" * 32, created_at=NOW, languages=["en"], reply_to="help@shop.example.com"
    )
    member = StaffMember(
        email="ann@example.com",
        email_key="ann@example.com",
        name=name,
        locale=locale,
        time_zone="Africa/Nairobi",
        languages=["en"],
        created_at=NOW,
    )
    session.add_all([site, member])
    session.flush()
    return member


def invite(database: Database, locale: str = "en", name: str = "Ann Lee") -> JobContext:
    """Somebody is invited; what the worker will be handed."""
    with database.write() as session:
        member = add_member(session, locale, name)
        emit(session, StaffInvited(1, staff_id=member.id))
    return due(database)


def one_more(database: Database) -> JobContext:
    """The same person is invited again."""
    with database.write() as session:
        outbox.queue_mail(
            session, site_id=1, name="staff_invited", mail_class=MailClass.TRANSACTIONAL, locale="en", staff_id=1
        )
    return due(database)


def due(database: Database) -> JobContext:
    """The context of the newest job that sends a mail."""
    job = jobs(database)[-1]
    return JobContext(database, database.settings, dict(job.args), job.site_id)


def jobs(database: Database) -> Sequence[Job]:
    """Every job that sends a mail, in the order in which they were written."""
    with database.read() as session:
        return session.scalars(select(Job).where(Job.name == outbox.SEND).order_by(Job.id)).all()


def mail_row(database: Database) -> OutboxMail:
    """The only mail."""
    with database.read() as session:
        return session.scalars(select(OutboxMail).where(OutboxMail.site_id == 1)).one()


def mail_rows(database: Database) -> Sequence[OutboxMail]:
    """Every mail, in the order in which they were written."""
    with database.read() as session:
        return session.scalars(select(OutboxMail).where(OutboxMail.site_id == 1).order_by(OutboxMail.id)).all()


def talking_to(context: JobContext, smtp_url: str) -> JobContext:
    """The same job with another mail server."""
    return replace(context, settings=replace(context.settings, smtp_url=smtp_url))


def fail_for_good(database: Database) -> OutboxMail:
    """Tried as often as a mail is tried, and given up."""
    for _ in range(20):
        send(talking_to(due(database), NOWHERE))
        row = mail_rows(database)[-1]
        if row.state == "failed":
            return row
    raise AssertionError(row.state)
