"""Reading customers and their interactions; nothing here changes a row."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import Session

from feedback.customers.models import Customer, Interaction
from feedback.db import BigKey
from feedback.errors import NotFound
from feedback.i18n.text import search_key


def customer_by_external_id(session: Session, site_id: int, external_id: str) -> Customer:
    """The customer with the site's own number. Raises NotFound, also for one that was erased."""
    found = session.scalars(
        select(Customer).where(Customer.site_id == site_id, Customer.external_id == external_id)
    ).one_or_none()
    if found is None or found.erased_at is not None:
        raise NotFound(external_id)
    return found


def customer_by_public_id(session: Session, site_id: int, public_id: str) -> Customer:
    """The customer with our outer key, erased or not. Raises NotFound."""
    found = session.scalars(
        select(Customer).where(Customer.site_id == site_id, Customer.public_id == public_id)
    ).one_or_none()
    if found is None:
        raise NotFound(public_id)
    return found


def customer_by_id(session: Session, site_id: int, customer_id: int) -> Customer:
    """The customer behind a foreign key, erased or not. Raises NotFound."""
    found = session.scalars(
        select(Customer).where(Customer.site_id == site_id, Customer.id == customer_id)
    ).one_or_none()
    if found is None:
        raise NotFound(str(customer_id))
    return found


def customers_at(session: Session, site_id: int, key: str) -> Sequence[Customer]:
    """Who has the address with this hash, the one changed last first."""
    return session.scalars(
        select(Customer)
        .where(Customer.site_id == site_id, Customer.address_key == key, Customer.erased_at.is_(None))
        .order_by(Customer.updated_at.desc(), Customer.id.desc())
    ).all()


def earlier_address(customer: Customer, now: datetime) -> str | None:
    """The address before the present one, while what is private still goes there."""
    if customer.previous_email and customer.previous_until is not None and customer.previous_until > now:
        return customer.previous_email
    return None


def private_address(customer: Customer, now: datetime) -> str | None:
    """Where what nobody else may read goes: the old address for a week after another one was confirmed."""
    return earlier_address(customer, now) or customer.email


def customer_named(session: Session, site_id: int, name: str) -> Customer:
    """The customer that somebody at a terminal means: the site's own number, else our outer key."""
    try:
        return customer_by_external_id(session, site_id, name)
    except NotFound:
        return customer_by_public_id(session, site_id, name)


def find_customers(session: Session, site_id: int, text: str, *, limit: int) -> Sequence[Customer]:
    """Customers whom a member of staff may mean: by the site's own number, else by words of name or address."""
    wanted = text.strip()
    if not wanted:
        return []
    words = [Customer.search_key.contains(word, autoescape=True) for word in search_key(wanted).split()]
    return session.scalars(
        select(Customer)
        .where(
            Customer.site_id == site_id,
            Customer.erased_at.is_(None),
            or_(Customer.external_id == wanted, and_(*words)),
        )
        .order_by(Customer.external_id != wanted, Customer.name, Customer.id)
        .limit(limit)
    ).all()


# Made once: putting it together costs more than running it.
_INTERACTION: Final = select(Interaction).where(
    Interaction.site_id == bindparam("site_id", type_=BigKey), Interaction.external_id == bindparam("external_id")
)


def interaction_by_external_id(session: Session, site_id: int, external_id: str) -> Interaction | None:
    """The interaction with the site's own number, if there is one."""
    return session.scalars(_INTERACTION, {"site_id": site_id, "external_id": external_id}).one_or_none()


def interactions_of(session: Session, site_id: int, customer_id: int) -> Sequence[Interaction]:
    """All interactions of a customer, newest first."""
    return session.scalars(
        select(Interaction)
        .where(Interaction.site_id == site_id, Interaction.customer_id == customer_id)
        .order_by(Interaction.occurred_at.desc(), Interaction.id.desc())
    ).all()


def customer_as_data(customer: Customer) -> dict[str, Any]:
    """What is stored about the customer themselves, as plain JSON values named as in the import file."""
    return {
        "id": customer.public_id,
        "external_id": customer.external_id,
        "email": customer.email,
        "previous_email": customer.previous_email,
        "name": customer.name,
        "locale": customer.locale,
        "time_zone": customer.time_zone,
        "segment": customer.segment,
        "value_minor": customer.value_minor,
        "currency": customer.currency,
        "phone": customer.phone,
        "onboarded_on": customer.onboarded_on.isoformat() if customer.onboarded_on else None,
        "renews_on": customer.renews_on.isoformat() if customer.renews_on else None,
        "attributes": dict(customer.attributes),
        "created_at": customer.created_at.isoformat(),
        "updated_at": customer.updated_at.isoformat(),
    }


def interaction_as_data(interaction: Interaction) -> dict[str, Any]:
    """An interaction as plain JSON values."""
    return {
        "id": interaction.external_id,
        "type": interaction.type,
        "channel": interaction.channel,
        "place": interaction.place,
        "agent": interaction.agent,
        "amount_minor": interaction.amount_minor,
        "currency": interaction.currency,
        "occurred_at": interaction.occurred_at.isoformat(),
    }
