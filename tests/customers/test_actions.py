"""Storing customers and interactions once, and forgetting them everywhere."""

import json
import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from feedback import events
from feedback.actors import SYSTEM, Actor
from feedback.audit import AuditRow
from feedback.customers.actions import (
    InteractionFacts,
    erase_customer,
    import_customers,
    record_interaction,
    upsert_customer,
)
from feedback.customers.models import Customer, Interaction
from feedback.customers.queries import customer_by_external_id, customer_named
from feedback.customers.rows import CustomerFacts
from feedback.db import Database
from feedback.errors import Conflict, NotFound
from feedback.events import PersonalDataOf, gather
from feedback.sites.models import Site

MARKER = "Zzyzx-marker"


def add_site(session: Session, key: str = "shop") -> Site:
    """A site as other features find it."""
    site = Site(key=key, name=key.title(), salt="s" * 32, created_at=datetime.now(UTC), languages=["en"])
    session.add(site)
    session.flush()
    return site


def test_a_customer_is_added_once_and_changed_by_what_is_said(session: Session) -> None:
    site = add_site(session)
    first = upsert_customer(
        session, SYSTEM, site.id, CustomerFacts("C-1", email="a@example.com", attributes={"city": "Moshi"})
    )
    again = upsert_customer(session, SYSTEM, site.id, CustomerFacts("C-1", name="नाम", attributes={"plan": "gold"}))
    assert again.id == first.id
    assert again.email == "a@example.com", "what is not said stays"
    assert again.name == "नाम"
    assert again.attributes == {"city": "Moshi", "plan": "gold"}
    assert again.address_key
    actions = session.scalars(select(AuditRow.action).where(AuditRow.site_id == site.id)).all()
    assert list(actions) == ["customer.create", "customer.change"]


def test_saying_the_same_again_changes_nothing(session: Session) -> None:
    site = add_site(session)
    facts = [CustomerFacts("C-1", name="Ann"), CustomerFacts("C-2", name="Ben")]
    assert import_customers(session, SYSTEM, site.id, facts).created == 2
    again = import_customers(session, SYSTEM, site.id, facts)
    assert (again.created, again.changed, again.unchanged) == (0, 0, 2)


def test_a_new_address_gets_a_new_key(session: Session) -> None:
    site = add_site(session)
    before = upsert_customer(session, SYSTEM, site.id, CustomerFacts("C-1", email="a@example.com")).address_key
    after = upsert_customer(session, SYSTEM, site.id, CustomerFacts("C-1", email="b@example.com")).address_key
    assert before
    assert after
    assert before != after


def test_two_sites_with_the_same_number_are_two_customers(session: Session) -> None:
    one, two = add_site(session, "one"), add_site(session, "two")
    first = upsert_customer(session, SYSTEM, one.id, CustomerFacts("C-1", name="Ann"))
    second = upsert_customer(session, SYSTEM, two.id, CustomerFacts("C-1", name="Ben"))
    assert first.id != second.id
    with pytest.raises(NotFound):
        customer_named(session, two.id, first.public_id)


def test_many_who_add_the_same_customer_at_once_add_one(database: Database) -> None:
    with database.write() as session:
        site_id = add_site(session).id
    ready = threading.Barrier(8)
    errors: list[BaseException] = []

    def add(number: int) -> None:
        try:
            ready.wait()
            with database.write() as session:
                upsert_customer(session, SYSTEM, site_id, CustomerFacts("C-1", name=f"Name {number}"))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with database.read() as session:
        assert len(session.scalars(select(Customer).where(Customer.site_id == site_id)).all()) == 1


def test_an_interaction_told_twice_is_one(session: Session) -> None:
    site = add_site(session)
    customer = upsert_customer(session, SYSTEM, site.id, CustomerFacts("C-1"))
    facts = InteractionFacts("T-1", type="repair", channel="visit", amount_minor=500, currency="KES")
    first = record_interaction(session, SYSTEM, site.id, customer.id, facts)
    assert record_interaction(session, SYSTEM, site.id, customer.id, facts).id == first.id
    bare = record_interaction(session, SYSTEM, site.id, customer.id, InteractionFacts("T-1"))
    assert bare.id == first.id
    with pytest.raises(Conflict) as caught:
        record_interaction(session, SYSTEM, site.id, customer.id, InteractionFacts("T-1", type="sale"))
    assert caught.value.present.id == first.id


def test_an_erased_customer_is_gone_from_every_column(session: Session) -> None:
    site = add_site(session)
    customer = upsert_customer(
        session,
        SYSTEM,
        site.id,
        CustomerFacts(
            MARKER,
            email=f"{MARKER}@example.com",
            name=MARKER,
            segment=MARKER,
            phone=MARKER,
            value_minor=5,
            currency="KES",
            attributes={"note": MARKER},
        ),
    )
    record_interaction(session, SYSTEM, site.id, customer.id, InteractionFacts(f"{MARKER}-T"))
    erase_customer(session, Actor.command(), site.id, customer.id)
    for table in ("customer", "interaction", "audit", "outbox_mail"):
        rows = [list(row) for row in session.execute(text(f"SELECT * FROM {table}"))]
        assert MARKER.casefold() not in json.dumps(rows, default=str).casefold(), table
    with pytest.raises(NotFound):
        customer_by_external_id(session, site.id, MARKER)
    erase_customer(session, Actor.command(), site.id, customer.id)


def test_the_number_of_an_erased_customer_is_free_again(session: Session) -> None:
    site = add_site(session)
    old = upsert_customer(session, SYSTEM, site.id, CustomerFacts("C-1", name="Ann"))
    erase_customer(session, SYSTEM, site.id, old.id)
    new = upsert_customer(session, SYSTEM, site.id, CustomerFacts("C-1", name="Ben"))
    assert new.id != old.id


def test_when_one_feature_can_not_forget_none_does(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with database.write() as session:
        site_id = add_site(session).id
        customer_id = upsert_customer(session, SYSTEM, site_id, CustomerFacts("C-1", name="Ann")).id

    def fails(_session: Session, _fact: events.CustomerErased) -> None:
        raise RuntimeError("disk full")

    reactions = [*events._reactions.get(events.CustomerErased, []), fails]
    monkeypatch.setitem(events._reactions, events.CustomerErased, reactions)

    def erase() -> None:
        with database.write() as session:
            erase_customer(session, SYSTEM, site_id, customer_id)

    with pytest.raises(RuntimeError):
        erase()
    with database.read() as session:
        assert customer_by_external_id(session, site_id, "C-1").name == "Ann"


def test_what_is_held_about_a_customer_can_be_told(session: Session) -> None:
    site = add_site(session)
    customer = upsert_customer(session, SYSTEM, site.id, CustomerFacts("C-1", name="Գայանե"))
    record_interaction(session, SYSTEM, site.id, customer.id, InteractionFacts("T-1", type="visit"))
    told = {part.heading: part.rows for part in gather(session, PersonalDataOf(site.id, customer.id))}
    assert told["customer"][0]["name"] == "Գայանե"
    assert told["interactions"][0]["id"] == "T-1"
    json.dumps(told)


def test_an_import_is_one_line_in_the_audit_and_names_nobody(session: Session) -> None:
    site = add_site(session)
    import_customers(session, SYSTEM, site.id, [CustomerFacts(f"C-{n}", name="Ann") for n in range(20)])
    rows = session.scalars(select(AuditRow).where(AuditRow.site_id == site.id)).all()
    assert [row.after for row in rows] == [{"created": 20, "changed": 0}]
    assert session.scalars(select(Interaction).where(Interaction.site_id == site.id)).all() == []
