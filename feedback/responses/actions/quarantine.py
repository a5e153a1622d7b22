"""What is held back as possible spam: let out by staff, said to be spam after all, forgotten when its time is over."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Table, delete, select, update
from sqlalchemy.orm import Session

from feedback import audit, clock
from feedback.actors import Actor
from feedback.errors import NotAllowed, NotFound
from feedback.events import ResponseSubmitted, emit
from feedback.i18n.text import N_
from feedback.responses.actions.later import finish_later
from feedback.responses.models import Answer, Response, ResponseRevision, Seen, State
from feedback.responses.queries import old_in_quarantine

#: How long what nobody lets out is kept.
KEPT = timedelta(days=30)
_RESPONSE = cast(Table, Response.__table__)
_SURVEY = Response.metadata.tables["survey"]


def release(session: Session, actor: Actor, site_id: int, public_id: str) -> None:
    """Let an answer out of quarantine: from now on it counts, and is routed. Raises NotFound or NotAllowed."""
    row = session.scalars(
        select(Response).where(Response.site_id == site_id, Response.public_id == public_id)
    ).one_or_none()
    if row is None:
        raise NotFound(public_id)
    done = session.execute(
        update(_RESPONSE)
        .where(
            _RESPONSE.c.site_id == site_id,
            _RESPONSE.c.id == row.id,
            _RESPONSE.c.state == State.QUARANTINED.value,
        )
        .values(state=State.COMPLETE.value, updated_at=clock.now())
    )
    if cast(CursorResult[Any], done).rowcount == 0:
        raise NotAllowed("not-quarantined", N_("This answer is not held back."))
    audit.record(
        session,
        actor,
        "response.release",
        site_id=site_id,
        subject="response",
        subject_id=public_id,
        before={"state": State.QUARANTINED.value},
        after={"state": State.COMPLETE.value},
    )
    finish_later(session, site_id, row.id)
    survey = session.execute(
        select(_SURVEY.c.slug).where(_SURVEY.c.site_id == site_id, _SURVEY.c.id == row.survey_id)
    ).scalar_one()
    emit(
        session,
        ResponseSubmitted(
            site_id,
            response_id=row.id,
            customer_id=row.customer_id,
            survey_id=row.survey_id,
            survey=survey,
            score=row.score,
            state=State.COMPLETE.value,
            language=row.locale,
        ),
    )


def release_each(session: Session, actor: Actor, site_id: int, public_ids: Sequence[str]) -> int:
    """Let several out; what somebody else has let out meanwhile, or is gone, is passed over. How many those were."""
    done = 0
    for public_id in public_ids:
        try:
            release(session, actor, site_id, public_id)
        except (NotFound, NotAllowed):
            continue
        done += 1
    return done


def call_spam(session: Session, actor: Actor, site_id: int, public_ids: Sequence[str]) -> int:
    """Note that somebody has looked and it is spam: it stays where it is until its time is over. How many were new."""
    rows = session.execute(
        update(_RESPONSE)
        .where(
            _RESPONSE.c.site_id == site_id,
            _RESPONSE.c.public_id.in_(public_ids),
            _RESPONSE.c.state == State.QUARANTINED.value,
            _RESPONSE.c.judged_at.is_(None),
        )
        .values(judged_at=clock.now())
        .returning(_RESPONSE.c.public_id)
    ).all()
    for row in rows:
        audit.record(
            session,
            actor,
            "response.spam",
            site_id=site_id,
            subject="response",
            subject_id=row.public_id,
        )
    return len(rows)


def forget_held_back(session: Session, site_id: int, limit: int) -> int:
    """Delete what nobody has let out in its time, with every word of it; how many those were (standards G-6)."""
    ids = old_in_quarantine(session, site_id, clock.now() - KEPT, limit)
    for table, column in ((Answer, Answer.response_id), (ResponseRevision, ResponseRevision.response_id)):
        session.execute(delete(table).where(table.site_id == site_id, column.in_(ids)))
    session.execute(delete(Response).where(Response.site_id == site_id, Response.id.in_(ids)))
    return len(ids)


def forget_seen(session: Session, site_id: int) -> None:
    """Drop what need no longer come once only."""
    session.execute(delete(Seen).where(Seen.site_id == site_id, Seen.expires_at <= clock.now()))
