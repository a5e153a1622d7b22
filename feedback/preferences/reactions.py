"""What preferences do when others say something: first topics for a site, and what erasure leaves of an address."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.customers.queries import customers_at
from feedback.events import (
    CustomerErased,
    PersonalData,
    PersonalDataOf,
    SiteCreated,
    TimelineEntry,
    TimelineOf,
    answers,
    on,
)
from feedback.preferences.actions import Wanted, create_first_topics, forget, stop
from feedback.preferences.history import opt_outs_of
from feedback.preferences.models import Channel, OptOut, Preference, PreferenceRequest, Reason, Suppression
from feedback.preferences.policy import Scope
from feedback.preferences.queries import keys_of_customer


@on(SiteCreated)
def give_first_topics(session: Session, fact: SiteCreated) -> None:
    """A new site can send our invitations, and its news."""
    create_first_topics(session, fact.site_id)


@on(CustomerErased)
def keep_only_the_hash(session: Session, fact: CustomerErased) -> None:
    """What the customer wanted goes; that nothing is sent to them holds, by a hash that nobody can read.

    Their links say so to whoever opens them, whoever it was that erased them. An address that somebody else has too
    goes on as it was.
    """
    also = [fact.address_key] if fact.address_key is not None else []
    keys = keys_of_customer(session, fact.site_id, fact.customer_id, *also)
    theirs = [key for key in keys if not customers_at(session, fact.site_id, key)]
    if also and theirs:
        stop(session, fact.site_id, Wanted(theirs, Scope.ADDRESS, channel=Channel.STAFF, reason=Reason.ERASURE))
    forget(session, fact.site_id, keys)


@answers(TimelineOf)
def tell_what_was_stopped(session: Session, question: TimelineOf) -> list[TimelineEntry]:
    """Each stop of the customer, and that it was undone."""
    stopped = opt_outs_of(session, question.site_id, question.customer_id, before=question.before, limit=question.limit)
    return [
        TimelineEntry(
            one.at,
            "preferences.stopped",
            {
                "scope": one.scope.value,
                "topic": one.topic,
                "channel": one.channel,
                "undone_at": one.undone_at.isoformat() if one.undone_at else None,
            },
        )
        for one in stopped
    ]


@answers(PersonalDataOf)
def tell_what_is_held(session: Session, question: PersonalDataOf) -> list[PersonalData]:
    """Stops, wishes, evidence and requests of the customer's addresses."""
    keys = keys_of_customer(session, question.site_id, question.customer_id)
    if not keys:
        return []
    stopped = session.scalars(
        select(Suppression).where(Suppression.site_id == question.site_id, Suppression.address_key.in_(keys))
    )
    wishes = session.scalars(
        select(Preference).where(Preference.site_id == question.site_id, Preference.address_key.in_(keys))
    )
    evidence = session.scalars(select(OptOut).where(OptOut.site_id == question.site_id, OptOut.address_key.in_(keys)))
    asked = session.scalars(
        select(PreferenceRequest).where(
            PreferenceRequest.site_id == question.site_id, PreferenceRequest.customer_id == question.customer_id
        )
    )
    return [
        PersonalData(
            "requests",
            [
                {
                    "kind": row.kind,
                    "email": row.email,
                    "topics": list(row.topics),
                    "asked_at": row.asked_at.isoformat(),
                    "done_at": row.done_at.isoformat() if row.done_at else None,
                }
                for row in asked
            ],
        ),
        PersonalData(
            "suppressions",
            [
                {
                    "email": row.email,
                    "scope": row.scope,
                    "topic": row.topic,
                    "reason": row.reason,
                    "source": row.source,
                    "since": row.created_at.isoformat(),
                    "lifted_at": row.lifted_at.isoformat() if row.lifted_at else None,
                    "lifted_because": row.lifted_because,
                }
                for row in stopped
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
                    "network": row.network,
                    "at": row.at.isoformat(),
                    "undone_at": row.undone_at.isoformat() if row.undone_at else None,
                }
                for row in evidence
            ],
        ),
    ]
