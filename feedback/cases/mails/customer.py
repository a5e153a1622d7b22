"""Mails to the customer of a case: replies, moved and broken promises; each carries a new link to their page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.actors import SYSTEM
from feedback.cases.models import Activity, Case, Promise
from feedback.cases.queries.addressee import Addressee, addressee_of
from feedback.cases.states import PromiseState
from feedback.delivery.mails import Mail, Prepared, Withheld, reader_at, register
from feedback.delivery.outbox import Claimed
from feedback.errors import NotFound
from feedback.i18n.text import N_
from feedback.links.actions import issue_case_link
from feedback.links.urls import customer_case_url
from feedback.sites.queries import site_by_id

CASE_REPLY = "case_reply"
PROMISE_MOVED = "promise_moved"
PROMISE_LATE = "promise_late"


def to_customer(session: Session, mail: Claimed, **context: Any) -> Prepared:
    """What every mail about a case has: whom it is for, a new link to their page, the address for answers.

    Raises Withheld where the customer may not be written to, or has no address any more.
    """
    case, to = _case_and_addressee(session, mail)
    site = site_by_id(session, mail.site_id)
    reader = reader_at(site, mail.locale or to.locale, to.time_zone)
    link = issue_case_link(
        session, SYSTEM, mail.site_id, case_id=case.id, customer_id=to.customer_id, locale=reader.tag
    )
    promises = session.scalars(
        select(Promise)
        .where(Promise.site_id == mail.site_id, Promise.case_id == case.id, Promise.state == PromiseState.OPEN.value)
        .order_by(Promise.due_at, Promise.id)
    ).all()
    return Prepared(
        to.email or "",
        reader,
        site.name,
        site.reply_to,
        {
            "who": to.name or "",
            "number": case.number,
            "promises": [(one.what, one.due_at) for one in promises],
            **context,
        },
        {"url": lambda settings: customer_case_url(settings, link)},
        answered_at=link,
        thread=f"case.{case.public_id}",
    )


def _case_and_addressee(session: Session, mail: Claimed) -> tuple[Case, Addressee]:
    case = session.scalars(select(Case).where(Case.site_id == mail.site_id, Case.id == mail.case_id)).one_or_none()
    if case is None:
        raise Withheld("no_case")
    try:
        to = addressee_of(session, mail.site_id, case.id)
    except NotFound as error:
        raise Withheld("no_case") from error
    if not to.verdict.allowed:
        raise Withheld(to.verdict.code)
    return case, to


def _reply(session: Session, mail: Claimed) -> Prepared:
    said = _activity(session, mail, mail.facts["activity"])
    return to_customer(session, mail, said=said.text or "", staff_name=said.actor_label)


def _moved(session: Session, mail: Claimed) -> Prepared:
    promise = _promise(session, mail)
    if promise.state != PromiseState.OPEN:
        raise Withheld("settled")
    reason = _activity(session, mail, mail.facts["activity"])
    return to_customer(
        session, mail, what=promise.what, due_at=promise.due_at, said=reason.text or "", staff_name=reason.actor_label
    )


def _late(session: Session, mail: Claimed) -> Prepared:
    promise = _promise(session, mail)
    return to_customer(session, mail, what=promise.what, due_at=promise.due_at)


def _activity(session: Session, mail: Claimed, activity_id: int) -> Activity:
    found = session.scalars(
        select(Activity).where(Activity.site_id == mail.site_id, Activity.id == activity_id)
    ).one_or_none()
    if found is None:
        raise Withheld("no_words")
    return found


def _promise(session: Session, mail: Claimed) -> Promise:
    found = session.scalars(
        select(Promise).where(Promise.site_id == mail.site_id, Promise.id == mail.facts["promise"])
    ).one_or_none()
    if found is None:
        raise Withheld("no_promise")
    return found


register(CASE_REPLY, Mail(N_("%(site)s: an answer to what you told us (#%(number)s)"), timedelta(days=4), _reply))
register(PROMISE_MOVED, Mail(N_("%(site)s: it will take a little longer (#%(number)s)"), timedelta(days=4), _moved))
register(PROMISE_LATE, Mail(N_("%(site)s: we are late, and we are sorry (#%(number)s)"), timedelta(days=2), _late))
