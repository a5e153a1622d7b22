"""The row behind a signed link; the token itself is never stored."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from feedback.db import Base, BigKey, UtcDateTime, big_key, enum_check, personal
from feedback.links.purposes import Purpose


class Link(Base):
    """What a token names. ``key`` is the 12 random bytes inside it; ``used_at`` is set once by a POST."""

    __tablename__ = "link"
    __table_args__ = (
        enum_check("purpose", Purpose),
        Index("uq_link_key", "key", unique=True),
        Index("ix_link_site_id_customer_id", "site_id", "customer_id"),
        Index(
            "ix_link_site_id_case_id",
            "site_id",
            "case_id",
            sqlite_where=text("case_id IS NOT NULL"),
            postgresql_where=text("case_id IS NOT NULL"),
        ),
        Index(
            "uq_link_interaction",
            "site_id",
            "purpose",
            "survey_id",
            "customer_id",
            "interaction_id",
            unique=True,
            sqlite_where=text("interaction_id IS NOT NULL"),
            postgresql_where=text("interaction_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = big_key()
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    key: Mapped[bytes] = mapped_column(LargeBinary(12))
    purpose: Mapped[str] = mapped_column(String(20), info=personal("no"))
    locale: Mapped[str] = mapped_column(String(35), info=personal("no"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    survey_id: Mapped[int | None] = mapped_column(ForeignKey("survey.id"))
    interaction_id: Mapped[int | None] = mapped_column(ForeignKey("interaction.id"))
    case_id: Mapped[int | None] = mapped_column(BigKey)
    staff_id: Mapped[int | None] = mapped_column(BigKey)
    #: Key of the topic that an unsubscribe link stops; empty goes for the site's news.
    topic: Mapped[str] = mapped_column(String(40), default="", info=personal("no"))
    address_key: Mapped[str | None] = mapped_column(
        String(64), info=personal("keep: a salted hash; an opt-out must outlive the customer")
    )
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
