"""What responses do when others speak: forget an erased customer's words, and tell what is held about one."""

from typing import cast

from sqlalchemy import Table, delete, select, update
from sqlalchemy.orm import Session

from feedback.events import CustomerErased, PersonalData, PersonalDataOf, TimelineEntry, TimelineOf, answers, on
from feedback.links.actions import revoke_links_of
from feedback.links.models import Link
from feedback.responses.models import Answer, Draft, Response, ResponseRevision
from feedback.responses.queries.about import responses_about, responses_before

_ANSWER = cast(Table, Answer.__table__)


@on(CustomerErased)
def forget_words(session: Session, fact: CustomerErased) -> None:
    """Blank what was written, drop what was half finished or said before, and stop the customer's links.

    Scores and chosen options stay, as figures about nobody.
    """
    mine = select(Response.id).where(Response.site_id == fact.site_id, Response.customer_id == fact.customer_id)
    links = select(Link.id).where(Link.site_id == fact.site_id, Link.customer_id == fact.customer_id)
    session.execute(
        update(_ANSWER)
        .where(_ANSWER.c.site_id == fact.site_id, _ANSWER.c.response_id.in_(mine), _ANSWER.c.text.is_not(None))
        .values(text=None)
    )
    session.execute(
        delete(ResponseRevision).where(ResponseRevision.site_id == fact.site_id, ResponseRevision.response_id.in_(mine))
    )
    session.execute(delete(Draft).where(Draft.site_id == fact.site_id, Draft.link_id.in_(links)))
    revoke_links_of(session, fact.site_id, fact.customer_id)


@answers(PersonalDataOf)
def tell_answers(session: Session, question: PersonalDataOf) -> list[PersonalData]:
    """Every answer of the customer, with what it said before it was changed."""
    return [PersonalData("responses", responses_about(session, question.site_id, question.customer_id))]


@answers(TimelineOf)
def tell_when_they_answered(session: Session, question: TimelineOf) -> list[TimelineEntry]:
    """The customer's answers before a moment, newest first."""
    return responses_before(session, question.site_id, question.customer_id, question.before, question.limit)
