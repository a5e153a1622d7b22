"""Tables of delivery: the outbox of mails, and what came back by mail."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from feedback.db import Base, BigKey, UtcDateTime, big_key, enum_check, personal, public_id_column
from feedback.preferences.policy import MailClass as MailClass


class MailState(StrEnum):
    """Where a mail stands."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    WITHHELD = "withheld"


class OutboxMail(Base):
    """A mail to send. Address, links and text are made at hand-over; ``facts`` are blanked after sending.

    One that was not taken keeps them until ``keep_until``, so that a person can have it sent after all.
    """

    __tablename__ = "outbox_mail"
    __table_args__ = (
        enum_check("mail_class", MailClass),
        enum_check("state", MailState),
        Index("ix_outbox_mail_site_id_customer_id", "site_id", "customer_id"),
        Index("ix_outbox_mail_site_id_state_id", "site_id", "state", "id"),
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
    #: When its job runs; while it is being sent, when the job ran. None once it is settled.
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tried_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    keep_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str | None] = mapped_column(Text, info=personal("blank"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class InboundKind(StrEnum):
    """What sort of mail came in: only a ``reply`` is somebody's words."""

    REPLY = "reply"
    AUTO = "auto"
    BULK = "bulk"
    BOUNCE = "bounce"
    UNREADABLE = "unreadable"
    #: One of too many from the same link within an hour.
    HELD = "held"


class InboundMail(Base):
    """A mail that somebody sent to the address of a link. ``link_id`` says what it is about, never who wrote it."""

    __tablename__ = "inbound_mail"
    __table_args__ = (
        enum_check("kind", InboundKind),
        Index("uq_inbound_mail_site_id_message_key", "site_id", "message_key", unique=True),
        Index("ix_inbound_mail_site_id_link_id", "site_id", "link_id", "received_at"),
    )

    id: Mapped[int] = big_key()
    public_id: Mapped[str] = public_id_column()
    site_id: Mapped[int] = mapped_column(BigKey)
    link_id: Mapped[int] = mapped_column(BigKey)
    kind: Mapped[str] = mapped_column(String(20), info=personal("no"))
    #: SHA-256 of link and Message-ID: a mail that is delivered again is stored once.
    message_key: Mapped[str] = mapped_column(String(64), info=personal("no"))
    sender: Mapped[str] = mapped_column(String(254), default="", info=personal("blank"))
    sender_name: Mapped[str] = mapped_column(String(200), default="", info=personal("blank"))
    subject: Mapped[str] = mapped_column(String(400), default="", info=personal("blank"))
    text: Mapped[str] = mapped_column(Text, default="", info=personal("blank"))
    #: What was cut from the text as a quote, with a signature: where somebody wrote into it, it isn't lost.
    quoted: Mapped[str] = mapped_column(Text, default="", info=personal("blank"))
    #: Names of the attachments that were dropped.
    attachments: Mapped[list[str]] = mapped_column(JSON, default=list, info=personal("blank"))
    #: The text was longer than we keep.
    cut: Mapped[bool] = mapped_column(default=False)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
