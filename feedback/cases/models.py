"""Tables of cases: the case, the responses on it, its promises and activity, and the rules that route to it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from feedback.cases.states import Family, Kind, Outcome, Priority, PromiseState, State
from feedback.db import Base, BigKey, UtcDateTime, big_key, enum_check, personal, public_id_column

_UNRESOLVED = "state <> 'resolved'"
_UNRESOLVED_OF_CUSTOMER = "state <> 'resolved' AND customer_id IS NOT NULL"


class CaseCounter(Base):
    """The number that the next case of a site gets.

    Not of the site's own row: every row that refers to the site locks that one against deletion, and on PostgreSQL
    a row that is changed while many lock it takes everybody longer to read.
    """

    __tablename__ = "case_counter"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True, autoincrement=False)
    next_number: Mapped[int] = mapped_column(default=1)


class Case(Base):
    """A follow-up case. ``owner_id`` None is the team queue; ``rule`` and ``reason`` say why it exists."""

    __tablename__ = "case"
    __table_args__ = (
        enum_check("kind", Kind),
        enum_check("family", Family),
        enum_check("state", State),
        enum_check("priority", Priority),
        enum_check("outcome", Outcome),
        Index("uq_case_site_id_number", "site_id", "number", unique=True),
        Index(
            "uq_case_unresolved",
            "customer_id",
            "family",
            "site_id",
            unique=True,
            sqlite_where=text(_UNRESOLVED_OF_CUSTOMER),
            postgresql_where=text(_UNRESOLVED_OF_CUSTOMER),
        ),
        Index(
            "ix_case_triage",
            "site_id",
            "due_at",
            "id",
            sqlite_where=text(_UNRESOLVED),
            postgresql_where=text(_UNRESOLVED),
        ),
        Index(
            "ix_case_owner",
            "site_id",
            "owner_id",
            "due_at",
            "id",
            sqlite_where=text(_UNRESOLVED),
            postgresql_where=text(_UNRESOLVED),
        ),
        Index("ix_case_site_id_state_due_at", "site_id", "state", "due_at", "id"),
        Index("ix_case_site_id_customer_id", "site_id", "customer_id"),
    )

    id: Mapped[int] = big_key()
    public_id: Mapped[str] = public_id_column()
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(30), info=personal("no"))
    family: Mapped[str] = mapped_column(String(20), info=personal("no"))
    state: Mapped[str] = mapped_column(String(20), default=State.NEW, info=personal("no"))
    priority: Mapped[str] = mapped_column(String(20), info=personal("no"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    #: A team's queue that a rule asked for; empty is the site's usual one.
    queue: Mapped[str] = mapped_column(String(60), default="", info=personal("no"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    #: Language of the customer's words, for finding a reader.
    language: Mapped[str] = mapped_column(String(35), info=personal("no"))
    rule_id: Mapped[int | None] = mapped_column(BigKey)
    rule_name: Mapped[str] = mapped_column(String(200), default="", info=personal("no"))
    #: The facts that made the rule match, for showing as a sentence; no words of the customer.
    reason: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info=personal("no"))
    #: Words and names that staff search by, as ``i18n.text.search_key`` makes them.
    search_key: Mapped[str] = mapped_column(Text, default="", info=personal("blank"))
    #: The customer's own words, first lines, for the list.
    excerpt: Mapped[str] = mapped_column(Text, default="", info=personal("blank"))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    outcome: Mapped[str | None] = mapped_column(String(20), info=personal("no"))
    score_before: Mapped[int | None]
    score_after: Mapped[int | None]
    touched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When the customer last wrote on the case, and when staff last replied: whose turn it is.
    customer_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    replied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: How often the case changed hands after it had an owner.
    hand_offs: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads this mapping, nobody changes it


class CaseResponse(Base):
    """A response that opened or joined a case."""

    __tablename__ = "case_response"
    __table_args__ = (
        Index("uq_case_response_response_id_case_id", "response_id", "case_id", unique=True),
        Index("ix_case_response_site_id_case_id", "site_id", "case_id"),
    )

    id: Mapped[int] = big_key()
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    response_id: Mapped[int] = mapped_column(ForeignKey("response.id"))
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: When the owner was told of the response, or of its last change.
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Promise(Base):
    """What the customer may count on: ``first_response`` is the due time that the thank-you page named.

    ``what`` are the words of a promise that a person made (kind ``made``); ``staff_id`` is who is to keep it.
    """

    __tablename__ = "promise"
    __table_args__ = (
        enum_check("state", PromiseState),
        Index("ix_promise_site_id_case_id", "site_id", "case_id"),
        Index(
            "ix_promise_open_due",
            "due_at",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[int] = big_key()
    public_id: Mapped[str] = public_id_column()
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    kind: Mapped[str] = mapped_column(String(30), default="first_response", info=personal("no"))
    state: Mapped[str] = mapped_column(String(20), default=PromiseState.OPEN, info=personal("no"))
    what: Mapped[str] = mapped_column(Text, default="", info=personal("blank"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When staff were told that its time is near; None again once it is moved.
    warned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Activity(Base):
    """One thing that happened on a case; ``kind`` is registered in ``activity.py`` with how it is shown."""

    __tablename__ = "case_activity"
    __table_args__ = (Index("ix_case_activity_site_id_case_id", "site_id", "case_id", "id"),)

    id: Mapped[int] = big_key()
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    kind: Mapped[str] = mapped_column(String(40), info=personal("no"))
    actor_kind: Mapped[str] = mapped_column(String(20), info=personal("no"))
    actor_id: Mapped[int | None] = mapped_column(BigKey)
    actor_label: Mapped[str] = mapped_column(String(200), default="", info=personal("keep: names of staff"))
    facts: Mapped[dict[str, Any]] = mapped_column(
        JSON, default=dict, info=personal("keep: figures and names of staff; activity.py says what of it is removed")
    )
    text: Mapped[str | None] = mapped_column(Text, info=personal("blank"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class RoutingRule(Base):
    """A rule of a site, tried in order of ``position``; ``conditions`` and ``outcome`` are parsed by routing.py."""

    __tablename__ = "routing_rule"
    __table_args__ = (Index("ix_routing_rule_site_id_position", "site_id", "position", "id"),)

    id: Mapped[int] = big_key()
    public_id: Mapped[str] = public_id_column()
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(200), info=personal("no"))
    enabled: Mapped[bool] = mapped_column(default=True)
    conditions: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info=personal("no"))
    outcome: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info=personal("no"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads this mapping, nobody changes it


class CannedReply(Base):
    """A reply that staff start from, in one language; its ``{name}``-style fields are filled by wording.py."""

    __tablename__ = "canned_reply"
    __table_args__ = (Index("ix_canned_reply_site_id_language", "site_id", "language", "id"),)

    id: Mapped[int] = big_key()
    public_id: Mapped[str] = public_id_column()
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    language: Mapped[str] = mapped_column(String(35), info=personal("no"))
    title: Mapped[str] = mapped_column(String(120), info=personal("no"))
    text: Mapped[str] = mapped_column(Text, info=personal("no"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads this mapping, nobody changes it


class EscalationStep(Base):
    """What happens to a case that is overdue by ``after_minutes`` of working time; ``escalation.py`` decides."""

    __tablename__ = "escalation_step"
    __table_args__ = (
        enum_check("priority", Priority),
        Index("ix_escalation_step_site_id_after_minutes", "site_id", "after_minutes", "id"),
    )

    id: Mapped[int] = big_key()
    public_id: Mapped[str] = public_id_column()
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    after_minutes: Mapped[int]
    priority: Mapped[str | None] = mapped_column(String(20), info=personal("no"))
    to_lead: Mapped[bool] = mapped_column(default=False)
    queue: Mapped[str] = mapped_column(String(60), default="", info=personal("no"))
    enabled: Mapped[bool] = mapped_column(default=False)
    #: Cases that were overdue by then are left alone.
    enabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads this mapping, nobody changes it


class CaseEscalation(Base):
    """A step that was taken on a case: each is taken once, until the case is reopened."""

    __tablename__ = "case_escalation"
    __table_args__ = (
        Index("uq_case_escalation_case_id_step_id", "case_id", "step_id", unique=True),
        Index("ix_case_escalation_site_id_case_id", "site_id", "case_id"),
    )

    id: Mapped[int] = big_key()
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    step_id: Mapped[int] = mapped_column(ForeignKey("escalation_step.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
