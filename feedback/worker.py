"""The worker: leases due job rows, hands their ids to huey, runs them, backs off; the only module that knows huey."""

import logging
import os
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey
from huey.consumer import Consumer
from huey.serializer import SignedSerializer
from sqlalchemy import Table, bindparam, or_, select
from sqlalchemy.exc import SQLAlchemyError

from feedback import clock
from feedback.db import Database
from feedback.jobs import GIVE_UP_AFTER, Job, JobContext, WorkerBeat, function_named, periodic
from feedback.settings import Settings

if TYPE_CHECKING:
    from feedback.delivery.inbound.lmtp import LmtpServer

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
BATCH = 50
QUEUE_IS_SHORT = 100
POLL_SECONDS = 0.5
BEAT_SECONDS = 15

_JOBS: Table = Job.metadata.tables["job"]
_BEATS: Table = WorkerBeat.metadata.tables["worker_beat"]
_LEASED = select(_JOBS.c.name, _JOBS.c.args, _JOBS.c.site_id).where(
    _JOBS.c.id == bindparam("job_id"), _JOBS.c.attempts == bindparam("attempt"), _JOBS.c.done_at.is_(None)
)


def retry_delay(attempts: int) -> timedelta:
    """How long a job rests after it failed for the nth time: 5 s, doubling, at most an hour."""
    return timedelta(seconds=min(3600.0, 5.0 * 2 ** min(attempts - 1, 10)))


def make_huey(settings: Settings, secret: str) -> Huey:
    """huey on the store that the settings ask for: Redis, else PostgreSQL with PostgreSQL, else a file of its own."""
    common: dict[str, Any] = {
        "name": "feedback",
        "results": False,
        "serializer": SignedSerializer(secret=secret, salt="feedback.jobs"),
    }
    if settings.redis_url:
        return RedisHuey(url=settings.redis_url, **common)
    if not settings.is_sqlite:
        return PostgresHuey(dsn=settings.database_url.replace("postgresql+psycopg://", "postgresql://"), **common)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return SqliteHuey(filename=str(settings.data_dir / "jobs.db"), **common)


class Worker:
    """One worker process: a thread that leases, and huey's threads that run."""

    def __init__(self, settings: Settings, database: Database, secret: str, *, threads: int = 4) -> None:
        self.settings = settings
        self.database = database
        self.huey = make_huey(settings, secret)
        self.threads = threads
        self.name = f"worker:{socket.gethostname()}:{os.getpid()}"
        self._stop = threading.Event()
        self._slots: dict[str, datetime] = {}
        self._beaten = 0.0
        self.run_row = self.huey.task(name="run_row")(self._run_row)

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; what is under way is finished, what is not stays a row."""
        leaser = threading.Thread(target=self._lease_forever, name="leaser", daemon=True)
        leaser.start()
        lmtp = self._listen()
        log.info("worker started")
        Consumer(
            self.huey,
            workers=self.threads,
            periodic=False,
            max_delay=0.5,
            backoff=1.1,
            graceful_signal="TERM",
        ).run()
        self._stop.set()
        if lmtp is not None:
            lmtp.stop()
        leaser.join(timeout=5)

    def _listen(self) -> "LmtpServer | None":
        """Take in mail beside the jobs, where that is set up."""
        if self.settings.inbound_lmtp is None:
            return None
        from feedback.delivery.inbound.lmtp import LmtpServer  # noqa: PLC0415 - most sites do without

        server = LmtpServer(self.settings, self.database)
        server.start()
        return server

    def _lease_forever(self) -> None:
        while not self._stop.is_set():
            leased = 0
            try:
                self.beat()
                self.claim_slots()
                leased = self.lease()
            except SQLAlchemyError:
                log.exception("leasing failed; it is tried again")
                self._stop.wait(2)
            if leased < BATCH:
                self._stop.wait(POLL_SECONDS)

    def beat(self) -> None:
        """Say that this worker is alive, every quarter of a minute; forget workers dead for a day."""
        if time.monotonic() - self._beaten < BEAT_SECONDS and self._beaten:
            return
        now = clock.now()
        with self.database.write() as session:
            seen = session.execute(_BEATS.update().where(_BEATS.c.name == self.name).values(seen_at=now))
            if not seen.rowcount:  # type: ignore[attr-defined]
                session.execute(_BEATS.insert().values(name=self.name, seen_at=now))
            session.execute(
                _BEATS.delete().where(_BEATS.c.name.like("worker:%"), _BEATS.c.seen_at < now - timedelta(days=1))
            )
        self._beaten = time.monotonic()

    def claim_slots(self) -> None:
        """Enqueue periodic work once per time slot, whichever worker comes first."""
        now = clock.now()
        for name, every in periodic(self.settings).items():
            seconds = int(every.total_seconds())
            slot = datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)
            if self._slots.get(name) == slot:
                continue
            if self._claim_slot(name, slot):
                log.debug("periodic %s", name)
            self._slots[name] = slot

    def _claim_slot(self, name: str, slot: datetime) -> bool:
        key = f"slot:{name}"
        with self.database.write() as session:
            won = session.execute(
                _BEATS.update().where(_BEATS.c.name == key, _BEATS.c.seen_at < slot).values(seen_at=slot)
            ).rowcount  # type: ignore[attr-defined]
            if not won and session.execute(select(_BEATS.c.name).where(_BEATS.c.name == key)).first() is None:
                session.execute(_BEATS.insert().values(name=key, seen_at=slot))
                won = 1
            if won:
                now = clock.now()
                session.execute(_JOBS.insert().values(name=name, args={}, run_at=now, attempts=0, created_at=now))
        return bool(won)

    def lease(self) -> int:
        """Lease due rows and hand their ids to huey, unless its queue is long; how many."""
        if self.huey.pending_count() > QUEUE_IS_SHORT:
            return 0
        now = clock.now()
        free = or_(_JOBS.c.lease_until.is_(None), _JOBS.c.lease_until < now)
        todo = (_JOBS.c.done_at.is_(None), _JOBS.c.run_at <= now, _JOBS.c.attempts < GIVE_UP_AFTER, free)
        due = select(_JOBS.c.id).where(*todo).order_by(_JOBS.c.run_at, _JOBS.c.id).limit(BATCH)
        with self.database.read() as session:
            if session.execute(due.limit(1)).first() is None:
                return 0
        with self.database.write() as session:
            rows = session.execute(
                _JOBS.update()
                .where(_JOBS.c.id.in_(due.scalar_subquery()), *todo)
                .values(lease_until=now + LEASE, attempts=_JOBS.c.attempts + 1)
                .returning(_JOBS.c.id, _JOBS.c.attempts)
            ).all()
        for row in sorted(rows):  # whatever order the database gives them back in
            self.run_row(row.id, row.attempts)
        return len(rows)

    def _run_row(self, job_id: int, attempt: int) -> None:
        with self.database.read() as session:
            row = session.execute(_LEASED, {"job_id": job_id, "attempt": attempt}).first()
        if row is None:
            return
        context = JobContext(self.database, self.settings, dict(row.args), row.site_id, attempt, job_id)
        try:
            is_finished = function_named(row.name)(context)
        except Exception as error:
            log.exception("job %s failed", row.name, extra={"job": job_id, "attempt": attempt})
            self._finish(
                job_id,
                attempt,
                run_at=clock.now() + retry_delay(attempt),
                lease_until=None,
                last_error=type(error).__name__,
            )
            return
        if not is_finished:
            self._finish(job_id, attempt, done_at=clock.now(), lease_until=None)

    def _finish(self, job_id: int, attempt: int, **values: Any) -> None:
        with self.database.write() as session:
            session.execute(_JOBS.update().where(_JOBS.c.id == job_id, _JOBS.c.attempts == attempt).values(**values))

    def close(self) -> None:
        """Close the connections to huey's store."""
        self.huey.storage.close()

    def drain(self) -> None:
        """Run everything that is due in this thread, without huey's threads; for tests and the demo."""
        self.claim_slots()
        while True:
            leased = self.lease()
            while self.huey.pending_count() and (task := self.huey.dequeue()) is not None:
                self.huey.execute(task)
            if not leased:
                return
