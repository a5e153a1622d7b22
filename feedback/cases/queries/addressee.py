"""To whom a case's mails go: the address on file, else the one that was left with the answer, and whether they may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session

from feedback import clock
from feedback.cases.contact import Verdict, may_write
from feedback.cases.models import Case, CaseResponse
from feedback.cases.states import Family
from feedback.customers.models import Customer
from feedback.customers.queries import private_address
from feedback.db import BigKey
from feedback.errors import NotFound
from feedback.responses.models import Answer, Response, State
from feedback.surveys.definition import Role
from feedback.surveys.document import from_stored
from feedback.surveys.models import SurveyVersion


@dataclass(frozen=True, slots=True)
class Addressee:
    """``locale`` is that of the customer's words, else the one on file; ``email`` None where there is none."""

    email: str | None
    name: str | None
    locale: str | None
    time_zone: str | None
    customer_id: int | None
    family: Family
    verdict: Verdict


_SITE: Final = bindparam("site_id", type_=BigKey)
_ID: Final = bindparam("case_id", type_=BigKey)
# Made once: putting them together costs more than running them.
_CASE: Final = (
    select(Case.family, Case.language, Case.customer_id, Customer, Case.replied_at, Case.customer_at)
    .outerjoin(Customer, and_(Customer.id == Case.customer_id, Customer.site_id == _SITE))
    .where(Case.site_id == _SITE, Case.id == _ID)
)
_ANSWERS: Final = (
    select(Response.id, Response.version_id, Response.contact, Response.state, CaseResponse.joined_at)
    .join(CaseResponse, and_(CaseResponse.response_id == Response.id, CaseResponse.site_id == _SITE))
    .where(Response.site_id == _SITE, CaseResponse.case_id == _ID)
    .order_by(Response.updated_at.desc(), Response.id.desc())
)


def addressee_of(session: Session, site_id: int, case_id: int) -> Addressee:
    """Who is written to about a case, in two or three statements. Raises NotFound."""
    keys = {"site_id": site_id, "case_id": case_id}
    row = session.execute(_CASE, keys).one_or_none()
    if row is None:
        raise NotFound
    customer: Customer | None = row[3]
    answers = session.execute(_ANSWERS, keys).all()
    email = private_address(customer, clock.now()) if customer else None
    name = customer.name if customer else None
    if customer is None:
        for answer in answers:
            left = _left_with(session, site_id, answer.id, answer.version_id)
            email, name = left.get(Role.EMAIL), left.get(Role.NAME)
            if email:
                break
    said = [(one.contact, one.state == State.DISOWNED) for one in answers]
    erased = customer is not None and customer.erased_at is not None
    heard = [one.joined_at for one in answers] + ([row.customer_at] if row.customer_at else [])
    answered = row.replied_at is not None and not any(at > row.replied_at for at in heard)
    family = Family(row.family)
    return Addressee(
        email=email,
        name=name,
        locale=row.language or (customer.locale if customer else None),
        time_zone=customer.time_zone if customer else None,
        customer_id=row.customer_id,
        family=family,
        verdict=may_write(family, said, has_address=bool(email), erased=erased, answered=answered),
    )


def _left_with(session: Session, site_id: int, response_id: int, version_id: int) -> dict[Role, str]:
    """Address and name that somebody left with an open answer."""
    stored = session.scalar(
        select(SurveyVersion.definition).where(SurveyVersion.site_id == site_id, SurveyVersion.id == version_id)
    )
    if stored is None:
        return {}
    roles = {one.key: one.role for one in from_stored(stored).questions if one.role in (Role.EMAIL, Role.NAME)}
    rows = session.execute(
        select(Answer.question, Answer.text).where(
            Answer.site_id == site_id, Answer.response_id == response_id, Answer.question.in_(roles)
        )
    )
    return {role: row.text for row in rows if row.text and (role := roles[row.question]) is not None}
