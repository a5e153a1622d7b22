"""Reading the rows behind links; whether a token is right was checked before."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import clock
from feedback.errors import NotFound
from feedback.links.models import Link
from feedback.links.purposes import Purpose
from feedback.links.tokens import LinkToken


def token_of(link: Link) -> LinkToken:
    """What is signed to make the link's address: the same every time."""
    return LinkToken(link.site_id, link.key, link.locale, int(link.issued_at.timestamp()))


def link_of(session: Session, site_id: int, purpose: Purpose, key: bytes) -> Link:
    """The row of a link, revoked and used ones too. Raises NotFound."""
    found = session.scalars(
        select(Link).where(Link.site_id == site_id, Link.key == key, Link.purpose == purpose)
    ).one_or_none()
    if found is None:
        raise NotFound(purpose)
    return found


def link_by_key(session: Session, purpose: Purpose, key: bytes) -> Link:
    """The row behind the address that a mail was sent to, which names no site. Raises NotFound."""
    query = select(Link).where(Link.key == key, Link.purpose == purpose, Link.site_id.is_not(None))
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound(purpose)
    return found


def open_link_of(session: Session, site_id: int, purpose: Purpose, key: bytes) -> Link:
    """The row of a link that still may be used. Raises NotFound for one that was used, revoked or has expired."""
    link = link_of(session, site_id, purpose, key)
    over = link.expires_at is not None and link.expires_at <= clock.now()
    if link.revoked_at is not None or link.used_at is not None or over:
        raise NotFound(purpose)
    return link
