"""When everything happens in the demonstration, and what the worker does in between; knows nothing of the story."""

import heapq
import itertools
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from feedback import clock
from feedback.cases.models import Promise
from feedback.cases.states import PromiseState
from feedback.db import Database, UtcDateTime
from feedback.delivery.models import MailState, OutboxMail
from feedback.delivery.outbox import SEND
from feedback.jobs import Job, JobContext, function_named
from feedback.sites.models import Site

#: Mails of these last days are written into the mail folder; older ones are only noted as sent.
RECENT = timedelta(days=5)
EXACT = timedelta(days=30)
BATCH = 250
SWEEP = timedelta(hours=12)
ESCALATE = timedelta(hours=24)
#: How long after its time a promise is looked at.
SOON = timedelta(seconds=20)
#: What follows from an answer is told where it is stored: a job for each would take half of the time.
_TOLD_ALREADY = "responses.after"
Step = Callable[[Session], None]
_DUE = (
    select(Promise.id)
    .where(Promise.site_id.is_not(None), Promise.state == PromiseState.OPEN.value)
    .where(Promise.due_at <= bindparam("moment", type_=UtcDateTime))
    .limit(1)
)
_WAITING = select(Job.id).limit(1)


class Timeline:
    """Steps in order of their time, in short transactions; promises break and mails go out between them."""

    def __init__(self, database: Database, now: datetime, *, escalates_from: datetime) -> None:
        self.database = database
        self.now = now
        self._escalates_next = escalates_from
        self._order = itertools.count()
        self._plan: list[tuple[datetime, int, Step]] = []
        self._looks: list[datetime] = []

    def plan(self, moment: datetime, step: Step) -> None:
        """Have something happen; what would be in the future doesn't."""
        if moment < self.now:
            heapq.heappush(self._plan, (moment, next(self._order), step))

    def watch(self, due: datetime) -> None:
        """Have the worker look when a promise is due; of what is long ago its next sweep is soon enough."""
        if self.now - EXACT < due + SOON < self.now:
            heapq.heappush(self._looks, due + SOON)

    def tell(self) -> Iterator[int]:
        """Let everything happen; yields how many steps each batch had."""
        sweep = min((moment for moment, _, _ in self._plan), default=self.now)
        while self._plan or self._looks:
            look = min(sweep, self._looks[0]) if self._looks else sweep
            if self._plan and self._plan[0][0] < look:
                yield self._batch(look)
                continue
            while self._looks and self._looks[0] <= look:
                heapq.heappop(self._looks)
            self._work(look, sweeping=look == sweep)
            sweep += SWEEP if look == sweep else timedelta(0)
        self._work(self.now, sweeping=True)

    def _batch(self, until: datetime) -> int:
        done = 0
        with self.database.write() as session:
            while self._plan and self._plan[0][0] < until and done < BATCH:
                if self._looks and self._looks[0] <= self._plan[0][0]:
                    break
                moment, _, step = heapq.heappop(self._plan)
                with clock.at(moment):
                    step(session)
                done += 1
        return done

    def _work(self, moment: datetime, *, sweeping: bool) -> None:
        """What the worker would do then."""
        with self.database.read() as session:
            broken = session.execute(_DUE, {"moment": moment}).first() is not None
            waiting = session.execute(_WAITING).first() is not None
        with clock.at(moment):
            context = JobContext(self.database, self.database.settings, {})
            if broken:
                function_named("promises.break_due")(context)
            if sweeping and moment >= self._escalates_next:
                function_named("escalation.take_steps")(context)
                self._escalates_next = moment + ESCALATE
            if sweeping and waiting:
                self._forget_jobs(moment)
            if (waiting or broken) and (sweeping or moment > self.now - RECENT):
                self.work_off(moment)

    def _forget_jobs(self, moment: datetime) -> None:
        """What was told already, and mails so old that nobody looks for them in the folder."""
        with self.database.write() as session:
            names = [_TOLD_ALREADY]
            if moment <= self.now - RECENT:
                names.append(SEND)
                session.execute(
                    update(OutboxMail)
                    .where(
                        OutboxMail.site_id.in_(select(Site.id)),
                        OutboxMail.state == MailState.QUEUED.value,
                        OutboxMail.created_at < moment,
                    )
                    .values(state=MailState.SENT.value, sent_at=OutboxMail.created_at, facts={}, attempts=1)
                    .execution_options(synchronize_session=False)
                )
            session.execute(delete(Job).where(Job.name.in_(names), Job.created_at < moment))

    def work_off(self, moment: datetime) -> None:
        """Do what is due, so that the real worker doesn't begin with jobs of the past."""
        table: Any = Job.metadata.tables["job"]
        while due := self._due(moment):
            for job_id, name, context in due:
                if name != _TOLD_ALREADY:
                    function_named(name)(context)
                with self.database.write() as session:
                    session.execute(table.delete().where(table.c.id == job_id))

    def _due(self, moment: datetime) -> list[tuple[int, str, JobContext]]:
        with self.database.read() as session:
            jobs = session.scalars(select(Job).where(Job.done_at.is_(None), Job.run_at <= moment).order_by(Job.id))
            return [
                (job.id, job.name, JobContext(self.database, self.database.settings, dict(job.args), job.site_id))
                for job in jobs
            ]
