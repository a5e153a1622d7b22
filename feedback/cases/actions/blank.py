"""Who left without a reason, and is worth a call to the site, becomes a task for a person."""

from __future__ import annotations

from sqlalchemy.orm import Session

from feedback import clock
from feedback.actors import SYSTEM
from feedback.cases.actions.opening import NewCase, Opened, open_case
from feedback.cases.actions.owners import owner_for
from feedback.cases.blank import DUE_MINUTES, NAME, decide
from feedback.cases.queries.blank import leaving
from feedback.cases.states import Kind, Priority


def look_into(session: Session, site_id: int, opt_out_id: int) -> Opened | None:
    """Open the case that an opt-out without a reason asks for, with nothing promised; None where it asks for none."""
    left = leaving(session, site_id, opt_out_id)
    if left is None:
        return None
    decision = decide(left.facts, left.asked, clock.now().date())
    if not decision.opens:
        return None
    new = NewCase(
        kind=Kind.UNSUBSCRIBE,
        priority=Priority.LOW,
        due_minutes=DUE_MINUTES,
        language=left.language,
        customer_id=left.customer_id,
        rule_name=NAME,
        reasons=tuple(reason.as_json() for reason in decision.reasons),
        search_key=left.search_key,
        opt_out=True,
        owner=owner_for(session, site_id, left.language),
    )
    return open_case(session, SYSTEM, site_id, new)
