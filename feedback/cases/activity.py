"""What can happen on a case: how each kind is told to staff and to the customer, and what erasure removes; no rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from feedback.i18n.text import N_


class Happened(StrEnum):
    """Kinds of activity row. ``facts`` hold what the sentence's placeholders need."""

    OPENED = "opened"
    OPENED_BY_HAND = "opened_by_hand"
    JOINED = "joined"
    ANSWER_CHANGED = "answer_changed"
    ANSWER_ADDED = "answer_added"
    DISOWNED = "disowned"
    TAKEN = "taken"
    ASSIGNED = "assigned"
    UNASSIGNED = "unassigned"
    HANDED_OFF = "handed_off"
    NOTED = "noted"
    CONTACTED = "contacted"
    PRIORITISED = "prioritised"
    WAITING = "waiting"
    RESUMED = "resumed"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"
    REOPENED = "reopened"
    REOPENED_INTO = "reopened_into"
    ADDED_FROM = "added_from"
    PROMISE_KEPT = "promise_kept"
    PROMISE_BROKEN = "promise_broken"
    PROMISED = "promised"
    PROMISE_MOVED = "promise_moved"
    PROMISE_CANCELLED = "promise_cancelled"
    REPLIED = "replied"
    ANSWERED = "answered"
    CUSTOMER_WROTE = "customer_wrote"
    MAIL_NOTED = "mail_noted"
    LINK_DISOWNED = "link_disowned"
    RE_ASKED = "re_asked"
    RE_ASKED_ON_PAGE = "re_asked_on_page"
    NOT_RE_ASKED_OFTEN = "not_re_asked_often"
    NOT_RE_ASKED_NO = "not_re_asked_no"
    NOT_RE_ASKED_STRANGER = "not_re_asked_stranger"
    NOT_RE_ASKED_SURVEY = "not_re_asked_survey"
    RECOVERED = "recovered"
    NOT_RECOVERED = "not_recovered"
    ESCALATED_HIGH = "escalated_high"
    ESCALATED_NORMAL = "escalated_normal"
    ESCALATED_TO = "escalated_to"
    ESCALATED_ON = "escalated_on"
    ESCALATED_QUEUE = "escalated_queue"
    ESCALATED_ALREADY = "escalated_already"


class Look(StrEnum):
    """How a line of the timeline looks, and under which of its filters it stands."""

    CUSTOMER = "customer"  # what the customer said or did
    STAFF = "staff"  # what was said to the customer
    PROMISE = "promise"
    NOTE = "note"  # what staff wrote for each other; without words it is only noted
    SYSTEM = "system"


class OnPage(StrEnum):
    """What the customer's own page shows of it."""

    NOTHING = "nothing"
    TOLD = "told"  # that it happened, nobody's words
    WORDS = "words"  # the words too, and of a reply whose they are


TEXT: Final = "text"
_WORDS: Final = frozenset({TEXT})
_MAIL: Final = frozenset({TEXT, "from", "attachments"})


@dataclass(frozen=True, slots=True)
class Line:
    """How one kind of activity is told. ``facts`` of its row hold what the sentence's placeholders need.

    ``bare`` is the sentence for an answer without a score, else "score None". ``told`` is the sentence on the
    customer's page. ``forgets`` is what erasure removes: the text, and facts by their names.
    """

    sentence: str
    look: Look = Look.SYSTEM
    bare: str = ""
    told: str = ""
    on_page: OnPage = OnPage.NOTHING
    forgets: frozenset[str] = _WORDS


def _theirs(sentence: str, told: str, *, words: bool = False, bare: str = "") -> Line:
    return Line(sentence, Look.CUSTOMER, bare, told, OnPage.WORDS if words else OnPage.TOLD)


def _told(sentence: str, told: str, look: Look = Look.SYSTEM, *, words: bool = False) -> Line:
    return Line(sentence, look, "", told, OnPage.WORDS if words else OnPage.TOLD)


LINES: Final[Mapping[str, Line]] = {
    Happened.OPENED: _told(N_("Opened by the rule “%(rule)s”"), N_("You told us how it went")),
    Happened.OPENED_BY_HAND: _told(N_("Opened by hand"), N_("We began to look into it")),
    Happened.JOINED: _theirs(
        N_("Another answer was added, score %(score)s"), N_("You told us more"), bare=N_("Another answer was added")
    ),
    Happened.ANSWER_CHANGED: _theirs(
        N_("The customer changed the answer: score %(before)s, now %(score)s"),
        N_("You changed your answer"),
        bare=N_("The customer changed the answer"),
    ),
    Happened.ANSWER_ADDED: _theirs(N_("The customer added to the answer"), N_("You told us more")),
    Happened.DISOWNED: Line(N_("Somebody who opened the link says that this was not them"), Look.CUSTOMER),
    Happened.TAKEN: _told(N_("Taken"), N_("Somebody is working on it")),
    Happened.ASSIGNED: Line(N_("Given to %(owner)s"), Look.NOTE),
    Happened.UNASSIGNED: Line(N_("Given back to the team"), Look.NOTE),
    Happened.HANDED_OFF: Line(N_("Handed off from %(before)s to %(owner)s"), Look.NOTE),
    Happened.NOTED: Line(N_("Note"), Look.NOTE),
    Happened.CONTACTED: _told(N_("Spoke to the customer"), N_("We spoke with you"), Look.STAFF),
    Happened.PRIORITISED: Line(N_("Priority changed")),
    Happened.WAITING: _told(N_("Waiting for the customer"), N_("We are waiting for your answer")),
    Happened.RESUMED: Line(N_("Resumed")),
    Happened.RESOLVED: _told(N_("Resolved"), N_("We closed this case"), Look.NOTE),
    Happened.WITHDRAWN: _theirs(
        N_("Closed automatically: the customer changed the answer before anybody acted"),
        N_("Closed, because you changed your answer"),
    ),
    Happened.REOPENED: _told(N_("Reopened"), N_("We picked it up again"), Look.NOTE),
    Happened.REOPENED_INTO: _told(
        N_("Reopened: continued in case %(number)s, which was already open"),
        N_("We are handling it together with something else you told us"),
        Look.NOTE,
    ),
    Happened.ADDED_FROM: Line(N_("Case %(number)s was reopened and added to this one"), Look.NOTE),
    Happened.PROMISE_KEPT: _told(N_("Promise kept"), N_("We kept a promise"), Look.PROMISE),
    Happened.PROMISE_BROKEN: _told(N_("Promise not kept"), N_("We did not keep a promise"), Look.PROMISE),
    Happened.PROMISED: _told(N_("Promised"), N_("We promised you something"), Look.PROMISE, words=True),
    Happened.PROMISE_MOVED: _told(N_("Promise postponed"), N_("It takes longer"), Look.PROMISE, words=True),
    Happened.PROMISE_CANCELLED: _told(
        N_("Promise no longer needed"), N_("A promise is no longer needed"), Look.PROMISE, words=True
    ),
    Happened.ANSWERED: _told(N_("Answered on the customer’s page"), N_("We answered you"), Look.STAFF, words=True),
    Happened.REPLIED: _told(N_("Replied by email"), N_("We answered you"), Look.STAFF, words=True),
    Happened.CUSTOMER_WROTE: Line(
        N_("The customer wrote"), Look.CUSTOMER, "", N_("You wrote to us"), OnPage.WORDS, _MAIL
    ),
    Happened.MAIL_NOTED: Line(N_("An automatic email came in"), forgets=_MAIL),
    Happened.RE_ASKED: _told(N_("Asked whether it is better now"), N_("We asked you whether it is better now")),
    Happened.RE_ASKED_ON_PAGE: _told(
        N_("Asked on the customer’s page whether it is better now"), N_("We asked you whether it is better now")
    ),
    Happened.NOT_RE_ASKED_OFTEN: Line(N_("Not asked whether it is better: asked three times already")),
    Happened.NOT_RE_ASKED_NO: Line(
        N_("Not asked whether it is better: the customer does not want to be written to about this")
    ),
    Happened.NOT_RE_ASKED_STRANGER: Line(
        N_("Not asked whether it is better: somebody who opened a link says that this was not them")
    ),
    Happened.NOT_RE_ASKED_SURVEY: Line(N_("Not asked whether it is better: no survey that asks this is published")),
    Happened.RECOVERED: _theirs(
        N_("The customer says it is better: score %(before)s, now %(score)s"),
        N_("You told us that it is better"),
        bare=N_("The customer says it is better"),
    ),
    Happened.NOT_RECOVERED: _theirs(
        N_("The customer says it is not solved: score %(before)s, now %(score)s"),
        N_("You told us that it is not solved"),
        words=True,
        bare=N_("The customer says it is not solved"),
    ),
    Happened.LINK_DISOWNED: Line(
        N_("Somebody who opened the customer’s page says that this was not them"), Look.CUSTOMER
    ),
    Happened.ESCALATED_HIGH: Line(N_("Overdue by %(late)s: priority raised to high")),
    Happened.ESCALATED_NORMAL: Line(N_("Overdue by %(late)s: priority raised to normal")),
    Happened.ESCALATED_TO: Line(N_("Overdue by %(late)s: given to %(owner)s")),
    Happened.ESCALATED_ON: Line(N_("Overdue by %(late)s: handed off from %(before)s to %(owner)s")),
    Happened.ESCALATED_QUEUE: Line(N_("Overdue by %(late)s: put in the queue “%(queue)s”")),
    Happened.ESCALATED_ALREADY: Line(N_("Overdue by %(late)s: nothing was left to change")),
}

REASONS: Final[dict[str, str]] = {
    "survey": N_("answer to “%(survey)s”"),
    "score_at_most": N_("score %(score)s, at most %(limit)s"),
    "score_at_least": N_("score %(score)s, at least %(limit)s"),
    "score_between": N_("score %(score)s, from %(low)s to %(high)s"),
    "answer": N_("answered “%(option)s” to “%(question)s”"),
    "language": N_("language %(language)s"),
    "segment": N_("segment “%(segment)s”"),
    "value_at_least": N_("customer value %(value)s, at least %(limit)s"),
    "touchpoint": N_("touchpoint “%(value)s”"),
    "every_answer": N_("every answer"),
    "left_blank": N_("no reason was given"),
    "relation_months": N_("customer for %(months)s months, at least %(limit)s"),
}

SIGNS: Final[dict[str, str]] = {
    "competitor_mentioned": N_("Mentioned another company"),
    "price_question": N_("Has a question about the price"),
    "contact_changed": N_("The contact has changed"),
}

STATES: Final[dict[str, str]] = {
    "new": N_("New"),
    "open": N_("Open"),
    "waiting": N_("Waiting"),
    "resolved": N_("Resolved"),
}
PRIORITIES: Final[dict[str, str]] = {"high": N_("High"), "normal": N_("Normal"), "low": N_("Low")}
KINDS: Final[dict[str, str]] = {
    "low_score": N_("Low score"),
    "message": N_("Message"),
    "unsubscribe": N_("Unsubscribed"),
    "competitor": N_("Competitor"),
    "price": N_("Price"),
    "organisation_change": N_("Change on the customer’s side"),
    "data_quality": N_("Wrong details"),
    "silence": N_("Silence"),
    "check_in": N_("Check-in"),
}
OUTCOMES: Final[dict[str, str]] = {
    "solved": N_("Solved"),
    "explained": N_("Explained"),
    "compensated": N_("Compensated"),
    "not_reached": N_("Not reached"),
    "no_action": N_("No action"),
    "withdrawn": N_("Withdrawn"),
}
PROMISES: Final[dict[str, str]] = {
    "open": N_("Promised"),
    "kept": N_("Kept"),
    "broken": N_("Not kept"),
    "cancelled": N_("No longer needed"),
}


def line(kind: str) -> Line:
    """How a kind is told; a row of a later release is told by its name, and to staff only."""
    return LINES.get(kind) or Line(kind)


def sentence(kind: str, facts: Mapping[str, Any]) -> str:
    """The marked sentence of an activity row for staff."""
    known = line(kind)
    unscored = facts.get("score") is None or ("before" in facts and facts["before"] is None)
    return known.bare if known.bare and unscored else known.sentence


def kinds_of(look: Look) -> tuple[str, ...]:
    """The kinds that look so."""
    return tuple(str(kind) for kind, known in LINES.items() if known.look is look)


def without(facts: Mapping[str, Any], forgets: frozenset[str]) -> dict[str, Any]:
    """The facts of a row as they are after its customer was erased."""
    return {name: value for name, value in facts.items() if name not in forgets}
