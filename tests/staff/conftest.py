"""A town of two sites and the console on it."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from feedback.actors import Role
from feedback.app import create_app
from feedback.db import Database
from feedback.settings import Settings
from tests.conftest import clone, on_server, postgres_url
from tests.helpers.console import Browser, Town


def settle(found: Town) -> Town:
    """Two sites: shop with one of each role, and bank with somebody of its own."""
    found.add_site("shop")
    found.add_site("bank", country="IR")
    found.add_staff("Asha", "shop", Role.AGENT)
    found.add_staff("Lulu", "shop", Role.LEAD)
    found.add_staff("Ada", "shop", Role.ADMIN)
    found.add_staff("Parisa", "bank", Role.ADMIN, locale="fa")
    return found


@pytest.fixture(scope="session")
def town_on_sqlite(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Town]:
    """The town in a file to copy from: publishing every survey of a site takes its time."""
    folder = tmp_path_factory.mktemp("town")
    (folder / "feedback.db").write_bytes(migrated_sqlite.read_bytes())
    database = Database(Settings.from_env({"FEEDBACK_DATA_DIR": str(folder)}))
    found = settle(Town(database))
    database.dispose()  # the last connection to close writes the log into the file
    return folder / "feedback.db", found


@pytest.fixture(scope="session")
def town_on_postgres(migrated_postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Town]]:
    """The town in a database to clone."""
    name = f"feedback_town_{uuid.uuid4().hex[:12]}"
    clone(migrated_postgres, name)
    folder = str(tmp_path_factory.mktemp("town"))
    url = postgres_url(name)
    database = Database(Settings.from_env({"FEEDBACK_DATABASE_URL": url, "FEEDBACK_DATA_DIR": folder}))
    found = settle(Town(database))
    database.dispose()
    yield name, found
    on_server(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def town(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Town]:
    """The town in a database of the test's own."""
    environ = {"FEEDBACK_DATA_DIR": str(tmp_path / "town"), "FEEDBACK_PUBLIC_URL": "http://127.0.0.1:8000"}
    (tmp_path / "town").mkdir()
    settled: Town
    if kind == "sqlite":
        template, settled = request.getfixturevalue("town_on_sqlite")
        (tmp_path / "town" / "feedback.db").write_bytes(template.read_bytes())
    else:
        name = f"feedback_test_{uuid.uuid4().hex[:12]}"
        template, settled = request.getfixturevalue("town_on_postgres")
        clone(template, name)
        environ["FEEDBACK_DATABASE_URL"] = postgres_url(name)
    database = Database(Settings.from_env(environ))
    yield Town(database, dict(settled.sites), dict(settled.staff))
    database.dispose()
    if kind == "postgres":
        on_server(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def settings(town: Town) -> Settings:
    """Settings of the town's database."""
    return town.database.settings


@pytest.fixture
def database(town: Town) -> Database:
    """The town's database."""
    return town.database


@pytest.fixture
def app(settings: Settings, database: Database) -> Flask:
    """The whole application."""
    return create_app(settings, database)


@pytest.fixture
def browser(app: Flask, town: Town) -> Browser:
    """A browser that isn't signed in."""
    return Browser(app)
