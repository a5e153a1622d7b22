"""What staff decide about opt-outs that may have been a program's: mails as before, or stopped after all; either way
can be turned back, and is audited.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from feedback import audit, clock
from feedback.actors import Actor
from feedback.events import OptOutUndone, emit
from feedback.preferences.models import OptOut, Reason, Suppression
from feedback.preferences.suspected import PEOPLE, ROBOTS


def restore(session: Session, actor: Actor, site_id: int, key: str, opt_outs: Sequence[int]) -> int:
    """They were robots: lift exactly what these opt-outs stopped, and nothing that something else closed since.

    ``key`` names the burst in the audit trail. How many opt-outs were taken back.
    """
    done = session.execute(
        update(Suppression)
        .where(*_of(site_id, opt_outs), Suppression.lifted_at.is_(None))
        .values(lifted_at=clock.now(), lifted_by=actor.label, source=ROBOTS)
        .returning(Suppression.opt_out)
        .execution_options(synchronize_session=False)
    )
    changed = set(done.scalars())
    for row in _evidence(session, site_id, changed):
        row.undone_at = clock.now()
        session.flush()
        emit(session, OptOutUndone(site_id, row.id, row.customer_id))
    _record(session, actor, site_id, key, "suppression.robots", len(changed))
    return len(changed)


def keep(session: Session, actor: Actor, site_id: int, key: str, opt_outs: Sequence[int]) -> int:
    """They are people: what was stopped stays so, and what was lifted by ``restore`` is stopped again."""
    lifted = session.scalars(
        select(Suppression)
        .where(*_of(site_id, opt_outs), Suppression.source == ROBOTS, Suppression.lifted_at.is_not(None))
        .order_by(Suppression.id)
    ).all()
    back: set[str | None] = set()
    for row in lifted:
        if not _stopped_again(session, row):
            row.lifted_at, row.lifted_by = None, ""
            back.add(row.opt_out)
            session.flush()
    for evidence in _evidence(session, site_id, back):
        evidence.undone_at = None
    session.flush()
    done = session.execute(
        update(Suppression)
        .where(*_of(site_id, opt_outs), Suppression.lifted_at.is_(None))
        .values(source=PEOPLE)
        .returning(Suppression.opt_out)
        .execution_options(synchronize_session=False)
    )
    changed = set(done.scalars())
    _record(session, actor, site_id, key, "suppression.people", len(changed))
    return len(changed)


def _stopped_again(session: Session, row: Suppression) -> bool:
    """Whether the same was stopped anew since it was lifted."""
    query = select(Suppression.id).where(
        Suppression.site_id == row.site_id,
        Suppression.address_key == row.address_key,
        Suppression.scope == row.scope,
        Suppression.topic == row.topic,
        Suppression.lifted_at.is_(None),
    )
    return session.execute(query.limit(1)).first() is not None


def _of(site_id: int, opt_outs: Sequence[int]) -> tuple[Any, ...]:
    """Stops that are these opt-outs' own still."""
    public_ids = select(OptOut.public_id).where(OptOut.site_id == site_id, OptOut.id.in_(opt_outs))
    return (
        Suppression.site_id == site_id,
        Suppression.opt_out.in_(public_ids),
        Suppression.reason == Reason.UNSUBSCRIBE.value,
    )


def _evidence(session: Session, site_id: int, public_ids: set[str | None]) -> Sequence[OptOut]:
    query = select(OptOut).where(OptOut.site_id == site_id, OptOut.public_id.in_(public_ids)).order_by(OptOut.id)
    return session.scalars(query).all()


def _record(session: Session, actor: Actor, site_id: int, key: str, action: str, count: int) -> None:
    after = {"opt_outs": count}
    audit.record(session, actor, action, site_id=site_id, subject="opt_out", subject_id=key, after=after)
