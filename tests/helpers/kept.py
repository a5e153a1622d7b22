"""What many tests begin with is made once per process by the real actions, kept, and poured into their databases."""

import copy
import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

import psycopg
import time_machine

from feedback import clock
from feedback.db import Database

Told = TypeVar("Told")

#: By key: the name it is kept under and what its maker told; a time that stands still makes a world of its own.
_kept: dict[tuple[str, ...], tuple[str | sqlite3.Connection, Any]] = {}

_TABLES = """
SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' ORDER BY tablename
"""


def poured(database: Database, name: str, make: Callable[[Database], Told]) -> Told:
    """What ``make`` makes of an empty database, and tells about it: really made the first time, later copied."""
    moment = clock.now().isoformat() if time_machine.escape_hatch.is_travelling() else ""
    key = (name, database.settings.database_url if not database.settings.is_sqlite else "sqlite", moment)
    if key not in _kept:
        told = make(database)
        place = _keep_file(database) if database.settings.is_sqlite else _keep_rows(database, f"kept_{len(_kept)}")
        _kept[key] = place, copy.deepcopy(told)
        return told
    found, told = _kept[key]
    if isinstance(found, sqlite3.Connection):
        _pour_file(database, found)
    else:
        _pour_rows(database, found)
    return copy.deepcopy(told)


def _keep_file(database: Database) -> sqlite3.Connection:
    memory = sqlite3.connect(":memory:", check_same_thread=False)
    with sqlite3.connect(database.settings.sqlite_path) as source:
        source.backup(memory)
    source.close()
    return memory


def _pour_file(database: Database, kept: sqlite3.Connection) -> None:
    """Over what is there, as one transaction: connections that are open see it."""
    target = sqlite3.connect(database.settings.sqlite_path)
    target.execute("PRAGMA synchronous=OFF")
    kept.backup(target)
    target.close()


def _keep_rows(database: Database, schema: str) -> str:
    """A schema beside the real one, with a copy of every table that has rows and a function that pours them."""
    with _connected(database) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        lines = ["SET LOCAL session_replication_role = replica;"]
        for (table,) in connection.execute(_TABLES).fetchall():
            connection.execute(f'CREATE TABLE {schema}."{table}" AS TABLE public."{table}"')
            if connection.execute(f'SELECT 1 FROM {schema}."{table}" LIMIT 1').fetchone():
                lines.append(f'INSERT INTO public."{table}" SELECT * FROM {schema}."{table}";')
        numbers = connection.execute(
            "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"
        ).fetchall()
        lines += [f"PERFORM setval('public.\"{name}\"', {last});" for name, last in numbers]
        body = "\n".join(lines)
        connection.execute(
            f"CREATE FUNCTION {schema}.pour() RETURNS void LANGUAGE plpgsql AS $body$ BEGIN\n{body}\nEND $body$"
        )
    return schema


def _pour_rows(database: Database, schema: str) -> None:
    with _connected(database) as connection:
        connection.execute(f"SELECT {schema}.pour()")


def _connected(database: Database) -> psycopg.Connection[Any]:
    url = database.settings.database_url.replace("+psycopg", "")
    return psycopg.connect(url, autocommit=True, options="-c synchronous_commit=off")
