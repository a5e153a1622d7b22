"""All that there is about one customer on their cases: for their timeline, and for what is given out to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.cases.activity import Happened
from feedback.cases.models import Activity, Case, Promise
from feedback.events import TimelineEntry


def history_of(
    session: Session, site_id: int, customer_id: int, *, before: datetime, limit: int
) -> list[TimelineEntry]:
    """What happened on the customer's cases, newest first; without what staff noted for themselves."""
    rows = session.execute(
        select(Activity.at, Activity.kind, Activity.facts, Case.number, Case.public_id)
        .join(Case, Case.id == Activity.case_id)
        .where(
            Activity.site_id == site_id,
            Case.site_id == site_id,
            Case.customer_id == customer_id,
            Activity.at < before,
            Activity.kind != Happened.NOTED.value,
        )
        .order_by(Activity.at.desc(), Activity.id.desc())
        .limit(limit)
    )
    return [
        TimelineEntry(row.at, f"case.{row.kind}", {**row.facts, "case": row.public_id, "number": row.number})
        for row in rows
    ]


def held_about(session: Session, site_id: int, customer_id: int) -> list[dict[str, Any]]:
    """Cases and everything that was written on them, notes included: they are about the customer too."""
    cases = session.scalars(
        select(Case).where(Case.site_id == site_id, Case.customer_id == customer_id).order_by(Case.id)
    ).all()
    if not cases:
        return []
    written: dict[int, list[dict[str, Any]]] = {}
    for row in session.scalars(
        select(Activity)
        .where(Activity.site_id == site_id, Activity.case_id.in_([one.id for one in cases]))
        .order_by(Activity.id)
    ):
        entry = {"at": row.at.isoformat(), "kind": row.kind, "by": row.actor_label or row.actor_kind, "text": row.text}
        if row.facts.get("from"):
            entry["from"] = row.facts["from"]
        written.setdefault(row.case_id, []).append(entry)
    promised: dict[int, list[dict[str, Any]]] = {}
    for promise in session.scalars(
        select(Promise)
        .where(Promise.site_id == site_id, Promise.case_id.in_([one.id for one in cases]))
        .order_by(Promise.id)
    ):
        told = {"what": promise.what or promise.kind, "due_at": promise.due_at.isoformat(), "state": promise.state}
        promised.setdefault(promise.case_id, []).append(told)
    return [
        {
            "number": one.number,
            "kind": one.kind,
            "state": one.state,
            "outcome": one.outcome,
            "words": one.excerpt,
            "opened_at": one.created_at.isoformat(),
            "due_at": one.due_at.isoformat(),
            "resolved_at": one.resolved_at.isoformat() if one.resolved_at else None,
            "promises": promised.get(one.id, []),
            "activity": written.get(one.id, []),
        }
        for one in cases
    ]
