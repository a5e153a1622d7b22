"""Background work as rows written in the caller's transaction, and the registry of what can be done; no engine."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Index, String, Text, and_, bindparam, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from feedback import clock
from feedback.db import Base, BigKey, Database, UtcDateTime, big_key, insert_once, personal
from feedback.events import Fact, fact_values, rerun
from feedback.settings import Settings

#: So often a job is tried, over about ten hours; after that somebody has to look.
GIVE_UP_AFTER = 20


class Job(Base):
    """One piece of work, done at least once. ``once`` is unique while the job isn't done."""

    __tablename__ = "job"
    __table_args__ = (
        Index(
            "ix_job_due",
            "run_at",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
        Index(
            "uq_job_once",
            "once",
            unique=True,
            sqlite_where=text("done_at IS NULL AND once IS NOT NULL"),
            postgresql_where=text("done_at IS NULL AND once IS NOT NULL"),
        ),
        Index("ix_job_done_at", "done_at"),
    )

    id: Mapped[int] = big_key()
    site_id: Mapped[int | None] = mapped_column(BigKey)
    name: Mapped[str] = mapped_column(String(80), info=personal("no"))
    args: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info=personal("no"))
    once: Mapped[str | None] = mapped_column(String(200), info=personal("no"))
    run_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str | None] = mapped_column(Text, info=personal("no"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WorkerBeat(Base):
    """When each worker was last alive, and the time slots that periodic work has claimed."""

    __tablename__ = "worker_beat"

    name: Mapped[str] = mapped_column(String(120), primary_key=True, info=personal("no"))
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True, slots=True)
class JobContext:
    """What a job is given: its arguments (ids only) and the means to open its own short transactions."""

    database: Database
    settings: Settings
    args: dict[str, Any]
    site_id: int | None = None
    attempts: int = 1
    job_id: int | None = None

    def finish(self, session: Session) -> bool:
        """Mark the job as done in the transaction that records what it did; a job returns this to its worker."""
        if self.job_id is not None:
            session.execute(_FINISH, {"job_id": self.job_id, "attempt": self.attempts, "now": clock.now()})
        return self.job_id is not None


#: True says that the job is marked as done already.
JobFunction = Callable[[JobContext], bool | None]
_registry: dict[str, JobFunction] = {}
_periodic: dict[str, timedelta] = {}
_wanted: dict[str, Callable[[Settings], bool]] = {}


def job(
    name: str, *, every: timedelta | None = None, where: Callable[[Settings], bool] | None = None
) -> Callable[[JobFunction], JobFunction]:
    """Register work under a stable name; with ``every`` it is also enqueued once per such time slot.

    ``where`` says with which settings there is such work at all.
    """

    def register(function: JobFunction) -> JobFunction:
        _registry[name] = function
        if every is not None:
            _periodic[name] = every
        if where is not None:
            _wanted[name] = where
        return function

    return register


def function_named(name: str) -> JobFunction:
    """The registered function; KeyError for a name nobody registered."""
    return _registry[name]


def periodic(settings: Settings | None = None) -> dict[str, timedelta]:
    """Names of the work that repeats, and how often; all of it, or what there is with these settings."""
    if settings is None:
        return dict(_periodic)
    return {name: every for name, every in _periodic.items() if name not in _wanted or _wanted[name](settings)}


# Made once: every answer enqueues something.
_JOBS = Job.metadata.tables["job"]
_INSERT = _JOBS.insert()
_FINISH = (
    _JOBS.update()
    .where(_JOBS.c.id == bindparam("job_id"), _JOBS.c.attempts == bindparam("attempt"))
    .values(done_at=bindparam("now"), lease_until=None)
)
_ONCE_TO_DO = and_(_JOBS.c.done_at.is_(None), _JOBS.c.once.is_not(None))


def enqueue(
    session: Session,
    name: str,
    *,
    site_id: int | None = None,
    run_at: datetime | None = None,
    once: str | None = None,
    **args: Any,
) -> int | None:
    """Write a job row in the caller's transaction; its id, or None if one with the same ``once`` is still to do."""
    now = clock.now()
    values = {
        "site_id": site_id,
        "name": name,
        "args": args,
        "once": once,
        "run_at": run_at or now,
        "attempts": 0,
        "created_at": now,
    }
    if once is None:
        session.execute(_INSERT, values)
        return None
    return insert_once(session, _JOBS, values, ["once"], _ONCE_TO_DO)


def retry_reaction(session: Session, reaction: str, fact: Fact) -> None:
    """Enqueue a reaction that failed inside ``emit``; handed to ``events.wired``."""
    enqueue(
        session,
        "reaction.retry",
        site_id=fact.site_id,
        reaction=reaction,
        fact=type(fact).__name__,
        values=fact_values(fact),
    )


@job("reaction.retry")
def run_reaction(context: JobContext) -> None:
    """Try a failed reaction again, in a transaction of its own."""
    with context.database.write() as session:
        rerun(session, context.args["reaction"], context.args["fact"], context.args["values"])


@job("job.prune", every=timedelta(hours=1))
def prune(context: JobContext) -> None:
    """Forget jobs that were done more than a day ago."""
    table = Job.metadata.tables["job"]
    with context.database.write() as session:
        session.execute(table.delete().where(table.c.done_at < clock.now() - timedelta(days=1)))
