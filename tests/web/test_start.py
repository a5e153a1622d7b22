"""What the web process loads: it starts fast and stays small because most of the program isn't in it."""

import subprocess
import sys
from pathlib import Path

import pytest

from feedback.db import Database
from feedback.migrations import revision, runner
from feedback.settings import Settings

#: Each for the worker or the command line only.
ELSEWHERE = ("alembic", "huey", "holidays", "css_inline", "phonenumbers", "xlsxwriter", "rich", "psycopg", "redis")


def test_the_web_process_loads_nothing_that_only_others_need(tmp_path: Path) -> None:
    program = f"import sys, feedback.app; feedback.app.make_app(); print(*(set({ELSEWHERE}) & set(sys.modules)))"
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env={"FEEDBACK_DATA_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
        check=True,
    )
    assert ran.stdout.split() == []


def test_the_revision_is_the_one_that_alembic_sees(database: Database) -> None:
    assert revision.current(database) == runner.current(database) == runner.head() == revision.head()


def test_an_empty_database_has_no_revision(tmp_path: Path) -> None:
    database = Database(Settings.from_env({"FEEDBACK_DATA_DIR": str(tmp_path)}))
    with database.write():
        pass
    assert revision.current(database) is None
    database.dispose()


@pytest.mark.parametrize("module", ["feedback.app", "feedback.web.health"])
def test_a_module_of_the_web_can_be_imported_alone(module: str) -> None:
    subprocess.run([sys.executable, "-c", f"import {module}"], check=True, cwd=Path(__file__).resolve().parents[2])
