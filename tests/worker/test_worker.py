"""Jobs are done at least once: leased, retried with a growing rest, found again after a crash."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from feedback import clock
from feedback.db import Database
from feedback.jobs import GIVE_UP_AFTER, Job, JobContext, WorkerBeat, enqueue, job
from feedback.settings import Settings
from feedback.worker import Worker, retry_delay
from tests.conftest import REDIS

done: list[str] = []


@job("test.note")
def note(context: JobContext) -> None:
    done.append(context.args["word"])


@job("test.fail")
def fail(context: JobContext) -> None:
    raise ConnectionError(f"attempt {context.attempts}")


@job("test.finish")
def finish(context: JobContext) -> bool:
    with context.database.write() as session:
        marked = context.finish(session)
        done.append(str(session.scalar(select(Job.done_at).where(Job.id == context.job_id))))
        return marked


@pytest.fixture
def worker(settings: Settings, database: Database) -> Iterator[Worker]:
    done.clear()
    found = Worker(settings, database, "a secret for tests")
    yield found
    found.close()


def rows(database: Database, name: str) -> list[Job]:
    with database.read() as session:
        return list(session.scalars(select(Job).where(Job.name == name).order_by(Job.id)))


def test_a_job_is_run_once_and_marked_done(worker: Worker, database: Database) -> None:
    with database.write() as session:
        enqueue(session, "test.note", word="once")
    worker.drain()
    worker.drain()
    assert done == ["once"]
    assert rows(database, "test.note")[0].done_at is not None


def test_a_job_may_be_marked_done_together_with_what_it_did(worker: Worker, database: Database) -> None:
    with database.write() as session:
        enqueue(session, "test.finish")
    worker.drain()
    (row,) = rows(database, "test.finish")
    assert row.done_at is not None
    assert done == [str(row.done_at)], "the worker has not marked it once more"
    assert row.lease_until is None
    assert finish(JobContext(database, database.settings, {})) is False, "called by hand, there is no row"


def test_a_job_of_a_rolled_back_transaction_never_runs(worker: Worker, database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as session:
        enqueue(session, "test.note", word="never")
        raise ZeroDivisionError
    worker.drain()
    assert done == []


def test_a_job_waits_for_its_time(worker: Worker, database: Database) -> None:
    with database.write() as session:
        enqueue(session, "test.note", run_at=clock.now() + timedelta(hours=1), word="later")
    worker.drain()
    assert done == []
    with time_machine.travel(clock.now() + timedelta(hours=2)):
        worker.drain()
    assert done == ["later"]


def test_work_marked_once_is_not_doubled_while_it_waits(worker: Worker, database: Database) -> None:
    for _ in range(2):
        with database.write() as session:
            enqueue(session, "test.note", once="the-one", word="one")
    worker.drain()
    assert done == ["one"]
    with database.write() as session:
        assert enqueue(session, "test.note", once="the-one", word="again") is not None


def test_a_failing_job_rests_longer_each_time_and_is_given_up_in_the_end(worker: Worker, database: Database) -> None:
    with database.write() as session:
        enqueue(session, "test.fail")
    worker.drain()
    first = rows(database, "test.fail")[0]
    assert (first.attempts, first.done_at, first.last_error) == (1, None, "ConnectionError")
    assert first.run_at > clock.now()
    moment = clock.now()
    for _ in range(GIVE_UP_AFTER + 5):
        moment += timedelta(hours=2)
        with time_machine.travel(moment):
            worker.drain()
    last = rows(database, "test.fail")[0]
    assert (last.attempts, last.done_at) == (GIVE_UP_AFTER, None)


def test_the_rest_between_tries_doubles_up_to_an_hour() -> None:
    rests = [retry_delay(attempt).total_seconds() for attempt in (1, 2, 3, 20)]
    assert rests == [5, 10, 20, 3600]


def test_a_row_whose_worker_died_is_leased_again(worker: Worker, database: Database, settings: Settings) -> None:
    with database.write() as session:
        enqueue(session, "test.note", word="survivor")
    assert worker.lease() == 1  # handed to huey, and then the process dies
    worker.huey.flush()
    assert worker.lease() == 0
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        worker.drain()
    assert done == ["survivor"]


def test_a_late_run_of_an_older_lease_does_nothing(worker: Worker, database: Database) -> None:
    with database.write() as session:
        enqueue(session, "test.note", word="twice?")
    assert worker.lease() == 1
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        worker.drain()
    assert done == ["twice?"]


def test_two_workers_share_a_time_slot(settings: Settings, database: Database) -> None:
    for _ in range(2):
        worker = Worker(settings, database, "a secret for tests")
        worker.claim_slots()
        worker.close()
    assert len(rows(database, "job.prune")) == 1


def test_a_worker_says_that_it_is_alive(worker: Worker, database: Database) -> None:
    worker.beat()
    with database.read() as session:
        assert session.scalar(select(WorkerBeat.seen_at).where(WorkerBeat.name == worker.name)) is not None


@pytest.mark.skipif(not REDIS, reason="FEEDBACK_TEST_REDIS_URL is not set")
def test_jobs_run_from_redis_too(settings: Settings, database: Database) -> None:
    done.clear()
    with database.write() as session:
        enqueue(session, "test.note", word="over redis")
    worker = Worker(replace(settings, redis_url=REDIS), database, "a secret for tests")
    worker.huey.flush()
    worker.drain()
    worker.close()
    assert done == ["over redis"]
