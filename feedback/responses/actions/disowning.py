"""Whoever holds a link says that the answer, or the link, is not theirs."""

from typing import Any, cast

from sqlalchemy import CursorResult, Table, update
from sqlalchemy.orm import Session

from feedback import audit, clock
from feedback.actors import Actor
from feedback.events import ResponseDisowned, emit
from feedback.links.actions import revoke_link
from feedback.responses.drafts import drop_draft
from feedback.responses.models import Response, State
from feedback.responses.queries import Earlier

_RESPONSE = cast(Table, Response.__table__)


def disown(
    session: Session, actor: Actor, site_id: int, *, link_id: int, customer_id: int | None, earlier: Earlier | None
) -> bool:
    """Whoever holds the link says that this is not them: the answer no longer counts, and staff are told.

    A link that nobody had answered stops working, so that the stranger can't answer in the customer's place.

    False if that was said before.
    """
    drop_draft(session, site_id, link_id)
    if earlier is None:
        revoke_link(session, actor, site_id, link_id)
    else:
        done = session.execute(
            update(_RESPONSE)
            .where(
                _RESPONSE.c.site_id == site_id,
                _RESPONSE.c.id == earlier.id,
                _RESPONSE.c.state != State.DISOWNED.value,
            )
            .values(state=State.DISOWNED.value, updated_at=clock.now())
        )
        if cast(CursorResult[Any], done).rowcount == 0:
            return False
    audit.record(
        session,
        actor,
        "response.disown",
        site_id=site_id,
        subject="response" if earlier else "link",
        subject_id=earlier.public_id if earlier else link_id,
        before={"state": earlier.state} if earlier else None,
        after={"state": State.DISOWNED.value} if earlier else None,
    )
    emit(
        session,
        ResponseDisowned(
            site_id,
            response_id=earlier.id if earlier else None,
            link_id=link_id,
            customer_id=customer_id,
        ),
    )
    return True
