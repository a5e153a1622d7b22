"""A resolved case as asking again finds it: what decides whether its customer is asked, whom, and by which survey."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session

from feedback.cases.activity import Happened
from feedback.cases.asking import Facts
from feedback.cases.models import Activity, Case, CaseResponse
from feedback.cases.queries.addressee import Addressee, addressee_of
from feedback.cases.states import Family, Outcome, State
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
_STRANGERS = (Happened.DISOWNED.value, Happened.LINK_DISOWNED.value)


@dataclass(frozen=True, slots=True)
class Asking:
    """``decided``: it was decided already since the case was resolved; ``survey`` None: the site asks by none."""

    case: Case
    to: Addressee
    facts: Facts
    survey: LiveSurvey | None
    decided: bool


def asking_of(session: Session, site_id: int, case_id: int) -> Asking:
    """Everything that decides whether the customer is asked, in five statements or so. Raises NotFound."""
    row = session.execute(
        select(
            Case,
            _asked(site_id).label("asked"),
            or_(_said(site_id, Response.state == ResponseState.DISOWNED.value), _stranger(site_id)).label("disowned"),
            _said(site_id, Response.contact == Contact.NO.value).label("said_no"),
            _last(site_id, (Happened.RESOLVED,)).label("resolved"),
            _last(site_id, DECIDED).label("decided"),
        )
        .where(Case.site_id == site_id, Case.id == case_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
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
        disowned=row.disowned,
        erased=to.verdict.code == "erased",
        has_address=bool(to.email),
        has_survey=survey is not None,
    )
    return Asking(case, to, facts, survey, decided=(row.decided or 0) > (row.resolved or 0))


def asking_links(site_id: int, case_id: Any) -> tuple[Any, ...]:
    """What makes a link one by which the customer of a case is asked again."""
    return Link.site_id == site_id, Link.case_id == case_id, Link.purpose == LinkPurpose.SURVEY.value


def _asked(site_id: int) -> Any:
    return select(func.count(Link.id)).where(*asking_links(site_id, Case.id)).scalar_subquery()


def _said(site_id: int, what: Any) -> Any:
    """Whether any answer on the case is so."""
    return exists(
        select(Response.id)
        .join(CaseResponse, and_(CaseResponse.response_id == Response.id, CaseResponse.site_id == site_id))
        .where(Response.site_id == site_id, CaseResponse.case_id == Case.id, what)
    )


def _stranger(site_id: int) -> Any:
    """Whether anybody who opened a link of the case said that they weren't the customer."""
    return exists(
        select(Activity.id).where(
            Activity.site_id == site_id, Activity.case_id == Case.id, Activity.kind.in_(_STRANGERS)
        )
    )


def _last(site_id: int, kinds: tuple[Happened, ...]) -> Any:
    return (
        select(func.max(Activity.id))
        .where(
            Activity.site_id == site_id,
            Activity.case_id == Case.id,
            Activity.kind.in_([one.value for one in kinds]),
        )
        .scalar_subquery()
    )
