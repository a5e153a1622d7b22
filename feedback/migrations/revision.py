"""Which revision the database has and which this program knows, without Alembic: the web asks, and must start fast."""

from functools import lru_cache

from sqlalchemy import text
from sqlalchemy.exc import OperationalError, ProgrammingError

from feedback.db import Database
from feedback.paths import MIGRATIONS


def current(database: Database) -> str | None:
    """The revision of the database, None for an empty one. Raises OperationalError where it can't be reached."""
    try:
        with database.read() as session:
            found = session.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except ProgrammingError:
        return None
    except OperationalError as error:
        if "no such table" in str(error.orig):
            return None
        raise
    return None if found is None else str(found)


@lru_cache(maxsize=1)
def head() -> str:
    """The newest revision that this program knows: their files are numbered."""
    return max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))
