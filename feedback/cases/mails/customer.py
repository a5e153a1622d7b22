"""Mails to the customer of a case: replies, moved and broken promises; each carries a new link to their page."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.actors import SYSTEM
from feedback.cases.models import Activity, Case, Promise
from feedback.cases.queries.addressee import Addressee, addressee_of
from feedback.cases.states import Family, PromiseState
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
CASE_LINK = "case_link"
ANSWER_LINK = "answer_link"


def to_customer(session: Session, mail: Claimed, *, asked: bool = False, **context: Any) -> Prepared:
    """What every mail about a case has: whom it is for, a new link to their page, the address for answers.

    Raises Withheld where the customer may not be written to, or has no address any more. ``asked``: they asked for
    this mail themselves, so that an earlier no does not stand against it.
    """
    case, to = _case_and_addressee(session, mail, asked=asked)
    if to.customer_id is None and mail.name != CASE_REPLY:  # a name that anybody may have typed, whoever reads this
        to = replace(to, name=None)
    prepared = _addressed(session, case, to, mail.locale, _open_promises(session, case), context)
    link = issue_case_link(
        session, SYSTEM, mail.site_id, case_id=case.id, customer_id=to.customer_id, locale=prepared.reader.tag
    )
    return replace(prepared, urls={"url": lambda settings: customer_case_url(settings, link)}, answered_at=link)


def reply_as_drafted(
    session: Session,
    site_id: int,
    case_id: int,
    *,
    said: str,
    staff_name: str,
    still: Collection[str] = (),
    promise: tuple[str, datetime] | None = None,
) -> Prepared:
    """A reply as it would be mailed, before it is one: nothing is changed, and its address leads nowhere yet.

    ``still`` are public ids of the promises that it leaves open, ``promise`` the one that it makes. Raises NotFound.
    """
    case = session.scalars(select(Case).where(Case.site_id == site_id, Case.id == case_id)).one_or_none()
    if case is None:
        raise NotFound
    to = addressee_of(session, site_id, case_id)
    promises = [(one.what, one.due_at) for one in _open_promises(session, case) if one.public_id in still]
    if promise is not None:
        promises = sorted([*promises, promise], key=lambda one: one[1])
    context = {"said": said, "staff_name": staff_name, "promises": promises}
    prepared = _addressed(session, case, to, to.locale, (), context)
    return replace(prepared, urls={"url": lambda settings: f"{settings.public_url}/c/…"})


def _addressed(
    session: Session,
    case: Case,
    to: Addressee,
    locale: str | None,
    promises: Sequence[Promise],
    context: Mapping[str, Any],
) -> Prepared:
    site = site_by_id(session, case.site_id)
    reader = reader_at(site, locale or to.locale, to.time_zone)
    number = reader.formats.digits(str(case.number))  # a name, so no separators in it
    said = {"who": to.name or "", "number": number, "promises": [(one.what, one.due_at) for one in promises]}
    return Prepared(
        to.email or "",
        reader,
        site.name,
        site.reply_to,
        {**said, **context},
        thread=f"case.{case.public_id}",
        brand=site.theme.get("color"),
    )


def _open_promises(session: Session, case: Case) -> Sequence[Promise]:
    return session.scalars(
        select(Promise)
        .where(Promise.site_id == case.site_id, Promise.case_id == case.id, Promise.state == PromiseState.OPEN.value)
        .order_by(Promise.due_at, Promise.id)
    ).all()


def may_be_sent_the_link(to: Addressee) -> bool:
    """Whether whoever asks for the link can be mailed it: also a customer who does not want to be written to."""
    return bool(to.email) and to.verdict.code in ("ok", "said_no")


def _case_and_addressee(session: Session, mail: Claimed, *, asked: bool) -> tuple[Case, Addressee]:
    case = session.scalars(select(Case).where(Case.site_id == mail.site_id, Case.id == mail.case_id)).one_or_none()
    if case is None:
        raise Withheld("no_case")
    try:
        to = addressee_of(session, mail.site_id, case.id)
    except NotFound as error:
        raise Withheld("no_case") from error
    if not _may_go(mail.name, to, asked=asked):
        raise Withheld("opted_out" if to.verdict.allowed else to.verdict.code)
    return case, to


def _may_go(name: str, to: Addressee, *, asked: bool) -> bool:
    """Who unsubscribed gets the one reply that they allowed and what they ask for; nothing that the program sends."""
    if asked:
        return may_be_sent_the_link(to)
    if to.family is Family.OPT_OUT:
        return name == CASE_REPLY and to.verdict.code in ("ok", "one_reply")
    return to.verdict.allowed


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
register(
    CASE_LINK,
    Mail(
        N_("%(site)s: the link to your case (#%(number)s)"),
        timedelta(days=1),
        lambda session, mail: to_customer(session, mail, asked=True),
    ),
)
register(ANSWER_LINK, Mail(N_("%(site)s: follow your case"), timedelta(days=1), to_customer))
