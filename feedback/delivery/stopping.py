"""Mails that somebody may stop: whether they may still go, asked at hand-over, and the ways to stop them they carry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from feedback import clock
from feedback.actors import SYSTEM
from feedback.customers.addresses import address_key
from feedback.delivery.models import MailClass
from feedback.delivery.outbox import Claimed
from feedback.links.actions import issue_preference_link
from feedback.links.mailboxes import unsubscribe_mailbox
from feedback.links.models import Link
from feedback.links.purposes import Purpose
from feedback.links.urls import unsubscribe_url
from feedback.preferences.actions import note_sent
from feedback.preferences.policy import Frequency, may_send
from feedback.preferences.queries import standing_of, topics_of
from feedback.settings import Settings
from feedback.sites.models import Site

#: Exactly this, or mailbox providers ignore it (RFC 8058).
ONE_CLICK: Final = "List-Unsubscribe=One-Click"
_TOPICS: Final = {MailClass.SURVEY: "surveys", MailClass.MARKETING: "news"}


class Withheld(Exception):
    """The mail must not go out (any more); ``reason`` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotYet(Exception):
    """The mail is to wait until ``at``: it would come when its reader wants to be left alone."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at.isoformat())
        self.at = at


@dataclass(frozen=True, slots=True)
class WayOut:
    """How a mail is stopped. ``paced``: its reader wants fewer, so that it counts when one went out."""

    link: Link
    site_key: str
    topic: str
    paced: bool
    #: Where its sender lives, which such a mail has to say (U-21); empty where the site hasn't said it.
    postal_address: str = ""


def topic_of(mail: Claimed) -> str:
    """The topic of a mail, as whoever queued it said, else that of its class."""
    return str(mail.facts.get("topic") or _TOPICS[mail.mail_class])


def way_out(session: Session, mail: Claimed, site: Site, recipient: str, locale: str, latest: datetime) -> WayOut:
    """Ask the rule about this very moment, and issue the link by which the reader stops such mails (U-1, U-9).

    Raises Withheld; NotYet where only the time is wrong and the mail would still be of use by then.
    """
    key, topic = address_key(site.salt, recipient), topic_of(mail)
    standing = standing_of(session, site.id, [key])
    topics = {one.key for one in topics_of(session, site.id)}
    decision = may_send(mail.mail_class, topic, standing, clock.now(), topics=topics)
    if not decision.allowed:
        if decision.again_at is not None and decision.again_at < latest:
            raise NotYet(decision.again_at)
        raise Withheld(decision.reason)
    link = issue_preference_link(
        session,
        SYSTEM,
        site.id,
        Purpose.UNSUBSCRIBE,
        customer_id=mail.customer_id,
        address_key=key,
        locale=locale,
        topic=topic,
    )
    return WayOut(link, site.key, topic, standing.wish(topic).frequency is not Frequency.EACH, site.postal_address)


def went_out(session: Session, way: WayOut) -> None:
    """Remember it for a reader who wants fewer of the topic."""
    if way.paced and way.link.address_key is not None:
        note_sent(session, way.link.site_id, way.link.address_key, way.topic)


def list_headers(settings: Settings, way: WayOut) -> dict[str, str]:
    """What mail programs make their own button of: https first, then mail where it is taken in (U-1, U-13, U-21)."""
    ways = [f"<{unsubscribe_url(settings, way.link)}>"]
    if settings.takes_mail:
        ways.append(f"<mailto:{unsubscribe_mailbox(settings, way.link)}?subject=unsubscribe>")
    return {
        "List-Id": f"<{way.topic}.{way.site_key}.{settings.mail_domain}>",
        "List-Unsubscribe": ", ".join(ways),
        "List-Unsubscribe-Post": ONE_CLICK,
    }
