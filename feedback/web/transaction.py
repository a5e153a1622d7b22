"""Sessions at the edge: one read-only session per request, and the one write transaction of a POST."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from flask import Flask, current_app, g
from sqlalchemy.orm import Session

from feedback.db import Database
from feedback.settings import Settings

#: Writes that a GET may cause. Everything else that a GET does is refused by the database itself.
GET_WRITES = ("staff.seen", "api_key.used")


def install(app: Flask, settings: Settings, database: Database) -> None:
    """Hang settings and database on the app, and close each request's reading session."""
    app.extensions["feedback"] = {"settings": settings, "database": database}
    app.teardown_appcontext(_close)


def settings() -> Settings:
    """The settings of the running app."""
    return cast(Settings, current_app.extensions["feedback"]["settings"])


def database() -> Database:
    """The database of the running app."""
    return cast(Database, current_app.extensions["feedback"]["database"])


def reading() -> Session:
    """The read-only session of this request, opened at first use."""
    if "reading" not in g:
        scope = database().read()
        g.reading_scope = scope
        g.reading = scope.__enter__()
    return cast(Session, g.reading)


def done_reading() -> None:
    """Close the reading session early, so that what follows sees what was just committed."""
    g.pop("reading", None)
    scope = g.pop("reading_scope", None)
    if scope is not None:
        scope.__exit__(None, None, None)


@contextmanager
def writing() -> Iterator[Session]:
    """The one write transaction of a request, committed at the end. Nothing waits inside it.

    Hash passwords, verify tokens and draw pages before or after, never within.
    """
    done_reading()
    with database().write() as session:
        yield session


@contextmanager
def writing_in_a_get(reason: str) -> Iterator[Session]:
    """A write that a GET may cause; ``reason`` must be on the list above."""
    if reason not in GET_WRITES:
        raise RuntimeError(f"a GET may not write: {reason}")
    with writing() as session:
        yield session


def _close(_error: BaseException | None) -> None:
    done_reading()
