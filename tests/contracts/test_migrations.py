"""The schema is what the migrations make, on both databases, and it is what the models say."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from feedback.cases.models import CaseCounter, Promise
from feedback.db import Database
from feedback.links.models import Link
from feedback.migrations import runner
from feedback.settings import Settings
from feedback.worker import make_huey
from tests.conftest import kind_of_database, on_server, postgres_url


def test_the_migrated_schema_has_all_that_the_models_have(database: Database) -> None:
    assert runner.current(database) == runner.head()
    assert runner.differences(database) is None


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    runner.upgrade(database)
    assert runner.current(database) == runner.head()


def test_the_tables_of_the_job_store_are_nobody_elses_business(settings: Settings, database: Database) -> None:
    huey = make_huey(settings, "a secret for tests")
    huey.pending_count()
    assert runner.differences(database) is None
    huey.storage.close()


def test_two_can_make_the_same_database_at_once(tmp_path: Path) -> None:
    with kind_of_database("postgres") as url:
        environ = {**os.environ, "FEEDBACK_DATA_DIR": str(tmp_path), "FEEDBACK_DATABASE_URL": str(url)}
        command = [sys.executable, "-m", "feedback", "init"]
        both = [subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True) for _ in range(2)]
        assert [(one.communicate(timeout=60)[1], one.returncode) for one in both] == [("", 0)] * 2


@pytest.mark.parametrize("folder", ["a b", "fjölla سلام", "what?is=this", "100%41", "#1"])
def test_a_database_stays_in_its_folder_whatever_it_is_called(folder: str, tmp_path: Path) -> None:
    database = Database(Settings.from_env({"FEEDBACK_DATA_DIR": str(tmp_path / folder)}))
    with database.write() as session:
        session.execute(text("CREATE TABLE one (number INTEGER)"))
    database.dispose()
    assert [path.name for path in tmp_path.iterdir()] == [folder]
    assert (tmp_path / folder / "feedback.db").stat().st_size


NOW = "2026-01-01T00:00:00.000000Z"
OLD_ROWS = (
    "INSERT INTO site (id, public_id, key, name, locale, languages, time_zone, hours, public_holidays, theme, salt,"
    f" next_case, created_at, version) VALUES (1, 's', 'shop', 'Shop', 'en', '[]', 'UTC', '{{}}', '{{}}', '{{}}', 'x',"
    f" 2, '{NOW}', 1)",
    'INSERT INTO "case" (id, public_id, site_id, number, kind, family, state, priority, queue, language, rule_name,'
    " reason, search_key, excerpt, due_at, created_at, updated_at, hand_offs, version) VALUES (1, 'c', 1, 1,"
    f" 'low_score', 'feedback', 'new', 'high', '', 'en', '', '{{}}', '', '', '{NOW}', '{NOW}', '{NOW}', 0, 1)",
    "INSERT INTO promise (id, site_id, case_id, kind, state, due_at, made_at) VALUES"
    f" (1, 1, 1, 'first_response', 'open', '{NOW}', '{NOW}')",
    "INSERT INTO link (id, site_id, key, purpose, locale, issued_at) VALUES"
    f" (1, 1, 'twelve bytes', 'survey', 'en', '{NOW}')",
)


@pytest.fixture
def old(kind: str, tmp_path: Path) -> Iterator[Database]:
    """A database as the first release made it, with rows that refer to each other."""
    name = f"feedback_old_{uuid.uuid4().hex[:8]}"
    environ = {"FEEDBACK_DATA_DIR": str(tmp_path)}
    if kind == "postgres":
        on_server(f"CREATE DATABASE {name}")
        environ["FEEDBACK_DATABASE_URL"] = postgres_url(name)
    database = Database(Settings.from_env(environ))
    runner.upgrade(database, "0001")
    with database.write() as session:
        for statement in OLD_ROWS:
            session.execute(text(statement))
    yield database
    database.dispose()
    if kind == "postgres":
        on_server(f"DROP DATABASE {name} WITH (FORCE)")


def test_an_older_database_keeps_its_rows_when_it_is_upgraded(old: Database) -> None:
    runner.upgrade(old)
    assert runner.differences(old) is None
    with old.read() as session:
        promise = session.scalars(select(Promise).where(Promise.site_id == 1)).one()
        assert (promise.what, promise.kind, len(promise.public_id)) == ("", "first_response", 26)
        assert session.scalar(select(Link.purpose).where(Link.site_id == 1)) == "survey"
        assert session.scalar(select(CaseCounter.next_number).where(CaseCounter.site_id == 1)) == 2
