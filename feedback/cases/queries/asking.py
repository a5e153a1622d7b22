"""A resolved case as asking again finds it: what decides whether its customer is asked, whom, and by which survey."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, bindparam, exists, func, select
from sqlalchemy.orm import Session

from feedback.cases.activity import Happened
from feedback.cases.asking import Facts
from feedback.cases.models import Activity, Case, CaseResponse
from feedback.cases.queries.addressee import Addressee, addressee_of
from feedback.cases.states import Family, Outcome, State
from feedback.db import BigKey
from feedback.errors import NotFound
from feedback.links.models import Link
from feedback.links.purposes import Purpose as LinkPurpose
from feedback.responses.models import Contact, Response
from feedback.responses.models import State as ResponseState
from feedback.surveys.definition import Purpose
from feedback.surveys.queries import LiveSurvey, live_survey_for

#: What is written on a case when it was decided whether to ask.
DECIDED = (
    Happened.RE_ASKED,
    Happened.RE_ASKED_ON_PAGE,
    Happened.NOT_RE_ASKED_OFTEN,
    Happened.NOT_RE_ASKED_NO,
    Happened.NOT_RE_ASKED_STRANGER,
    Happened.NOT_RE_ASKED_SURVEY,
)


@dataclass(frozen=True, slots=True)
class Asking:
    """``decided``: it was decided already since the case was resolved; ``survey`` None: the site asks by none."""

    case: Case
    to: Addressee
    facts: Facts
    survey: LiveSurvey | None
    decided: bool


def asking_links(site_id: Any, case_id: Any) -> tuple[Any, ...]:
    """What makes a link one by which the customer of a case is asked again."""
    return Link.site_id == site_id, Link.case_id == case_id, Link.purpose == LinkPurpose.SURVEY.value


def _said(what: Any) -> Any:
    """Whether any answer on the case is so."""
    return exists(
        select(Response.id)
        .join(CaseResponse, and_(CaseResponse.response_id == Response.id, CaseResponse.site_id == _SITE))
        .where(Response.site_id == _SITE, CaseResponse.case_id == Case.id, what)
    )


def _happened(kinds: Iterable[Happened]) -> Any:
    """The id of the last such thing on the case."""
    named = [one.value for one in kinds]
    of_case = (Activity.site_id == _SITE, Activity.case_id == Case.id)
    return select(func.max(Activity.id)).where(*of_case, Activity.kind.in_(named)).scalar_subquery()


_SITE: Final = bindparam("site_id", type_=BigKey)
# Made once: putting it together costs more than running it.
_ASKING: Final = (
    select(
        Case,
        select(func.count(Link.id)).where(*asking_links(_SITE, Case.id)).scalar_subquery().label("asked"),
        _said(Response.state == ResponseState.DISOWNED.value).label("disowned"),
        _said(Response.contact == Contact.NO.value).label("said_no"),
        _happened((Happened.DISOWNED, Happened.LINK_DISOWNED)).label("stranger"),
        _happened((Happened.RESOLVED,)).label("resolved"),
        _happened(DECIDED).label("decided"),
    )
    .where(Case.site_id == _SITE, Case.id == bindparam("case_id", type_=BigKey))
    .execution_options(populate_existing=True)
)


def asking_of(session: Session, site_id: int, case_id: int) -> Asking:
    """Everything that decides whether the customer is asked, in five statements or so. Raises NotFound."""
    row = session.execute(_ASKING, {"site_id": site_id, "case_id": case_id}).one_or_none()
    if row is None:
        raise NotFound
    case: Case = row[0]
    to = addressee_of(session, site_id, case_id)
    survey = live_survey_for(session, site_id, Purpose.RECOVERY)
    facts = Facts(
        family=Family(case.family),
        outcome=Outcome(case.outcome) if case.state == State.RESOLVED and case.outcome else None,
        asked=row.asked,
        said_no=row.said_no,
        disowned=row.disowned or row.stranger is not None,
        erased=to.verdict.code == "erased",
        has_address=bool(to.email),
        has_survey=survey is not None,
    )
    return Asking(case, to, facts, survey, decided=(row.decided or 0) > (row.resolved or 0))
