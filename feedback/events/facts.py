"""Facts that features tell each other, past tense, ids and small plain values only."""

from dataclasses import dataclass
from typing import ClassVar


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
class CancellationCompleted(Fact):
    """Somebody who came to cancel decided: ``outcome`` is kept, paused or cancelled; told again if they change it."""

    response_id: int
    customer_id: int | None
    outcome: str


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
class AnswerErased(Fact):
    """An answer of nobody in particular goes, since the customer whose address was left with it is being erased."""

    all_or_nothing: ClassVar[bool] = True
    response_id: int


@dataclass(frozen=True, slots=True)
class StaffInvited(Fact):
    """A staff member needs a link to set the first password; ``site_id`` is the site they join."""

    staff_id: int


@dataclass(frozen=True, slots=True)
class PasswordResetAsked(Fact):
    """A staff member asked for a new password; ``site_id`` is one of their sites."""

    staff_id: int
