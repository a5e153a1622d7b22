"""Asking again: whether it is better is asked when a case is resolved, and a low answer opens the same case again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import Session

from feedback import clock
from feedback.actors import SYSTEM, Actor, ActorKind
from feedback.cases.actions.moves import reopen
from feedback.cases.actions.records import (
    ACTIVITIES,
    CASES,
    earlier,
    log,
    promise_again,
    put_on_case,
    settle_promises,
)
from feedback.cases.activity import Happened
from feedback.cases.asking import Follows, decide, follows, is_better, is_low
from feedback.cases.mails.asking import CASE_RESOLVED
from feedback.cases.models import Case
from feedback.cases.promises import due_at
from feedback.cases.queries.asking import asking_links, asking_of
from feedback.cases.queries.intake import SEARCH_KEY_LENGTH, Answered, hours_of_site
from feedback.cases.routing import DUE_MINUTES
from feedback.cases.states import Move, Priority, PromiseState, State, after
from feedback.delivery.models import MailClass
from feedback.delivery.outbox import queue_mail
from feedback.errors import NotFound
from feedback.events import CaseResolved, emit
from feedback.i18n.text import search_key
from feedback.links.actions import issue_survey_link
from feedback.links.models import Link
from feedback.links.purposes import Purpose
from feedback.responses.models import Response
from feedback.responses.models import State as ResponseState

#: Why somebody was not asked, where staff would wonder; that nothing was done goes without saying.
_WHY_NOT = {
    "often": Happened.NOT_RE_ASKED_OFTEN,
    "said_no": Happened.NOT_RE_ASKED_NO,
    "disowned": Happened.NOT_RE_ASKED_STRANGER,
    "no_survey": Happened.NOT_RE_ASKED_SURVEY,
}
#: What staff or the customer did after an answer had opened the case again; what the program does is no touch.
_PEOPLE = frozenset({ActorKind.STAFF.value, ActorKind.API_KEY.value, ActorKind.COMMAND.value})
_NEWS = frozenset({Happened.CUSTOMER_WROTE.value, Happened.JOINED.value, Happened.ADDED_FROM.value})
_LOOKED_AT = 50


def ask(session: Session, site_id: int, case_id: int) -> Link | None:
    """Ask the customer of a resolved case whether it is better now, once for each time that it is resolved.

    Makes the link that their page offers, and queues the mail where they have an address; None: not asked.
    """
    there = asking_of(session, site_id, case_id)
    verdict = decide(there.facts)
    now = clock.now()
    if there.decided:
        return None
    if not verdict.asked or there.survey is None:
        if verdict.code in _WHY_NOT:
            log(session, SYSTEM, site_id, case_id, _WHY_NOT[verdict.code], now)
        return None
    link = issue_survey_link(
        session,
        SYSTEM,
        site_id,
        survey_id=there.survey.survey_id,
        customer_id=there.to.customer_id,
        locale=there.to.locale or there.case.language,
        case_id=case_id,
    )
    happened = Happened.RE_ASKED if verdict.by_mail else Happened.RE_ASKED_ON_PAGE
    log(session, SYSTEM, site_id, case_id, happened, now, link=link.id, times=there.facts.asked + 1)
    if verdict.by_mail:
        queue_mail(
            session,
            site_id=site_id,
            name=CASE_RESOLVED,
            mail_class=MailClass.SURVEY,
            locale=there.to.locale or "",
            customer_id=there.to.customer_id,
            case_id=case_id,
            facts={"link": link.id},
        )
    return link


def take_answer(session: Session, site_id: int, case_id: int, answered: Answered) -> None:
    """Note on a case what its customer said when asked again, and do what follows; the same answer again does nothing.

    A low one opens the case again with the same owner, the words and a new promise; where another case of the
    customer is open meanwhile, everything goes on there.
    """
    about = _about(session, site_id, case_id, answered.response_id)
    if put_on_case(session, site_id, case_id, answered.response_id, clock.now()):
        _do(session, about, answered, before=about.case.score_before)


def answer_changed(
    session: Session, site_id: int, case_id: int, answered: Answered, *, before: int | None, on_case: int | None
) -> None:
    """The customer changed that answer: what follows from it follows. ``on_case`` is where it is being dealt with.

    From low to high: the case that it had opened closes as it was, if nobody has acted. From high to low: it opens.
    """
    if on_case is None:
        take_answer(session, site_id, case_id, answered)
        return
    about = _about(session, site_id, case_id, answered.response_id)
    score = answered.facts.score
    opening = _opening_by(session, about) if is_better(score) else None
    follow = follows(score, resolved=about.resolved, opened_by_it=opening is not None)
    if follow is Follows.REOPEN or is_low(score) != is_low(before):
        _do(session, about, answered, before=before, opening=opening)
    else:
        _tell_of_change(session, about, case_id, answered, before)
        _keep(session, about, answered)
    if on_case != case_id:
        _tell_of_change(session, about, on_case, answered, before)


def take_back(session: Session, site_id: int, link_id: int, response_id: int | None) -> None:
    """Somebody who was asked again says that they aren't the customer: their answer is nobody's figure any more.

    That they said so without having answered is noted on the case. Any other link is left alone.
    """
    asked = (Link.site_id == site_id, Link.id == link_id, Link.purpose == Purpose.SURVEY.value)
    case_id = session.scalar(select(Link.case_id).where(*asked))
    if case_id is None:
        return
    last = (
        select(Response.score)
        .join(Link, and_(Link.id == Response.link_id, *asking_links(site_id, case_id)))
        .where(Response.site_id == site_id, Response.state != ResponseState.DISOWNED.value)
        .order_by(Response.updated_at.desc(), Response.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    session.execute(
        update(CASES)
        .where(CASES.c.site_id == site_id, CASES.c.id == case_id)
        .values(score_after=last, version=CASES.c.version + 1, updated_at=clock.now())
    )
    if response_id is None:
        log(session, SYSTEM, site_id, case_id, Happened.DISOWNED, clock.now())


@dataclass(frozen=True, slots=True)
class _About:
    """A case that is asked about, and whoever answers."""

    case: Case
    actor: Actor
    response_id: int

    @property
    def site_id(self) -> int:
        return self.case.site_id

    @property
    def resolved(self) -> bool:
        return self.case.state == State.RESOLVED


@dataclass(frozen=True, slots=True)
class _Opening:
    """How a case stood when an answer opened it again."""

    outcome: str
    resolved_at: datetime
    due_at: datetime


def _about(session: Session, site_id: int, case_id: int, response_id: int) -> _About:
    row = session.execute(
        select(Case, Response.link_id)
        .join(Response, and_(Response.site_id == site_id, Response.id == response_id))
        .where(Case.site_id == site_id, Case.id == case_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound
    return _About(row[0], Actor.customer(row.link_id), response_id)


def _do(
    session: Session, about: _About, answered: Answered, *, before: int | None, opening: _Opening | None = None
) -> None:
    score = answered.facts.score
    follow = follows(score, resolved=about.resolved, opened_by_it=opening is not None)
    facts: dict[str, Any] = {"before": before, "score": score, "response": about.response_id}
    case, now = about.case, clock.now()
    if follow is Follows.REOPEN:
        facts["was"] = {
            "outcome": case.outcome,
            "resolved_at": (case.resolved_at or now).isoformat(),
            "due_at": case.due_at.isoformat(),
        }
    happened = Happened.NOT_RECOVERED if is_low(score) else Happened.RECOVERED if is_better(score) else Happened.JOINED
    log(session, about.actor, about.site_id, case.id, happened, now, text=answered.excerpt or None, **facts)
    _keep(session, about, answered)
    if follow is Follows.REOPEN:
        _open_again(session, about, now)
    elif follow is Follows.JOIN:
        _wait_for_us(session, about.site_id, case, now)
    elif opening is not None:
        _close_again(session, about, opening, now)


def _keep(session: Session, about: _About, answered: Answered) -> None:
    """The score after, and the words where staff look for them; nobody's version: staff may act at the same moment."""
    now, score = clock.now(), answered.facts.score
    values: dict[str, Any] = {"updated_at": now, "version": CASES.c.version + 1}
    if score is not None:
        values["score_after"] = score
    if is_low(score):
        values["customer_at"] = now
    if answered.excerpt:
        words = search_key(answered.excerpt)
        values["search_key"] = func.substr(CASES.c.search_key + " " + words, 1, SEARCH_KEY_LENGTH)
        values |= {"excerpt": answered.excerpt} if is_low(score) else {}
    where = (CASES.c.site_id == about.site_id, CASES.c.id == about.case.id)
    session.execute(update(CASES).where(*where).values(**values))


def _open_again(session: Session, about: _About, now: datetime) -> None:
    opened = reopen(session, about.actor, about.site_id, about.case.public_id)
    if opened.id != about.case.id:  # the customer has another one open: there they are waiting for us
        _wait_for_us(session, about.site_id, opened, now)


def _wait_for_us(session: Session, site_id: int, case: Case, now: datetime) -> None:
    """It is open: a case that waited for the customer goes on, and what isn't promised any more is promised anew."""
    due = due_at(now, DUE_MINUTES[Priority(case.priority)], hours_of_site(session, site_id, now))
    session.execute(
        update(CASES)
        .where(CASES.c.site_id == site_id, CASES.c.id == case.id)
        .values(
            state=after(Move.JOIN, State(case.state)).value,
            due_at=earlier(CASES.c.due_at, due),
            customer_at=now,
            version=CASES.c.version + 1,
        )
    )
    promise_again(session, site_id, case.id, case.owner_id, due, now)


def _close_again(session: Session, about: _About, opening: _Opening, now: datetime) -> None:
    """Close a case as it was before the answer that is taken back; it isn't asked about again."""
    case = about.case
    closed = session.execute(
        update(CASES)
        .where(CASES.c.site_id == about.site_id, CASES.c.id == case.id, CASES.c.state != State.RESOLVED.value)
        .values(
            state=State.RESOLVED.value,
            outcome=opening.outcome,
            resolved_at=opening.resolved_at,
            due_at=opening.due_at,
            version=CASES.c.version + 1,
        )
        .returning(CASES.c.id)
    ).one_or_none()
    if closed is None:
        return
    settle_promises(session, about.actor, about.site_id, case.id, PromiseState.CANCELLED, now)
    log(session, about.actor, about.site_id, case.id, Happened.WITHDRAWN, now)
    emit(session, CaseResolved(about.site_id, case.id, case.customer_id, opening.outcome))


def _opening_by(session: Session, about: _About) -> _Opening | None:
    """How the case stood when this answer opened it; None if it didn't, or if somebody has acted since."""
    columns = (ACTIVITIES.c.kind, ACTIVITIES.c.actor_kind, ACTIVITIES.c.facts)
    rows = session.execute(
        select(*columns)
        .where(ACTIVITIES.c.site_id == about.site_id, ACTIVITIES.c.case_id == about.case.id)
        .order_by(ACTIVITIES.c.id.desc())
        .limit(_LOOKED_AT)
    )
    for row in rows:
        was = row.facts.get("was")
        if row.kind == Happened.NOT_RECOVERED and row.facts.get("response") == about.response_id and was:
            resolved_at, due = (datetime.fromisoformat(was[name]) for name in ("resolved_at", "due_at"))
            return _Opening(was["outcome"], resolved_at, due)
        if row.actor_kind in _PEOPLE or row.kind in _NEWS:
            return None
    return None


def _tell_of_change(session: Session, about: _About, case_id: int, answered: Answered, before: int | None) -> None:
    score = answered.facts.score
    happened = Happened.ANSWER_CHANGED if before != score else Happened.ANSWER_ADDED
    words = answered.excerpt or None
    log(session, about.actor, about.site_id, case_id, happened, clock.now(), text=words, before=before, score=score)
