"""Fixtures: settings, a migrated database of each kind, a session that is rolled back, the app, a shop."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from argon2 import PasswordHasher
from flask import Flask
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from feedback.app import create_app
from feedback.db import Database
from feedback.migrations import runner
from feedback.settings import Settings
from feedback.staff import hashing
from feedback.wiring import wire
from tests.helpers.routes import KeptRule
from tests.helpers.together import Together
from tests.responses.shop import Shop, open_shop

POSTGRES = os.environ.get("FEEDBACK_TEST_POSTGRES_URL")
REDIS = os.environ.get("FEEDBACK_TEST_REDIS_URL")
NO_POSTGRES = "skipped on PostgreSQL: FEEDBACK_TEST_POSTGRES_URL is not set"

_EMPTY = """
SET synchronous_commit = off;
DO $$
DECLARE found record;
BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    SET session_replication_role = replica;
    FOR found IN SELECT tablename AS name FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    LOOP
        EXECUTE format('DELETE FROM %I', found.name);
    END LOOP;
    FOR found IN SELECT sequencename AS name FROM pg_sequences WHERE schemaname = 'public' LOOP
        PERFORM setval(found.name::regclass, 1, false);
    END LOOP;
END
$$
"""

wire()
Flask.url_rule_class = KeptRule
#: Passwords that cost next to nothing, for hundreds of sign-ins; tests of passwords put the real one back.
REAL_HASHER = hashing._HASHER
hashing._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def pytest_configure(config: pytest.Config) -> None:
    # A busy machine is no fault of the program: what has to be quick says so itself.
    hypothesis_settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    hypothesis_settings.load_profile("patient")
    for name in [name for name in os.environ if name.startswith("FEEDBACK_") and not name.startswith("FEEDBACK_TEST_")]:
        del os.environ[name]


def pytest_sessionstart(session: pytest.Session) -> None:
    if os.environ.get("FEEDBACK_TEST_REQUIRE") == "all":
        missing = [name for name, value in (("POSTGRES", POSTGRES), ("REDIS", REDIS)) if not value]
        if missing:
            pytest.exit(f"everything is to be tested, but FEEDBACK_TEST_*_URL is missing for {missing}", 1)
        on_server("SELECT 1")
        with redis.Redis.from_url(str(REDIS)) as store:
            store.ping()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    """What shares a running service is not made in both processes."""
    return Together(config, log)


def pytest_report_header() -> list[str]:
    return [
        f"PostgreSQL: {'tested' if POSTGRES else 'NOT tested, FEEDBACK_TEST_POSTGRES_URL is not set'}",
        f"Redis: {'tested' if REDIS else 'NOT tested, FEEDBACK_TEST_REDIS_URL is not set'}",
    ]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not POSTGRES:
        terminalreporter.write_line("PostgreSQL was not tested: set FEEDBACK_TEST_POSTGRES_URL", yellow=True)
    if not REDIS:
        terminalreporter.write_line("Redis was not tested: set FEEDBACK_TEST_REDIS_URL", yellow=True)


def postgres_url(name: str) -> str:
    """The test server's address with another database."""
    assert POSTGRES is not None
    return make_url(POSTGRES).set(drivername="postgresql+psycopg", database=name).render_as_string(hide_password=False)


def on_server(statement: str) -> None:
    """Run one statement in the test server's own database."""
    assert POSTGRES is not None
    plain = make_url(POSTGRES).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]


@contextmanager
def kind_of_database(kind: str) -> Iterator[str | None]:
    """The address of a new, empty database for a service: None is the SQLite file in its own folder."""
    if kind == "sqlite":
        yield None
        return
    if not POSTGRES:
        pytest.skip(NO_POSTGRES)
    name = f"feedback_served_{uuid.uuid4().hex[:12]}"
    on_server(f"CREATE DATABASE {name}")
    try:
        yield postgres_url(name)
    finally:
        on_server(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy from."""
    folder = tmp_path_factory.mktemp("sqlite-template")
    database = Database(Settings.from_env({"FEEDBACK_DATA_DIR": str(folder)}))
    runner.upgrade(database)
    with database.writer.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    database.dispose()
    return folder / "feedback.db"


@pytest.fixture(scope="session")
def migrated_postgres() -> Iterator[str]:
    """A migrated PostgreSQL database to clone from, one per test process."""
    if not POSTGRES:
        pytest.skip(NO_POSTGRES)
    name = f"feedback_template_{uuid.uuid4().hex[:12]}"
    on_server(f"CREATE DATABASE {name}")
    database = Database(
        Settings.from_env({"FEEDBACK_DATABASE_URL": postgres_url(name), "FEEDBACK_DATA_DIR": "/nonexistent"})
    )
    runner.upgrade(database)
    database.dispose()
    yield name
    on_server(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgres_to_share(migrated_postgres: str) -> Iterator[str]:
    """One database per test process, emptied for each test: making and dropping one takes most of a second."""
    name = f"feedback_test_{uuid.uuid4().hex[:12]}"
    clone(migrated_postgres, name)
    yield name
    on_server(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def clone(template: str, name: str) -> None:
    """A database with all that another has; as files, which is quicker than over the log."""
    on_server(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")


def empty(name: str) -> None:
    """No connection, no row, every number from one again; the schema stays."""
    with psycopg.connect(postgres_url(name).replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(_EMPTY)


@pytest.fixture(params=["sqlite", "postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which database; whatever asks for it runs on both."""
    if request.param == "postgres" and not POSTGRES:
        pytest.skip(NO_POSTGRES)
    return str(request.param)


@pytest.fixture
def settings(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Settings]:
    """Settings of an own, migrated, empty database."""
    environ = {
        "FEEDBACK_DATA_DIR": str(tmp_path / "var"),
        "FEEDBACK_PUBLIC_URL": "http://127.0.0.1:8000",
        "FEEDBACK_ALLOWED_HOSTS": "localhost",
        "FEEDBACK_LOG_FORMAT": "json",
        "FEEDBACK_SQLITE_SYNCHRONOUS": "NORMAL",  # power cuts are for the soak
    }
    (tmp_path / "var").mkdir()
    if kind == "sqlite":
        template: Path = request.getfixturevalue("migrated_sqlite")
        (tmp_path / "var" / "feedback.db").write_bytes(template.read_bytes())
        yield Settings.from_env(environ)
        return
    name: str = request.getfixturevalue("postgres_to_share")
    empty(name)
    yield Settings.from_env({**environ, "FEEDBACK_DATABASE_URL": postgres_url(name)})


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """An own migrated database."""
    found = Database(settings)
    yield found
    found.dispose()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A write session whose changes are rolled back at the end."""
    with database.door(), Session(database.writer, expire_on_commit=False) as found:
        yield found
        found.rollback()


@pytest.fixture
def app(settings: Settings, database: Database) -> Flask:
    """The whole application on a database of its own."""
    return create_app(settings, database)


@pytest.fixture
def shop(app: Flask, settings: Settings, database: Database) -> Shop:
    """A shop in six languages with every shipped survey published, and customers."""
    return open_shop(app, settings, database)
