"""Facts that features tell each other, questions they ask upwards, and how both are delivered; no feature's logic."""

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from sqlalchemy.orm import Session

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened, told in the same transaction; ids and small plain values only."""

    all_or_nothing: ClassVar[bool] = False
    site_id: int


@dataclass(frozen=True, slots=True)
class SiteCreated(Fact):
    """A site was added and needs its survey templates, rules and topics."""


@dataclass(frozen=True, slots=True)
class ResponseSubmitted(Fact):
    """An answer that counts was stored (complete or partial), or left quarantine."""

    response_id: int
    customer_id: int | None
    survey_id: int
    survey: str
    score: int | None
    state: str
    language: str


@dataclass(frozen=True, slots=True)
class ResponseUpdated(Fact):
    """An answer was changed within its edit window, or a partial one was completed."""

    response_id: int
    customer_id: int | None
    survey_id: int
    survey: str
    score_before: int | None
    score: int | None
    state: str
    language: str


@dataclass(frozen=True, slots=True)
class ResponseSettled(Fact):
    """An answer was stored or changed a moment ago; told by a job, so that nobody waits for what follows from it."""

    response_id: int


@dataclass(frozen=True, slots=True)
class ResponseDisowned(Fact):
    """Whoever opened the link said that it was not them."""

    response_id: int | None
    link_id: int
    customer_id: int | None


@dataclass(frozen=True, slots=True)
class CaseOpened(Fact):
    """A follow-up case was opened."""

    case_id: int
    customer_id: int | None
    owner_id: int | None


@dataclass(frozen=True, slots=True)
class CaseResolved(Fact):
    """A case was resolved with an outcome."""

    case_id: int
    customer_id: int | None
    outcome: str


@dataclass(frozen=True, slots=True)
class CaseReopened(Fact):
    """A resolved case was opened again."""

    case_id: int
    customer_id: int | None


@dataclass(frozen=True, slots=True)
class PromiseBroken(Fact):
    """The moment by which somebody was to come back has passed."""

    promise_id: int
    case_id: int


@dataclass(frozen=True, slots=True)
class PromiseMoved(Fact):
    """A promise that was still open was put off, with a reason, before its time."""

    promise_id: int
    case_id: int


@dataclass(frozen=True, slots=True)
class CaseAssigned(Fact):
    """Somebody gave a case without an owner to a staff member; ``by_id`` is who did, None for the program."""

    case_id: int
    owner_id: int
    by_id: int | None


@dataclass(frozen=True, slots=True)
class CaseHandedOff(Fact):
    """A case changed hands for the ``count``-th time; ``owner_id`` None gives it back to the team."""

    case_id: int
    owner_id: int | None
    by_id: int | None
    count: int


@dataclass(frozen=True, slots=True)
class CustomerReplied(Fact):
    """The customer wrote on a case; ``channel`` is "page" or "mail"."""

    case_id: int
    channel: str


@dataclass(frozen=True, slots=True)
class MailReceived(Fact):
    """A mail to the address of a link was stored; ``mail_id`` is its row, ``link_id`` the link's."""

    mail_id: int
    link_id: int


@dataclass(frozen=True, slots=True)
class LinkAskedFor(Fact):
    """Whoever opened the link of an answered survey asks to be mailed the link to the case of that answer."""

    link_id: int
    response_id: int


@dataclass(frozen=True, slots=True)
class OptedOut(Fact):
    """Somebody stopped mails of a scope (topic, marketing, address); ``opt_out_id`` is the row of evidence."""

    opt_out_id: int
    customer_id: int | None
    scope: str
    topic: str
    channel: str


@dataclass(frozen=True, slots=True)
class RequestMade(Fact):
    """Something was asked for in the preference centre: it is confirmed, or answered, by mail."""

    request_id: int


@dataclass(frozen=True, slots=True)
class AddressChanged(Fact):
    """A customer's new address was confirmed; the old one is told."""

    customer_id: int


@dataclass(frozen=True, slots=True)
class OptOutUndone(Fact):
    """Somebody took their own opt-out back at once."""

    opt_out_id: int
    customer_id: int | None


@dataclass(frozen=True, slots=True)
class CustomerErased(Fact):
    """A customer is being erased; every feature removes what it holds about them, or nobody does."""

    all_or_nothing: ClassVar[bool] = True
    customer_id: int
    address_key: str | None


@dataclass(frozen=True, slots=True)
class StaffInvited(Fact):
    """A staff member needs a link to set the first password; ``site_id`` is the site they join."""

    staff_id: int


@dataclass(frozen=True, slots=True)
class PasswordResetAsked(Fact):
    """A staff member asked for a new password; ``site_id`` is one of their sites."""

    staff_id: int


@dataclass(frozen=True, slots=True)
class FollowUpOf:
    """Who will come back about a response, and by when? Answered with FollowUp."""

    site_id: int
    response_id: int


@dataclass(frozen=True, slots=True)
class FollowUp:
    """``by`` is the moment promised; ``who`` the owner's name, or None where the team has it.

    ``case_id`` is the case in which somebody follows up, for a link to the customer's page of it.
    """

    by: datetime
    who: str | None
    case_id: int


@dataclass(frozen=True, slots=True)
class CaseOf:
    """Which case is a response on? Answered with the case's row id, the newest of several."""

    site_id: int
    response_id: int


@dataclass(frozen=True, slots=True)
class OpenCaseOf:
    """Does the customer have a case that is not resolved? Answered with the case's public id and number."""

    site_id: int
    customer_id: int


@dataclass(frozen=True, slots=True)
class CasesToShow:
    """Of which unresolved cases may the customer be mailed their page? Answered with row ids, the newest first."""

    site_id: int
    customer_id: int


@dataclass(frozen=True, slots=True)
class CasesNamed:
    """What are these cases called? Answered with the row id, public id and number of each."""

    site_id: int
    case_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class TimelineOf:
    """What happened with a customer, newest first, before a moment. Answered with TimelineEntry."""

    site_id: int
    customer_id: int
    before: datetime
    limit: int


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened; ``kind`` is registered by the feature that answers."""

    at: datetime
    kind: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PersonalDataOf:
    """What is held about a customer? Answered with PersonalData, one per feature."""

    site_id: int
    customer_id: int


@dataclass(frozen=True, slots=True)
class PersonalData:
    """``rows`` are plain JSON values under the feature's own heading."""

    heading: str
    rows: list[dict[str, Any]]


Question = FollowUpOf | CaseOf | OpenCaseOf | CasesToShow | CasesNamed | TimelineOf | PersonalDataOf
F = TypeVar("F", bound=Fact)
R = TypeVar("R")
Reaction = Callable[[Session, Any], Any]
Answerer = Callable[[Session, Any], list[Any]]
RetrySink = Callable[[Session, str, Fact], None]

_reactions: dict[type[Fact], list[Reaction]] = {}
_answerers: dict[type[Any], list[Answerer]] = {}
_state: dict[str, Any] = {"wired": False, "retry": None}


class NotWired(RuntimeError):
    """emit or gather was called before ``wire()``: reactions would silently be missed."""


def on(fact_type: type[F]) -> Callable[[Callable[[Session, F], R]], Callable[[Session, F], R]]:
    """Register a reaction. They run in the order in which ``wiring.py`` imports them."""

    def register(reaction: Callable[[Session, F], R]) -> Callable[[Session, F], R]:
        _reactions.setdefault(fact_type, []).append(reaction)
        return reaction

    return register


def answers(question_type: type[Any]) -> Callable[[Answerer], Answerer]:
    """Register somebody who answers a question."""

    def register(answerer: Answerer) -> Answerer:
        _answerers.setdefault(question_type, []).append(answerer)
        return answerer

    return register


def emit(session: Session, fact: Fact) -> list[Any]:
    """Tell a fact: flush, then run each reaction at once in a SAVEPOINT of its own.

    A reaction that raises is rolled back, logged and enqueued again as a job, so that its bug never costs
    the answer that caused it; facts marked ``all_or_nothing`` raise instead. What reactions give back comes back
    here: who told the fact need not ask a moment later for what somebody has just written.
    """
    _must_be_wired()
    session.flush()
    said: list[Any] = []
    for reaction in _reactions.get(type(fact), ()):
        if fact.all_or_nothing:
            said.append(reaction(session, fact))
            continue
        try:
            with session.begin_nested():
                given = reaction(session, fact)
        except Exception:
            name = reaction_name(reaction)
            log.exception("reaction %s failed; it is tried again as a job", name)
            _state["retry"](session, name, fact)
        else:
            said.append(given)
    return [one for one in said if one is not None]


def gather(session: Session, question: Question) -> list[Any]:
    """Ask a question of whoever answers it; read-only."""
    _must_be_wired()
    return [answer for answerer in _answerers.get(type(question), ()) for answer in answerer(session, question)]


def reaction_name(reaction: Reaction) -> str:
    """The stable name under which a failed reaction is tried again."""
    return f"{reaction.__module__}:{reaction.__qualname__}"


def rerun(session: Session, name: str, fact_name: str, values: dict[str, Any]) -> None:
    """Run one reaction again for a fact that was told earlier; used by the job behind ``emit``."""
    for fact_type, reactions in _reactions.items():
        if fact_type.__name__ == fact_name:
            for reaction in reactions:
                if reaction_name(reaction) == name:
                    reaction(session, fact_type(**values))


def fact_values(fact: Fact) -> dict[str, Any]:
    """A fact as plain values."""
    return asdict(fact)


def wired(retry: RetrySink) -> None:
    """Called by ``wire()`` when every reaction is registered."""
    _state["wired"] = True
    _state["retry"] = retry


def _must_be_wired() -> None:
    if not _state["wired"]:
        raise NotWired("call feedback.wiring.wire() first")
