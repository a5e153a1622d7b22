"""What happened on a case and what was promised on it, read for its page; how it is told is in activity.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from feedback.actors import ActorKind
from feedback.cases.activity import Happened, Look, kinds_of
from feedback.cases.models import Activity, Promise
from feedback.cases.states import PromiseState
from feedback.delivery.models import InboundMail
from feedback.staff.models import StaffMember

#: How much of a timeline is shown at first, and at most.
SHOWN: Final = 50
MOST: Final = 1000
MADE: Final = "made"
_PUT_OFF: Final = Happened.PROMISE_MOVED.value
_GIVEN_UP: Final = Happened.PROMISE_CANCELLED.value


class Part(StrEnum):
    """Which part of a timeline is asked for."""

    ALL = ""
    TALK = "talk"
    PROMISES = "promises"
    NOTES = "notes"


@dataclass(frozen=True, slots=True)
class ActivityView:
    """One thing that happened; ``activity.sentence(kind, facts)`` tells it.

    ``quoted`` is what was cut from a mail as a quote: where somebody wrote into it, it isn't lost.
    """

    id: int
    kind: str
    actor_kind: str
    actor_label: str
    facts: Mapping[str, Any]
    text: str | None
    at: datetime
    quoted: str = ""


@dataclass(frozen=True, slots=True)
class PutOff:
    """That a promise was put off: from when, to when, and why."""

    before: datetime
    due_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class PromiseView:
    """One promise. ``keeper`` is who is to keep it, ``maker`` who made it, ``why`` why it is no longer needed."""

    id: int
    public_id: str
    kind: str
    state: str
    what: str
    keeper: str | None
    maker: str | None
    due_at: datetime
    made_at: datetime
    settled_at: datetime | None
    moves: tuple[PutOff, ...] = ()
    why: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it can still be kept."""
        return self.state == PromiseState.OPEN

    @property
    def is_first_answer(self) -> bool:
        """Whether it is the one that the thank-you page made."""
        return self.kind != MADE

    def late(self, now: datetime) -> bool:
        """Whether its time is over without it having been kept, whether or not that was noted yet."""
        return self.state == PromiseState.BROKEN or (self.is_open and self.due_at < now)


def activity_of(
    session: Session, site_id: int, case_id: int, *, part: Part = Part.ALL, limit: int = SHOWN
) -> tuple[ActivityView, ...]:
    """The newest rows of a case, oldest of them first, in one statement, or two where mails are among them."""
    rows = session.scalars(
        select(Activity)
        .where(Activity.site_id == site_id, Activity.case_id == case_id, *_of(part))
        .order_by(Activity.id.desc())
        .limit(limit)
    ).all()
    found = [
        ActivityView(row.id, row.kind, row.actor_kind, row.actor_label, row.facts, row.text, row.at)
        for row in reversed(rows)
    ]
    return _with_quotes(session, site_id, found)


def last_activity(session: Session, site_id: int, case_id: int) -> int:
    """Id of the newest row of a case; 0 where there is none."""
    query = select(func.max(Activity.id)).where(Activity.site_id == site_id, Activity.case_id == case_id)
    return session.scalar(query) or 0


def promises_of(session: Session, site_id: int, case_id: int) -> tuple[PromiseView, ...]:
    """The promises of a case, oldest first, with how each was put off, in two statements."""
    keeper, maker = aliased(StaffMember), aliased(StaffMember)
    rows = session.execute(
        select(Promise, keeper.name.label("keeper"), maker.name.label("maker"))
        .outerjoin(keeper, keeper.id == Promise.staff_id)
        .outerjoin(maker, maker.id == Promise.made_by)
        .where(Promise.site_id == site_id, Promise.case_id == case_id)
        .order_by(Promise.id)
    ).all()
    if not rows:
        return ()
    told = session.execute(
        select(Activity.kind, Activity.facts, Activity.text)
        .where(Activity.site_id == site_id, Activity.case_id == case_id, Activity.kind.in_((_PUT_OFF, _GIVEN_UP)))
        .order_by(Activity.id)
    ).all()
    return tuple(_promise(row, [one for one in told if one.facts.get("promise") == row[0].public_id]) for row in rows)


def _promise(row: Any, told: Sequence[Any]) -> PromiseView:
    promise: Promise = row[0]
    given_up = next((one.text or "" for one in told if one.kind == _GIVEN_UP), "")
    return PromiseView(
        id=promise.id,
        public_id=promise.public_id,
        kind=promise.kind,
        state=promise.state,
        what=promise.what,
        keeper=row.keeper,
        maker=row.maker,
        due_at=promise.due_at,
        made_at=promise.made_at,
        settled_at=promise.settled_at,
        moves=tuple(_put_off(one) for one in told if one.kind == _PUT_OFF),
        why=given_up.removeprefix(promise.what).strip(),
    )


def _put_off(row: Any) -> PutOff:
    facts = row.facts
    return PutOff(datetime.fromisoformat(facts["before"]), datetime.fromisoformat(facts["due_at"]), row.text or "")


def _of(part: Part) -> list[ColumnElement[bool]]:
    if part is Part.TALK:
        said = Activity.kind.in_((*kinds_of(Look.CUSTOMER), *kinds_of(Look.STAFF)))
        return [or_(said, Activity.actor_kind == ActorKind.CUSTOMER.value)]
    if part is Part.PROMISES:
        return [Activity.kind.in_(kinds_of(Look.PROMISE))]
    if part is Part.NOTES:
        return [and_(Activity.kind.in_(kinds_of(Look.NOTE)), func.length(Activity.text) > 0)]
    return []


def _with_quotes(session: Session, site_id: int, rows: list[ActivityView]) -> tuple[ActivityView, ...]:
    mails = {str(row.facts["mail"]) for row in rows if row.facts.get("mail")}
    if not mails:
        return tuple(rows)
    found = session.execute(
        select(InboundMail.public_id, InboundMail.quoted).where(
            InboundMail.site_id == site_id, InboundMail.public_id.in_(mails), InboundMail.quoted != ""
        )
    )
    quotes = {row.public_id: row.quoted for row in found}
    return tuple(replace(row, quoted=quotes.get(str(row.facts.get("mail")), "")) for row in rows)
