"""The audit trail: a row for whatever staff, keys and commands change, in the same transaction."""

from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from feedback import clock
from feedback.actors import Actor
from feedback.db import Base, BigKey, UtcDateTime, big_key, personal

_KEEP = "keep: who changed what must stay known; labels are of staff, values are of settings"


class AuditRow(Base):
    """Append-only. ``before`` and ``after`` hold only the fields that changed."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_site_id_id", "site_id", "id"),)

    id: Mapped[int] = big_key()
    site_id: Mapped[int | None] = mapped_column(BigKey)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_kind: Mapped[str] = mapped_column(String(20), info=personal("no"))
    actor_id: Mapped[int | None] = mapped_column(BigKey)
    actor_label: Mapped[str] = mapped_column(String(200), default="", info=personal(_KEEP))
    action: Mapped[str] = mapped_column(String(80), info=personal("no"))
    subject: Mapped[str] = mapped_column(String(40), info=personal("no"))
    subject_id: Mapped[str] = mapped_column(String(64), info=personal("no"))
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON, info=personal(_KEEP))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON, info=personal(_KEEP))


class OfSite(Protocol):
    """A row of a site with a name for the world outside."""

    @property
    def site_id(self) -> int:
        """Whose it is."""

    @property
    def public_id(self) -> str:
        """Its outer key."""


def record(
    session: Session,
    actor: Actor,
    action: str,
    *,
    site_id: int | None,
    subject: str,
    subject_id: str | int,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Write one audit row. Never put a customer's words, secrets or addresses into ``before`` and ``after``."""
    session.add(
        AuditRow(
            site_id=site_id,
            at=clock.now(),
            actor_kind=actor.kind.value,
            actor_id=actor.id,
            actor_label=actor.label,
            action=action,
            subject=subject,
            subject_id=str(subject_id),
            before=before,
            after=after,
        )
    )


def record_row(
    session: Session,
    actor: Actor,
    action: str,
    subject: str,
    row: OfSite,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Write one audit row about a row of a site."""
    site_id, subject_id = row.site_id, row.public_id
    record(session, actor, action, site_id=site_id, subject=subject, subject_id=subject_id, before=before, after=after)
