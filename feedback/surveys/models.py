"""Tables of surveys: the survey and its versions, each frozen when published."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from feedback.db import Base, BigKey, UtcDateTime, big_key, personal, public_id_column


class Survey(Base):
    """A survey of a site under its slug. ``live_version_id`` is what customers get; None was never published."""

    __tablename__ = "survey"
    __table_args__ = (Index("uq_survey_site_id_slug", "site_id", "slug", unique=True),)

    id: Mapped[int] = big_key()
    public_id: Mapped[str] = public_id_column()
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    slug: Mapped[str] = mapped_column(String(60), info=personal("no"))
    live_version_id: Mapped[int | None] = mapped_column(BigKey)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SurveyVersion(Base):
    """One definition of a survey; frozen once ``published_at`` is set."""

    __tablename__ = "survey_version"
    __table_args__ = (Index("uq_survey_version_survey_id_number", "site_id", "survey_id", "number", unique=True),)

    id: Mapped[int] = big_key()
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"))
    number: Mapped[int]
    definition: Mapped[dict[str, Any]] = mapped_column(JSON, info=personal("no"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
