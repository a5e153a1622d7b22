"""Reading bursts of opt-outs that somebody should look at: who is in them, and what became of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from feedback import clock
from feedback.customers.models import Customer
from feedback.db import BATCH
from feedback.links.models import Link
from feedback.links.purposes import Purpose
from feedback.preferences.bursts import AT_ONCE, LEAST, Burst, Seen, bursts
from feedback.preferences.models import Channel, OptOut, Reason, Suppression

#: How long they are looked for, and how many opt-outs back at most.
LATELY: Final = timedelta(days=14)
_MOST: Final = 5_000
#: What stands as the source of a stop after somebody looked at it.
ROBOTS: Final = "robots"
PEOPLE: Final = "people"


class Fate(StrEnum):
    """What became of an opt-out: nobody has looked yet, or what they decided."""

    OPEN = "open"
    RESTORED = "restored"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Member:
    """One opt-out of a burst; ``email`` is empty where only its hash is left."""

    id: int
    email: str
    scope: str
    topic: str
    at: datetime
    fate: Fate


@dataclass(frozen=True, slots=True)
class Suspected:
    """A burst as staff see it. ``key`` is the public id of its first opt-out."""

    key: str
    by: str
    name: str
    first_at: datetime
    last_at: datetime
    members: tuple[Member, ...]

    @property
    def open(self) -> bool:
        """Whether nobody has decided about some of them."""
        return any(one.fate is Fate.OPEN for one in self.members)


def suspected(session: Session, site_id: int) -> list[Suspected]:
    """The bursts of the last fortnight, newest first, those that were looked at too."""
    rows = _rows(session, site_id)
    seen = [one for one, _, _ in rows.values()]
    # Of a lot of mail to a provider some are always quick: only then it matters how many went there.
    often = [name for name, count in Counter(one.domain for one in seen if one.domain).items() if count >= LEAST]
    mailed = _mailed(session, site_id, often, min((one.mailed_at for one in seen), default=clock.now()))
    return [_shown(burst, rows) for burst in bursts(seen, mailed)]


def suspected_by_key(session: Session, site_id: int, key: str) -> Suspected | None:
    """One of them; None where it is long ago, or its first one was closed by something else meanwhile."""
    return next((one for one in suspected(session, site_id) if one.key == key), None)


_Row = tuple[Seen, Member, str]


def _rows(session: Session, site_id: int) -> dict[int, _Row]:
    """Quick opt-outs by a link whose stop is still theirs: what a complaint, a bounce or staff took over isn't."""
    found = session.execute(
        select(
            OptOut.id,
            OptOut.public_id,
            OptOut.at,
            OptOut.network,
            OptOut.scope,
            OptOut.topic,
            OptOut.address_key,
            OptOut.undone_at,
            Link.issued_at,
        )
        .join(Link, and_(Link.site_id == OptOut.site_id, Link.id == OptOut.link_id))
        .where(
            OptOut.site_id == site_id,
            OptOut.at > clock.now() - LATELY,
            OptOut.channel.in_((Channel.PAGE, Channel.ONE_CLICK)),
        )
        .order_by(OptOut.at.desc(), OptOut.id.desc())
        .limit(_MOST)
    )
    quick = [row for row in found if row.at - row.issued_at < AT_ONCE]
    if len(quick) < LEAST:  # nearly always: nothing more is read then
        return {}
    stops = _stops(session, site_id, quick)
    rows: dict[int, _Row] = {}
    for row in quick:
        if row.public_id in stops:
            email, fate = stops[row.public_id]
            seen = Seen(row.id, row.at, row.issued_at, email.rpartition("@")[2].casefold(), row.network)
            rows[row.id] = seen, Member(row.id, email, row.scope, row.topic, row.at, fate), row.public_id
    return rows


def _stops(session: Session, site_id: int, quick: Sequence[Any]) -> dict[str, tuple[str, Fate]]:
    """By opt-out: the address, and what became of its stop. Those in force are found by their address."""
    table = Suppression
    mine = (table.site_id == site_id, table.reason == Reason.UNSUBSCRIBE.value)
    columns = select(table.opt_out, table.email, table.source)
    found: dict[str, tuple[str, Fate]] = {}
    for start in range(0, len(quick), BATCH):
        some = quick[start : start + BATCH]
        ids = {row.public_id for row in some}
        there = columns.where(
            *mine, table.address_key.in_({row.address_key for row in some}), table.lifted_at.is_(None)
        )
        for row in session.execute(there):
            if row.opt_out in ids:
                found[row.opt_out] = row.email, Fate.KEPT if row.source == PEOPLE else Fate.OPEN
        undone = {row.public_id for row in some if row.undone_at is not None}
        if undone:
            lifted = columns.where(*mine, table.opt_out.in_(undone), table.source == ROBOTS)
            for row in session.execute(lifted.where(table.lifted_at.is_not(None))):
                found.setdefault(row.opt_out, (row.email, Fate.RESTORED))
    return found


def _mailed(session: Session, site_id: int, domains: Sequence[str], since: datetime) -> dict[str, int]:
    """How many links to stop mails went to customers at each of the domains since then."""
    counts = {}
    for domain in domains:
        query = (
            select(func.count())
            .select_from(Link)
            .join(Customer, and_(Customer.site_id == Link.site_id, Customer.id == Link.customer_id))
            .where(
                Link.site_id == site_id,
                Link.purpose == Purpose.UNSUBSCRIBE.value,
                Link.issued_at >= since,
                func.lower(Customer.email).endswith(f"@{domain}", autoescape=True),
            )
        )
        counts[domain] = session.scalar(query) or 0
    return counts


def _shown(burst: Burst, rows: dict[int, _Row]) -> Suspected:
    members = tuple(rows[one][1] for one in burst.opt_outs)
    return Suspected(rows[burst.opt_outs[0]][2], burst.by, burst.name, burst.first_at, burst.last_at, members)
