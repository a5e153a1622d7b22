"""The table of API keys; a key itself is stored nowhere."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from feedback.db import Base, UtcDateTime, big_key, personal


class ApiKey(Base):
    """A key of one site. Revoked ones stay, so that the audit trail has somebody to name."""

    __tablename__ = "api_key"
    __table_args__ = (Index("ix_api_key_site_id_id", "site_id", "id"),)

    id: Mapped[int] = big_key()
    #: The part of the key by which it is found and named.
    public_id: Mapped[str] = mapped_column(String(8), unique=True, info=personal("no"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    name: Mapped[str] = mapped_column(String(80), info=personal("no"))
    #: SHA-256 of the whole key, in hexadecimal.
    hash: Mapped[str] = mapped_column(String(64), info=personal("no"))
    scopes: Mapped[list[str]] = mapped_column(JSON, info=personal("no"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Written every five minutes at most.
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
