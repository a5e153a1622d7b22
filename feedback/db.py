"""The database: base class, column types, engines, the one write door, and insert_once; no feature's tables."""

import base64
import fcntl
import os
import secrets
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    Dialect,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, Session, mapped_column
from sqlalchemy.types import TIMESTAMP, TypeDecorator, TypeEngine

from feedback.settings import Settings

PERSONAL_KINDS = ("no", "blank", "delete")
BATCH = 500
#: How much work a power cut may undo where a commit need not wait for the disk.
LAZY_SECONDS = 1.0

#: Big on PostgreSQL; on SQLite only INTEGER PRIMARY KEY is the row id.
BigKey = BigInteger().with_variant(Integer(), "sqlite")


class Base(DeclarativeBase):
    """Base of every table, with names for every constraint so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC: timestamptz, or on SQLite sortable ISO text with microseconds. Refuses naive values."""

    impl = TIMESTAMP(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(27))
        return dialect.type_descriptor(TIMESTAMP(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive time {value!r}: every stored time is aware")
        value = value.astimezone(UTC)
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value)  # its Z is UTC; strptime takes thirty times as long
        moment: datetime = value
        return moment.astimezone(UTC)


def big_key() -> MappedColumn[int]:
    """The inner primary key of a table; never shown outside."""
    return mapped_column(BigKey, primary_key=True, autoincrement=True)


def new_public_id() -> str:
    """16 random bytes as 26 lower-case base32 characters: what API, webhooks and console addresses show."""
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


def public_id_column() -> MappedColumn[str]:
    """The outer key of a row."""
    return mapped_column(String(26), unique=True, default=new_public_id, info=personal("no"))


def personal(kind: str) -> dict[str, str]:
    """What erasure does to a column: no (not personal), blank, delete (the row), or ``keep: why``."""
    if kind not in PERSONAL_KINDS and not kind.startswith("keep: "):
        raise ValueError(kind)
    return {"personal": kind}


def text_column(kind: str, *, nullable: bool = False, default: str | None = None) -> MappedColumn[Any]:
    """A text column that says what erasure does to it."""
    return mapped_column(Text(), nullable=nullable, default=default, info=personal(kind))


def text_enum(values: type[StrEnum]) -> String:
    """The type of a column that holds a StrEnum as text; pair it with ``enum_check``."""
    return String(max(len(value) for value in values) + 8)


def enum_check(column: str, values: type[StrEnum]) -> CheckConstraint:
    """CHECK that a text column holds one of the values."""
    allowed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({allowed})", name=column)


def insert_once(
    session: Session,
    table: Table,
    values: Mapping[str, Any],
    index_elements: Sequence[str],
    index_where: ColumnElement[bool] | None = None,
) -> int | None:
    """Insert a row unless one with the same unique key is there; the new row's id, or None. Safe with many at once."""
    statement = _inserting(session.get_bind().dialect.name, table, tuple(index_elements), index_where)
    found = session.execute(statement, dict(values)).scalar_one_or_none()
    return None if found is None else int(found)


def insert_each_once(
    session: Session, table: Table, rows: Sequence[Mapping[str, Any]], index_elements: Sequence[str]
) -> list[int]:
    """Insert the rows that aren't there yet, all in one statement; the ids of the new ones, in any order."""
    if not rows:
        return []
    statement = _inserting(session.get_bind().dialect.name, table, tuple(index_elements), None)
    return [int(found) for found in session.scalars(statement, [dict(row) for row in rows])]


@lru_cache(maxsize=256)
def _inserting(dialect: str, table: Table, index_elements: tuple[str, ...], index_where: Any) -> Any:
    """Made once: putting a statement together costs more than running it. A condition is known by its identity."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(table).on_conflict_do_nothing(index_elements=list(index_elements), index_where=index_where)
    return statement.returning(table.c.id)


class Database:
    """Engines of one process, made at first use after a fork, and the two ways in: ``read`` and ``write``.

    Reading is enforced read-only by the database itself. On SQLite all writes go through one door: an
    in-process mutex, then a file lock shared by every process, then BEGIN IMMEDIATE.
    """

    def __init__(self, settings: Settings, *, threads: int = 16) -> None:
        self.settings = settings
        self.threads = threads
        self._pid = -1
        self._making = threading.Lock()
        self._mutex = threading.Lock()
        self._reader: Engine
        self._writer: Engine
        self._lazy_writer: Engine
        self._settled_at = 0.0
        self._lock_file = -1

    @property
    def reader(self) -> Engine:
        """The engine that can only read."""
        self._ensure()
        return self._reader

    @property
    def writer(self) -> Engine:
        """The engine that writes; use ``write()`` rather than this."""
        self._ensure()
        return self._writer

    def _ensure(self) -> None:
        if self._pid == os.getpid():
            return
        with self._making:
            if self._pid == os.getpid():
                return
            self._mutex = threading.Lock()
            if self.settings.is_sqlite:
                self._open_sqlite()
            else:
                engine = create_engine(
                    self.settings.database_url,
                    pool_size=self.threads,
                    max_overflow=self.threads,
                    pool_pre_ping=True,
                )
                save_plainly(engine)
                self._writer = engine
                self._reader = engine.execution_options(postgresql_readonly=True)
            self._lazy_writer = self._writer.execution_options(lazily=True)
            self._pid = os.getpid()

    def _open_sqlite(self) -> None:
        path = self.settings.sqlite_path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock_file = os.open(_lock_path(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        arguments: dict[str, Any] = {"timeout": 5.0, "isolation_level": None, "check_same_thread": False}
        synchronous = self.settings.sqlite_synchronous
        self._writer = create_engine(
            self.settings.database_url, connect_args=arguments, pool_size=2, max_overflow=self.threads
        )
        self._reader = create_engine(
            self.settings.database_url,
            connect_args=arguments,
            pool_size=self.threads,
            max_overflow=self.threads,
            pool_use_lifo=True,  # the connections in use stay few and warm, the others cost nothing
        )
        save_plainly(self._writer)
        prepare_sqlite(self._writer, begin="BEGIN IMMEDIATE", synchronous=synchronous)
        prepare_sqlite(self._reader, begin="BEGIN", synchronous=synchronous, read_only=True)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that can only read."""
        session = Session(self.reader, expire_on_commit=False, autoflush=False)
        try:
            yield session
        finally:
            session.close()

    @contextmanager
    def write(self, *, lazily: bool = False) -> Iterator[Session]:
        """The one write transaction: committed at the end, rolled back on any error. Keep it short.

        ``lazily`` is for many small records of work that would only be done again without them: within a second
        after a commit that waited for the disk, theirs doesn't. A crash of the program undoes nothing, a power
        cut at most that second.
        """
        writer = self.writer
        lazily = lazily and time.monotonic() - self._settled_at < LAZY_SECONDS
        with self.door():
            with Session(self._lazy_writer if lazily else writer, expire_on_commit=False) as session, session.begin():
                if lazily and not self.settings.is_sqlite:
                    session.execute(_LAZILY)
                yield session
            if not lazily:
                self._settled_at = time.monotonic()

    @contextmanager
    def door(self) -> Iterator[None]:
        """One writer at a time on SQLite, over all threads and processes; nothing to wait for on PostgreSQL."""
        self._ensure()
        if not self.settings.is_sqlite:
            yield
            return
        with self._mutex:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._lock_file, fcntl.LOCK_UN)

    def dispose(self) -> None:
        """Close every connection of this process."""
        if self._pid != os.getpid():
            return
        self._writer.dispose()
        self._reader.dispose()
        if self._lock_file >= 0:
            with suppress(OSError):
                os.close(self._lock_file)
            self._lock_file = -1
        self._pid = -1


_LAZILY = text("SET LOCAL synchronous_commit TO off")


def _lock_path(path: Path) -> Path:
    return path.with_name(path.name + ".lock")


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


def save_plainly(engine: Engine) -> None:
    """Savepoints past SQLAlchemy's own machinery, which makes a statement of every new name."""

    def saying(word: str) -> Any:
        return lambda connection, name: connection.connection.dbapi_connection.execute(f"{word} {name}")

    dialect: Any = engine.dialect
    dialect.do_savepoint = saying("SAVEPOINT")
    dialect.do_release_savepoint = saying("RELEASE SAVEPOINT")
    dialect.do_rollback_to_savepoint = saying("ROLLBACK TO SAVEPOINT")


@contextmanager
def session_scope(database: Database) -> Iterator[Session]:
    """The write transaction of a command: one per batch of at most BATCH rows."""
    with database.write() as session:
        yield session


__all__ = [
    "BATCH",
    "Base",
    "BigKey",
    "Database",
    "Mapped",
    "UtcDateTime",
    "big_key",
    "enum_check",
    "insert_each_once",
    "insert_once",
    "mapped_column",
    "new_public_id",
    "personal",
    "prepare_sqlite",
    "public_id_column",
    "session_scope",
    "text_column",
    "text_enum",
]
