"""What somebody asks for with nothing but a link: noted, mailed to the address on file, done when that is answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from feedback import clock
from feedback.actors import Actor
from feedback.customers.actions import change_address, erase_customer
from feedback.customers.models import Customer
from feedback.errors import NotFound
from feedback.events import AddressChanged, RequestMade, emit
from feedback.preferences.actions.stopping import Wanted, stop, take_along
from feedback.preferences.actions.wishing import want_only
from feedback.preferences.models import Channel, PreferenceRequest, Reason, RequestKind
from feedback.preferences.policy import Scope
from feedback.preferences.queries import key_of_address, keys_of_customer

#: The same is mailed so often at most, and so many of a kind within a day, so that nobody's mailbox can be filled by
#: whoever holds a link (U-22); more is answered alike and mailed to nobody.
AGAIN_AFTER: Final = {RequestKind.LINK: timedelta(days=1)}
_USUALLY: Final = timedelta(minutes=10)
_DAY: Final = timedelta(days=1)
MOST_IN_A_DAY: Final = 4


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
    """Note a request and have it mailed; None where the like was asked a moment ago, which is told to nobody.

    One that was carried out since is no reason to wait: whoever lost the file gets another.
    """
    now = clock.now()
    if customer_id is not None:  # two who ask at the same moment come one after the other from here on
        session.execute(
            select(Customer.id).where(Customer.site_id == site_id, Customer.id == customer_id).with_for_update()
        )
    theirs = PreferenceRequest.address_key == keys[0]
    if customer_id is not None and kind is not RequestKind.LINK:  # a lost link goes by the address alone
        theirs = or_(theirs, PreferenceRequest.customer_id == customer_id)
    today = session.execute(
        select(
            PreferenceRequest.email, PreferenceRequest.topics, PreferenceRequest.asked_at, PreferenceRequest.done_at
        ).where(
            PreferenceRequest.site_id == site_id,
            theirs,
            PreferenceRequest.kind == kind.value,
            PreferenceRequest.asked_at > now - _DAY,
        )
    ).all()
    since = now - AGAIN_AFTER.get(kind, _USUALLY)
    wanted = email, sorted(topics)
    if len(today) >= MOST_IN_A_DAY:
        return None
    waiting = (row for row in today if row.done_at is None and row.asked_at > since)
    if any((row.email, sorted(row.topics)) == wanted for row in waiting):
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


def carry_out(session: Session, actor: Actor, request: PreferenceRequest) -> None:
    """Do what was confirmed, once: mails again, another address, erasure over all features or none."""
    site_id, customer_id = request.site_id, request.customer_id
    if customer_id is None:
        return
    if request.kind == RequestKind.RESUME:
        present = session.scalar(
            select(Customer.address_key).where(Customer.site_id == site_id, Customer.id == customer_id)
        )
        both = [request.address_key, *([present] if present and present != request.address_key else [])]
        want_only(session, site_id, both, request.topics, customer_id=customer_id, locale=request.locale)
    elif request.kind == RequestKind.ADDRESS:
        _change_address(session, actor, request, customer_id)
    elif request.kind == RequestKind.ERASE:
        keys = keys_of_customer(session, site_id, customer_id, request.address_key)
        everything = Wanted(keys, Scope.ADDRESS, "", Channel.PAGE, reason=Reason.ERASURE, locale=request.locale)
        stop(session, site_id, everything)
        erase_customer(session, actor, site_id, customer_id)


def _change_address(session: Session, actor: Actor, request: PreferenceRequest, customer_id: int) -> None:
    """The person stays who they are: what they stopped and how often they want mails goes with them."""
    site_id = request.site_id
    before = session.scalar(select(Customer.address_key).where(Customer.site_id == site_id, Customer.id == customer_id))
    change_address(session, actor, site_id, customer_id, request.email)
    if before is not None:
        take_along(session, site_id, before, key_of_address(session, site_id, request.email), request.email)
    emit(session, AddressChanged(site_id, customer_id))
