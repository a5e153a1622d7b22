"""What somebody asks for with nothing but a link: noted, mailed to the address on file, done when that is answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from feedback import clock
from feedback.actors import Actor
from feedback.customers.actions import change_address, erase_customer
from feedback.errors import NotFound
from feedback.events import AddressChanged, RequestMade, emit
from feedback.preferences.actions.stopping import Wanted, stop
from feedback.preferences.actions.wishing import want_again
from feedback.preferences.models import Channel, PreferenceRequest, Reason, RequestKind
from feedback.preferences.policy import Scope
from feedback.preferences.queries import LinkOwner

#: So often something of a kind is mailed to an address; more is answered alike and mailed to nobody (U-22).
AT_MOST_EVERY: Final = {RequestKind.LINK: timedelta(days=1)}
_USUALLY: Final = timedelta(minutes=10)


def ask(
    session: Session,
    site_id: int,
    kind: RequestKind,
    *,
    keys: Sequence[str],
    customer_id: int | None,
    locale: str,
    email: str = "",
    topics: Sequence[str] = (),
) -> PreferenceRequest | None:
    """Note a request and have it mailed; None where the same was asked a moment ago, which is told to nobody."""
    now = clock.now()
    since = now - AT_MOST_EVERY.get(kind, _USUALLY)
    same = select(func.count()).where(
        PreferenceRequest.site_id == site_id,
        PreferenceRequest.address_key == keys[0],
        PreferenceRequest.kind == kind.value,
        PreferenceRequest.email == email,
        PreferenceRequest.asked_at > since,
    )
    if session.scalar(same):
        return None
    request = PreferenceRequest(
        site_id=site_id,
        customer_id=customer_id,
        address_key=keys[0],
        kind=kind.value,
        locale=locale,
        email=email,
        topics=list(topics),
        asked_at=now,
    )
    session.add(request)
    session.flush()
    emit(session, RequestMade(site_id, request.id))
    return request


def claim(session: Session, site_id: int, request_id: int) -> PreferenceRequest | None:
    """Take a confirmed request to carry it out: None for whoever comes second. Raises NotFound."""
    done = session.execute(
        update(PreferenceRequest)
        .where(
            PreferenceRequest.site_id == site_id,
            PreferenceRequest.id == request_id,
            PreferenceRequest.done_at.is_(None),
        )
        .values(done_at=clock.now())
        .returning(PreferenceRequest.id)
    ).first()
    found = session.scalars(
        select(PreferenceRequest)
        .where(PreferenceRequest.site_id == site_id, PreferenceRequest.id == request_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound(str(request_id))
    return found if done else None


def carry_out(session: Session, actor: Actor, request: PreferenceRequest, owner: LinkOwner) -> None:
    """Do what was confirmed, once: mails again, another address, erasure over all features or none."""
    if request.kind == RequestKind.RESUME:
        want_again(session, request.site_id, owner.keys, Scope.MARKETING)
        for topic in request.topics:
            want_again(session, request.site_id, owner.keys, Scope.TOPIC, topic)
    elif request.kind == RequestKind.ADDRESS and request.customer_id is not None:
        change_address(session, actor, request.site_id, request.customer_id, request.email)
        emit(session, AddressChanged(request.site_id, request.customer_id))
    elif request.kind == RequestKind.ERASE and request.customer_id is not None:
        everything = Wanted(owner.keys, Scope.MARKETING, "", Channel.PAGE, reason=Reason.ERASURE)
        stop(session, request.site_id, everything)
        erase_customer(session, actor, request.site_id, request.customer_id)
