"""Finding API keys; nothing here changes a row."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.api.keys import Key
from feedback.api.models import ApiKey


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose key a request came with."""

    key_id: int
    site_id: int
    name: str
    scopes: frozenset[str]
    last_used_at: datetime | None


def caller_with(session: Session, key: Key, now: datetime) -> Caller | None:
    """Who calls with this key; None where it is unknown, revoked or over: these are never told apart."""
    # The key names its site, as links do.
    row = session.scalars(select(ApiKey).where(ApiKey.public_id == key.name, ApiKey.site_id.is_not(None))).one_or_none()
    if row is None or not hmac.compare_digest(row.hash, key.hash):
        return None
    if row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
        return None
    return Caller(row.id, row.site_id, row.name, frozenset(row.scopes), row.last_used_at)


def keys_of_site(session: Session, site_id: int) -> Sequence[ApiKey]:
    """The keys of a site, newest first, revoked ones too."""
    return session.scalars(select(ApiKey).where(ApiKey.site_id == site_id).order_by(ApiKey.id.desc())).all()
