"""Listens to what is sent to the database, without what only opens and closes transactions."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from sqlalchemy import event

from feedback.db import Database

Heard = Callable[[str, Any], None]
_NOT_COUNTED = ("BEGIN", "SAVEPOINT", "RELEASE", "COMMIT", "ROLLBACK", "PRAGMA", "SET TRANSACTION")


@contextmanager
def heard_by(database: Database, listener: Heard) -> Iterator[None]:
    """Call the listener with each statement and its parameters before it is sent, on both engines."""

    def on_execute(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if not statement.lstrip().upper().startswith(_NOT_COUNTED):
            listener(statement, parameters)

    with ExitStack() as stack:
        for engine in (database.writer, database.reader):
            event.listen(engine, "before_cursor_execute", on_execute)
            stack.callback(event.remove, engine, "before_cursor_execute", on_execute)
        yield


@contextmanager
def statements_of(database: Database) -> Iterator[list[str]]:
    """The statements sent meanwhile, in order."""
    found: list[str] = []
    with heard_by(database, lambda statement, _parameters: found.append(statement)):
        yield found
