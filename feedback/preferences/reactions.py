"""What preferences do when others say something: first topics for a site, and what erasure leaves of an address."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.customers.models import Customer
from feedback.events import CustomerErased, PersonalData, PersonalDataOf, SiteCreated, answers, on
from feedback.preferences.actions import create_first_topics, forget
from feedback.preferences.models import OptOut, Preference, Suppression


@on(SiteCreated)
def give_first_topics(session: Session, fact: SiteCreated) -> None:
    """A new site can send our invitations, and its news."""
    create_first_topics(session, fact.site_id)


@on(CustomerErased)
def keep_only_the_hash(session: Session, fact: CustomerErased) -> None:
    """What the customer wanted goes; that they said no holds, by a hash that nobody can read."""
    if fact.address_key is not None:
        forget(session, fact.site_id, fact.address_key)


@answers(PersonalDataOf)
def tell_what_is_held(session: Session, question: PersonalDataOf) -> list[PersonalData]:
    """Stops, wishes and evidence of the customer's address."""
    key = session.scalar(
        select(Customer.address_key).where(Customer.site_id == question.site_id, Customer.id == question.customer_id)
    )
    if key is None:
        return []
    stopped = session.scalars(
        select(Suppression).where(Suppression.site_id == question.site_id, Suppression.address_key == key)
    )
    wishes = session.scalars(
        select(Preference).where(Preference.site_id == question.site_id, Preference.address_key == key)
    )
    evidence = session.scalars(select(OptOut).where(OptOut.site_id == question.site_id, OptOut.address_key == key))
    return [
        PersonalData(
            "suppressions",
            [
                {"scope": row.scope, "topic": row.topic, "reason": row.reason, "since": row.created_at.isoformat()}
                for row in stopped
                if row.lifted_at is None
            ],
        ),
        PersonalData(
            "preferences",
            [
                {
                    "topic": row.topic,
                    "frequency": row.frequency,
                    "paused_until": row.paused_until.isoformat() if row.paused_until else None,
                }
                for row in wishes
            ],
        ),
        PersonalData(
            "opt_outs",
            [
                {
                    "scope": row.scope,
                    "topic": row.topic,
                    "channel": row.channel,
                    "at": row.at.isoformat(),
                    "undone_at": row.undone_at.isoformat() if row.undone_at else None,
                }
                for row in evidence
            ],
        ),
    ]
