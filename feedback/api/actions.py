"""Making and revoking API keys, and noting that one was used; each flushes and never commits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from feedback import audit, clock
from feedback.actors import Actor
from feedback.api.keys import SCOPES, new_key
from feedback.api.models import ApiKey
from feedback.errors import Invalid, NotFound, Problem
from feedback.i18n.text import N_

NOTED_EVERY: Final = timedelta(minutes=5)
_LONGEST: Final = 80


def add_key(
    session: Session,
    actor: Actor,
    site_id: int,
    name: str,
    scopes: Sequence[str],
    *,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """A new key and its text, which can't be had again. Raises Invalid for ``name`` or ``scope``."""
    name = name.strip()
    problems = []
    if not 0 < len(name) <= _LONGEST:
        problems.append(
            Problem("name", "length", N_("Give it a name of at most %(limit)s characters."), {"limit": _LONGEST})
        )
    for scope in scopes:
        if scope not in SCOPES:
            message = N_("There is no scope %(scope)s. Possible scopes: %(scopes)s.")
            problems.append(Problem("scope", "unknown", message, {"scope": scope, "scopes": ", ".join(SCOPES)}))
    if not scopes:
        problems.append(Problem("scope", "required", N_("Say what the key may do.")))
    if problems:
        raise Invalid(problems)
    key = new_key()
    row = ApiKey(
        public_id=key.name,
        site_id=site_id,
        name=name,
        hash=key.hash,
        scopes=sorted(set(scopes)),
        created_at=clock.now(),
        expires_at=expires_at,
    )
    session.add(row)
    session.flush()
    after = {"name": name, "scopes": row.scopes, "expires_at": expires_at.isoformat() if expires_at else None}
    audit.record(
        session, actor, "apikey.add", site_id=site_id, subject="api_key", subject_id=row.public_id, after=after
    )
    return row, key.text


def revoke_key(session: Session, actor: Actor, site_id: int, public_id: str) -> ApiKey:
    """Refuse a key from now on; once more does nothing. Raises NotFound."""
    row = session.scalars(select(ApiKey).where(ApiKey.site_id == site_id, ApiKey.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound(public_id)
    if row.revoked_at is None:
        row.revoked_at = clock.now()
        session.flush()
        audit.record(session, actor, "apikey.revoke", site_id=site_id, subject="api_key", subject_id=public_id)
    return row


def is_due(last_used_at: datetime | None, now: datetime) -> bool:
    """Whether a use should be noted: the last one stands there for five minutes."""
    return last_used_at is None or now - last_used_at >= NOTED_EVERY


def note_use(session: Session, site_id: int, key_id: int) -> None:
    """The key was used now, unless another request has just said so."""
    now = clock.now()
    session.execute(
        update(ApiKey)
        .where(
            ApiKey.site_id == site_id,
            ApiKey.id == key_id,
            or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at <= now - NOTED_EVERY),
        )
        .values(last_used_at=now)
    )
