"""How cases come about and how answers join them, by a rule or by hand; what staff do with them is in moves.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, case, func, select, text, update
from sqlalchemy.orm import Session

from feedback import audit, clock
from feedback.actors import Actor, ActorKind
from feedback.cases.actions import numbering
from feedback.cases.actions.records import (
    CASES,
    earlier,
    log,
    promise,
    promise_again,
    put_on_case,
    raised,
)
from feedback.cases.activity import Happened
from feedback.cases.promises import WorkingHours, due_at
from feedback.cases.queries.detail import case_head
from feedback.cases.queries.intake import (
    SEARCH_KEY_LENGTH,
    UNRESOLVED,
    Answered,
    hours_of_site,
)
from feedback.cases.routing import DUE_MINUTES, Decision
from feedback.cases.states import Family, Kind, Priority, State, family_of
from feedback.customers.models import Customer
from feedback.db import insert_once, new_public_id
from feedback.errors import Conflict, Invalid, NotFound, Problem
from feedback.events import CaseAssigned, CaseOpened, emit
from feedback.i18n.text import N_, search_key

_UNRESOLVED_OF_CUSTOMER: Final = cast("ColumnElement[bool]", text("state <> 'resolved' AND customer_id IS NOT NULL"))
_TRIES = 3


@dataclass(frozen=True, slots=True)
class NewCase:
    """What a case is opened with. ``owner`` is asked for only if one is opened; ``promised`` makes the due time one.

    ``opt_out``: it came of an unsubscribe, so that those contact rules go for it whatever its kind. ``hours`` are
    the site's, where they are known already.
    """

    kind: Kind
    priority: Priority
    due_minutes: int
    language: str
    customer_id: int | None = None
    response_id: int | None = None
    score: int | None = None
    queue: str = ""
    rule_id: int | None = None
    rule_name: str = ""
    reasons: tuple[dict[str, Any], ...] = ()
    excerpt: str = ""
    search_key: str = ""
    promised: bool = False
    opt_out: bool = False
    hours: WorkingHours | None = None
    owner: Callable[[], tuple[int, str] | None] = lambda: None

    @property
    def family(self) -> Family:
        """Whose contact rules go for it."""
        return Family.OPT_OUT if self.opt_out else family_of(self.kind)


@dataclass(frozen=True, slots=True)
class Opened:
    """The case an answer led to; ``joined`` says that it was there already.

    ``promised`` is the moment that a new case promises, and ``who`` its owner.
    """

    case_id: int
    joined: bool
    promised: datetime | None = None
    who: str | None = None


def open_case(session: Session, actor: Actor, site_id: int, new: NewCase, *, joins: bool = True) -> Opened:
    """Open a case, or join the customer's unresolved one of the same family, however many do so at once.

    With ``joins=False`` an unresolved one raises Conflict instead, carrying it.
    """
    now = clock.now()
    owner = new.owner()
    due = due_at(now, new.due_minutes, new.hours or hours_of_site(session, site_id, now))
    for _ in range(_TRIES):
        number = numbering.take(session, site_id)
        case_id = _insert(session, site_id, new, owner, number, due, now)
        if case_id is not None:
            break
        numbering.give_back(session, site_id, number)
        there = _unresolved(session, site_id, new)
        if there is not None and not joins:
            raise Conflict(present=case_head(session, site_id, there))
        if there is not None and _join(session, actor, site_id, there, new, due, now):
            return Opened(there, joined=True)
        # The one in the way was resolved between the two statements: try again.
    else:
        raise Conflict
    numbering.settle(session, site_id, case_id, number)
    if new.response_id is not None:
        put_on_case(session, site_id, case_id, new.response_id, now)
    if new.promised:
        promise(session, site_id, case_id, owner[0] if owner else None, due, now)
    happened = Happened.OPENED if new.rule_name else Happened.OPENED_BY_HAND
    facts: dict[str, Any] = {"rule": new.rule_name, "reasons": list(new.reasons), "score": new.score}
    log(session, actor, site_id, case_id, happened, now, owner=owner[1] if owner else None, **facts)
    emit(session, CaseOpened(site_id, case_id, new.customer_id, owner[0] if owner else None))
    return Opened(case_id, joined=False, promised=due if new.promised else None, who=owner[1] if owner else None)


def join_case(session: Session, actor: Actor, site_id: int, case_id: int, new: NewCase) -> bool:
    """Add an answer to an unresolved case: raises its priority, never postpones it. False if it was resolved."""
    now = clock.now()
    due = due_at(now, new.due_minutes, new.hours or hours_of_site(session, site_id, now))
    return _join(session, actor, site_id, case_id, new, due, now)


def open_by_hand(
    session: Session,
    actor: Actor,
    site_id: int,
    *,
    customer_id: int | None,
    kind: Kind,
    priority: Priority,
    words: str,
    language: str = "",
    owner_id: int | None = None,
) -> Opened:
    """Staff open a case themselves; Conflict carries the customer's unresolved one. Nothing is promised by it."""
    words = words.strip()
    if not words:
        raise Invalid([Problem("words", "required", N_("Say what it is about."))])
    customer = _customer(session, site_id, customer_id) if customer_id is not None else None
    key = f"{words} {customer.search_key if customer else ''}"
    new = NewCase(
        kind=kind,
        priority=priority,
        due_minutes=DUE_MINUTES[priority],
        language=language or (customer.locale if customer and customer.locale else "en"),
        customer_id=customer_id,
        excerpt=words[:300],
        search_key=search_key(key)[:SEARCH_KEY_LENGTH],
        owner=lambda: (owner_id, actor.label) if owner_id is not None else None,
    )
    opened = open_case(session, actor, site_id, new, joins=False)
    log(session, actor, site_id, opened.case_id, Happened.NOTED, clock.now(), text=words)
    head = case_head(session, site_id, opened.case_id)
    audit.record(
        session,
        actor,
        "case.open",
        site_id=site_id,
        subject="case",
        subject_id=head.public_id,
        after={"kind": kind.value, "priority": priority.value},
    )
    if owner_id is not None:
        by = actor.id if actor.kind is ActorKind.STAFF else None
        emit(session, CaseAssigned(site_id, opened.case_id, owner_id, by))
    return opened


def new_from_answer(answered: Answered, decision: Decision, owner: Callable[[], tuple[int, str] | None]) -> NewCase:
    """The case that a routing decision asks for.

    Whoever can't be written to finds the answer on the page of their case, of which they are shown the link. Nothing
    is promised about an unsubscribe, nor at a feedback screen, where the next one sees what the last one was told.
    """
    outcome = decision.rule.outcome
    at_screen = answered.facts.touchpoint.get("channel") == "kiosk"
    return NewCase(
        kind=outcome.kind,
        priority=outcome.priority,
        due_minutes=outcome.due_minutes,
        queue=outcome.queue,
        language=answered.facts.language,
        customer_id=answered.customer_id,
        response_id=answered.response_id,
        score=answered.facts.score,
        rule_id=decision.rule.id,
        rule_name=decision.rule.name,
        reasons=tuple(reason.as_json() for reason in decision.reasons),
        excerpt=answered.excerpt,
        search_key=answered.search_key,
        promised=not answered.opt_out and not at_screen,
        opt_out=answered.opt_out,
        hours=answered.hours,
        owner=owner,
    )


def _insert(
    session: Session,
    site_id: int,
    new: NewCase,
    owner: tuple[int, str] | None,
    number: int,
    due: datetime,
    now: datetime,
) -> int | None:
    values = {
        "public_id": new_public_id(),
        "site_id": site_id,
        "number": number,
        "kind": new.kind.value,
        "family": new.family.value,
        "state": State.NEW.value,
        "priority": new.priority.value,
        "owner_id": owner[0] if owner else None,
        "queue": new.queue,
        "customer_id": new.customer_id,
        "language": new.language,
        "rule_id": new.rule_id,
        "rule_name": new.rule_name,
        "reason": {"because": list(new.reasons)},
        "search_key": new.search_key,
        "excerpt": new.excerpt,
        "due_at": due,
        "score_before": new.score,
        "created_at": now,
        "updated_at": now,
    }
    return insert_once(session, CASES, values, ["site_id", "customer_id", "family"], _UNRESOLVED_OF_CUSTOMER)


def _join(
    session: Session, actor: Actor, site_id: int, case_id: int, new: NewCase, due: datetime, now: datetime
) -> bool:
    values: dict[str, Any] = {
        "priority": raised(new.priority),
        "due_at": earlier(CASES.c.due_at, due),
        "state": case((CASES.c.state == State.WAITING.value, State.OPEN.value), else_=CASES.c.state),
        "search_key": func.substr(CASES.c.search_key + " " + new.search_key, 1, SEARCH_KEY_LENGTH),
        "version": CASES.c.version + 1,
        "updated_at": now,
    }
    if new.excerpt:
        values["excerpt"] = new.excerpt
    joined = session.execute(
        update(CASES)
        .where(CASES.c.site_id == site_id, CASES.c.id == case_id, CASES.c.state != State.RESOLVED.value)
        .values(**values)
        .returning(CASES.c.owner_id)
    ).one_or_none()
    if joined is None:
        return False
    if new.response_id is not None and not put_on_case(session, site_id, case_id, new.response_id, now):
        return True
    if new.promised:
        promise_again(session, site_id, case_id, joined.owner_id, due, now)
    facts = {"rule": new.rule_name, "reasons": list(new.reasons), "score": new.score}
    log(session, actor, site_id, case_id, Happened.JOINED, now, text=new.excerpt or None, **facts)
    return True


def _unresolved(session: Session, site_id: int, new: NewCase) -> int | None:
    return session.execute(
        select(CASES.c.id).where(
            CASES.c.site_id == site_id,
            CASES.c.customer_id == new.customer_id,
            CASES.c.family == new.family.value,
            UNRESOLVED,
        )
    ).scalar_one_or_none()


def _customer(session: Session, site_id: int, customer_id: int) -> Customer:
    found = session.scalars(
        select(Customer).where(Customer.site_id == site_id, Customer.id == customer_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    return found
