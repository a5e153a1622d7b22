"""Reading topics, wishes, suppressions and evidence; nothing here changes a row."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BindParameter, and_, bindparam, select
from sqlalchemy.orm import Session

from feedback import clock
from feedback.customers.addresses import address_key
from feedback.customers.models import Customer
from feedback.db import BigKey, held_to
from feedback.errors import NotFound
from feedback.links.models import Link
from feedback.links.purposes import Purpose
from feedback.preferences.models import OptOut, Preference, PreferenceRequest, Suppression, Topic
from feedback.preferences.policy import Decision, Frequency, MailClass, Scope, Standing, Wish, may_send, stops
from feedback.sites.models import Site

SUPPRESSIONS: Final = Suppression.metadata.tables["suppression"]
PREFERENCES: Final = Preference.metadata.tables["preference"]
_LINK = Link.metadata.tables["link"]
_CUSTOMER = Customer.metadata.tables["customer"]
_SITE = bindparam("site_id", type_=BigKey)


@dataclass(frozen=True, slots=True)
class LinkOwner:
    """Whose unsubscribe or preference link it is. ``keys`` are the address it was sent to and the present one.

    ``locale`` is the language of the mail that it stood in, ``reads`` the one in which they want to be written to.
    """

    link_id: int
    site_id: int
    topic: str
    locale: str
    reads: str
    customer_id: int | None
    email: str | None
    keys: tuple[str, ...]
    erased: bool


# Made once: every one-click asks.
_OWNER = (
    select(
        _LINK.c.id,
        _LINK.c.purpose,
        _LINK.c.topic,
        _LINK.c.locale,
        _LINK.c.customer_id,
        _LINK.c.address_key,
        _CUSTOMER.c.email,
        _CUSTOMER.c.address_key.label("present"),
        _CUSTOMER.c.locale.label("reads"),
        _CUSTOMER.c.erased_at,
    )
    .select_from(
        _LINK.outerjoin(_CUSTOMER, and_(_CUSTOMER.c.id == _LINK.c.customer_id, held_to(_SITE, _CUSTOMER.c.site_id)))
    )
    .where(
        held_to(_SITE, _LINK.c.site_id),
        _LINK.c.key == bindparam("key"),
    )
)


def owner_of_link(session: Session, site_id: int, key: bytes, *purposes: Purpose) -> LinkOwner:
    """Whose link it is, in one statement; revocation doesn't matter to it. Raises NotFound."""
    row = session.execute(_OWNER, {"site_id": site_id, "key": key}).one_or_none()
    if row is None or row.purpose not in purposes:
        raise NotFound("link")
    keys = tuple(dict.fromkeys(one for one in (row.address_key, row.present) if one))
    return LinkOwner(
        link_id=row.id,
        site_id=site_id,
        topic=row.topic,
        locale=row.locale,
        reads=row.reads or "",
        customer_id=row.customer_id,
        email=row.email,
        keys=keys,
        erased=row.erased_at is not None,
    )


def keys_of_customer(session: Session, site_id: int, customer_id: int, *also: str) -> tuple[str, ...]:
    """The hashes of every address that somebody has or had here, as far as links and evidence know them."""
    found = [*also]
    customer = session.scalars(
        select(Customer).where(Customer.site_id == site_id, Customer.id == customer_id)
    ).one_or_none()
    if customer is not None and customer.address_key:
        found.append(customer.address_key)
    if customer is not None and customer.previous_email:
        found.append(key_of_address(session, site_id, customer.previous_email))
    for table in (Link, OptOut, PreferenceRequest):
        query = select(table.address_key).where(table.site_id == site_id, table.customer_id == customer_id)
        found += [key for key in session.scalars(query.distinct()) if key]
    return tuple(dict.fromkeys(found))


def request_by_id(session: Session, site_id: int, request_id: int) -> PreferenceRequest:
    """Something that was asked for. Raises NotFound."""
    found = session.scalars(
        select(PreferenceRequest).where(PreferenceRequest.site_id == site_id, PreferenceRequest.id == request_id)
    ).one_or_none()
    if found is None:
        raise NotFound(str(request_id))
    return found


# Made once: every page with a link of this kind asks, and so does every mail.
_KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
_STOPPED = select(SUPPRESSIONS.c.scope, SUPPRESSIONS.c.topic).where(
    SUPPRESSIONS.c.site_id == _SITE, SUPPRESSIONS.c.address_key.in_(_KEYS), SUPPRESSIONS.c.lifted_at.is_(None)
)
_WISHES = select(PREFERENCES.c.topic, PREFERENCES.c.frequency, PREFERENCES.c.paused_until, PREFERENCES.c.sent_at).where(
    PREFERENCES.c.site_id == _SITE, PREFERENCES.c.address_key.in_(_KEYS)
)


_TOPICS = select(Topic).where(Topic.site_id == _SITE).order_by(Topic.position, Topic.id)
_OPEN_TOPICS = _TOPICS.where(Topic.archived_at.is_(None))


def standing_of(session: Session, site_id: int, keys: Collection[str]) -> Standing:
    """What is known of an address, or of one person's addresses together, in two statements."""
    if not keys:
        return Standing()
    asked = {"site_id": site_id, "keys": list(keys)}
    stopped, wishes = session.execute(_STOPPED, asked), session.execute(_WISHES, asked)
    return Standing(
        frozenset((Scope(row.scope), row.topic) for row in stopped),
        tuple((row.topic, Wish(Frequency(row.frequency), row.paused_until, row.sent_at)) for row in wishes),
    )


def topics_of(session: Session, site_id: int, *, archived: bool = False) -> Sequence[Topic]:
    """The topics of a site in their order, without the archived ones unless asked for."""
    return session.scalars(_TOPICS if archived else _OPEN_TOPICS, {"site_id": site_id}).all()


def topic_by_key(session: Session, site_id: int, key: str) -> Topic:
    """A topic, archived or not. Raises NotFound."""
    found = session.scalars(select(Topic).where(Topic.site_id == site_id, Topic.key == key)).one_or_none()
    if found is None:
        raise NotFound(key)
    return found


def key_of_address(session: Session, site_id: int, email: str) -> str:
    """The site's hash of an address. Raises NotFound for an unknown site."""
    salt = session.execute(select(Site.salt).where(Site.id == site_id)).scalar_one_or_none()
    if salt is None:
        raise NotFound(str(site_id))
    return address_key(salt, email)


def may_send_to(session: Session, site_id: int, email: str, mail_class: MailClass, topic: str) -> Decision:
    """Whether a mail of a topic may go to an address at this moment: the rule over what is stored."""
    standing = standing_of(session, site_id, [key_of_address(session, site_id, email)])
    keys = {one.key for one in topics_of(session, site_id)}
    return may_send(mail_class, topic, standing, clock.now(), topics=keys)


def opt_out_by_id(session: Session, site_id: int, opt_out_id: int) -> OptOut:
    """A piece of evidence. Raises NotFound."""
    found = session.scalars(select(OptOut).where(OptOut.site_id == site_id, OptOut.id == opt_out_id)).one_or_none()
    if found is None:
        raise NotFound(str(opt_out_id))
    return found


def is_undone(session: Session, site_id: int, opt_out_id: int) -> bool:
    """Whether an opt-out was taken back, and nothing has stopped the same since. Raises NotFound."""
    row = opt_out_by_id(session, site_id, opt_out_id)
    return row.undone_at is not None and stops(
        Scope(row.scope), row.topic, standing_of(session, site_id, [row.address_key])
    )
