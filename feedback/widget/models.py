"""Tables of the widget: where and how often a survey is offered on host pages, and where the widget was seen."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from feedback.db import Base, UtcDateTime, big_key, personal


class Placement(Base):
    """To whom a survey is shown on host pages; no row: to everybody, whenever the page asks."""

    __tablename__ = "placement"
    __table_args__ = (Index("uq_placement_site_id_survey_id", "site_id", "survey_id", unique=True),)

    id: Mapped[int] = big_key()
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"))
    #: Whether host pages may show it at all.
    live: Mapped[bool] = mapped_column(default=True)
    #: Of a hundred visitors, how many are asked.
    sample: Mapped[int] = mapped_column(default=100)
    #: Days until somebody who answered or waved it away may be asked this survey again; 0: at once.
    again_days: Mapped[int] = mapped_column(default=90)
    #: Paths of host pages with * for anything; none: every page.
    paths: Mapped[list[Any]] = mapped_column(JSON, default=list, info=personal("no"))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads this mapping, nobody changes it


class Sighting(Base):
    """An origin on which the widget was loaded: how often, and when last; no visitor, no page."""

    __tablename__ = "sighting"
    __table_args__ = (Index("uq_sighting_site_id_origin", "site_id", "origin", unique=True),)

    id: Mapped[int] = big_key()
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    origin: Mapped[str] = mapped_column(String(300), info=personal("no"))
    times: Mapped[int] = mapped_column(default=0)
    first_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
