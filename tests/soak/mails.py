"""Mails with a server that refuses a third of them, and a worker that is killed while it sends: none may be lost."""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.parser import BytesHeaderParser

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import func, select, update

from feedback import clock
from feedback.actors import Actor
from feedback.db import Database
from feedback.delivery import outbox, recovery
from feedback.delivery.models import MailClass, MailState, OutboxMail
from feedback.jobs import Job
from feedback.settings import Settings
from feedback.sites.models import Site
from feedback.staff.models import StaffMember
from tests.helpers.server import ROOT, free_port

#: Sending threads of a worker process, as it is started by ``feedback worker``.
THREADS = 4
LONGEST = 600


@dataclass
class MoodyServer:
    """Takes two mails of three, by chance: refuses for now at any step, or hangs up before it has taken the mail."""

    chance: random.Random
    taken: Counter[str] = field(default_factory=Counter)
    recipients: set[str] = field(default_factory=set)
    said: Counter[str] = field(default_factory=Counter)

    async def handle_MAIL(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self._mood(server, ("451 4.3.0 busy", 0.08), ("hung up", 0.02)) or "250 ok"

    async def handle_RCPT(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self._mood(server, ("450 4.2.0 greylisted", 0.11), ("hung up", 0.02)) or "250 ok"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        mood = self._mood(server, ("452 4.3.1 no room", 0.1), ("hung up", 0.02))
        if mood is not None:
            return mood
        assert isinstance(envelope.content, bytes)
        self.taken[str(BytesHeaderParser().parsebytes(envelope.content)["Message-ID"])] += 1
        self.recipients.update(envelope.rcpt_tos)
        self.said["250 taken"] += 1
        return "250 taken"

    def _mood(self, server: SMTP, *moods: tuple[str, float]) -> str | None:
        draw = self.chance.random()
        for answer, share in moods:
            if draw < share:
                self.said[answer] += 1
                if answer == "hung up" and server.transport is not None:
                    server.transport.abort()
                return answer if answer != "hung up" else "421 4.3.2 bye"
            draw -= share
        return None


@dataclass
class Machine:
    """A worker process on a database of its own, which can be killed."""

    settings: Settings
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """As an operator starts it."""
        environ = {name: value for name, value in os.environ.items() if not name.startswith("FEEDBACK_")}
        environ |= {
            "FEEDBACK_DATA_DIR": str(self.settings.data_dir),
            "FEEDBACK_DATABASE_URL": self.settings.database_url,
            "FEEDBACK_PUBLIC_URL": self.settings.public_url,
            "FEEDBACK_SMTP_URL": self.settings.smtp_url or "",
            "FEEDBACK_LOG_FORMAT": "json",
        }
        log = (self.settings.data_dir / "worker.log").open("ab")
        command = [sys.executable, "-m", "feedback", "worker", "--threads", str(THREADS)]
        self.process = subprocess.Popen(command, env=environ, stdout=log, stderr=log, cwd=ROOT)

    def kill(self) -> None:
        """As a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@contextmanager
def moody_server(seed: int) -> Iterator[tuple[MoodyServer, int]]:
    """A running one, and its port."""
    moody, port = MoodyServer(random.Random(seed)), free_port()
    controller = Controller(moody, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield moody, port
    finally:
        controller.stop()


def queue_many(database: Database, mails: int) -> set[str]:
    """So many mails, each to somebody else; their addresses."""
    now = clock.now()
    with database.write() as session:
        site = Site(key="shop", name="Duka", salt="s" * 32, created_at=now, languages=["en"])
        addresses = [f"person-{number}@example.com" for number in range(mails)]
        staff = [
            StaffMember(email=one, email_key=one, name="Neema", locale="sw", time_zone="UTC", created_at=now)
            for one in addresses
        ]
        session.add_all([site, *staff])
        session.flush()
        for member in staff:
            outbox.queue_mail(
                session,
                site_id=site.id,
                name="staff_invited",
                mail_class=MailClass.TRANSACTIONAL,
                locale="sw",
                staff_id=member.id,
            )
    return set(addresses)


def let_time_pass(database: Database, *, nobody_works: bool = False) -> None:
    """What waits for its next try is due now; with nobody at work, the leases of the dead are over too."""
    now = clock.now()
    with database.write() as session:
        waiting = (Job.name == outbox.SEND, Job.done_at.is_(None))
        session.execute(update(Job).where(*waiting, Job.run_at > now).values(run_at=now))
        if nobody_works:
            over = now - timedelta(seconds=1)
            session.execute(update(Job).where(Job.lease_until.is_not(None)).values(lease_until=over))
            sending = OutboxMail.lease_until.is_not(None)
            session.execute(update(OutboxMail).where(OutboxMail.site_id == 1, sending).values(lease_until=over))
        given_up = (OutboxMail.site_id == 1, OutboxMail.state == MailState.FAILED)
        if session.scalar(select(func.count()).where(*given_up)):  # one in twenty thousand is refused nine times
            recovery.retry_all(session, Actor.command("soak"), 1)


def states(database: Database) -> Counter[str]:
    """How many mails stand where."""
    with database.read() as session:
        query = select(OutboxMail.state, func.count()).where(OutboxMail.site_id == 1).group_by(OutboxMail.state)
        return Counter({state: count for state, count in session.execute(query)})


def killed_while_sending(settings: Settings, database: Database, *, mails: int, kills: int, seed: int) -> None:
    """Each mail arrives, whatever the server says and whoever dies; twice at most once per kill and sending thread."""
    chance = random.Random(seed)
    marks = sorted(chance.uniform(0.05, 0.9) for _ in range(kills))
    with moody_server(seed) as (moody, port):
        machine = Machine(replace(settings, smtp_url=f"smtp://127.0.0.1:{port}"))
        wanted = queue_many(database, mails)
        began = time.monotonic()
        machine.start()
        try:
            while states(database)["sent"] < mails:
                assert time.monotonic() - began < LONGEST, states(database)
                if marks and len(moody.taken) >= marks[0] * mails:
                    marks.pop(0)
                    time.sleep(chance.uniform(0, 0.01))
                    machine.kill()
                    let_time_pass(database, nobody_works=True)
                    machine.start()
                assert machine.process is not None
                assert machine.process.poll() is None, "the worker ended by itself"
                let_time_pass(database)
                time.sleep(0.1)
            seconds = time.monotonic() - began
        finally:
            machine.kill()
    doubles = sum(moody.taken.values()) - len(moody.taken)
    refused = sum(count for said, count in moody.said.items() if said != "250 taken")
    tries = sum(moody.said.values())
    print(
        f"\n{mails} mails, worker killed {kills} times (seed {seed}), {seconds:.1f} s: {len(moody.taken)} are there, "
        f"{doubles} of them twice (at most {kills * THREADS}); {refused} of {tries} tries refused or broken off, "
        f"{refused / tries:.0%}: {dict(moody.said)}"
    )
    assert not marks, "it was too quick to be killed"
    assert moody.recipients == wanted
    assert len(moody.taken) == mails
    assert states(database) == {"sent": mails}
    assert doubles <= kills * THREADS
    assert refused > tries / 5
