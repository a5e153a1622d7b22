"""What follows when an address turns out not to exist, or its owner complains: it gets only what it asks for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy.orm import Session

from feedback.customers.queries import customer_by_id
from feedback.delivery.outbox import Claimed
from feedback.delivery.refusals import is_gone
from feedback.preferences.actions import Wanted, stop
from feedback.preferences.models import Channel
from feedback.preferences.policy import Scope
from feedback.preferences.queries import key_of_address, keys_of_customer

_SOURCE: Final = 20


def refused(session: Session, mail: Claimed, recipient: str, line: str) -> None:
    """A mail was not taken, and ``line`` says why: where the customer's address is gone, that is remembered."""
    if mail.customer_id is not None and mail.staff_id is None and is_gone(line):
        stop_one_of(session, mail.site_id, mail.customer_id, [recipient], Channel.BOUNCE, line)


def stop_one_of(
    session: Session, site_id: int, customer_id: int, addresses: Iterable[str], channel: Channel, line: str = ""
) -> None:
    """Stop mails to the first of the addresses that is, or was, this customer's; another one is nobody's here.

    ``line`` is what a mail server said; of it only number and status are kept.
    """
    theirs = set(keys_of_customer(session, site_id, customer_id))
    for address in addresses:
        key = key_of_address(session, site_id, address)
        if key in theirs:
            erased = customer_by_id(session, site_id, customer_id).erased_at is not None
            wanted = Wanted(
                [key],
                Scope.ADDRESS,
                channel=channel,
                email="" if erased else address,
                customer_id=customer_id,
                source=" ".join(line.split()[:2])[:_SOURCE],
            )
            stop(session, site_id, wanted)
            return
