"""A shop with a case, and the address to which its customer may answer; everything is committed."""

from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select

from feedback import clock
from feedback.actors import SYSTEM
from feedback.cases.models import Activity
from feedback.db import Database
from feedback.delivery.inbound.arrival import take
from feedback.delivery.inbound.receiving import Outcome
from feedback.delivery.models import InboundMail, OutboxMail
from feedback.links.actions import issue_case_link
from feedback.links.mailboxes import case_mailbox
from feedback.links.models import Link
from feedback.settings import Settings
from tests.cases.world import build


@dataclass
class Mailbox:
    """A customer's case and its address."""

    settings: Settings
    database: Database
    site_id: int
    customer_id: int
    case_id: int
    link_id: int
    address: str

    def letter(self, text: str = "Still waiting.", message_id: str = "1@mail.example", head: str = "") -> bytes:
        """A mail to the case."""
        return (
            f"{head}From: Neema <neema@mail.example>\nTo: <{self.address}>\nSubject: Re: case\n"
            f"Message-ID: <{message_id}>\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"
        ).encode()

    def take(self, raw: bytes, address: str = "", sender: str | None = "neema@mail.example") -> Outcome:
        """Deliver a mail as servers do."""
        address = address or self.address
        return take(self.database, self.settings, [address], raw, envelope_sender=sender)[address]

    def rows(self) -> list[InboundMail]:
        """What is stored, oldest first."""
        with self.database.read() as session:
            return list(session.scalars(select(InboundMail).order_by(InboundMail.id)))

    def told(self) -> list[str]:
        """What happened on the case."""
        with self.database.read() as session:
            query = select(Activity.kind).where(Activity.case_id == self.case_id).order_by(Activity.id)
            return list(session.scalars(query))

    def sent(self) -> int:
        """How many mails wait to go out to customers."""
        with self.database.read() as session:
            return len(session.scalars(select(OutboxMail.id).where(OutboxMail.customer_id.is_not(None))).all())

    def another(self, *, revoked: bool = False) -> str:
        """The address of a second link to the same case."""
        with self.database.write() as session:
            link = issue_case_link(
                session, SYSTEM, self.site_id, case_id=self.case_id, customer_id=self.customer_id, locale="sw"
            )
            if revoked:
                link.revoked_at = link.issued_at
            return case_mailbox(self.settings, link)

    def flood(self, count: int) -> None:
        """So many mails came to the first link a moment ago."""
        with self.database.write() as session:
            session.add_all(
                InboundMail(
                    site_id=self.site_id,
                    link_id=self.link_id,
                    kind="held",
                    message_key=f"{number}",
                    received_at=clock.now(),
                )
                for number in range(count)
            )

    def revoke(self) -> None:
        """Stop the first link from working."""
        with self.database.write() as session:
            link = session.get_one(Link, self.link_id)
            link.revoked_at = link.issued_at


@pytest.fixture
def mailbox(settings: Settings, database: Database) -> Mailbox:
    """A shop, a dissatisfied customer and the case that came of it."""
    with database.write() as session:
        world = build(session)
        world.add_staff("Asha", "sw")
        customer = world.add_customer(email="neema@mail.example")
        world.answer(customer, 10, "Nimesubiri wiki mbili")
        case = world.case()
        link = issue_case_link(session, SYSTEM, world.site.id, case_id=case.id, customer_id=customer.id, locale="sw")
        found = (world.site.id, customer.id, case.id, link.id, case_mailbox(settings, link))
    return Mailbox(replace(settings), database, *found)
