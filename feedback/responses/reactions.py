"""What responses do when others speak: forget an erased customer's words, and tell what is held about one."""

from typing import cast

from sqlalchemy import Select, Table, delete, select, update
from sqlalchemy.orm import Session

from feedback.events import (
    AnswerErased,
    CustomerErased,
    PersonalData,
    PersonalDataOf,
    TimelineEntry,
    TimelineOf,
    ToLookAt,
    answers,
    emit,
    on,
)
from feedback.links.actions import revoke_links_of
from feedback.links.models import Link
from feedback.responses.models import Answer, Draft, Response, ResponseRevision
from feedback.responses.queries import waiting_in_quarantine
from feedback.responses.queries.about import (
    answers_left_with,
    drafts_about,
    responses_about,
    responses_before,
)

_ANSWER = cast(Table, Answer.__table__)


@on(CustomerErased)
def forget_words(session: Session, fact: CustomerErased) -> None:
    """Blank what was written, drop what was half finished or said before, and stop the customer's links.

    Scores and chosen options stay, as figures about nobody. What they wrote as a stranger goes by their address.
    """
    mine = select(Response.id).where(Response.site_id == fact.site_id, Response.customer_id == fact.customer_id)
    links = select(Link.id).where(Link.site_id == fact.site_id, Link.customer_id == fact.customer_id)
    _blank(session, fact.site_id, mine)
    session.execute(delete(Draft).where(Draft.site_id == fact.site_id, Draft.link_id.in_(links)))
    revoke_links_of(session, fact.site_id, fact.customer_id)
    if fact.address_key is not None:
        for response_id in sorted(answers_left_with(session, fact.site_id, fact.address_key)):
            emit(session, AnswerErased(fact.site_id, response_id))


@on(AnswerErased)
def forget_words_of_a_stranger(session: Session, fact: AnswerErased) -> None:
    """Blank what was written, and drop what it said before."""
    which = select(Response.id).where(Response.site_id == fact.site_id, Response.id == fact.response_id)
    _blank(session, fact.site_id, which)


def _blank(session: Session, site_id: int, which: Select[int]) -> None:
    session.execute(
        update(_ANSWER)
        .where(_ANSWER.c.site_id == site_id, _ANSWER.c.response_id.in_(which), _ANSWER.c.text.is_not(None))
        .values(text=None)
    )
    session.execute(
        delete(ResponseRevision).where(ResponseRevision.site_id == site_id, ResponseRevision.response_id.in_(which))
    )


@answers(PersonalDataOf)
def tell_answers(session: Session, question: PersonalDataOf) -> list[PersonalData]:
    """Every answer of the customer, with what it said before it was changed, and what is half finished."""
    whose = question.site_id, question.customer_id
    return [
        PersonalData("responses", responses_about(session, *whose)),
        PersonalData("drafts", drafts_about(session, *whose)),
    ]


@answers(TimelineOf)
def tell_when_they_answered(session: Session, question: TimelineOf) -> list[TimelineEntry]:
    """The customer's answers before a moment, newest first."""
    return responses_before(session, question.site_id, question.customer_id, question.before, question.limit)


@answers(ToLookAt)
def tell_what_is_held_back(session: Session, question: ToLookAt) -> list[tuple[str, int]]:
    """How much possible spam nobody has looked at, up to a hundred."""
    return [("responses_console.held_back", waiting_in_quarantine(session, question.site_id, at_most=100))]
