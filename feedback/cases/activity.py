"""What can happen on a case and how it is told: kinds of activity, reasons and labels as marked texts; no rows."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

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
    CUSTOMER_WROTE = "customer_wrote"
    MAIL_NOTED = "mail_noted"
    LINK_DISOWNED = "link_disowned"


SENTENCES: Final[dict[str, str]] = {
    Happened.OPENED: N_("Opened by the rule “%(rule)s”"),
    Happened.OPENED_BY_HAND: N_("Opened by hand"),
    Happened.JOINED: N_("Another answer joined, score %(score)s"),
    Happened.ANSWER_CHANGED: N_("The customer changed the answer: score %(before)s, now %(score)s"),
    Happened.ANSWER_ADDED: N_("The customer added to the answer"),
    Happened.DISOWNED: N_("Somebody who opened the link says that this was not them"),
    Happened.TAKEN: N_("Taken"),
    Happened.ASSIGNED: N_("Given to %(owner)s"),
    Happened.UNASSIGNED: N_("Given back to the team"),
    Happened.HANDED_OFF: N_("Handed off from %(before)s to %(owner)s"),
    Happened.NOTED: N_("Note"),
    Happened.CONTACTED: N_("Spoke to the customer"),
    Happened.PRIORITISED: N_("Priority changed"),
    Happened.WAITING: N_("Waiting for the customer"),
    Happened.RESUMED: N_("Taken up again"),
    Happened.RESOLVED: N_("Resolved"),
    Happened.WITHDRAWN: N_("Closed by itself: the customer changed the answer before anybody had acted"),
    Happened.REOPENED: N_("Reopened"),
    Happened.REOPENED_INTO: N_("Reopened: it goes on in case %(number)s, which was open already"),
    Happened.ADDED_FROM: N_("Case %(number)s was reopened and added to this one"),
    Happened.PROMISE_KEPT: N_("Promise kept"),
    Happened.PROMISE_BROKEN: N_("Promise not kept"),
    Happened.PROMISED: N_("Promised"),
    Happened.PROMISE_MOVED: N_("Promise put off"),
    Happened.PROMISE_CANCELLED: N_("Promise no longer needed"),
    Happened.REPLIED: N_("Replied by mail"),
    Happened.CUSTOMER_WROTE: N_("The customer wrote"),
    Happened.MAIL_NOTED: N_("A mail came in that nobody wrote by hand"),
    Happened.LINK_DISOWNED: N_("Somebody who opened the customer’s page says that this was not them"),
}

# For an answer without a score the sentence with one would read "score None".
WITHOUT_SCORE: Final[dict[str, str]] = {
    Happened.JOINED: N_("Another answer joined"),
    Happened.ANSWER_CHANGED: N_("The customer changed the answer"),
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
    "organisation_change": N_("Change at the customer’s"),
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


def sentence(kind: str, facts: dict[str, object]) -> str:
    """The marked sentence of an activity row; the kind itself where it is unknown (a row of a later release)."""
    if kind in WITHOUT_SCORE and facts.get("score") is None:
        return WITHOUT_SCORE[kind]
    if kind == Happened.ANSWER_CHANGED and facts.get("before") is None:
        return WITHOUT_SCORE[kind]
    return SENTENCES.get(kind, kind)
