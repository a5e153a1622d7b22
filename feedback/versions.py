"""Rows that count their versions: of two people who change one at once, the second is told; the rows aren't here."""

from typing import Protocol, TypeVar

from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from feedback.errors import Conflict


class Versioned(Protocol):
    """A row whose class has a ``version_id_col``."""

    @property
    def version(self) -> int:
        """1 for a new row, one more with each change."""


_Row = TypeVar("_Row", bound=Versioned)


def as_read(row: _Row, expected_version: int | None) -> _Row:
    """The row, if it still is what somebody saw (None: nobody looked). Raises Conflict with the present row."""
    if expected_version is not None and row.version != expected_version:
        raise Conflict(present=row)
    return row


def store(session: Session) -> None:
    """Flush. Raises Conflict where somebody else changed one of the rows since this transaction read it."""
    try:
        session.flush()
    except StaleDataError as error:
        raise Conflict from error
