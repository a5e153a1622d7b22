"""Tables of customers and their interactions."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from feedback.db import Base, UtcDateTime, big_key, personal, public_id_column


class Customer(Base):
    """A customer as the site knows them, by its own ``external_id``. Erasure blanks all but the ids."""

    __tablename__ = "customer"
    __table_args__ = (
        Index("uq_customer_site_id_external_id", "site_id", "external_id", unique=True),
        Index("ix_customer_site_id_address_key", "site_id", "address_key"),
    )

    id: Mapped[int] = big_key()
    public_id: Mapped[str] = public_id_column()
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    external_id: Mapped[str] = mapped_column(String(120), info=personal("blank"))
    email: Mapped[str | None] = mapped_column(String(254), info=personal("blank"))
    address_key: Mapped[str | None] = mapped_column(String(64), info=personal("blank"))
    #: The address before the present one: what is private still goes there until ``previous_until``.
    previous_email: Mapped[str | None] = mapped_column(String(254), info=personal("blank"))
    previous_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    name: Mapped[str | None] = mapped_column(String(300), info=personal("blank"))
    #: NFC, casefolded, Persian letters unified: what staff search in.
    search_key: Mapped[str] = mapped_column(String(700), default="", info=personal("blank"))
    locale: Mapped[str | None] = mapped_column(String(35), info=personal("blank"))
    time_zone: Mapped[str | None] = mapped_column(String(60), info=personal("blank"))
    segment: Mapped[str | None] = mapped_column(String(80), info=personal("blank"))
    value_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3), info=personal("blank"))
    phone: Mapped[str | None] = mapped_column(String(40), info=personal("blank"))
    onboarded_on: Mapped[date | None] = mapped_column(Date)
    renews_on: Mapped[date | None] = mapped_column(Date)
    attributes: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info=personal("blank"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Sign(StrEnum):
    """What may be noted about the relation with a customer, by the names of interface.md."""

    COMPETITOR_MENTIONED = "competitor_mentioned"
    PRICE_QUESTION = "price_question"
    CONTACT_CHANGED = "contact_changed"


class CustomerSign(Base):
    """A sign on a customer; ``source`` names what showed it, such as ``response:17``. Erasure deletes it."""

    __tablename__ = "customer_sign"
    __table_args__ = (Index("uq_customer_sign", "site_id", "customer_id", "sign", "source", unique=True),)

    id: Mapped[int] = big_key()
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    sign: Mapped[str] = mapped_column(String(40), info=personal("delete"))
    source: Mapped[str] = mapped_column(String(80), info=personal("delete"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Interaction(Base):
    """Something that happened between a customer and the site, about which we may ask."""

    __tablename__ = "interaction"
    __table_args__ = (
        Index("uq_interaction_site_id_external_id", "site_id", "external_id", unique=True),
        Index("ix_interaction_site_id_customer_id", "site_id", "customer_id"),
    )

    id: Mapped[int] = big_key()
    public_id: Mapped[str] = public_id_column()
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    external_id: Mapped[str] = mapped_column(String(120), info=personal("blank"))
    type: Mapped[str] = mapped_column(String(60), default="", info=personal("no"))
    channel: Mapped[str | None] = mapped_column(String(60), info=personal("no"))
    place: Mapped[str | None] = mapped_column(String(120), info=personal("no"))
    agent: Mapped[str | None] = mapped_column(String(120), info=personal("keep: the site's own staff or desk"))
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3), info=personal("no"))
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
