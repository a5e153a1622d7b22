"""Tables of responses: the response, its answers, earlier answers, and drafts of what is half finished."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from feedback.db import Base, BigKey, UtcDateTime, big_key, enum_check, personal, public_id_column


class State(StrEnum):
    """Only complete and partial count and open cases."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    UNCONFIRMED = "unconfirmed"
    QUARANTINED = "quarantined"
    DISOWNED = "disowned"


class Contact(StrEnum):
    """May we write about this answer?"""

    NOT_ASKED = "not_asked"
    YES = "yes"
    NO = "no"


class Assurance(StrEnum):
    """How sure we are of who answered."""

    LINK = "link"
    VERIFIED = "verified"
    KIOSK = "kiosk"
    ANONYMOUS = "anonymous"


class Response(Base):
    """One filled-in survey. One per link (unique), one per form nonce where anonymous (unique)."""

    __tablename__ = "response"
    __table_args__ = (
        enum_check("state", State),
        enum_check("contact", Contact),
        enum_check("assurance", Assurance),
        CheckConstraint("score BETWEEN 0 AND 100", name="score"),
        Index(
            "uq_response_link_id",
            "link_id",
            unique=True,
            sqlite_where=text("link_id IS NOT NULL"),
            postgresql_where=text("link_id IS NOT NULL"),
        ),
        Index(
            "uq_response_nonce",
            "nonce",
            unique=True,
            sqlite_where=text("nonce IS NOT NULL"),
            postgresql_where=text("nonce IS NOT NULL"),
        ),
        Index(
            "ix_response_quarantined",
            "site_id",
            "created_at",
            "id",
            sqlite_where=text("state = 'quarantined'"),
            postgresql_where=text("state = 'quarantined'"),
        ),
        Index("ix_response_site_id_created_at", "site_id", "created_at", "id"),
        Index("ix_response_site_id_survey_id", "site_id", "survey_id", "created_at"),
        Index("ix_response_site_id_customer_id", "site_id", "customer_id"),
    )

    id: Mapped[int] = big_key()
    public_id: Mapped[str] = public_id_column()
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("survey_version.id"))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("link.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    interaction_id: Mapped[int | None] = mapped_column(ForeignKey("interaction.id"))
    nonce: Mapped[str | None] = mapped_column(String(44), info=personal("no"))
    #: The form it came from, where a program's own key is the nonce: who else uses that key is somebody else.
    form_nonce: Mapped[str | None] = mapped_column(String(16), info=personal("no"))
    state: Mapped[str] = mapped_column(String(20), info=personal("no"))
    contact: Mapped[str] = mapped_column(String(20), default=Contact.NOT_ASKED, info=personal("no"))
    assurance: Mapped[str] = mapped_column(String(20), info=personal("no"))
    score: Mapped[int | None]
    locale: Mapped[str] = mapped_column(String(35), info=personal("no"))
    channel: Mapped[str] = mapped_column(String(60), default="link", info=personal("no"))
    place: Mapped[str | None] = mapped_column(String(120), info=personal("no"))
    #: The feedback screen that was tapped, if one was.
    kiosk_id: Mapped[int | None] = mapped_column(BigKey)
    flags: Mapped[list[str]] = mapped_column(JSON, default=list, info=personal("no"))
    #: When staff said of what is held back that it is spam; until then it waits to be looked at.
    judged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Answer(Base):
    """One answer: ``choices`` gives a row per option. ``number`` for scales, ``text`` for words and addresses."""

    __tablename__ = "answer"
    __table_args__ = (
        Index("uq_answer_response_id_question_option", "response_id", "question", "option", unique=True),
        Index("ix_answer_site_id", "site_id"),
    )

    id: Mapped[int] = big_key()
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    response_id: Mapped[int] = mapped_column(ForeignKey("response.id"))
    question: Mapped[str] = mapped_column(String(60), info=personal("no"))
    option: Mapped[str] = mapped_column(String(60), default="", info=personal("no"))
    number: Mapped[int | None]
    text: Mapped[str | None] = mapped_column(Text, info=personal("blank"))


class ResponseRevision(Base):
    """What a response said before it was changed within its edit window."""

    __tablename__ = "response_revision"
    __table_args__ = (Index("ix_response_revision_site_id_response_id", "site_id", "response_id"),)

    id: Mapped[int] = big_key()
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    response_id: Mapped[int] = mapped_column(ForeignKey("response.id"))
    score: Mapped[int | None]
    #: {question: [[option, number, text], …]}
    answers: Mapped[dict[str, Any]] = mapped_column(JSON, info=personal("delete"))
    replaced_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Draft(Base):
    """A half-finished answer of a link: raw values per question, kept until it is submitted or rests for an hour."""

    __tablename__ = "draft"
    __table_args__ = (
        Index("uq_draft_link_id", "link_id", unique=True),
        Index("ix_draft_touched_at", "touched_at"),
        Index("ix_draft_site_id", "site_id"),
    )

    id: Mapped[int] = big_key()
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    link_id: Mapped[int] = mapped_column(ForeignKey("link.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("survey_version.id"))
    locale: Mapped[str] = mapped_column(String(35), info=personal("no"))
    #: {question: [raw values]}, as they came from the form, also those not valid yet.
    values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info=personal("delete"))
    step: Mapped[str] = mapped_column(String(60), default="", info=personal("no"))
    scored: Mapped[bool] = mapped_column(default=False)
    touched_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Kiosk(Base):
    """A feedback screen: the tablet at a place that was paired from the console and asks one survey."""

    __tablename__ = "kiosk"
    __table_args__ = (Index("ix_kiosk_site_id", "site_id", "id"),)

    id: Mapped[int] = big_key()
    public_id: Mapped[str] = public_id_column()
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"))
    place: Mapped[str] = mapped_column(String(120), info=personal("no"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: The last tap that came in, not the last look at the page.
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SeenKind(StrEnum):
    """What is remembered for a while because it should come once only."""

    CHALLENGE = "challenge"
    WORDS = "words"
    MAILED = "mailed"


class Seen(Base):
    """A solved challenge, a stranger's words, an address that was mailed: a hash, forgotten at ``expires_at``."""

    __tablename__ = "seen"
    __table_args__ = (
        enum_check("kind", SeenKind),
        Index("uq_seen_site_id_kind_digest", "site_id", "kind", "digest", unique=True),
        Index("ix_seen_expires_at", "expires_at"),
    )

    id: Mapped[int] = big_key()
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    kind: Mapped[str] = mapped_column(String(20), info=personal("no"))
    digest: Mapped[str] = mapped_column(String(64), info=personal("no"))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
