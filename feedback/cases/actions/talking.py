"""What is said on a case, both ways: a reply that goes out by mail, and what the customer writes on page or by mail."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import desc, func, select, update
from sqlalchemy.orm import Session

from feedback import clock
from feedback.actors import Actor, ActorKind
from feedback.cases.actions.changing import begin, carry_out, record_move, required, save_case
from feedback.cases.actions.moves import done_by, reopen
from feedback.cases.actions.promising import make_promise
from feedback.cases.actions.records import ACTIVITIES, CASES, log, settle_promises
from feedback.cases.activity import Happened
from feedback.cases.contact import WHY_NOT, may_answer_on_page
from feedback.cases.mails.customer import CASE_REPLY
from feedback.cases.models import Case
from feedback.cases.promises import due_at
from feedback.cases.queries.addressee import addressee_of
from feedback.cases.queries.intake import SEARCH_KEY_LENGTH, hours_of_site
from feedback.cases.routing import DUE_MINUTES
from feedback.cases.states import NOT_NOW, Family, Move, Priority, PromiseState, State, after
from feedback.delivery.models import MailClass
from feedback.delivery.outbox import queue_mail
from feedback.errors import Invalid, NotAllowed, NotFound, Problem
from feedback.events import CustomerReplied, emit
from feedback.i18n.text import N_, search_key
from feedback.links.actions import revoke_link

MAX_WORDS = 10_000
#: The same words on the same page again within this time are a second press of the button.
TWICE = timedelta(minutes=10)


def reply(
    session: Session,
    actor: Actor,
    site_id: int,
    public_id: str,
    text: str,
    *,
    still: Collection[str] = (),
    promise: tuple[str, datetime] | None = None,
    wait: bool = False,
    expected_version: int | None = None,
) -> Case:
    """Write to the customer, who is mailed it with a link to their page: keeps what was promised.

    ``still`` are public ids of promises that stay open; ``promise`` is a new one, told in the same mail; with
    ``wait`` it is the customer's turn. NotAllowed ``contact-not-permitted`` where they may not be written to.
    """
    case = begin(session, actor, site_id, public_id, Move.REPLY, expected_version)
    required(text, "text", N_("Please write a reply."))
    check_length(text)
    to = addressee_of(session, site_id, case.id)
    if not to.verdict.allowed:
        raise NotAllowed("contact-not-permitted", WHY_NOT[to.verdict.code])
    now = clock.now()
    settle_promises(session, actor, site_id, case.id, PromiseState.KEPT, now, still=still)
    state = State.WAITING if wait else after(Move.REPLY, State(case.state))
    due = done_by(session, site_id, case.id, now, still)
    values: dict[str, Any] = {"state": state.value, "due_at": due, "replied_at": now, "updated_at": now}
    if case.owner_id is None and actor.kind is ActorKind.STAFF:
        values["owner_id"] = actor.id  # whoever answers has it from now: nobody needs to say it all again
    save_case(session, case, values | {"touched_at": case.touched_at or now})
    said = log(session, actor, site_id, case.id, Happened.REPLIED, now, text=text.strip(), waiting=wait)
    record_move(session, actor, case, Move.REPLY, {}, {"activity": said})
    if promise is not None:
        make_promise(session, actor, site_id, public_id, *promise)
    queue_mail(
        session,
        site_id=site_id,
        name=CASE_REPLY,
        mail_class=MailClass.TRANSACTIONAL,
        locale=to.locale or "",
        customer_id=to.customer_id,
        case_id=case.id,
        facts={"activity": said},
    )
    return case


def answer_on_page(
    session: Session, actor: Actor, site_id: int, public_id: str, text: str, *, expected_version: int | None = None
) -> Case:
    """Answer where no mail may be sent: on the page whose link the customer was shown. Keeps what was promised.

    NotAllowed ``contact-not-permitted`` after an opt-out, for whoever was erased or disowned the answer, and where
    a mail is allowed: then one is sent.
    """
    case = begin(session, actor, site_id, public_id, Move.ANSWER, expected_version)
    required(text, "text", N_("Please write a reply."))
    check_length(text)
    verdict = addressee_of(session, site_id, case.id).verdict
    if not may_answer_on_page(Family(case.family), verdict):
        raise NotAllowed("contact-not-permitted", WHY_NOT.get(verdict.code, NOT_NOW))
    now = clock.now()
    changes: dict[str, Any] = {"due_at": done_by(session, site_id, case.id, now, ()), "replied_at": now}
    if case.owner_id is None and actor.kind is ActorKind.STAFF:
        changes["owner_id"] = actor.id
    settle_promises(session, actor, site_id, case.id, PromiseState.KEPT, now)
    return carry_out(session, actor, case, Move.ANSWER, Happened.ANSWERED, changes, text=text)


def customer_wrote(
    session: Session,
    actor: Actor,
    site_id: int,
    case_id: int,
    text: str,
    *,
    channel: str,
    unsolved: bool = False,
    **facts: Any,
) -> Case:
    """Add what the customer wrote, on their page (``channel`` "page") or by mail, and tell staff.

    A case that waited for them goes on. ``unsolved`` opens a resolved one again, with the same owner; where
    another one is open meanwhile, everything goes on there. Pressing the button twice writes once.
    """
    case = _as_it_is(session, site_id, case_id)
    text = text.strip()
    check_length(text)
    now = clock.now()
    if channel == "page" and _said_just_now(session, site_id, case_id, actor, text, now):
        return case
    if unsolved and case.state == State.RESOLVED:
        case = reopen(session, actor, site_id, case.public_id)
    elif not text:
        raise Invalid([Problem("text", "required", N_("Please write something first."))])
    values: dict[str, Any] = {"customer_at": now, "updated_at": now}
    values["state"] = after(Move.JOIN, State(case.state)).value
    if case.state == State.WAITING:  # it was the customer's turn, for however long: ours begins now
        hours = hours_of_site(session, site_id, now)
        values["due_at"] = due_at(now, DUE_MINUTES[Priority(case.priority)], hours)
    if text:
        values["search_key"] = func.substr(CASES.c.search_key + " " + search_key(text), 1, SEARCH_KEY_LENGTH)
    # Nobody's version: what a customer writes is added whatever staff do at the same moment.
    session.execute(
        update(CASES)
        .where(CASES.c.site_id == site_id, CASES.c.id == case.id)
        .values(**values, version=CASES.c.version + 1)
    )
    log(session, actor, site_id, case.id, Happened.CUSTOMER_WROTE, now, text=text or None, channel=channel, **facts)
    emit(session, CustomerReplied(site_id, case.id, channel))
    return _as_it_is(session, site_id, case.id)


def not_them(session: Session, site_id: int, case_id: int, link_id: int) -> None:
    """Whoever opened the customer's page says that they are not the customer: that link stops, and staff see it."""
    now = clock.now()
    actor = Actor.customer(link_id)
    revoke_link(session, actor, site_id, link_id)
    session.execute(
        update(CASES)
        .where(CASES.c.site_id == site_id, CASES.c.id == case_id)
        .values(version=CASES.c.version + 1, updated_at=now)
    )
    log(session, actor, site_id, case_id, Happened.LINK_DISOWNED, now)
    emit(session, CustomerReplied(site_id, case_id, "not_me"))


def check_length(text: str) -> None:
    """Raise Invalid for words that are longer than anybody reads."""
    if len(text) > MAX_WORDS:
        raise Invalid([Problem("text", "too_long", N_("Too long: at most %(max)s characters."), {"max": MAX_WORDS})])


def _as_it_is(session: Session, site_id: int, case_id: int) -> Case:
    query = select(Case).where(Case.site_id == site_id, Case.id == case_id)
    found = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound
    return found


def _said_just_now(session: Session, site_id: int, case_id: int, actor: Actor, text: str, now: datetime) -> bool:
    last = session.execute(
        select(ACTIVITIES.c.text, ACTIVITIES.c.at)
        .where(
            ACTIVITIES.c.site_id == site_id,
            ACTIVITIES.c.case_id == case_id,
            ACTIVITIES.c.kind == Happened.CUSTOMER_WROTE.value,
            ACTIVITIES.c.actor_kind == ActorKind.CUSTOMER.value,
            ACTIVITIES.c.actor_id == actor.id,
        )
        .order_by(desc(ACTIVITIES.c.id))
        .limit(1)
    ).one_or_none()
    return last is not None and (last.text or "") == text and now - last.at < TWICE
