"""Half-finished answers of links: kept at each step, dropped when sent, stored as partial when they rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Table, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from feedback import clock
from feedback.responses.filling import Raw
from feedback.responses.models import Draft, Response, State

#: A draft that rests for so long is stored as a partial answer, so that it reaches somebody.
REST = timedelta(minutes=60)
#: A draft that was never worth storing is forgotten when its link is.
FORGET = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Resting:
    """A draft that nobody touched for an hour."""

    id: int
    site_id: int
    link_id: int
    version_id: int
    locale: str
    values: Raw
    touched_at: datetime


def save_draft(
    session: Session,
    site_id: int,
    link_id: int,
    *,
    version_id: int,
    locale: str,
    values: Raw,
    step: str,
    scored: bool,
) -> None:
    """Keep what was answered so far; the last one to write wins."""
    kept: dict[str, Any] = {
        "version_id": version_id,
        "locale": locale,
        "values": values,
        "step": step,
        "scored": scored,
        "touched_at": clock.now(),
    }
    table = cast(Table, Draft.__table__)
    statement = _insert(session, table).values(site_id=site_id, link_id=link_id, **kept)
    session.execute(statement.on_conflict_do_update(index_elements=["link_id"], set_=kept))


def drop_draft(session: Session, site_id: int, link_id: int) -> None:
    """Forget a draft; there may be none."""
    session.execute(delete(Draft).where(Draft.site_id == site_id, Draft.link_id == link_id))


def drop_left_over(session: Session, site_id: int, response_id: int) -> None:
    """Forget the draft of a link whose answer is finished; a partial one keeps it, to be gone on with."""
    table, responses = cast(Table, Draft.__table__), cast(Table, Response.__table__)
    finished = select(responses.c.link_id).where(
        responses.c.site_id == site_id,
        responses.c.id == response_id,
        responses.c.state != State.PARTIAL.value,
        responses.c.link_id.is_not(None),
    )
    session.execute(table.delete().where(table.c.site_id == site_id, table.c.link_id.in_(finished)))


def resting_drafts(session: Session, limit: int) -> Sequence[Resting]:
    """Drafts of every site whose scored question was answered and that have rested long enough, oldest first."""
    rows = session.execute(
        select(Draft)
        .where(Draft.site_id.is_not(None), Draft.scored.is_(True), Draft.touched_at <= clock.now() - REST)
        .order_by(Draft.touched_at, Draft.id)
        .limit(limit)
    ).scalars()
    return [
        Resting(row.id, row.site_id, row.link_id, row.version_id, row.locale, row.values, row.touched_at)
        for row in rows
    ]


def claim_resting(session: Session, draft: Resting) -> bool:
    """Mark a draft as stored, unless somebody went on with it or another worker was faster.

    It stays, so that whoever comes back goes on where they stopped; going on makes it due again.
    """
    table = cast(Table, Draft.__table__)
    done = session.execute(
        table.update()
        .where(
            table.c.site_id == draft.site_id,
            table.c.id == draft.id,
            table.c.scored.is_(True),
            table.c.touched_at == draft.touched_at,
        )
        .values(scored=False)
    )
    return cast(CursorResult[Any], done).rowcount == 1


def forget_old_drafts(session: Session) -> int:
    """Drop drafts that nobody touched for as long as a link lives; how many those were."""
    done = session.execute(delete(Draft).where(Draft.site_id.is_not(None), Draft.touched_at < clock.now() - FORGET))
    return cast(CursorResult[Any], done).rowcount


def _insert(session: Session, table: Table) -> "postgresql.Insert | sqlite.Insert":
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


__all__ = [
    "Resting",
    "claim_resting",
    "drop_draft",
    "drop_left_over",
    "forget_old_drafts",
    "resting_drafts",
    "save_draft",
]
