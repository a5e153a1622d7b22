"""Storing what somebody decided who came to cancel; what follows from it is for whoever hears of it."""

from sqlalchemy.orm import Session

from feedback.actors import Actor
from feedback.events import CancellationCompleted, emit
from feedback.responses.actions.submitting import Outcome, Stored, Submission, change, submit
from feedback.responses.queries import Earlier
from feedback.surveys.cancelling import Ending


def settle(session: Session, actor: Actor, given: Submission, ending: Ending, earlier: Earlier | None) -> Stored:
    """Store the decision once, and tell it; the same one again changes nothing.

    Another one replaces it within the edit window; cancelling does so whenever it comes.
    """
    if earlier is None:
        stored = submit(session, actor, given)
    else:
        stored = change(session, actor, given, earlier, whenever=ending is Ending.CANCELLED)
    if stored.outcome in (Outcome.STORED, Outcome.UPDATED):
        fact = CancellationCompleted(given.site_id, stored.response_id, given.customer_id, ending.value)
        emit(session, fact)
    return stored
