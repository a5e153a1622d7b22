"""SQLite has one writer: threads and preloaded processes queue at one door, and readers can't write."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from feedback.db import Database
from feedback.migrations import runner
from feedback.settings import Settings

ROUNDS = 40


@pytest.fixture
def sqlite(tmp_path: Path, migrated_sqlite: Path) -> Settings:
    (tmp_path / "feedback.db").write_bytes(migrated_sqlite.read_bytes())
    return Settings.from_env({"FEEDBACK_DATA_DIR": str(tmp_path)})


def note_overlaps(database: Database, journal: Path) -> None:
    """Write in turns; each turn notes when it began and ended."""
    for _ in range(ROUNDS):
        with database.write() as session:
            began = time.monotonic_ns()
            session.execute(text("UPDATE worker_beat SET seen_at = seen_at"))
            time.sleep(0.0005)
            ended = time.monotonic_ns()
        with journal.open("a") as file:
            file.write(f"{began} {ended}\n")


def test_two_preloaded_workers_never_write_at_once(sqlite: Settings, tmp_path: Path) -> None:
    database = Database(sqlite)
    with database.read() as session:  # the master has touched the database before it forks, as --preload would
        session.execute(text("SELECT 1"))
    journal = tmp_path / "journal"
    children = []
    for _ in range(2):
        child = os.fork()
        if child == 0:
            threads = [threading.Thread(target=note_overlaps, args=(database, journal)) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            os._exit(0)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
    spans = sorted(tuple(map(int, line.split())) for line in journal.read_text().splitlines())
    assert len(spans) == 2 * 3 * ROUNDS
    assert [pair for pair in pairwise(spans) if pair[0][1] > pair[1][0]] == []
    database.dispose()


def test_a_reading_session_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError, match=r"read-?\s?only"), database.read() as session:
        session.execute(text("DELETE FROM job"))


def test_a_crowd_waits_for_the_few_connections_that_a_process_opens(database: Database) -> None:
    """More would come than the server lets in, and it would turn other processes away."""
    together = threading.Barrier(40)

    def write_and_read() -> int:
        together.wait()
        with database.write() as session, database.read() as beside:
            session.execute(text("UPDATE worker_beat SET seen_at = seen_at"))
            return beside.execute(text("SELECT 1")).scalar_one()

    with ThreadPoolExecutor(together.parties) as crowd:
        said = [one.result(timeout=30) for one in [crowd.submit(write_and_read) for _ in range(together.parties)]]
    assert said == [1] * together.parties
    if not database.settings.is_sqlite:
        with database.read() as session:
            asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            assert session.execute(text(asked)).scalar_one() <= 2 * database.connections


def test_a_failed_write_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as session:
        session.execute(text("INSERT INTO worker_beat (name, seen_at) VALUES ('x', '2026-01-01T00:00:00.000000Z')"))
        raise ZeroDivisionError
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM worker_beat")).scalar() == 0


def waits_for_the_disk(database: Database, *, lazily: bool) -> bool:
    """Whether a commit of this transaction is on the disk before it returns."""
    with database.write(lazily=lazily) as session:
        if database.settings.is_sqlite:
            return session.execute(text("PRAGMA synchronous")).scalar_one() == 2
        return session.execute(text("SHOW synchronous_commit")).scalar_one() == "on"


def test_a_burst_of_small_records_waits_for_the_disk_once_a_second(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(replace(settings, sqlite_synchronous="FULL"))
    assert waits_for_the_disk(database, lazily=True), "the first one does"
    assert [waits_for_the_disk(database, lazily=True) for _ in range(3)] == [False] * 3
    assert waits_for_the_disk(database, lazily=False), "whoever doesn't ask for it always waits"
    assert not waits_for_the_disk(database, lazily=True)
    monkeypatch.setattr("feedback.db.LAZY_SECONDS", 0)
    assert waits_for_the_disk(database, lazily=True)
    database.dispose()


def test_savepoints_roll_back_alone(database: Database) -> None:
    row = "INSERT INTO worker_beat (name, seen_at) VALUES ('{}', '2026-01-01T00:00:00.000000Z')"
    with database.write() as session:
        session.execute(text(row.format("kept")))
        with pytest.raises(ZeroDivisionError), session.begin_nested():
            session.execute(text(row.format("lost")))
            raise ZeroDivisionError
    with database.read() as session:
        assert session.execute(text("SELECT name FROM worker_beat")).scalars().all() == ["kept"]


def test_the_rollback_fixture_leaves_no_rows(settings: Settings) -> None:
    database = Database(settings)
    with database.door(), database.writer.connect() as connection:
        connection.exec_driver_sql("DELETE FROM job")
        connection.rollback()
    assert runner.current(database) == runner.head()
    database.dispose()
