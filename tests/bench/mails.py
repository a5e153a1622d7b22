"""Mails a second: the worker, from its queue to a server, beside a loop that writes and sends mails by smtplib."""

import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from statistics import median

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback import clock
from feedback.db import Database
from feedback.delivery import mails, outbox
from feedback.delivery.models import MailClass, MailState, OutboxMail
from feedback.delivery.smtp import compose
from feedback.settings import Settings
from feedback.sites.queries import site_by_key
from feedback.staff.models import StaffMember
from tests.bench.servers import fresh_postgres, wait_until_open
from tests.bench.table import Row
from tests.helpers.crowd import SITE, opened
from tests.helpers.server import free_port, running_service

HOST = "127.0.0.1"
SENDER, NAME = "feedback@shop.example.com", "Duka la Neema"


def rows(folder: Path, kind: str, *, count: int, rounds: int) -> list[Row]:
    """The worker's rate as a share of two loops' on one connection, measured in turns."""
    with _sink() as port, _worker(folder, kind, port) as settings, opened(settings) as database:
        staff = _add_staff(database, count)
        _sent_in(database, staff[: count // 4])  # the worker has drawn its first pages
        sample = _a_mail(settings, database, staff[0])
        ready_bytes = sample.as_bytes(policy=policy.SMTP)
        rates: dict[str, list[float]] = {"worker": [], "written": [], "ready": []}
        for _ in range(rounds):
            rates["worker"].append(_sent_in(database, staff))
            rates["written"].append(_in_a_loop(port, count, lambda number: _written(sample, number)))
            rates["ready"].append(_in_a_loop(port, count, lambda _number: ready_bytes))
    ours = rates["worker"]
    written = [mine / other for mine, other in zip(ours, rates["written"], strict=True)]
    ready = [mine / other for mine, other in zip(ours, rates["ready"], strict=True)]
    return [
        Row(
            f"worker, mails to a local SMTP server, of a bare smtplib loop, {kind}",
            f"{median(ours):,.0f}/s",
            median(written),
            at_least=0.5,
            note=f"loop {median(rates['written']):,.0f}/s: writes each mail and sends it, one connection",
        ),
        Row(
            f"the same, of a loop that sends bytes that are ready, {kind}",
            f"{median(ours):,.0f}/s",
            median(ready),
            note=f"loop {median(rates['ready']):,.0f}/s",
        ),
    ]


def _in_a_loop(port: int, count: int, make: Callable[[int], EmailMessage | bytes]) -> float:
    with smtplib.SMTP(HOST, port, "localhost") as server:
        began = time.perf_counter()
        for number in range(count):
            mail = make(number)
            if isinstance(mail, bytes):
                server.sendmail(SENDER, [f"person-{number}@example.com"], mail)
            else:
                server.send_message(mail)
        return count / (time.perf_counter() - began)


def _written(sample: EmailMessage, number: int) -> EmailMessage:
    """What a script that mails its customers would do for each of them."""
    text, html = sample.get_body(("plain",)), sample.get_body(("html",))
    assert text is not None
    assert html is not None
    mail = EmailMessage()
    mail["From"] = f"{NAME} <{SENDER}>"
    mail["To"] = f"person-{number}@example.com"
    mail["Subject"] = str(sample["Subject"])
    mail["Message-ID"] = f"<{number}@shop.example.com>"
    mail.set_content(text.get_content())
    mail.add_alternative(html.get_content(), subtype="html")
    return mail


def _sent_in(database: Database, staff: list[int]) -> float:
    """Mails a second, from the first that was sent to the last, all queued at once."""
    with database.write() as session:
        site_id = site_by_key(session, SITE).id
        ids = [_queued(session, site_id, one) for one in staff]
    mine = (OutboxMail.site_id == site_id, OutboxMail.id >= ids[0], OutboxMail.state == MailState.SENT)
    query = select(func.count(), func.min(OutboxMail.sent_at), func.max(OutboxMail.sent_at)).where(*mine)
    end = time.monotonic() + 300
    while time.monotonic() < end:
        time.sleep(0.25)
        with database.read() as session:
            sent, first, last = session.execute(query).one()
        if sent == len(ids):
            return (sent - 1) / (last - first).total_seconds()
    raise AssertionError(f"{sent} of {len(ids)} mails were sent")


def _add_staff(database: Database, count: int) -> list[int]:
    now = clock.now()
    addresses = [f"person-{number}@example.com" for number in range(count)]
    with database.write() as session:
        people = [
            StaffMember(email=one, email_key=one, name="Neema Mushi", locale="sw", time_zone="UTC", created_at=now)
            for one in addresses
        ]
        session.add_all(people)
        session.flush()
        return [one.id for one in people]


def _a_mail(settings: Settings, database: Database, staff_id: int) -> EmailMessage:
    """One of the mails, as the worker writes it."""
    with database.write() as session:
        site_id = site_by_key(session, SITE).id
        mail_id = _queued(session, site_id, staff_id)
        mail = outbox.claim(session, site_id, mail_id)
        assert mail is not None
        prepared = mails.prepare(session, mail)
        outbox.record_sent(session, site_id, mail_id)
    found = message_from_bytes(compose(mails.write(settings, mail, prepared)).content, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def _queued(session: Session, site_id: int, staff_id: int) -> int:
    return outbox.queue_mail(
        session,
        site_id=site_id,
        name="staff_invited",
        mail_class=MailClass.TRANSACTIONAL,
        locale="sw",
        staff_id=staff_id,
    )


@contextmanager
def _sink() -> Iterator[int]:
    """aiosmtpd as a process of its own, which takes everything and keeps nothing."""
    port = free_port()
    command = [sys.executable, "-m", "aiosmtpd", "-n", "-l", f"{HOST}:{port}", "-c", "aiosmtpd.handlers.Sink"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_open(port)
        yield port
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _worker(folder: Path, kind: str, port: int) -> Iterator[Settings]:
    with ExitStack() as stack:
        url = stack.enter_context(fresh_postgres()) if kind == "postgres" else None
        extra = {"FEEDBACK_SMTP_URL": f"smtp://{HOST}:{port}"}
        service = stack.enter_context(running_service(folder, url, extra=extra))
        yield Settings.from_env(service.environ)
