"""What customers answer when other features ask: what is held about somebody, and what happened with them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.customers.models import Interaction
from feedback.customers.queries import (
    customer_as_data,
    interaction_as_data,
    interactions_of,
)
from feedback.customers.signs import customer_with_signs, forget_signs
from feedback.errors import NotFound
from feedback.events import CustomerErased, PersonalData, PersonalDataOf, TimelineEntry, TimelineOf, answers, on


@on(CustomerErased)
def forget_the_signs(session: Session, fact: CustomerErased) -> None:
    """They say something about one person only."""
    forget_signs(session, fact.site_id, fact.customer_id)


@answers(PersonalDataOf)
def tell_what_is_held(session: Session, question: PersonalDataOf) -> list[PersonalData]:
    """The customer's own row, their interactions, and the signs on them."""
    customer, signs = customer_with_signs(session, question.site_id, question.customer_id)
    if customer is None:
        raise NotFound(str(question.customer_id))
    interactions = interactions_of(session, question.site_id, question.customer_id)
    return [
        PersonalData("customer", [customer_as_data(customer)]),
        PersonalData("interactions", [interaction_as_data(interaction) for interaction in interactions]),
        PersonalData(
            "signs",
            [{"sign": one.sign, "at": one.at.isoformat()} for one in signs],
        ),
    ]


@answers(TimelineOf)
def tell_interactions(session: Session, question: TimelineOf) -> list[TimelineEntry]:
    """Interactions before the moment asked about, newest first."""
    rows = session.scalars(
        select(Interaction)
        .where(
            Interaction.site_id == question.site_id,
            Interaction.customer_id == question.customer_id,
            Interaction.occurred_at < question.before,
        )
        .order_by(Interaction.occurred_at.desc())
        .limit(question.limit)
    )
    return [
        TimelineEntry(
            row.occurred_at,
            "interaction",
            {"type": row.type, "channel": row.channel, "place": row.place, "agent": row.agent},
        )
        for row in rows
    ]
