"""Customers and signed links in bulk for load and soak, made through the program's own actions in batches."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select

from feedback.actors import SYSTEM, Actor
from feedback.customers.actions import import_customers
from feedback.customers.addresses import address_key
from feedback.customers.models import Customer
from feedback.customers.queries import customer_by_external_id
from feedback.customers.rows import CustomerFacts
from feedback.db import Database
from feedback.links.actions import issue_preference_link, issue_survey_link
from feedback.links.purposes import Purpose
from feedback.links.urls import survey_url, unsubscribe_url
from feedback.settings import Settings
from feedback.sites.queries import site_by_key
from feedback.surveys.queries import survey_by_slug
from feedback.wiring import wire

BATCH = 500
SITE = "default"


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """The service's database in this process, closed at the end."""
    wire()
    database = Database(settings)
    try:
        yield database
    finally:
        database.dispose()


def links_of_new_customers(settings: Settings, count: int, *, survey: str = "support-csat") -> list[str]:
    """As many addresses, each of a customer of their own."""
    numbers = [f"crowd-{uuid.uuid4().hex[:16]}" for _ in range(count)]
    urls: list[str] = []
    with opened(settings) as database:
        for start in range(0, count, BATCH):
            batch = numbers[start : start + BATCH]
            with database.write() as session:
                site = site_by_key(session, SITE)
                survey_id = survey_by_slug(session, site.id, survey).id
                facts = [CustomerFacts(number, name="Neema Mushi", locale="sw-TZ") for number in batch]
                import_customers(session, Actor.command("crowd"), site.id, facts)
                ids = select(Customer.id).where(Customer.site_id == site.id, Customer.external_id.in_(batch))
                for customer_id in session.scalars(ids).all():
                    link = issue_survey_link(
                        session, SYSTEM, site.id, survey_id=survey_id, customer_id=customer_id, locale="sw"
                    )
                    urls.append(survey_url(settings, link))
    return urls


def unsubscribe_links_of_new_customers(settings: Settings, count: int) -> list[str]:
    """As many addresses at which mails stop, each of a customer with an address of their own."""
    numbers = [f"crowd-{uuid.uuid4().hex[:16]}" for _ in range(count)]
    urls: list[str] = []
    with opened(settings) as database:
        for start in range(0, count, BATCH):
            batch = numbers[start : start + BATCH]
            with database.write() as session:
                site = site_by_key(session, SITE)
                facts = [CustomerFacts(number, email=f"{number}@example.com", locale="sw-TZ") for number in batch]
                import_customers(session, Actor.command("crowd"), site.id, facts)
                found = select(Customer).where(Customer.site_id == site.id, Customer.external_id.in_(batch))
                for customer in session.scalars(found).all():
                    link = issue_preference_link(
                        session,
                        SYSTEM,
                        site.id,
                        purpose=Purpose.UNSUBSCRIBE,
                        customer_id=customer.id,
                        address_key=address_key(site.salt, str(customer.email)),
                        locale="sw",
                        topic="news",
                    )
                    urls.append(unsubscribe_url(settings, link))
    return urls


def links_of_one_customer(settings: Settings, count: int, *, survey: str = "support-csat") -> list[str]:
    """As many addresses of one new customer."""
    number = f"crowd-{uuid.uuid4().hex[:16]}"
    with opened(settings) as database, database.write() as session:
        site = site_by_key(session, SITE)
        facts = [CustomerFacts(number, name="Neema Mushi", locale="sw-TZ")]
        import_customers(session, Actor.command("crowd"), site.id, facts)
        customer = customer_by_external_id(session, site.id, number)
        survey_id = survey_by_slug(session, site.id, survey).id
        return [
            survey_url(
                settings,
                issue_survey_link(session, SYSTEM, site.id, survey_id=survey_id, customer_id=customer.id, locale="sw"),
            )
            for _ in range(count)
        ]
