"""Changing customers and interactions: upsert, import by the batch, erase; no files and no questions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from feedback import audit, clock
from feedback.actors import Actor
from feedback.customers.addresses import address_key
from feedback.customers.models import Customer, Interaction
from feedback.customers.queries import (
    customer_by_external_id,
    customer_by_id,
    earlier_address,
    interaction_by_external_id,
    interactions_of,
)
from feedback.customers.rows import COLUMNS, CustomerFacts
from feedback.db import insert_each_once, insert_once, new_public_id
from feedback.errors import Conflict, NotFound
from feedback.events import CustomerErased, emit
from feedback.i18n.text import search_key
from feedback.jobs import enqueue
from feedback.sites.models import Site

MAX_BATCH = 500
#: So long what is private still goes to an address that was replaced: whoever took over a mailbox gets nothing at once.
OLD_ADDRESS_FOR = timedelta(days=7)
#: By then whatever had begun before somebody was erased has been stored, and is erased too.
AFTERWARDS = timedelta(minutes=10)
_SAID = tuple(column for column in COLUMNS if column != "external_id")


@dataclass(frozen=True, slots=True)
class Imported:
    """What a batch did, in customers."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: "Imported") -> "Imported":
        return Imported(self.created + other.created, self.changed + other.changed, self.unchanged + other.unchanged)


@dataclass(frozen=True, slots=True)
class InteractionFacts:
    """Something that happened, as the site's own systems tell it; ``external_id`` is their number for it."""

    external_id: str
    type: str = ""
    channel: str | None = None
    place: str | None = None
    agent: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    occurred_at: datetime | None = None


def upsert_customer(session: Session, actor: Actor, site_id: int, facts: CustomerFacts) -> Customer:
    """Add the customer or change what is said anew about them; what is not said stays as it was."""
    result = _store(session, site_id, [facts])
    customer = customer_by_external_id(session, site_id, facts.external_id)
    if not result.unchanged:
        audit.record(
            session,
            actor,
            "customer.create" if result.created else "customer.change",
            site_id=site_id,
            subject="customer",
            subject_id=customer.public_id,
        )
    return customer


def import_customers(session: Session, actor: Actor, site_id: int, batch: Sequence[CustomerFacts]) -> Imported:
    """Upsert up to 500 customers in one transaction, with one line in the audit for all of them."""
    if len(batch) > MAX_BATCH:
        raise ValueError(f"a batch is at most {MAX_BATCH} rows")
    result = _store(session, site_id, batch)
    if result.created or result.changed:
        audit.record(
            session,
            actor,
            "customer.import",
            site_id=site_id,
            subject="customer",
            subject_id="",
            after={"created": result.created, "changed": result.changed},
        )
    return result


def record_interaction(
    session: Session, actor: Actor, site_id: int, customer_id: int, facts: InteractionFacts
) -> Interaction:
    """Store an interaction once. The same number again gives the same row; with other content a Conflict.

    What a repeated call leaves out is not other content, so a bare number finds what is there.
    """
    now = clock.now()
    values = {
        "site_id": site_id,
        "public_id": new_public_id(),
        "customer_id": customer_id,
        "external_id": facts.external_id,
        "type": facts.type,
        "channel": facts.channel,
        "place": facts.place,
        "agent": facts.agent,
        "amount_minor": facts.amount_minor,
        "currency": facts.currency,
        "occurred_at": facts.occurred_at or now,
        "created_at": now,
    }
    table = Interaction.metadata.tables["interaction"]
    created = insert_once(session, table, values, ["site_id", "external_id"])
    present = interaction_by_external_id(session, site_id, facts.external_id)
    if present is None:
        raise NotFound(facts.external_id)
    if created is None and _differs(present, customer_id, facts):
        raise Conflict(present, "this interaction is already known, with other content")
    return present


def record_numbers(session: Session, site_id: int, numbers: Mapping[str, int]) -> dict[str, Interaction]:
    """Interactions of which only number and customer are known, each stored once; the rows by number.

    One that is there already stays as it is, whoever's it is.
    """
    now = clock.now()
    rows = [
        {
            "site_id": site_id,
            "public_id": new_public_id(),
            "customer_id": customer_id,
            "external_id": number,
            "type": "",
            "occurred_at": now,
            "created_at": now,
        }
        for number, customer_id in numbers.items()
    ]
    insert_each_once(session, Interaction.metadata.tables["interaction"], rows, ["site_id", "external_id"])
    query = select(Interaction).where(Interaction.site_id == site_id, Interaction.external_id.in_(numbers))
    return {row.external_id: row for row in session.scalars(query)}


def erase_customer(session: Session, actor: Actor, site_id: int, customer_id: int) -> None:
    """Forget who the customer is, here and in every feature above, or nowhere; again it does nothing.

    Every feature removes what it holds in its reaction to CustomerErased, while the customer is still there; and once
    more a little later, since an answer that was on its way meanwhile was stored after it.
    """
    customer = customer_by_id(session, site_id, customer_id)
    now = clock.now()
    if not _first_to_erase(session, customer, now):
        return
    emit(session, CustomerErased(site_id, customer_id=customer.id, address_key=customer.address_key))
    for interaction in interactions_of(session, site_id, customer.id):
        session.execute(
            update(Interaction)
            .where(Interaction.site_id == site_id, Interaction.id == interaction.id)
            .values(external_id=f"erased-{interaction.public_id}")
        )
    blank: dict[str, Any] = dict.fromkeys(_SAID) | {
        "address_key": None,
        "previous_email": None,
        "previous_until": None,
        "search_key": "",
        "attributes": {},
        "updated_at": now,
    }
    _write(session, customer, blank)
    audit.record(
        session,
        actor,
        "customer.erase",
        site_id=site_id,
        subject="customer",
        subject_id=customer.public_id,
    )
    enqueue(session, "customers.erase_late", site_id=site_id, run_at=now + AFTERWARDS, customer_id=customer.id)
    session.flush()


def _first_to_erase(session: Session, customer: Customer, now: datetime) -> bool:
    """Take the customer's row before all others, as storing an answer does, so that nobody waits in a circle.

    It is the new number that locks the row against answers: foreign keys hold on to what is unique in it.
    """
    done = session.execute(
        update(Customer)
        .where(Customer.site_id == customer.site_id, Customer.id == customer.id, Customer.erased_at.is_(None))
        .values(external_id=f"erased-{customer.public_id}", erased_at=now)
        .execution_options(synchronize_session="evaluate")
    )
    return cast(CursorResult[Any], done).rowcount == 1


def erase_what_came_late(session: Session, site_id: int, customer_id: int) -> None:
    """Remove from every feature what was stored about a customer after they had been erased."""
    if customer_by_id(session, site_id, customer_id).erased_at is not None:
        emit(session, CustomerErased(site_id, customer_id=customer_id, address_key=None))


def change_address(session: Session, actor: Actor, site_id: int, customer_id: int, email: str) -> Customer:
    """Another e-mail address, confirmed by its owner; what is private goes to the old one for a week more.

    Several changes within that week leave the first address the old one, and going back to it ends the week: who
    has only just come is never the one who is asked.
    """
    customer = customer_by_id(session, site_id, customer_id)
    salt = session.execute(select(Site.salt).where(Site.id == site_id)).scalar_one()
    now = clock.now()
    before = earlier_address(customer, now) or customer.email
    key = address_key(salt, email)
    back = before is None or address_key(salt, before) == key
    changes: dict[str, Any] = {
        "email": email,
        "address_key": key,
        "search_key": _search_key(customer.external_id, customer.name, email),
        "previous_email": None if back else before,
        "previous_until": None if back else now + OLD_ADDRESS_FOR,
        "updated_at": now,
    }
    _write(session, customer, changes)
    audit.record(
        session,
        actor,
        "customer.address",
        site_id=site_id,
        subject="customer",
        subject_id=customer.public_id,
    )
    return customer


def forget_earlier_addresses(session: Session, site_id: int) -> None:
    """Drop addresses that were replaced more than a week ago."""
    session.execute(
        update(Customer)
        .where(Customer.site_id == site_id, Customer.previous_until <= clock.now())
        .values(previous_email=None, previous_until=None)
        .execution_options(synchronize_session=False)
    )


def set_reading(
    session: Session, actor: Actor, site_id: int, customer_id: int, *, locale: str | None, time_zone: str | None
) -> bool:
    """In which language and zone the customer wants to be written to; None leaves it as it is. Whether it changed."""
    customer = customer_by_id(session, site_id, customer_id)
    wanted: dict[str, Any] = {"locale": locale, "time_zone": time_zone}
    changes = {name: value for name, value in wanted.items() if value and getattr(customer, name) != value}
    if not changes:
        return False
    _write(session, customer, changes | {"updated_at": clock.now()})
    audit.record(session, actor, "customer.change", site_id=site_id, subject="customer", subject_id=customer.public_id)
    return True


def _store(session: Session, site_id: int, batch: Sequence[CustomerFacts]) -> Imported:
    salt = session.execute(select(Site.salt).where(Site.id == site_id)).scalar_one()
    created = changed = 0
    present = _present(session, site_id, batch)
    late: list[CustomerFacts] = []
    for facts in batch:
        customer = present.get(facts.external_id)
        if customer is not None:
            changed += _change(session, customer, facts, salt)
        elif _insert(session, site_id, facts, salt):
            created += 1
        else:
            late.append(facts)
    if late:  # somebody else added them a moment ago, or the batch names one twice
        present = _present(session, site_id, late)
        changed += sum(_change(session, present[facts.external_id], facts, salt) for facts in late)
    session.flush()
    return Imported(created, changed, len(batch) - created - changed)


def _present(session: Session, site_id: int, batch: Sequence[CustomerFacts]) -> dict[str, Customer]:
    wanted = [facts.external_id for facts in batch]
    rows = session.scalars(select(Customer).where(Customer.site_id == site_id, Customer.external_id.in_(wanted)))
    return {customer.external_id: customer for customer in rows}


def _insert(session: Session, site_id: int, facts: CustomerFacts, salt: str) -> bool:
    now = clock.now()
    values: dict[str, Any] = {column: getattr(facts, column) for column in COLUMNS}
    values |= {
        "site_id": site_id,
        "public_id": new_public_id(),
        "attributes": dict(facts.attributes),
        "address_key": address_key(salt, facts.email) if facts.email else None,
        "search_key": _search_key(facts.external_id, facts.name, facts.email),
        "created_at": now,
        "updated_at": now,
    }
    table = Customer.metadata.tables["customer"]
    return insert_once(session, table, values, ["site_id", "external_id"]) is not None


def _change(session: Session, customer: Customer, facts: CustomerFacts, salt: str) -> bool:
    """Write what is said and differs; whether there was anything."""
    said = {column: getattr(facts, column) for column in _SAID if getattr(facts, column) is not None}
    different: dict[str, Any] = {column: value for column, value in said.items() if getattr(customer, column) != value}
    attributes = {**customer.attributes, **facts.attributes}
    if attributes != customer.attributes:
        different["attributes"] = attributes
    if not different:
        return False
    if "email" in different:
        different |= {"address_key": address_key(salt, different["email"]), "previous_email": None}
        different["previous_until"] = None  # the site itself says so: there is nobody to doubt
    name, email = different.get("name", customer.name), different.get("email", customer.email)
    different["search_key"] = _search_key(customer.external_id, name, email)
    different["updated_at"] = clock.now()
    _write(session, customer, different)
    return True


def _write(session: Session, customer: Customer, values: dict[str, Any]) -> None:
    """Change the row, saying whose it is, and what is in memory of it."""
    statement = update(Customer).where(Customer.site_id == customer.site_id, Customer.id == customer.id)
    session.execute(statement.values(**values).execution_options(synchronize_session="evaluate"))


def _search_key(external_id: str, name: str | None, email: str | None) -> str:
    return search_key(" ".join(part for part in (name, email, external_id) if part))[:700]


def _differs(present: Interaction, customer_id: int, facts: InteractionFacts) -> bool:
    told = ("type", "channel", "place", "agent", "amount_minor", "currency", "occurred_at")
    return present.customer_id != customer_id or any(
        getattr(facts, name) not in (None, "", getattr(present, name)) for name in told
    )
