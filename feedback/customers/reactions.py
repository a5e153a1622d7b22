"""What customers answer when other features ask: what is held about somebody, and what happened with them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.customers.models import Interaction
from feedback.customers.queries import (
    customer_as_data,
    customer_by_id,
    interaction_as_data,
    interactions_of,
)
from feedback.events import PersonalData, PersonalDataOf, TimelineEntry, TimelineOf, answers


@answers(PersonalDataOf)
def tell_what_is_held(session: Session, question: PersonalDataOf) -> list[PersonalData]:
    """The customer's own row and their interactions."""
    customer = customer_by_id(session, question.site_id, question.customer_id)
    interactions = interactions_of(session, question.site_id, question.customer_id)
    return [
        PersonalData("customer", [customer_as_data(customer)]),
        PersonalData("interactions", [interaction_as_data(interaction) for interaction in interactions]),
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
