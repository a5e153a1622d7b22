"""One mail from the moment it arrives to the committed row: read with nothing open, stored in one short transaction."""

import logging
from collections.abc import Iterable
from typing import Final

from feedback import clock
from feedback.db import Database
from feedback.delivery.inbound import sorting
from feedback.delivery.inbound.raw import keep_raw
from feedback.delivery.inbound.reading import ReadMail, read
from feedback.delivery.inbound.receiving import Outcome, link_behind, message_key, receive
from feedback.delivery.inbound.reported import reported
from feedback.links.purposes import Purpose
from feedback.settings import Settings

log = logging.getLogger(__name__)

#: Longer ones are refused; below that a text is cut and attachments are dropped, and both are said.
MOST_BYTES: Final = 25_000_000


def is_known(database: Database, settings: Settings, address: str) -> bool:
    """Whether there is somebody to take a mail to this address."""
    if is_return_address(settings, address):
        return True
    with database.read() as session:
        return link_behind(session, local_part(address)) is not None


def local_part(address: str) -> str:
    """What stands before the at sign; the domain is the business of the server that brought the mail."""
    return address.strip().strip("<>").rpartition("@")[0]


def is_return_address(settings: Settings, address: str) -> bool:
    """Whether it is the address that our mails come from, to which servers send what could not be delivered."""
    return address.strip().strip("<>").casefold() == settings.mail_from.casefold()


def take(
    database: Database, settings: Settings, addresses: Iterable[str], raw: bytes, *, envelope_sender: str | None = None
) -> dict[str, Outcome]:
    """Store a mail for each address that it was sent to; when this returns, it is committed.

    Raises what the database raises; the mail may then be brought again, and is stored once.
    """
    mail = read(raw, envelope_sender=envelope_sender, public_url=settings.public_url)
    outcomes: dict[str, Outcome] = {}
    for address in addresses:
        if mail.kind == sorting.UNREADABLE:
            _keep(database, settings, address, mail.message_id, raw)
        with database.write() as session:
            known = mail.report is not None and reported(session, mail.report, settings.mail_domain)
            if is_return_address(settings, address):
                outcomes[address] = _returned(mail, known)
            else:
                outcomes[address] = receive(session, local_part(address), mail, clock.now())
        log.info("a mail came in: %s, %s", mail.kind, outcomes[address])
    return outcomes


def _returned(mail: ReadMail, known: bool) -> Outcome:
    """Nobody reads what is sent there: a person is told so by their own server, a program is not answered."""
    if known:
        return Outcome.STORED
    return Outcome.NOBODY if mail.kind in (sorting.REPLY, sorting.UNREADABLE) else Outcome.IGNORED


def _keep(database: Database, settings: Settings, address: str, message_id: str, raw: bytes) -> None:
    """Before there is a row, so that there is never a row without it."""
    with database.read() as session:
        link = link_behind(session, local_part(address))
    if link is not None and link.purpose == Purpose.CASE:
        path = keep_raw(settings, message_key(link.id, message_id), raw)
        log.warning("a mail could not be read, and is kept for thirty days: %s", path)
