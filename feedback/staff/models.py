"""Tables of staff: accounts, roles per site, sessions and failed sign-ins."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from feedback.actors import Role
from feedback.db import Base, UtcDateTime, big_key, enum_check, personal, public_id_column

_STAFF = "keep: staff are not customers; accounts are archived by hand"


class StaffMember(Base):
    """An account. ``email`` is kept as typed, ``email_key`` (trimmed, casefolded) is what signs in."""

    __tablename__ = "staff_member"

    id: Mapped[int] = big_key()
    public_id: Mapped[str] = public_id_column()
    email: Mapped[str] = mapped_column(String(254), info=personal(_STAFF))
    email_key: Mapped[str] = mapped_column(String(254), unique=True, info=personal(_STAFF))
    name: Mapped[str] = mapped_column(String(200), info=personal(_STAFF))
    password_hash: Mapped[str | None] = mapped_column(String(200), info=personal("no"))
    locale: Mapped[str] = mapped_column(String(35), default="en", info=personal("no"))
    time_zone: Mapped[str] = mapped_column(String(60), default="UTC", info=personal("no"))
    #: Languages they read: ["sw", "en"].
    languages: Mapped[list[str]] = mapped_column(JSON, default=list, info=personal("no"))
    #: Mails they do not want, or want at night too: {"assigned": false, "at_night": true}; what is missing is usual.
    notices: Mapped[dict[str, bool]] = mapped_column(JSON, default=dict, info=personal("no"))
    away_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads this mapping, nobody changes it


class StaffRole(Base):
    """What a staff member may do on a site."""

    __tablename__ = "staff_role"
    __table_args__ = (
        enum_check("role", Role),
        Index("uq_staff_role_site_id_staff_id", "site_id", "staff_id", unique=True),
        Index("ix_staff_role_staff_id", "staff_id"),
    )

    id: Mapped[int] = big_key()
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    role: Mapped[str] = mapped_column(String(20), info=personal("no"))
    #: The day, in their zone, for which they were last sent the list of what is due.
    listed_on: Mapped[date | None] = mapped_column(Date)


class StaffSession(Base):
    """A signed-in browser. ``token_hash`` is SHA-256 of the cookie's random value; ``data`` is Flask's session."""

    __tablename__ = "staff_session"
    __table_args__ = (Index("ix_staff_session_staff_id", "staff_id"),)

    id: Mapped[int] = big_key()
    token_hash: Mapped[str] = mapped_column(String(64), unique=True, info=personal("no"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info=personal("no"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    agent: Mapped[str] = mapped_column(String(200), default="", info=personal(_STAFF))


class SignInFailure(Base):
    """One failed sign-in; ``who`` is a keyed hash of the e-mail address or of the network, never either in clear."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (Index("ix_sign_in_failure_who_at", "who", "at"),)

    id: Mapped[int] = big_key()
    who: Mapped[str] = mapped_column(String(64), info=personal("no"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
