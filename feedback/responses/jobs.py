"""The worker's part: store drafts that rest, forget old ones, and what an answer leaves to be done afterwards."""

import logging
from datetime import timedelta

from sqlalchemy.orm import Session

from feedback.actors import SYSTEM
from feedback.errors import NotFound
from feedback.events import ResponseSettled, emit
from feedback.jobs import JobContext, job
from feedback.responses.actions import Submission, contact_of, submit
from feedback.responses.actions.quarantine import forget_held_back, forget_seen
from feedback.responses.drafts import (
    Resting,
    claim_resting,
    drop_draft,
    drop_left_over,
    forget_old_drafts,
    resting_drafts,
)
from feedback.responses.filling import clean_raw, fill
from feedback.responses.models import Assurance, State
from feedback.responses.queries import definition_of, door_of_link
from feedback.sites.queries import list_sites

log = logging.getLogger(__name__)

_AT_ONCE = 500


@job("responses.after")
def after_response(context: JobContext) -> None:
    """Drop the draft of a finished answer, which a tab that was a step behind may have written again, and tell others.

    What follows from an answer without anybody waiting for it hangs on ResponseSettled.
    """
    if context.site_id is None:
        return
    response_id = int(context.args["response_id"])
    with context.database.write() as session:
        drop_left_over(session, context.site_id, response_id)
        emit(session, ResponseSettled(context.site_id, response_id))


@job("responses.store_resting", every=timedelta(minutes=1))
def store_resting(context: JobContext) -> None:
    """Store each draft whose scored question was answered and that has rested for an hour, and route it.

    Whoever is angriest stops after the first tap; they are to reach somebody too.
    """
    with context.database.read() as session:
        waiting = resting_drafts(session, _AT_ONCE)
    failed = 0
    for draft in waiting:
        try:
            _store(context, draft)
        except Exception:
            failed += 1
            log.exception("draft %s could not be stored", draft.id)
    if failed:  # the others are stored; the worker tries these again
        raise RuntimeError(f"{failed} of {len(waiting)} drafts could not be stored")


@job("responses.forget_drafts", every=timedelta(days=1))
def forget_drafts(context: JobContext) -> None:
    """Forget drafts that are as old as a link gets."""
    with context.database.write() as session:
        forget_old_drafts(session)


@job("responses.forget_held_back", every=timedelta(days=1))
def forget_what_was_held_back(context: JobContext) -> None:
    """Delete possible spam that nobody let out in its time, and forget what was remembered for a day."""
    with context.database.read() as session:
        site_ids = [site.id for site in list_sites(session)]
    for site_id in site_ids:
        more = True
        while more:
            with context.database.write() as session:
                more = forget_held_back(session, site_id, _AT_ONCE) == _AT_ONCE
        with context.database.write() as session:
            forget_seen(session, site_id)


def _store(context: JobContext, draft: Resting) -> None:
    with context.database.read() as session:
        given = _as_partial(session, draft)
    with context.database.write() as session:
        if given is None:
            drop_draft(session, draft.site_id, draft.link_id)
        elif claim_resting(session, draft):
            submit(session, SYSTEM, given)


def _as_partial(session: Session, draft: Resting) -> Submission | None:
    """The draft as an answer; None where there is nothing to store or a finished answer is there."""
    try:
        door = door_of_link(session, draft.site_id, link_id=draft.link_id)
        version_id, definition = definition_of(session, door.asked, (draft.version_id,))
    except NotFound:
        return None
    filled = fill(definition, clean_raw(definition, draft.values))
    finished = door.earlier is not None and door.earlier.state != State.PARTIAL
    gone = door.revoked or (door.customer is not None and door.customer.erased)
    if filled.score is None or finished or gone:
        return None
    return Submission(
        site_id=draft.site_id,
        survey_id=door.asked.survey_id,
        survey=door.asked.slug,
        version_id=version_id,
        answers=filled.answers,
        score=filled.score,
        locale=draft.locale,
        assurance=Assurance.LINK,
        state=State.PARTIAL,
        contact=contact_of(filled.may_write),
        link_id=draft.link_id,
        customer_id=door.customer.id if door.customer else None,
        interaction_id=door.interaction_id,
        channel=door.channel or "link",
        place=door.place,
        has_draft=True,
    )
