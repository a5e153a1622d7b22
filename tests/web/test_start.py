"""What the web process loads: it starts fast and stays small because most of the program isn't in it."""

import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from feedback.app import create_app
from feedback.db import Database
from feedback.migrations import revision, runner
from feedback.observability import metrics
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


def test_methods_that_clients_make_up_are_counted_as_one(app: Flask) -> None:
    for method in ("BREW", "WHEN", "SHAKE"):
        app.test_client().open("/healthz", method=method)
    assert not {"BREW", "WHEN", "SHAKE"} & set(metrics.exposition()[0].decode().split('"'))


@pytest.mark.parametrize(("address", "status"), [("127.0.0.1", 200), ("203.0.113.7", 404), ("unknown", 404), ("", 404)])
def test_counters_are_for_the_networks_that_may_read_them(app: Flask, address: str, status: int) -> None:
    reply = app.test_client().get("/metrics", environ_base={"REMOTE_ADDR": address})
    assert reply.status_code == status


@pytest.mark.parametrize("path", ["/survey/shop/nps", "/message/shop"])
def test_while_the_database_is_away_people_and_programs_are_told_when_to_come_back(path: str, tmp_path: Path) -> None:
    settings = Settings.from_env(
        {"FEEDBACK_DATA_DIR": str(tmp_path), "FEEDBACK_DATABASE_URL": "postgresql://127.0.0.1:1/away"}
    )
    database = Database(settings)
    client = create_app(settings, database).test_client()
    for method in ("GET", "POST"):
        reply = client.open(path, method=method, base_url=settings.public_url)
        assert (reply.status_code, reply.headers["Retry-After"]) == (503, "60")
        assert "Please try again" in reply.text
    reply = client.post(path, base_url=settings.public_url, headers={"Accept": "application/json"})
    assert (reply.status_code, reply.mimetype) == (503, "application/problem+json")
    database.dispose()
