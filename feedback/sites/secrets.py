"""The secrets of a site's back ends: which are in use, adding one, retiring one; audited, never with the secret."""

import secrets
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from feedback import audit, clock
from feedback.actors import Actor
from feedback.db import new_public_id
from feedback.errors import Invalid, NotFound, Problem
from feedback.i18n.text import N_
from feedback.sites.identity import Secret, checked_public_key
from feedback.sites.models import Algorithm, Site, SiteSecret

#: One in use, and one that replaces it.
MAX_ACTIVE: Final = 2
_BYTES: Final = 32


def active_secrets(session: Session, site_id: int) -> tuple[Secret, ...]:
    """The secrets in use, oldest first."""
    rows = session.execute(
        select(SiteSecret.algorithm, SiteSecret.key)
        .where(SiteSecret.site_id == site_id, SiteSecret.retired_at.is_(None))
        .order_by(SiteSecret.id)
        .limit(MAX_ACTIVE)
    )
    return tuple(Secret(row.algorithm, row.key) for row in rows)


def all_secrets(session: Session, site_id: int) -> Sequence[SiteSecret]:
    """Every secret there was, newest first."""
    query = select(SiteSecret).where(SiteSecret.site_id == site_id).order_by(SiteSecret.id.desc()).limit(100)
    return session.scalars(query).all()


def add_secret(session: Session, actor: Actor, site_id: int, *, public_key: str | None = None) -> SiteSecret:
    """A new secret of HS256, whose ``key`` is shown this once; with ``public_key`` one of EdDSA. Raises Invalid."""
    algorithm = Algorithm.HS256 if public_key is None else Algorithm.EDDSA
    key = secrets.token_urlsafe(_BYTES) if public_key is None else checked_public_key(public_key)
    # Takes the site's row, so that two who add at once come one after the other.
    session.execute(update(Site).where(Site.id == site_id).values(key=Site.key))
    active = select(func.count()).where(SiteSecret.site_id == site_id, SiteSecret.retired_at.is_(None))
    if session.execute(active).scalar_one() >= MAX_ACTIVE:
        message = N_("Two secrets are in use already: retire one first.")
        raise Invalid([Problem("secret", "two-secrets", message)])
    row = SiteSecret(
        public_id=new_public_id(), site_id=site_id, algorithm=algorithm.value, key=key, created_at=clock.now()
    )
    session.add(row)
    session.flush()
    _audit(session, actor, "site.secret-add", site_id, row.public_id, {"algorithm": algorithm.value})
    return row


def retire_secret(session: Session, actor: Actor, site_id: int, public_id: str) -> None:
    """Believe nothing any more that was signed with it; again it does nothing. Raises NotFound."""
    row = session.scalars(
        select(SiteSecret).where(SiteSecret.site_id == site_id, SiteSecret.public_id == public_id)
    ).one_or_none()
    if row is None:
        raise NotFound(public_id)
    done = session.execute(
        update(SiteSecret)
        .where(SiteSecret.site_id == site_id, SiteSecret.id == row.id, SiteSecret.retired_at.is_(None))
        .values(retired_at=clock.now())
        .returning(SiteSecret.id)
    ).scalar_one_or_none()
    if done is not None:
        _audit(session, actor, "site.secret-retire", site_id, public_id)


def _audit(
    session: Session, actor: Actor, action: str, site_id: int, public_id: str, after: dict[str, Any] | None = None
) -> None:
    audit.record(
        session, actor, action, site_id=site_id, subject="site_secret", subject_id=public_id, before=None, after=after
    )
