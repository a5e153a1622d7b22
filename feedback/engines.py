"""What every connection is told when it is opened, begins or has rested, by kind of database; no tables."""

import time
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError

#: How long a connection may rest before it is asked whether it still works.
REST_SECONDS = 1.0


def prepare_sqlite(engine: Engine, *, begin: str, synchronous: str = "FULL", read_only: bool = False) -> None:
    """Set the pragmas of every connection, and let us say BEGIN ourselves so that SAVEPOINT and rollback work."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout=5000")
        if not read_only:
            cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute(f"PRAGMA synchronous={synchronous}")
        cursor.execute("PRAGMA foreign_keys=ON")
        # What was erased leaves no bytes behind in free pages, however SQLite was built; a commit takes as long.
        cursor.execute("PRAGMA secure_delete=ON")
        # Readers are as many as threads, and the kernel has the same pages once for all of them.
        cursor.execute(f"PRAGMA cache_size={-2048 if read_only else -32768}")
        cursor.execute("PRAGMA temp_store=MEMORY")
        if read_only:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Any) -> None:
        # Past SQLAlchemy's own machinery, which takes longer than the statement.
        raw, info = connection.connection.dbapi_connection, connection.connection.info
        lazily = "lazily" in connection.get_execution_options()
        if lazily is not info.get("lazily", False):
            raw.execute(f"PRAGMA synchronous={'NORMAL' if lazily else synchronous}")
            info["lazily"] = lazily
        raw.execute(begin)


def ask_after_a_rest(engine: Engine) -> None:
    """Before a connection that has rested is used, ask whether its server is still there; else open another one."""

    @event.listens_for(engine, "checkin")
    def on_checkin(_connection: Any, record: Any) -> None:
        record.info["rests_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def on_checkout(connection: Any, record: Any, _proxy: Any) -> None:
        since = record.info.get("rests_since")
        if since is None or time.monotonic() - since < REST_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.dbapi.Error as error:  # type: ignore[union-attr]
            raise DisconnectionError from error


def save_plainly(engine: Engine) -> None:
    """Savepoints past SQLAlchemy's own machinery, which makes a statement of every new name."""

    def saying(word: str) -> Any:
        return lambda connection, name: connection.connection.dbapi_connection.execute(f"{word} {name}")

    dialect: Any = engine.dialect
    dialect.do_savepoint = saying("SAVEPOINT")
    dialect.do_release_savepoint = saying("RELEASE SAVEPOINT")
    dialect.do_rollback_to_savepoint = saying("ROLLBACK TO SAVEPOINT")
