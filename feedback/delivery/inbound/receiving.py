"""Storing a mail with the link that it was sent to; it was read before, and what it means is for the features above."""

from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.customers.queries import customer_by_id
from feedback.db import insert_once
from feedback.delivery.inbound.reading import ReadMail
from feedback.delivery.models import InboundKind, InboundMail
from feedback.errors import NotFound
from feedback.events import MailReceived, emit
from feedback.links.mailboxes import opened
from feedback.links.models import Link
from feedback.links.purposes import Purpose
from feedback.links.queries import link_by_key
from feedback.preferences.actions import Wanted, stop
from feedback.preferences.models import Channel
from feedback.preferences.policy import Scope
from feedback.preferences.queries import owner_of_link

#: Mails to one address within an hour that count as somebody's; what comes then is a loop, and is only kept.
MOST_AN_HOUR: Final = 5
#: Beyond these the sender's server is asked to keep them for now: nobody reads so many.
MOST_KEPT_AN_HOUR: Final = 60
#: Purposes of links to which mail may be sent.
_TAKEN: Final = frozenset({Purpose.CASE, Purpose.UNSUBSCRIBE})
_MAILS = InboundMail.metadata.tables["inbound_mail"]


class Outcome(StrEnum):
    """What became of a mail. Of ``unknown``, ``nobody`` and ``too_many`` the sender's server is not relieved."""

    #: Or, to the address that stops mails, carried out.
    STORED = "stored"
    #: The same mail had come before.
    AGAIN = "again"
    #: A program's answer to us, which means nothing.
    IGNORED = "ignored"
    #: A person wrote to where only programs are listened to.
    NOBODY = "nobody"
    #: There is no such address, or none any more.
    UNKNOWN = "unknown"
    #: Far too many to this address; later ones may be taken.
    TOO_MANY = "too_many"


def link_behind(session: Session, local_part: str) -> Link | None:
    """The link that an address stands for, or None: unknown, revoked and erased are not told apart.

    Mails can be stopped by a revoked link too, and after an erasure (standards U-10).
    """
    named = opened(local_part)
    if named is None or named[0] not in _TAKEN:
        return None
    try:
        link = link_by_key(session, *named)
    except NotFound:
        return None
    if named[0] is Purpose.UNSUBSCRIBE:
        return link
    if link.revoked_at is not None:
        return None
    if link.customer_id and customer_by_id(session, link.site_id, link.customer_id).erased_at is not None:
        return None
    return link


def message_key(link_id: int, message_id: str) -> str:
    """What is the same whenever a mail is delivered again to the same address."""
    return sha256(f"{link_id}\n{message_id}".encode()).hexdigest()


def receive(session: Session, local_part: str, mail: ReadMail, now: datetime) -> Outcome:
    """Store a mail once and tell it, or stop what it is to stop. Nothing is ever sent to whoever wrote it."""
    link = link_behind(session, local_part)
    if link is None:
        return Outcome.UNKNOWN
    if link.purpose == Purpose.UNSUBSCRIBE:
        return Outcome.IGNORED if mail.answers else _stop(session, link)
    key = message_key(link.id, mail.message_id)
    lately = _lately(session, link, key, now)
    if lately is None:
        return Outcome.AGAIN
    if lately >= MOST_KEPT_AN_HOUR:
        return Outcome.TOO_MANY
    values = {
        "site_id": link.site_id,
        "link_id": link.id,
        "kind": InboundKind.HELD.value if lately >= MOST_AN_HOUR else mail.kind,
        "message_key": key,
        "sender": mail.sender,
        "sender_name": mail.sender_name,
        "subject": mail.subject,
        "text": mail.text,
        "quoted": mail.quoted,
        "attachments": list(mail.attachments),
        "cut": mail.cut,
        "received_at": now,
    }
    stored = insert_once(session, _MAILS, values, ["site_id", "message_key"])
    if stored is None:
        return Outcome.AGAIN
    emit(session, MailReceived(link.site_id, mail_id=stored, link_id=link.id))
    return Outcome.STORED


def _stop(session: Session, link: Link) -> Outcome:
    """Any mail stops the topic of the link, whoever sent it and whatever it says: who has the address is enough (U-12).

    Also what a program sent of its own accord: mail programs unsubscribe for people, and an opt-out that is wrong can
    be undone, while one that is ignored can't. Only answers of programs are none: nobody wanted anything by them.
    """
    owner = owner_of_link(session, link.site_id, link.key, Purpose.UNSUBSCRIBE)
    wanted = Wanted(
        owner.keys,
        Scope.TOPIC,
        owner.topic or "news",
        Channel.MAILTO,
        email=owner.email or "",
        customer_id=owner.customer_id,
        link_id=owner.link_id,
        locale=owner.locale,
    )
    return Outcome.AGAIN if stop(session, link.site_id, wanted).opt_out_id is None else Outcome.STORED


def _lately(session: Session, link: Link, key: str, now: datetime) -> int | None:
    """How many mails came to the link within the hour; None where this very one came before."""
    of_link = (InboundMail.site_id == link.site_id, InboundMail.link_id == link.id)
    if session.scalar(select(InboundMail.id).where(*of_link, InboundMail.message_key == key)) is not None:
        return None
    return session.scalar(select(func.count()).where(*of_link, InboundMail.received_at > now - timedelta(hours=1))) or 0
