"""The number of a case: the next one of its site, without gaps, however many are opened at once.

Whoever takes a number keeps the others of the site waiting until the commit. On SQLite they wait at the door anyway.
On PostgreSQL a new case gets a place in between, below zero and nobody else's, and its number as the last thing
before the commit.
"""

from __future__ import annotations

import secrets
from functools import partial
from typing import Any, Final

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from feedback.cases.actions.records import CASES
from feedback.cases.models import CaseCounter
from feedback.db import BigKey, at_the_end

COUNTERS: Final[Table] = CaseCounter.metadata.tables["case_counter"]
_SITE: Final = bindparam("of_site", type_=BigKey)
_CASE: Final = bindparam("of_case", type_=BigKey)


def _counting(insert: Any) -> Any:
    number = COUNTERS.c.next_number
    first = insert(COUNTERS).values(site_id=_SITE, next_number=2)
    counted = first.on_conflict_do_update(index_elements=["site_id"], set_={"next_number": number + 1})
    return counted.returning((number - 1).label("number"))


# Made once: putting a statement together costs more than running it.
_TAKE: Final = _counting(sqlite.insert)
_TURN: Final = _counting(postgresql.insert).cte("turn")
_SETTLE: Final = (
    update(CASES)
    .where(CASES.c.site_id == _SITE, CASES.c.id == _CASE)
    .values(number=select(_TURN.c.number).scalar_subquery())
)


def take(session: Session, site_id: int) -> int:
    """The number to open a case with, or the place that stands for it."""
    if session.get_bind().dialect.name != "sqlite":
        return -1 - secrets.randbelow(2**31 - 1)
    return int(session.execute(_TAKE, {"of_site": site_id}).scalar_one())


def give_back(session: Session, site_id: int, number: int) -> None:
    """No case came of it; nobody has taken the one after it meanwhile."""
    if number > 0:
        session.execute(
            update(COUNTERS).where(COUNTERS.c.site_id == site_id).values(next_number=COUNTERS.c.next_number - 1)
        )


def settle(session: Session, site_id: int, case_id: int, number: int) -> None:
    """The case is there: where it has a place only, it gets its number before the commit."""
    if number < 0:
        keys = {"of_site": site_id, "of_case": case_id}
        at_the_end(session, partial(session.execute, _SETTLE, keys))
