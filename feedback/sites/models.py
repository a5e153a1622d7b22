"""Tables of sites: the tenant itself, its allowed origins and its holidays."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from feedback.db import Base, UtcDateTime, big_key, enum_check, personal, public_id_column


class Site(Base):
    """A tenant. ``key`` is what addresses show."""

    __tablename__ = "site"

    id: Mapped[int] = big_key()
    public_id: Mapped[str] = public_id_column()
    key: Mapped[str] = mapped_column(String(40), unique=True, info=personal("no"))
    name: Mapped[str] = mapped_column(String(120), info=personal("no"))
    locale: Mapped[str] = mapped_column(String(35), default="en", info=personal("no"))
    languages: Mapped[list[str]] = mapped_column(JSON, default=list, info=personal("no"))
    time_zone: Mapped[str] = mapped_column(String(60), default="UTC", info=personal("no"))
    country: Mapped[str | None] = mapped_column(String(2), info=personal("no"))
    reply_to: Mapped[str | None] = mapped_column(String(254), info=personal("no"))
    #: {weekday "0".."6" (Monday first): [["08:00", "17:00"], …]}; local times of ``time_zone``.
    hours: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info=personal("no"))
    #: The country's holidays of these years, as calendar.stored_holidays makes them; a job keeps them current.
    public_holidays: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info=personal("no"))
    #: {"color": "#0b6e4f", "logo": null, "digits": "native"|"latn", "calendar": null|"gregorian",
    #: "bikram_sambat": bool}
    theme: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info=personal("no"))
    #: {language: text}: what happens to answers; None uses the standard notice.
    privacy_notice: Mapped[dict[str, str] | None] = mapped_column(JSON, info=personal("no"))
    #: For whom an opt-out without a reason becomes a task; read by leaving.blank_reason_from.
    blank_reason: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info=personal("no"))
    #: Where the company can be found, for the end of mails about news (standards U-21); empty: not said.
    postal_address: Mapped[str] = mapped_column(Text, default="", info=personal("no"))
    #: Where somebody goes back to after they cancelled, on one of the site's origins; None: they stay on our page.
    return_url: Mapped[str | None] = mapped_column(String(500), info=personal("no"))
    #: Whether answers without a link or a token of the site's own back end are refused.
    identity_required: Mapped[bool] = mapped_column(default=False)
    #: {"proof_of_work": bool, "akismet": bool}; both off where nothing is said.
    spam: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info=personal("no"))
    #: What holds for every widget of the site: {"quiet_days": 30}, days without a second survey.
    widget: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info=personal("no"))
    salt: Mapped[str] = mapped_column(String(64), info=personal("no"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads this mapping, nobody changes it


class SiteOrigin(Base):
    """An origin (scheme, host, port) whose pages may embed the site's surveys."""

    __tablename__ = "site_origin"
    __table_args__ = (Index("uq_site_origin_site_id_origin", "site_id", "origin", unique=True),)

    id: Mapped[int] = big_key()
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    origin: Mapped[str] = mapped_column(String(300), info=personal("no"))


class Algorithm(StrEnum):
    """What a site's back end signs with; fixed per secret, so that nobody can choose a weaker one."""

    HS256 = "HS256"
    EDDSA = "EdDSA"


class SiteSecret(Base):
    """What a site's back end signs the identity of its customers with; two may be in use while one replaces the other.

    ``key`` is the shared secret of HS256, or the public key of EdDSA as PEM.
    """

    __tablename__ = "site_secret"
    __table_args__ = (enum_check("algorithm", Algorithm), Index("ix_site_secret_site_id", "site_id"))

    id: Mapped[int] = big_key()
    public_id: Mapped[str] = public_id_column()
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    algorithm: Mapped[str] = mapped_column(String(10), info=personal("no"))
    key: Mapped[str] = mapped_column(Text, info=personal("no"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SiteHoliday(Base):
    """A site's own change to its country's holidays: a day added (``is_open`` false) or worked after all (true)."""

    __tablename__ = "site_holiday"
    __table_args__ = (Index("uq_site_holiday_site_id_day", "site_id", "day", unique=True),)

    id: Mapped[int] = big_key()
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    day: Mapped[date] = mapped_column(Date)
    name: Mapped[str] = mapped_column(Text, default="", info=personal("no"))
    is_open: Mapped[bool] = mapped_column(default=False)
