"""What may come once only for a while: a solved challenge, the same words, a mail to an address that was typed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from feedback import clock
from feedback.responses.models import Seen, SeenKind

_SEEN = cast(Table, Seen.__table__)


@dataclass(frozen=True, slots=True)
class Once:
    """Something that comes once until a moment; who comes second is held back for the reason ``flag``."""

    kind: SeenKind
    digest: str
    until: datetime
    flag: str = ""


def _first(insert: Any) -> Any:
    """An insert that takes the place of one whose time is over, and gives nothing where there is another."""
    values = insert(_SEEN)
    return values.on_conflict_do_update(
        index_elements=[_SEEN.c.site_id, _SEEN.c.kind, _SEEN.c.digest],
        set_={"expires_at": values.excluded.expires_at},
        where=_SEEN.c.expires_at <= bindparam("now"),
    ).returning(_SEEN.c.id)


# Made once: putting it together costs more than running it.
_FIRST = {name: _first(insert) for name, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))}


def comes_first(session: Session, site_id: int, one: Once) -> bool:
    """Whether this has not come to the site before, of however many at once; one statement."""
    values = {"site_id": site_id, "kind": one.kind.value, "digest": one.digest, "expires_at": one.until}
    found = session.execute(_FIRST[session.get_bind().dialect.name], {**values, "now": clock.now()})
    return found.scalar_one_or_none() is not None
