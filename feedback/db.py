"""The database: base class, column types, engines, the one write door, and insert_once; no feature's tables."""

import base64
import fcntl
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    URL,
    BigInteger,
    CheckConstraint,
    ColumnElement,
    Connection,
    Dialect,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    make_url,
    text,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, Session, SessionTransaction, mapped_column
from sqlalchemy.types import TIMESTAMP, TypeDecorator, TypeEngine

from feedback.engines import ask_after_a_rest, prepare_sqlite, save_plainly
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


@lru_cache(maxsize=64)
def _as_text(moment: datetime) -> str:
    """Sortable; most rows of a transaction are of one moment."""
    return f"{moment.astimezone(UTC).isoformat(timespec='microseconds')[:26]}Z"


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
        return _as_text(value) if dialect.name == "sqlite" else value.astimezone(UTC)

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


def enum_check(column: str, values: type[StrEnum]) -> CheckConstraint:
    """CHECK that a text column holds one of the values."""
    allowed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({allowed})", name=column)


def at_the_end(session: Session, last: Callable[[], object]) -> None:
    """Do something as the last thing before the commit: what others have to wait for from then on.

    In a session that ``write()`` didn't open it is done at once.
    """
    waiting = session.info.get(_LAST)
    if waiting is None:
        last()
    else:
        waiting.append(last)


def held_to(site_id: Any, column: ColumnElement[int]) -> ColumnElement[bool]:
    """``column = site_id`` about a row that its own key finds: no index on the site stands in for that one.

    PostgreSQL, before it has gathered statistics, would take one for as good and read every row of the site.
    """
    known: ColumnElement[bool] = (column == site_id).is_(true())
    return known


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
    session: Session,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    index_elements: Sequence[str],
    index_where: ColumnElement[bool] | None = None,
) -> list[int]:
    """Insert the rows that aren't there yet, all in one statement; the ids of the new ones, in any order."""
    if not rows:
        return []
    statement = _inserting(session.get_bind().dialect.name, table, tuple(index_elements), index_where)
    return [int(found) for found in session.scalars(statement, [dict(row) for row in rows])]


def insert_many(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows by the hundred, all with the same columns and no defaults left out; on PostgreSQL by COPY."""
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        connection.execute(table.insert(), list(rows))
        return
    quote = connection.dialect.identifier_preparer.quote
    columns = ", ".join(map(quote, rows[0]))
    driver: Any = connection.connection.dbapi_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {quote(table.name)} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([row[name] for name in rows[0]])


@lru_cache(maxsize=256)
def _inserting(dialect: str, table: Table, index_elements: tuple[str, ...], index_where: Any) -> Any:
    """Made once: putting a statement together costs more than running it. A condition is known by its identity."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(table).on_conflict_do_nothing(index_elements=list(index_elements), index_where=index_where)
    return statement.returning(table.c.id)


class Straight(Session):
    """A session on a connection, to which its Core statements go straight.

    The ORM's own look at each takes as long as sending it; only statements about mapped classes need it. Whoever
    has opened the connection ends its transaction.
    """

    def __init__(self, connection: Connection, **options: Any) -> None:
        super().__init__(connection, expire_on_commit=False, **options)
        self._line = connection

    def execute(self, statement: Any, params: Any = None, **more: Any) -> Any:
        if more or statement._propagate_attrs:
            return super().execute(statement, params, **more)
        return self._line.execute(statement, params)

    def begin_nested(self) -> SessionTransaction:
        nested = super().begin_nested()
        self.connection()  # sets it now, not when the ORM first sends something
        return nested


class Database:
    """Engines of one process, made at first use after a fork, and the two ways in: ``read`` and ``write``.

    Reading is enforced read-only by the database itself. On SQLite all writes go through one door: an
    in-process mutex, then a file lock shared by every process, then BEGIN IMMEDIATE. On PostgreSQL a process opens
    at most ``connections`` for reading and as many for writing. ``in_bulk`` is for a million rows at once: there
    each statement is planned anew, since a plan made for an empty table stays with it.
    """

    def __init__(self, settings: Settings, *, connections: int = 8, in_bulk: bool = False) -> None:
        self.settings = settings
        self.in_bulk = in_bulk
        self.connections = connections
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
                self._open_postgres()
            self._lazy_writer = self._writer.execution_options(lazily=True)
            self._pid = os.getpid()

    def _open_sqlite(self) -> None:
        path = self.settings.sqlite_path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock_file = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        arguments: dict[str, Any] = {"timeout": 5.0, "isolation_level": None, "check_same_thread": False}
        synchronous = self.settings.sqlite_synchronous
        url = URL.create("sqlite", database=str(path))  # the path as it is: a folder may have a ? in its name
        self._writer = create_engine(url, connect_args=arguments, pool_size=2, max_overflow=16, hide_parameters=True)
        self._reader = create_engine(
            url,
            connect_args=arguments,
            hide_parameters=True,  # errors stand in logs, and what people wrote doesn't
            pool_size=16,
            max_overflow=16,
            pool_use_lifo=True,  # the connections in use stay few and warm, the others cost nothing
        )
        save_plainly(self._writer)
        prepare_sqlite(self._writer, begin="BEGIN IMMEDIATE", synchronous=synchronous)
        prepare_sqlite(self._reader, begin="BEGIN", synchronous=synchronous, read_only=True)

    def _open_postgres(self) -> None:
        url = make_url(self.settings.database_url)
        # A server has a hundred connections for all processes together, so who comes later waits here. Who writes
        # may want to read as well; nobody who reads waits for a writer, so that nobody waits in a circle.
        pool: dict[str, Any] = {"pool_size": self.connections, "max_overflow": 0, "pool_use_lifo": True}
        pool["hide_parameters"] = True
        arguments: dict[str, Any] = {"prepare_threshold": None} if self.in_bulk else {}
        self._writer = create_engine(url, connect_args=arguments, **pool)
        # Each statement of ours sees the moment at which it begins, in a transaction or not: reading needs no BEGIN.
        options = f"{url.query.get('options', '')} -c default_transaction_read_only=on".strip()
        arguments = arguments | {"options": options}
        self._reader = create_engine(url, isolation_level="AUTOCOMMIT", connect_args=arguments, **pool)
        save_plainly(self._writer)
        # Many rows are one statement and one round trip, not a pipeline of as many statements.
        self._writer.dialect.use_insertmanyvalues_wo_returning = True
        for engine in (self._writer, self._reader):
            ask_after_a_rest(engine)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that can only read."""
        with self.reader.connect() as connection, Straight(connection, autoflush=False) as session:
            yield session

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
            with (self._lazy_writer if lazily else writer).begin() as connection, Straight(connection) as session:
                if lazily and not self.settings.is_sqlite:
                    session.execute(_LAZILY)
                last: list[Callable[[], object]] = []
                session.info[_LAST] = last
                yield session
                for one in last:
                    one()
                session.flush()
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


_LAST = "at the end"
_LAZILY = text("SET LOCAL synchronous_commit TO off")


__all__ = [
    "BATCH",
    "Base",
    "BigKey",
    "Database",
    "Mapped",
    "UtcDateTime",
    "at_the_end",
    "big_key",
    "enum_check",
    "held_to",
    "insert_each_once",
    "insert_many",
    "insert_once",
    "mapped_column",
    "new_public_id",
    "personal",
    "public_id_column",
]
