"""The mail that asks whether it is better now, once for each time that a case is resolved."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.cases.activity import Happened
from feedback.cases.asking import decide
from feedback.cases.mails.customer import to_customer
from feedback.cases.models import Activity
from feedback.cases.queries.asking import asking_links, asking_of
from feedback.cases.queries.recovery import choices_of, is_answered
from feedback.delivery.mails import Mail, Prepared, Withheld, register
from feedback.delivery.outbox import Claimed
from feedback.errors import NotFound
from feedback.i18n.text import N_, pick
from feedback.links.models import Link
from feedback.links.urls import survey_url

CASE_RESOLVED = "case_resolved"


def _resolved(session: Session, mail: Claimed) -> Prepared:
    """Look again whether there is a point in asking: the case may be open again, or answered on the page."""
    case_id = mail.case_id or 0
    try:
        there = asking_of(session, mail.site_id, case_id)
    except NotFound as error:
        raise Withheld("no_case") from error
    if there.facts.outcome is None:
        raise Withheld("reopened")
    verdict = decide(replace(there.facts, asked=0))
    if not verdict.asked or there.survey is None:
        raise Withheld(verdict.code)
    link = _newest_link(session, mail.site_id, case_id)
    if link is None or link.id != mail.facts["link"] or link.revoked_at is not None:
        raise Withheld("asked_anew")
    if is_answered(session, mail.site_id, link.id):
        raise Withheld("answered")
    said = _last_reply(session, mail.site_id, case_id)
    prepared = to_customer(
        session,
        mail,
        outcome=there.case.outcome,
        said=said.text or "" if said else "",
        staff_name=said.actor_label if said else "",
    )
    tag = prepared.reader.tag
    choices = [(one.key, *pick(one.text, tag)) for one in choices_of(there.survey.definition)]
    return replace(
        prepared,
        context={**prepared.context, "choices": choices},
        urls={**prepared.urls, "survey": lambda settings: survey_url(settings, link)},
    )


def _newest_link(session: Session, site_id: int, case_id: int) -> Link | None:
    query = select(Link).where(*asking_links(site_id, case_id)).order_by(Link.id.desc()).limit(1)
    return session.scalars(query).one_or_none()


def _last_reply(session: Session, site_id: int, case_id: int) -> Activity | None:
    return session.scalars(
        select(Activity)
        .where(Activity.site_id == site_id, Activity.case_id == case_id, Activity.kind == Happened.REPLIED.value)
        .order_by(Activity.id.desc())
        .limit(1)
    ).one_or_none()


register(CASE_RESOLVED, Mail(N_("%(site)s: is it better now? (#%(number)s)"), timedelta(days=7), _resolved))
