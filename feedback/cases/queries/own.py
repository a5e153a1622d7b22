"""A case as its customer may see it: their answers, what was promised, what was done; nothing that is staff's own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BindParameter, Select, and_, bindparam, desc, select
from sqlalchemy.orm import Session

from feedback.cases.activity import LINES, Happened, Look, OnPage, kinds_of
from feedback.cases.models import Case
from feedback.cases.showing import Behind
from feedback.cases.states import Outcome, PromiseState, State
from feedback.delivery.models import OutboxMail
from feedback.errors import NotFound
from feedback.links.purposes import Purpose
from feedback.responses.models import State as ResponseState
from feedback.responses.queries import SITE_COLUMNS, AskedSurvey, site_from
from feedback.surveys.answers import from_rows
from feedback.surveys.definition import Role
from feedback.surveys.queries import published_definitions
from feedback.surveys.telling import Told, tell

#: More than anybody scrolls through; of a longer story the end is told.
MOST = 400
#: Who somebody is and where they are reached is never shown, whoever holds the link.
_NOT_SHOWN: Final = frozenset({Role.NAME, Role.EMAIL})
_COUNTED: Final = (ResponseState.COMPLETE.value, ResponseState.PARTIAL.value)
#: Promises stand by themselves, each with what became of it.
_TOLD: Final = tuple(
    str(kind) for kind, line in LINES.items() if line.on_page is not OnPage.NOTHING and line.look is not Look.PROMISE
)
#: The case itself was opened by what the customer told us.
_BY_CUSTOMER: Final = frozenset({Happened.OPENED.value, *kinds_of(Look.CUSTOMER)})
_OF_PROMISES: Final = (Happened.PROMISE_MOVED.value, Happened.PROMISE_CANCELLED.value)


@dataclass(frozen=True, slots=True)
class OwnLink:
    """What a link to a case is about; ``site`` names no survey."""

    site: AskedSurvey
    reply_to: str | None
    link_id: int
    locale: str
    case_id: int
    customer_id: int | None
    number: int
    outcome: Outcome | None
    replied_at: datetime | None
    time_zone: str | None
    behind: Behind

    @property
    def is_resolved(self) -> bool:
        """Whether the case is closed."""
        return self.behind.state is State.RESOLVED


@dataclass(frozen=True, slots=True)
class Said:
    """One response of the customer, told in the language in which they gave it."""

    at: datetime
    locale: str
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """A promise was put off: from when, and why."""

    before: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Promised:
    """One promise; ``what`` is empty for the first answer. ``reason`` says why it is no longer needed."""

    is_first: bool
    state: PromiseState
    what: str
    due_at: datetime
    settled_at: datetime | None
    moved: tuple[Moved, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Done:
    """One thing that happened; ``words`` and ``who`` only where the customer is to have them."""

    kind: str
    at: datetime
    words: str
    who: str
    by_customer: bool
    by_mail: bool
    known: bool
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OwnCase:
    """Everything that the page tells, each part in the order in which it happened."""

    said: tuple[Said, ...]
    promised: tuple[Promised, ...]
    done: tuple[Done, ...]


_TABLES = Case.metadata.tables
_LINK, _SITE, _CUSTOMER = _TABLES["link"], _TABLES["site"], _TABLES["customer"]
_CASE, _ON_CASE, _PROMISE, _ACTIVITY = (_TABLES[name] for name in ("case", "case_response", "promise", "case_activity"))
_RESPONSE, _ANSWER, _SURVEY = _TABLES["response"], _TABLES["answer"], _TABLES["survey"]


def _behind_links() -> Select[Any]:
    site_id: BindParameter[int] = bindparam("site_id")
    return (
        select(
            *SITE_COLUMNS,
            _SITE.c.reply_to,
            _LINK.c.id.label("link_id"),
            _LINK.c.locale.label("link_locale"),
            _LINK.c.revoked_at,
            _CASE.c.id.label("case_id"),
            _CASE.c.customer_id,
            _CASE.c.number,
            _CASE.c.state,
            _CASE.c.outcome,
            _CASE.c.resolved_at,
            _CASE.c.replied_at,
            _CUSTOMER.c.time_zone.label("customer_zone"),
            _CUSTOMER.c.erased_at,
        )
        .select_from(
            _LINK.join(_SITE, _SITE.c.id == _LINK.c.site_id)
            .join(_CASE, and_(_CASE.c.id == _LINK.c.case_id, _CASE.c.site_id == site_id))
            .outerjoin(_CUSTOMER, and_(_CUSTOMER.c.id == _CASE.c.customer_id, _CUSTOMER.c.site_id == site_id))
        )
        .where(_LINK.c.site_id == site_id, _LINK.c.key == bindparam("key"), _LINK.c.purpose == Purpose.CASE.value)
    )


# Made once: putting a statement together costs as much as running it.
_BEHIND: Final = _behind_links()


def own_link(session: Session, site_id: int, key: bytes) -> OwnLink:
    """What a link is about, in one statement, also where it shows nothing any more. Raises NotFound."""
    row = session.execute(_BEHIND, {"site_id": site_id, "key": key}).one_or_none()
    if row is None:
        raise NotFound("link")
    return OwnLink(
        site=site_from(row),
        reply_to=row.reply_to,
        link_id=row.link_id,
        locale=row.link_locale,
        case_id=row.case_id,
        customer_id=row.customer_id,
        number=row.number,
        outcome=Outcome(row.outcome) if row.outcome else None,
        replied_at=row.replied_at,
        time_zone=row.customer_zone,
        behind=Behind(row.revoked_at is not None, row.erased_at is not None, State(row.state), row.resolved_at),
    )


def own_case(session: Session, site_id: int, case_id: int) -> OwnCase:
    """What the customer may know of a case, in three statements, and a fourth for surveys not seen before."""
    rows = session.execute(_ACTIVITIES, {"site_id": site_id, "case_id": case_id}).all()[::-1]
    return OwnCase(
        said=_said(session, site_id, case_id),
        promised=_promised(session, site_id, case_id, [row for row in rows if row.kind in _OF_PROMISES]),
        done=tuple(_done(row) for row in rows if row.kind not in _OF_PROMISES),
    )


_SAID: Final = (
    select(
        _RESPONSE.c.id,
        _RESPONSE.c.version_id,
        _RESPONSE.c.locale,
        _RESPONSE.c.created_at,
        _SURVEY.c.public_id,
        _ANSWER.c.question,
        _ANSWER.c.option,
        _ANSWER.c.number,
        _ANSWER.c.text,
    )
    .select_from(
        _ON_CASE.join(
            _RESPONSE, and_(_RESPONSE.c.id == _ON_CASE.c.response_id, _RESPONSE.c.site_id == bindparam("site_id"))
        )
        .join(_SURVEY, and_(_SURVEY.c.id == _RESPONSE.c.survey_id, _SURVEY.c.site_id == bindparam("site_id")))
        .join(_ANSWER, and_(_ANSWER.c.response_id == _RESPONSE.c.id, _ANSWER.c.site_id == bindparam("site_id")))
    )
    .where(
        _ON_CASE.c.site_id == bindparam("site_id"),
        _ON_CASE.c.case_id == bindparam("case_id"),
        _RESPONSE.c.state.in_(_COUNTED),
    )
    .order_by(_RESPONSE.c.created_at, _RESPONSE.c.id, _ANSWER.c.id)
)


def _said(session: Session, site_id: int, case_id: int) -> tuple[Said, ...]:
    found: dict[int, list[Any]] = {}
    for row in session.execute(_SAID, {"site_id": site_id, "case_id": case_id}):
        found.setdefault(row.id, []).append(row)
    firsts = [rows[0] for rows in found.values()]
    asked = published_definitions(session, site_id, {one.version_id: one.public_id for one in firsts})
    told = []
    for first, rows in zip(firsts, found.values(), strict=True):
        definition = asked.get(first.version_id)
        if definition is None:
            continue
        answers = from_rows((row.question, row.option, row.number, row.text) for row in rows)
        shown = tell(definition, answers, first.locale, first.locale)
        told.append(Said(first.created_at, first.locale, tuple(one for one in shown if _may_be_shown(one))))
    return tuple(one for one in told if one.told)


def _may_be_shown(told: Told) -> bool:
    return told.role not in _NOT_SHOWN and told.kind not in ("email", "")


_PROMISES: Final = (
    select(
        _PROMISE.c.public_id,
        _PROMISE.c.kind,
        _PROMISE.c.state,
        _PROMISE.c.what,
        _PROMISE.c.due_at,
        _PROMISE.c.settled_at,
    )
    .where(_PROMISE.c.site_id == bindparam("site_id"), _PROMISE.c.case_id == bindparam("case_id"))
    .order_by(_PROMISE.c.id)
)


def _promised(session: Session, site_id: int, case_id: int, told: Iterable[Any]) -> tuple[Promised, ...]:
    of_promise: dict[str, list[Any]] = {}
    for row in told:
        of_promise.setdefault(str(row.facts.get("promise")), []).append(row)
    return tuple(
        _promise(row, of_promise.get(row.public_id, []))
        for row in session.execute(_PROMISES, {"site_id": site_id, "case_id": case_id})
    )


def _promise(row: Any, told: list[Any]) -> Promised:
    moved = tuple(
        Moved(datetime.fromisoformat(one.facts["before"]), one.text or "")
        for one in told
        if one.kind == Happened.PROMISE_MOVED
    )
    ended = next((one.text or "" for one in told if one.kind == Happened.PROMISE_CANCELLED), "")
    return Promised(
        is_first=not row.what,
        state=PromiseState(row.state),
        what=row.what,
        due_at=row.due_at,
        settled_at=row.settled_at,
        moved=moved,
        reason=ended.removeprefix(row.what).strip(),
    )


_ACTIVITIES: Final = (
    select(
        _ACTIVITY.c.kind,
        _ACTIVITY.c.actor_kind,
        _ACTIVITY.c.actor_label,
        _ACTIVITY.c.facts,
        _ACTIVITY.c.text,
        _ACTIVITY.c.at,
    )
    .where(
        _ACTIVITY.c.site_id == bindparam("site_id"),
        _ACTIVITY.c.case_id == bindparam("case_id"),
        _ACTIVITY.c.kind.in_((*_TOLD, *_OF_PROMISES)),
    )
    .order_by(desc(_ACTIVITY.c.id))
    .limit(MOST)
)


def _done(row: Any) -> Done:
    facts = row.facts
    with_words = LINES[row.kind].on_page is OnPage.WORDS
    return Done(
        kind=row.kind,
        at=row.at,
        words=(row.text or "") if with_words else "",
        # Of staff only whoever speaks to the customer has a name here.
        who=row.actor_label if with_words and row.actor_kind == "staff" else "",
        by_customer=row.kind in _BY_CUSTOMER or row.actor_kind == "customer",
        by_mail=facts.get("channel") == "mail",
        known=bool(facts.get("known", True)),
        files=tuple(str(name) for name in facts.get("attachments", ())) if with_words else (),
    )


def was_mailed_since(
    session: Session, site_id: int, case_id: int, customer_id: int | None, name: str, since: datetime
) -> bool:
    """Whether such a mail about the customer's case was queued since then, whatever became of it."""
    query = select(OutboxMail.id).where(
        OutboxMail.site_id == site_id,
        OutboxMail.customer_id == customer_id,
        OutboxMail.case_id == case_id,
        OutboxMail.name == name,
        OutboxMail.created_at > since,
    )
    return session.execute(query.limit(1)).first() is not None


def case_of_response(session: Session, site_id: int, response_id: int) -> int | None:
    """The case that a response is on, the newest of several."""
    found: int | None = session.execute(
        select(_ON_CASE.c.case_id)
        .where(_ON_CASE.c.site_id == site_id, _ON_CASE.c.response_id == response_id)
        .order_by(desc(_ON_CASE.c.case_id))
        .limit(1)
    ).scalar_one_or_none()
    return found
