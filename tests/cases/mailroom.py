"""The worker and what it leaves in the mail folder: who of the staff was told what."""

import email
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from typing import Any

import time_machine
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from feedback.actors import Role
from feedback.cases.models import Case
from feedback.db import Database
from feedback.delivery.models import MailState, OutboxMail
from feedback.events import ResponseSettled, emit
from feedback.settings import Settings
from feedback.staff.models import StaffMember
from feedback.worker import Worker
from tests.cases.world import World, build


def body(message: EmailMessage, kind: str = "plain") -> str:
    """One of the two bodies."""
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


@dataclass
class Mailroom:
    """A shop, its worker and its mails."""

    settings: Settings
    database: Database
    clock: time_machine.Traveller
    worker: Worker
    world: World

    def at(self, moment: datetime) -> None:
        """It is that time now."""
        self.clock.move_to(moment)

    @contextmanager
    def writing(self) -> Iterator[World]:
        """The world, in a transaction of its own."""
        with self.database.write() as session:
            self.world.session = session
            yield self.world

    def do(self, action: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """One action, in a transaction of its own."""
        with self.writing() as world:
            return action(world.session, *arguments, **named)

    def switch(self, name: str, **values: Any) -> None:
        """Somebody says something else about themselves."""
        with self.database.write() as session:
            session.execute(update(StaffMember).where(StaffMember.id == self.world.staff[name].id).values(**values))

    def opened(self, words: str = "Nimesubiri wiki mbili") -> Case:
        """A new case of Asha's, of which she has been told."""
        with self.writing() as world:
            response = world.answer(world.add_customer(email="neema@example.com"), 10, words)
            emit(world.session, ResponseSettled(world.site.id, response.id))
            found = world.cases()[-1]
        with self.writing() as world:
            found = world.cases()[-1]  # with its number, which it gets last of all
        assert self.news() == [("Asha", f"Case #{found.number} is yours")]
        return found

    def told(self) -> list[EmailMessage]:
        """Have the worker do what is due; the mails to staff that came of it, in order of who got them."""
        self.worker.drain()
        found: list[EmailMessage] = []
        for path in sorted(self.settings.mail_dir.glob("*.eml")):
            message = email.message_from_bytes(path.read_bytes(), policy=policy.default)
            assert isinstance(message, EmailMessage)
            if "-staff_" in path.name:
                found.append(message)
            path.unlink()
        return sorted(found, key=lambda one: (str(one["To"]), str(one["Subject"])))

    def news(self) -> list[tuple[str, str]]:
        """The same as name and subject."""
        names = {member.email: name for name, member in self.world.staff.items()}
        return [(names[str(one["To"])], str(one["Subject"])) for one in self.told()]

    def withheld(self) -> list[tuple[str, str]]:
        """Notices that lost their point: name and reason."""
        with self.database.read() as session:
            return _withheld(session, self.world.site.id)


def _withheld(session: Session, site_id: int) -> list[tuple[str, str]]:
    rows = session.scalars(
        select(OutboxMail)
        .where(OutboxMail.site_id == site_id, OutboxMail.state == MailState.WITHHELD, OutboxMail.staff_id.is_not(None))
        .order_by(OutboxMail.id)
    )
    return [(row.name.removeprefix("staff_"), row.last_error or "") for row in rows]


@contextmanager
def mailroom(settings: Settings, database: Database, traveller: time_machine.Traveller) -> Iterator[Mailroom]:
    """A shop with Asha, who gets what is written in Swahili, Juma, who reads Persian, and Rehema, who leads them."""
    worker = Worker(settings, database, "a secret for tests")
    with database.write() as session:
        world = build(session)
        world.add_staff("Asha", "sw")
        world.add_staff("Juma", "fa")
        world.add_staff("Rehema", "sw", role=Role.LEAD)
        for member in world.staff.values():
            member.time_zone = "Africa/Dar_es_Salaam"
    yield Mailroom(settings, database, traveller, worker, world)
    worker.close()
