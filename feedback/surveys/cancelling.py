"""Rule: what a survey of cancelling must ask, what is offered for a reason, and what somebody decided with it."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from feedback.i18n.text import N_
from feedback.surveys.answers import Answer, Answers, Value
from feedback.surveys.definition import Offer, Option, Purpose, Question, Role, SurveyDefinition

#: Keys of the two questions that aren't asked but decided by a button, the same in every survey of cancelling.
OUTCOME: Final = "outcome"
OFFER: Final = "offer"


class Ending(StrEnum):
    """What somebody who came to cancel decided."""

    KEPT = "kept"
    PAUSED = "paused"
    CANCELLED = "cancelled"


#: What taking an offer means for what is paid for.
LEADS_TO: Final = {Offer.PAUSE: Ending.PAUSED, Offer.PERSON: Ending.KEPT}


def flaws(definition: SurveyDefinition) -> Iterator[tuple[str, str, str]]:
    """Path, code and message of what keeps a survey from being one of cancelling, or from offering what it names."""
    offered = {option.offer for question in definition.questions for option in question.options} - {None}
    if definition.purpose is not Purpose.CANCEL:
        if offered:
            message = N_("An “offer” belongs to the reasons of a survey with the purpose “cancel”.")
            yield "questions", "offer_elsewhere", message
        return
    outcome = definition.with_role(Role.OUTCOME)
    if outcome is None or outcome.key != OUTCOME or {option.key for option in outcome.options} != set(Ending):
        message = N_("Cancelling needs a question “outcome” with that role and the options kept, paused, cancelled.")
        yield "questions", "cancel_outcome", message
    answers = definition.with_role(Role.ALTERNATIVE)
    there = {option.key for option in answers.options} if answers is not None and answers.key == OFFER else set()
    if not offered <= there <= set(Offer):
        message = N_("What is offered needs its words: a question “offer” with the role “alternative” and that option.")
        yield "questions", "cancel_offer", message


def asked_first(definition: SurveyDefinition) -> tuple[Question, ...]:
    """What is asked before anything is decided, all of it optional: the reason, and whatever a site adds."""
    decided = (Role.OUTCOME, Role.ALTERNATIVE)
    return tuple(question for question in definition.questions if question.role not in decided)


def offer_for(definition: SurveyDefinition, answers: Answers) -> Option | None:
    """The one offer that answers the reason given, in its own words; None where there is nothing to offer."""
    reason, offers = definition.with_role(Role.REASON), definition.with_role(Role.ALTERNATIVE)
    if reason is None or offers is None or reason.key not in answers:
        return None
    chosen = (reason.option(key) for key in answers[reason.key].options)
    wanted = next((option.offer for option in chosen if option is not None and option.offer is not None), None)
    return None if wanted is None else offers.option(wanted)


def ending_of(answers: Answers) -> Ending | None:
    """What was decided: by the button of an outcome, or of an offer that leads to one."""
    if OUTCOME in answers and answers[OUTCOME].options:
        return Ending(answers[OUTCOME].options[0])
    taken = offer_taken(answers)
    return None if taken is None else LEADS_TO[taken]


def offer_taken(answers: Answers) -> Offer | None:
    """The offer that somebody takes, unless they decided otherwise in the same breath."""
    chosen = answers[OFFER].options if OFFER in answers else ()
    taken = Offer(chosen[0]) if chosen else None
    outcome = answers[OUTCOME].options if OUTCOME in answers else ()
    return None if taken is None or (outcome and outcome[0] != LEADS_TO[taken]) else taken


def decided(answers: Answers, ending: Ending) -> dict[str, Answer]:
    """The answers as they are stored: with the outcome, and without an offer that wasn't taken."""
    kept = dict(answers)
    if offer_taken(answers) is None:
        kept.pop(OFFER, None)
    kept[OUTCOME] = Answer(OUTCOME, (Value(ending.value),))
    return kept
