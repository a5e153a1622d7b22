"""Tables of delivery: the outbox of mails."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from feedback.db import Base, BigKey, UtcDateTime, big_key, enum_check, personal, public_id_column


class MailClass(StrEnum):
    """What kind of mail it is: decides headers and who may be sent it."""

    TRANSACTIONAL = "transactional"
    SURVEY = "survey"
    MARKETING = "marketing"


class MailState(StrEnum):
    """Where a mail stands."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    WITHHELD = "withheld"


class OutboxMail(Base):
    """A mail to send. Address, links and text are made at hand-over; ``facts`` are blanked after sending."""

    __tablename__ = "outbox_mail"
    __table_args__ = (
        enum_check("mail_class", MailClass),
        enum_check("state", MailState),
        Index("ix_outbox_mail_site_id_id", "site_id", "id"),
    )

    id: Mapped[int] = big_key()
    public_id: Mapped[str] = public_id_column()
    site_id: Mapped[int] = mapped_column(BigKey)
    name: Mapped[str] = mapped_column(String(60), info=personal("no"))
    mail_class: Mapped[str] = mapped_column(String(20), info=personal("no"))
    state: Mapped[str] = mapped_column(String(20), default=MailState.QUEUED, info=personal("no"))
    locale: Mapped[str] = mapped_column(String(35), info=personal("no"))
    customer_id: Mapped[int | None] = mapped_column(BigKey)
    staff_id: Mapped[int | None] = mapped_column(BigKey)
    case_id: Mapped[int | None] = mapped_column(BigKey)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info=personal("blank"))
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str | None] = mapped_column(Text, info=personal("blank"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
