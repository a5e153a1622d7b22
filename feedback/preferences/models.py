"""Tables of preferences: topics, what an address wants of them, what may not be sent to it, and the evidence why."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from feedback.db import Base, BigKey, UtcDateTime, big_key, enum_check, personal, public_id_column
from feedback.preferences.policy import Frequency, Scope

_HASH = "keep: a salted hash; an opt-out must outlive the customer"


class Reason(StrEnum):
    """Why an address is suppressed (standards U-19)."""

    UNSUBSCRIBE = "unsubscribe"
    COMPLAINT = "complaint"
    HARD_BOUNCE = "hard_bounce"
    MANUAL = "manual"
    ERASURE = "erasure"


class Channel(StrEnum):
    """How an opt-out reached us (standards U-15)."""

    ONE_CLICK = "oneclick"
    PAGE = "page"
    MAILTO = "mailto"
    API = "api"
    STAFF = "staff"
    COMPLAINT = "complaint"
    BOUNCE = "bounce"
    IMPORT = "import"


class RequestKind(StrEnum):
    """What may be asked for in the preference centre; each is confirmed by mail before it is done."""

    #: Mails of some topics again, after a stop.
    RESUME = "resume"
    ADDRESS = "address"
    EXPORT = "export"
    ERASE = "erase"
    #: "Mail me my link": nothing to confirm.
    LINK = "link"


class Topic(Base):
    """A kind of mail that a site sends. ``key`` stands in links, so a topic is archived, never deleted."""

    __tablename__ = "topic"
    __table_args__ = (Index("uq_topic_site_id_key", "site_id", "key", unique=True),)

    id: Mapped[int] = big_key()
    public_id: Mapped[str] = public_id_column()
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    key: Mapped[str] = mapped_column(String(40), info=personal("no"))
    #: {language: text}
    name: Mapped[dict[str, str]] = mapped_column(JSON, info=personal("no"))
    #: Frequencies that the sender offers, ["each", "weekly", "monthly"]; empty is no choice.
    frequencies: Mapped[list[str]] = mapped_column(JSON, default=list, info=personal("no"))
    position: Mapped[int] = mapped_column(default=0)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads this mapping, nobody changes it


class Preference(Base):
    """What an address wants of a topic while it gets it at all; ``topic`` empty goes for all of them (a pause)."""

    __tablename__ = "preference"
    __table_args__ = (
        enum_check("frequency", Frequency),
        Index("uq_preference_site_id_address_key_topic", "site_id", "address_key", "topic", unique=True),
        Index(
            "ix_preference_paused_until",
            "site_id",
            "paused_until",
            sqlite_where=text("paused_until IS NOT NULL"),
            postgresql_where=text("paused_until IS NOT NULL"),
        ),
    )

    id: Mapped[int] = big_key()
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    address_key: Mapped[str] = mapped_column(String(64), info=personal(_HASH))
    topic: Mapped[str] = mapped_column(String(40), default="", info=personal("no"))
    frequency: Mapped[str] = mapped_column(String(20), default=Frequency.EACH, info=personal("no"))
    paused_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When a mail of the topic last went out, for those who want fewer.
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Suppression(Base):
    """Something that may not be sent to an address while ``lifted_at`` is None; one such row per address and scope."""

    __tablename__ = "suppression"
    __table_args__ = (
        enum_check("scope", Scope),
        enum_check("reason", Reason),
        Index(
            "uq_suppression_active",
            "site_id",
            "address_key",
            "scope",
            "topic",
            unique=True,
            sqlite_where=text("lifted_at IS NULL"),
            postgresql_where=text("lifted_at IS NULL"),
        ),
        Index("ix_suppression_site_id_id", "site_id", "id"),
        # What one opt-out has stopped, for undoing just that.
        Index(
            "ix_suppression_site_id_opt_out",
            "site_id",
            "opt_out",
            sqlite_where=text("opt_out IS NOT NULL"),
            postgresql_where=text("opt_out IS NOT NULL"),
        ),
    )

    id: Mapped[int] = big_key()
    public_id: Mapped[str] = public_id_column()
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    address_key: Mapped[str] = mapped_column(String(64), info=personal(_HASH))
    #: In clear while somebody may still look for it.
    email: Mapped[str] = mapped_column(String(254), default="", info=personal("blank"))
    scope: Mapped[str] = mapped_column(String(20), info=personal("no"))
    #: Key of the topic where the scope is one, else empty.
    topic: Mapped[str] = mapped_column(String(40), default="", info=personal("no"))
    reason: Mapped[str] = mapped_column(String(20), info=personal("no"))
    #: Where it comes from; of one that staff entered, whatever they noted.
    source: Mapped[str] = mapped_column(String(200), default="", info=personal("blank"))
    #: Public id of the opt-out that made it, or that took it over.
    opt_out: Mapped[str | None] = mapped_column(String(26), info=personal("no"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lifted_by: Mapped[str] = mapped_column(String(200), default="", info=personal("keep: names of staff"))
    lifted_because: Mapped[str] = mapped_column(Text, default="", info=personal("blank"))


class OptOut(Base):
    """Evidence that somebody said no: written once, never changed but for the moment it was undone."""

    __tablename__ = "opt_out"
    __table_args__ = (
        enum_check("scope", Scope),
        enum_check("channel", Channel),
        Index("ix_opt_out_site_id_address_key", "site_id", "address_key", "id"),
        Index("ix_opt_out_site_id_link_id", "site_id", "link_id"),
        Index("ix_opt_out_site_id_at", "site_id", "at", "id"),
    )

    id: Mapped[int] = big_key()
    public_id: Mapped[str] = public_id_column()
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    address_key: Mapped[str] = mapped_column(String(64), info=personal(_HASH))
    customer_id: Mapped[int | None] = mapped_column(BigKey)
    link_id: Mapped[int | None] = mapped_column(BigKey)
    scope: Mapped[str] = mapped_column(String(20), info=personal("no"))
    topic: Mapped[str] = mapped_column(String(40), default="", info=personal("no"))
    channel: Mapped[str] = mapped_column(String(20), info=personal("no"))
    locale: Mapped[str] = mapped_column(String(35), default="", info=personal("no"))
    #: Version of the words that the page showed.
    policy_version: Mapped[str] = mapped_column(String(20), default="", info=personal("no"))
    #: The network it came from, cut to /24 or /48.
    network: Mapped[str] = mapped_column(String(60), default="", info=personal("blank"))
    #: What the address wanted before, as ``undoing`` puts it back.
    before: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info=personal("no"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PreferenceRequest(Base):
    """Something asked for with nothing but a link: carried out once its mail was answered by a button."""

    __tablename__ = "preference_request"
    __table_args__ = (
        enum_check("kind", RequestKind),
        Index("ix_preference_request_site_id_address_key", "site_id", "address_key", "asked_at"),
    )

    id: Mapped[int] = big_key()
    public_id: Mapped[str] = public_id_column()
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    customer_id: Mapped[int | None] = mapped_column(BigKey)
    address_key: Mapped[str] = mapped_column(String(64), info=personal(_HASH))
    kind: Mapped[str] = mapped_column(String(20), info=personal("no"))
    locale: Mapped[str] = mapped_column(String(35), default="", info=personal("no"))
    #: The new address of a change of address; empty for everything else, which goes to the address on file.
    email: Mapped[str] = mapped_column(String(254), default="", info=personal("blank"))
    topics: Mapped[list[str]] = mapped_column(JSON, default=list, info=personal("no"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
