"""What cases do when an answer comes in, and what they tell the features below: who will come back, and by when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from feedback import clock
from feedback.actors import SYSTEM
from feedback.cases.actions import asking
from feedback.cases.actions.answers import answer_changed
from feedback.cases.actions.canned import create_shipped_replies
from feedback.cases.actions.escalating import add_usual_steps, forget_steps
from feedback.cases.actions.forgetting import forget_customer, forget_stranger
from feedback.cases.actions.linking import has_not_been_mailed_today, send_link, send_link_to_writer
from feedback.cases.actions.opening import join_case, new_from_answer, open_case
from feedback.cases.actions.owners import owner_for
from feedback.cases.actions.records import CASE_RESPONSES, CASES, log
from feedback.cases.actions.rules import create_default_rules
from feedback.cases.actions.taking_in import take_in
from feedback.cases.actions.telling import tell, tell_of_answer, tell_of_hand_off, tell_that_it_was_not_them
from feedback.cases.activity import Happened
from feedback.cases.blank import AFTER, counts
from feedback.cases.mails.customer import PROMISE_LATE, PROMISE_MOVED, may_be_sent_the_link
from feedback.cases.models import Activity, Case
from feedback.cases.queries.about import held_about, history_of
from feedback.cases.queries.addressee import addressee_of
from feedback.cases.queries.blank import wanted_of
from feedback.cases.queries.intake import UNRESOLVED, Answered, Standing, answered, standing
from feedback.cases.queries.own import case_of_response
from feedback.cases.queries.promised import promised
from feedback.cases.routing import SIGNS_OF_LEAVING, Decision, RuleSpec, decide
from feedback.cases.states import Family
from feedback.customers.models import Sign
from feedback.customers.signs import note_signs
from feedback.delivery.models import MailClass
from feedback.delivery.outbox import queue_mail
from feedback.events import (
    AnswerErased,
    CaseAssigned,
    CaseHandedOff,
    CaseOf,
    CaseReopened,
    CaseResolved,
    CasesNamed,
    CasesToShow,
    CustomerErased,
    CustomerReplied,
    FollowUp,
    FollowUpOf,
    LinkAskedFor,
    MailReceived,
    OpenCaseOf,
    OptedOut,
    PersonalData,
    PersonalDataOf,
    PromiseBroken,
    PromiseMoved,
    ResponseDisowned,
    ResponseSettled,
    ResponseSubmitted,
    ResponseUpdated,
    SiteCreated,
    TimelineEntry,
    TimelineOf,
    answers,
    on,
)
from feedback.jobs import enqueue
from feedback.links.actions import revoke_case_links
from feedback.staff.notices import Notice
from feedback.surveys.definition import Purpose

#: The job behind it.
BLANK_REASON = "cases.blank_reason"


@on(SiteCreated)
def give_default_rules(session: Session, fact: SiteCreated) -> None:
    """A new site routes from its first answer on, and nobody begins a reply from nothing."""
    create_default_rules(session, SYSTEM, fact.site_id)
    create_shipped_replies(session, fact.site_id)
    add_usual_steps(session, SYSTEM, fact.site_id)


@on(CaseReopened)
def escalate_anew(session: Session, fact: CaseReopened) -> None:
    """A case that begins anew may be overdue anew."""
    forget_steps(session, fact.site_id, fact.case_id)


def _to_follow_up(session: Session, fact: ResponseSubmitted) -> Standing | None:
    """What an answer is held against; nothing where it is on a case already (the fact was told again), or none of
    the rules can ever be met by it.
    """
    there = standing(session, fact.site_id, fact.customer_id, fact.response_id)
    wanted = there.asked_about is not None or fact.score is None or _possible(fact, there)
    return there if wanted and there.on_case is None else None


@on(ResponseSubmitted, given=_to_follow_up)
def follow_up(session: Session, fact: ResponseSubmitted, there: Standing) -> FollowUp | None:
    """Route an answer, and open the case or join the customer's open one: at most eight statements.

    One that says whether it is better now belongs to the case that was asked about. Gives what its case promises.
    """
    if there.asked_about is None:
        return _route(session, fact, there)
    said = answered(session, fact.site_id, fact.response_id, fact.survey)
    asking.take_answer(session, fact.site_id, there.asked_about, said)
    return promised(session, fact.site_id, fact.response_id, clock.now())


@on(ResponseUpdated)
def follow_the_change(session: Session, fact: ResponseUpdated) -> None:
    """An answer was edited: what it asks for now may be another case, the same one, or none."""
    there = standing(session, fact.site_id, fact.customer_id, fact.response_id)
    if there.asked_about is not None:
        said = answered(session, fact.site_id, fact.response_id, fact.survey)
        before = fact.score_before
        asking.answer_changed(session, fact.site_id, there.asked_about, said, before=before, on_case=there.on_case)
        return
    if there.on_case is None:
        _route(session, fact, there)
        return
    said = answered(session, fact.site_id, fact.response_id, fact.survey)
    decision = decide(said.facts, there.rules, owed=said.owed)
    if decision is not None and _is_resolved(session, fact.site_id, there.on_case):
        # As withdrawn perhaps: the answer has turned bad again and deserves a new case.
        _open(session, fact, there, said, decision)
        return
    answer_changed(
        session,
        SYSTEM,
        fact.site_id,
        there.on_case,
        said,
        before=fact.score_before,
        priority=decision.rule.outcome.priority if decision else None,
    )


def _says_why_they_leave(fact: ResponseSubmitted | ResponseUpdated) -> bool:
    return fact.customer_id is not None and fact.survey in (Purpose.UNSUBSCRIBE, Purpose.CANCEL)


@on(ResponseSubmitted, when=_says_why_they_leave)
@on(ResponseUpdated, when=_says_why_they_leave)
def note_the_sign(session: Session, fact: ResponseSubmitted | ResponseUpdated) -> None:
    """A reason for leaving can be a sign on the customer, whether or not a case comes of it; another reason is
    another sign, and the one before was none.
    """
    if fact.customer_id is None:
        return
    said = answered(session, fact.site_id, fact.response_id, fact.survey)
    chosen = {option for options in said.facts.answers.values() for option in options}
    signs = [Sign(sign) for option, sign in SIGNS_OF_LEAVING.items() if option in chosen]
    note_signs(session, fact.site_id, fact.customer_id, f"response:{fact.response_id}", signs, clock.now())


@on(ResponseDisowned)
def note_that_it_was_somebody_else(session: Session, fact: ResponseDisowned) -> None:
    """Staff must know before they speak to the customer about words not theirs, whose writer reads no more."""
    asking.take_back(session, fact.site_id, fact.link_id, fact.response_id)
    if fact.response_id is None:
        return
    case_ids = session.scalars(
        select(CASE_RESPONSES.c.case_id).where(
            CASE_RESPONSES.c.site_id == fact.site_id, CASE_RESPONSES.c.response_id == fact.response_id
        )
    ).all()
    revoke_case_links(session, fact.site_id, case_ids)
    now = clock.now()
    for case_id in case_ids:
        log(session, SYSTEM, fact.site_id, case_id, Happened.DISOWNED, now)
        session.execute(
            update(CASES)
            .where(CASES.c.site_id == fact.site_id, CASES.c.id == case_id)
            .values(version=CASES.c.version + 1, updated_at=now)
        )


@on(CaseResolved)
def ask_again(session: Session, fact: CaseResolved) -> None:
    """Whether it is better now is for the customer to say."""
    asking.ask(session, fact.site_id, fact.case_id)


@on(PromiseMoved)
def tell_that_it_takes_longer(session: Session, fact: PromiseMoved) -> None:
    """The customer is told before the time that was promised first is over."""
    reason = session.scalar(
        select(func.max(Activity.id)).where(
            Activity.site_id == fact.site_id,
            Activity.case_id == fact.case_id,
            Activity.kind == Happened.PROMISE_MOVED.value,
        )
    )
    _mail_customer(session, fact.site_id, fact.case_id, PROMISE_MOVED, promise=fact.promise_id, activity=reason)


@on(PromiseBroken)
def say_that_we_are_late(session: Session, fact: PromiseBroken) -> None:
    """Whoever waits is told that we know."""
    _mail_customer(session, fact.site_id, fact.case_id, PROMISE_LATE, promise=fact.promise_id)


@on(MailReceived)
def take_in_mail(session: Session, fact: MailReceived) -> None:
    """Add what came by mail to its case; who sent it is said, and whether that is the address on file."""
    take_in(session, fact.site_id, fact.mail_id)


def _when_to_look(session: Session, fact: OptedOut) -> datetime | None:
    """In an hour, where the site wants to know; nothing is written where it doesn't."""
    wanted = fact.customer_id is not None and counts(fact.channel, wanted_of(session, fact.site_id))
    return clock.now() + AFTER if wanted else None


@on(OptedOut, given=_when_to_look)
def wait_for_a_reason(session: Session, fact: OptedOut, due: datetime) -> None:
    """When an hour is over it is looked whether one came."""
    once = f"blank-reason:{fact.opt_out_id}"
    enqueue(session, BLANK_REASON, site_id=fact.site_id, run_at=due, once=once, opt_out=fact.opt_out_id)


@on(LinkAskedFor)
def mail_the_link(session: Session, fact: LinkAskedFor) -> None:
    """Only the address on file learns whether there is a case."""
    send_link(session, fact.site_id, fact.response_id)


@on(ResponseSettled)
def tell_whose_it_is(session: Session, fact: ResponseSettled) -> None:
    """Whoever the answer's case was given to learns of it, and who left an address how to come back to it."""
    tell_of_answer(session, fact.site_id, fact.response_id)
    send_link_to_writer(session, fact.site_id, fact.response_id)


@on(ResponseDisowned)
def tell_that_it_was_somebody_else(session: Session, fact: ResponseDisowned) -> None:
    """The owner is told at once."""
    if fact.response_id is not None:
        tell_that_it_was_not_them(session, fact.site_id, fact.response_id)


@on(CaseAssigned)
def tell_the_owner(session: Session, fact: CaseAssigned) -> None:
    """It is theirs now."""
    tell(session, fact.site_id, Notice.ASSIGNED, fact.case_id, by_id=fact.by_id)


@on(CaseHandedOff)
def tell_of_the_hand_off(session: Session, fact: CaseHandedOff) -> None:
    """The next owner, and the third time the leads."""
    tell_of_hand_off(session, fact.site_id, fact.case_id, owner_id=fact.owner_id, by_id=fact.by_id, count=fact.count)


@on(CustomerReplied)
def tell_that_they_replied(session: Session, fact: CustomerReplied) -> None:
    """The owner's turn; or somebody says that they aren't the customer."""
    notice = Notice.NOT_THEM if fact.channel == "not_me" else Notice.CUSTOMER_REPLIED
    tell(session, fact.site_id, notice, fact.case_id)


@on(PromiseBroken)
def tell_that_it_was_not_kept(session: Session, fact: PromiseBroken) -> None:
    """The owner and the leads."""
    tell(session, fact.site_id, Notice.PROMISE_BROKEN, fact.case_id, promise_id=fact.promise_id)


@on(CustomerErased)
def forget(session: Session, fact: CustomerErased) -> None:
    """That there was a case, and how it ended, stays as a figure."""
    forget_customer(session, fact.site_id, fact.customer_id)


@on(AnswerErased)
def forget_what_a_stranger_said(session: Session, fact: AnswerErased) -> None:
    """The same of cases on which nobody is known."""
    forget_stranger(session, fact.site_id, fact.response_id)


@answers(FollowUpOf)
def tell_who_and_when(session: Session, question: FollowUpOf) -> list[FollowUp]:
    """The owner and the moment promised; nothing where nothing was promised or its time is over."""
    found = promised(session, question.site_id, question.response_id, clock.now())
    return [] if found is None else [found]


@answers(CaseOf)
def tell_the_case(session: Session, question: CaseOf) -> list[int]:
    """The case that the response is on."""
    found = case_of_response(session, question.site_id, question.response_id)
    return [] if found is None else [found]


@answers(OpenCaseOf)
def tell_open_cases(session: Session, question: OpenCaseOf) -> list[tuple[str, int]]:
    """Public id and number of each unresolved case of the customer, oldest first."""
    rows = session.execute(
        select(Case.public_id, Case.number)
        .where(Case.site_id == question.site_id, Case.customer_id == question.customer_id, UNRESOLVED)
        .order_by(Case.id)
    )
    return [(row.public_id, row.number) for row in rows]


@answers(CasesToShow)
def tell_cases_to_show(session: Session, question: CasesToShow) -> list[int]:
    """Unresolved cases of which the customer can be sent the link, newest first."""
    rows = session.scalars(
        select(Case.id)
        .where(Case.site_id == question.site_id, Case.customer_id == question.customer_id, UNRESOLVED)
        .order_by(Case.id.desc())
    )
    return [one for one in rows if may_be_sent_the_link(addressee_of(session, question.site_id, one))]


@answers(CasesNamed)
def tell_names(session: Session, question: CasesNamed) -> list[tuple[int, str, int]]:
    """Row id, public id and number of each of the cases that there is."""
    rows = session.execute(
        select(Case.id, Case.public_id, Case.number).where(
            Case.site_id == question.site_id, Case.id.in_(question.case_ids)
        )
    )
    return [(row.id, row.public_id, row.number) for row in rows]


@answers(TimelineOf)
def tell_case_history(session: Session, question: TimelineOf) -> list[TimelineEntry]:
    """What happened on the customer's cases, newest first; without what staff noted for themselves."""
    return history_of(session, question.site_id, question.customer_id, before=question.before, limit=question.limit)


@answers(PersonalDataOf)
def tell_what_is_held(session: Session, question: PersonalDataOf) -> list[PersonalData]:
    """Cases and everything that was written on them."""
    rows = held_about(session, question.site_id, question.customer_id)
    return [PersonalData("cases", rows)] if rows else []


def _mail_customer(session: Session, site_id: int, case_id: int, name: str, **facts: Any) -> None:
    to = addressee_of(session, site_id, case_id)
    if not to.verdict.allowed or to.family is Family.OPT_OUT:  # who unsubscribed gets what a person writes, no more
        return
    if name == PROMISE_LATE and not has_not_been_mailed_today(session, site_id, to):
        return
    queue_mail(
        session,
        site_id=site_id,
        name=name,
        mail_class=MailClass.TRANSACTIONAL,
        locale=to.locale or "",
        customer_id=to.customer_id,
        case_id=case_id,
        facts=facts,
    )


def _route(session: Session, fact: ResponseSubmitted | ResponseUpdated, there: Standing) -> FollowUp | None:
    possible = _possible(fact, there)
    if not possible and fact.score is not None:
        return None
    said = answered(session, fact.site_id, fact.response_id, fact.survey)
    decision = decide(said.facts, possible, owed=said.owed)
    return None if decision is None else _open(session, fact, there, said, decision)


def _possible(fact: ResponseSubmitted | ResponseUpdated, there: Standing) -> list[RuleSpec]:
    return [rule for rule in there.rules if rule.conditions.may_be_met(fact.survey, fact.score, fact.language)]


def _open(
    session: Session, fact: ResponseSubmitted | ResponseUpdated, there: Standing, said: Answered, decision: Decision
) -> FollowUp | None:
    new = new_from_answer(said, decision, owner_for(session, fact.site_id, said.facts.language))
    case_id = there.unresolved.get(new.family)
    if case_id is not None and join_case(session, SYSTEM, fact.site_id, case_id, new):
        return promised(session, fact.site_id, fact.response_id, clock.now())
    opened = open_case(session, SYSTEM, fact.site_id, new)
    return None if opened.promised is None else FollowUp(opened.promised, opened.who, opened.case_id)


def _is_resolved(session: Session, site_id: int, case_id: int) -> bool:
    query = select(Case.id).where(Case.site_id == site_id, Case.id == case_id, UNRESOLVED)
    return session.execute(query).first() is None
