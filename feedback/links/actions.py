"""Making, revoking and using up links; signing them into addresses is for the edges."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, and_, bindparam, select, update
from sqlalchemy.orm import Session

from feedback import audit, clock
from feedback.actors import Actor, ActorKind
from feedback.db import insert_each_once, insert_many, insert_once
from feedback.errors import NotFound
from feedback.links.models import Link
from feedback.links.purposes import TERMS, Purpose
from feedback.links.queries import token_of
from feedback.links.tokens import LinkToken

_LINKS = Link.metadata.tables["link"]
_OF_INTERACTION = _LINKS.c.interaction_id.is_not(None)
_REVOKE_STAFF_LINKS = (
    update(_LINKS)
    .where(
        _LINKS.c.site_id == bindparam("of_site"),
        _LINKS.c.purpose == bindparam("of_purpose"),
        _LINKS.c.staff_id == bindparam("of_staff"),
        _LINKS.c.used_at.is_(None),
        _LINKS.c.revoked_at.is_(None),
    )
    .values(revoked_at=bindparam("now"))
)
#: What makes a link for an interaction the same one.
_SAME = ("site_id", "purpose", "survey_id", "customer_id", "interaction_id")
_SAME_LINK = select(Link).where(
    Link.site_id == bindparam("site_id"), and_(*(_LINKS.c[name] == bindparam(name) for name in _SAME[1:]))
)
_AUDITED = frozenset({ActorKind.STAFF, ActorKind.API_KEY, ActorKind.COMMAND})


def issue_survey_link(
    session: Session,
    actor: Actor,
    site_id: int,
    *,
    survey_id: int,
    customer_id: int | None,
    locale: str,
    interaction_id: int | None = None,
    address_key: str | None = None,
    case_id: int | None = None,
) -> Link:
    """A link for one customer to one survey: with the same interaction the same one, without one a new one.

    One whose time is over begins anew: whoever asks for it again, to cancel say, must not be handed a dead one.
    With ``case_id`` the answer is about that case; only then the customer may be somebody unknown.
    """
    values = _values(site_id, Purpose.SURVEY, locale, clock.now()) | {
        "survey_id": survey_id,
        "customer_id": customer_id,
        "interaction_id": interaction_id,
        "address_key": address_key,
        "case_id": case_id,
    }
    if interaction_id is None:
        return _stored(session, actor, values)
    created = insert_once(session, _LINKS, values, _SAME, _OF_INTERACTION)
    link = session.scalars(_SAME_LINK, {name: values[name] for name in _SAME}).one()
    if created is not None:
        _audit(session, actor, "link.issue", link)
    elif link.expires_at is not None and link.expires_at <= values["issued_at"]:
        link.issued_at, link.expires_at = values["issued_at"], values["expires_at"]
        session.flush()
    return link


def issue_case_link(
    session: Session, actor: Actor, site_id: int, *, case_id: int, customer_id: int | None, locale: str
) -> Link:
    """A link to the customer's page of a case. Each mail carries a new one; the earlier ones keep working."""
    values = _values(site_id, Purpose.CASE, locale, clock.now()) | {"case_id": case_id, "customer_id": customer_id}
    return _stored(session, actor, values)


def issue_preference_link(
    session: Session,
    actor: Actor,
    site_id: int,
    purpose: Purpose,
    *,
    customer_id: int | None,
    address_key: str | None,
    locale: str,
    topic: str = "",
) -> Link:
    """A link to stop mails, or to a preference centre."""
    if purpose not in (Purpose.UNSUBSCRIBE, Purpose.PREFERENCES):
        raise ValueError(purpose)
    values = _values(site_id, purpose, locale, clock.now())
    return _stored(session, actor, values | {"customer_id": customer_id, "address_key": address_key, "topic": topic})


def issue_many(
    session: Session, actor: Actor, site_id: int, purpose: Purpose, wanted: Sequence[Mapping[str, Any]]
) -> list[LinkToken]:
    """New links by the hundred, in one statement; each of ``wanted`` has ``locale`` and what else its row says."""
    now = clock.now()
    rows = [{"topic": ""} | _values(site_id, purpose, one["locale"], now) | dict(one) for one in wanted]
    if rows:
        insert_many(session, _LINKS, rows)
        if actor.kind in _AUDITED:
            after = {"purpose": purpose.value, "count": len(rows)}
            audit.record(session, actor, "link.issue", site_id=site_id, subject="site", subject_id=site_id, after=after)
    return [LinkToken(site_id, row["key"], row["locale"], int(row["issued_at"].timestamp())) for row in rows]


def issue_about(
    session: Session, actor: Actor, site_id: int, survey_id: int, wanted: Sequence[Mapping[str, Any]]
) -> list[LinkToken]:
    """Survey links by the hundred, each of ``wanted`` with ``locale``, ``customer_id`` and ``interaction_id``: with
    the same interaction the same one, as ``issue_survey_link`` gives it.
    """
    now = clock.now()
    rows = [_values(site_id, Purpose.SURVEY, one["locale"], now) | {"survey_id": survey_id, **one} for one in wanted]
    new = insert_each_once(session, _LINKS, rows, _SAME, _OF_INTERACTION)
    found = session.scalars(
        select(Link).where(
            Link.site_id == site_id,
            Link.purpose == Purpose.SURVEY.value,
            Link.survey_id == survey_id,
            Link.interaction_id.in_({one["interaction_id"] for one in wanted}),
        )
    )
    present = {(link.customer_id, link.interaction_id): link for link in found}
    for link in present.values():
        if link.expires_at is not None and link.expires_at <= now:
            fresh = _values(site_id, Purpose.SURVEY, link.locale, now)
            link.issued_at, link.expires_at = fresh["issued_at"], fresh["expires_at"]
    session.flush()
    if new and actor.kind in _AUDITED:
        after = {"purpose": Purpose.SURVEY.value, "count": len(new)}
        audit.record(session, actor, "link.issue", site_id=site_id, subject="site", subject_id=site_id, after=after)
    return [token_of(present[one["customer_id"], one["interaction_id"]]) for one in wanted]


def case_link_since(
    session: Session, site_id: int, *, case_id: int, customer_id: int | None, since: datetime
) -> Link | None:
    """The newest working link to the customer's page that was issued since then, for who sends the same once more."""
    return session.scalars(
        select(Link)
        .where(
            Link.site_id == site_id,
            Link.case_id == case_id,
            Link.customer_id == customer_id,
            Link.purpose == Purpose.CASE,
            Link.issued_at >= since.replace(microsecond=0),
            Link.revoked_at.is_(None),
        )
        .order_by(Link.id.desc())
        .limit(1)
    ).one_or_none()


def revoke_case_links(session: Session, site_id: int, case_ids: Collection[int]) -> None:
    """Stop every link to the customer's pages of these cases; mails that follow carry new ones."""
    session.execute(
        update(Link)
        .where(
            Link.site_id == site_id,
            Link.case_id.in_(case_ids),
            Link.purpose == Purpose.CASE,
            Link.revoked_at.is_(None),
        )
        .values(revoked_at=clock.now())
    )


def issue_staff_link(
    session: Session, actor: Actor, site_id: int, purpose: Purpose, *, staff_id: int, locale: str
) -> Link:
    """A join or reset link; earlier ones of the same kind for the same person stop working."""
    if purpose not in (Purpose.STAFF_JOIN, Purpose.STAFF_RESET):
        raise ValueError(purpose)
    now = clock.now()
    session.execute(
        _REVOKE_STAFF_LINKS, {"of_site": site_id, "of_purpose": purpose.value, "of_staff": staff_id, "now": now}
    )
    return _stored(session, actor, _values(site_id, purpose, locale, now) | {"staff_id": staff_id})


def consume(session: Session, site_id: int, link_id: int) -> bool:
    """Use up a link that works once. False for whoever comes second, also at the very same moment."""
    done = session.execute(
        update(Link)
        .where(Link.site_id == site_id, Link.id == link_id, Link.used_at.is_(None), Link.revoked_at.is_(None))
        .values(used_at=clock.now())
    )
    return cast(CursorResult[Any], done).rowcount == 1


def revoke_link(session: Session, actor: Actor, site_id: int, link_id: int) -> None:
    """Stop one link from working; again it does nothing. Raises NotFound."""
    link = session.scalars(select(Link).where(Link.site_id == site_id, Link.id == link_id)).one_or_none()
    if link is None:
        raise NotFound(str(link_id))
    if link.revoked_at is None:
        link.revoked_at = clock.now()
        _audit(session, actor, "link.revoke", link)
        session.flush()


def revoke_links_of(session: Session, site_id: int, customer_id: int) -> int:
    """Stop every link of a customer to a survey or a case; how many that were."""
    done = session.execute(
        update(Link)
        .where(
            Link.site_id == site_id,
            Link.customer_id == customer_id,
            Link.purpose.in_((Purpose.SURVEY, Purpose.CASE)),
            Link.revoked_at.is_(None),
        )
        .values(revoked_at=clock.now())
    )
    return cast(CursorResult[Any], done).rowcount


def _values(site_id: int, purpose: Purpose, locale: str, now: datetime) -> dict[str, Any]:
    issued_at = now.replace(microsecond=0)  # a token knows whole seconds
    age = TERMS[purpose].age
    return {
        "site_id": site_id,
        "key": secrets.token_bytes(12),
        "purpose": purpose.value,
        "locale": locale,
        "issued_at": issued_at,
        "expires_at": None if age is None else issued_at + age,
    }


def _stored(session: Session, actor: Actor, values: dict[str, Any]) -> Link:
    link = Link(**values)
    session.add(link)
    session.flush()
    _audit(session, actor, "link.issue", link)
    return link


def _audit(session: Session, actor: Actor, action: str, link: Link) -> None:
    """Only what people and keys do: an invitation that the program sends is no change of anybody's."""
    if actor.kind not in _AUDITED:
        return
    audit.record(
        session,
        actor,
        action,
        site_id=link.site_id,
        subject="link",
        subject_id=link.id,
        after={"purpose": link.purpose, "customer_id": link.customer_id, "survey_id": link.survey_id},
    )
