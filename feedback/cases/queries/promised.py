"""What whoever answered has been promised and still waits for, in one statement."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, desc, select
from sqlalchemy.orm import Session

from feedback.cases.models import Case, CaseResponse, Promise
from feedback.cases.states import PromiseState
from feedback.db import BigKey
from feedback.events import FollowUp
from feedback.staff.models import StaffMember

_CASES = Case.metadata.tables["case"]
_CASE_RESPONSES = CaseResponse.metadata.tables["case_response"]
_PROMISES = Promise.metadata.tables["promise"]
_STAFF = StaffMember.metadata.tables["staff_member"]
_SITE = bindparam("site_id", type_=BigKey)
# Made once: it is asked for answers that join a case.
_PROMISED = (
    select(_PROMISES.c.due_at, _PROMISES.c.case_id, _STAFF.c.name)
    .select_from(
        _PROMISES.join(_CASES, _CASES.c.id == _PROMISES.c.case_id)
        .join(_CASE_RESPONSES, _CASE_RESPONSES.c.case_id == _CASES.c.id)
        .outerjoin(_STAFF, _STAFF.c.id == _CASES.c.owner_id)
    )
    .where(
        _PROMISES.c.site_id == _SITE,
        _CASES.c.site_id == _SITE,
        _CASE_RESPONSES.c.site_id == _SITE,
        _CASE_RESPONSES.c.response_id == bindparam("response_id"),
        _PROMISES.c.state == PromiseState.OPEN.value,
        _PROMISES.c.due_at > bindparam("now"),
    )
    .order_by(desc(_PROMISES.c.id))
    .limit(1)
)


def promised(session: Session, site_id: int, response_id: int, now: datetime) -> FollowUp | None:
    """The owner and the moment promised; nothing where nothing was promised or its time is over."""
    row = session.execute(_PROMISED, {"site_id": site_id, "response_id": response_id, "now": now}).one_or_none()
    return FollowUp(row.due_at, row.name, row.case_id) if row else None
