"""What erasing a customer removes from their cases: words, names and addresses; that and how it ended stays."""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from feedback import clock
from feedback.cases.actions.records import ACTIVITIES, CASES, PROMISES
from feedback.cases.activity import LINES, TEXT, line, without
from feedback.cases.states import PromiseState
from feedback.delivery.letters import forget_letters

#: Kinds of which more than the text is removed.
_MORE: Final = tuple(str(kind) for kind, known in LINES.items() if known.forgets - {TEXT})


def forget_customer(session: Session, site_id: int, customer_id: int) -> None:
    """Blank what ``activity.py`` says of each kind, the words of promises, and what is searched; nothing is owed."""
    now = clock.now()
    mine = select(CASES.c.id).where(CASES.c.site_id == site_id, CASES.c.customer_id == customer_id)
    session.execute(
        update(ACTIVITIES).where(ACTIVITIES.c.site_id == site_id, ACTIVITIES.c.case_id.in_(mine)).values(text=None)
    )
    rows = session.execute(
        select(ACTIVITIES.c.id, ACTIVITIES.c.kind, ACTIVITIES.c.facts).where(
            ACTIVITIES.c.site_id == site_id, ACTIVITIES.c.case_id.in_(mine), ACTIVITIES.c.kind.in_(_MORE)
        )
    ).all()
    blanked = [{"row": row.id, "left": without(row.facts, line(row.kind).forgets)} for row in rows]
    if blanked:
        session.execute(
            update(ACTIVITIES)
            .where(ACTIVITIES.c.site_id == site_id, ACTIVITIES.c.id == bindparam("row"))
            .values(facts=bindparam("left", type_=ACTIVITIES.c.facts.type)),
            blanked,
        )
    ours = (PROMISES.c.site_id == site_id, PROMISES.c.case_id.in_(mine))
    session.execute(
        update(PROMISES)
        .where(*ours, PROMISES.c.state == PromiseState.OPEN.value)
        .values(state=PromiseState.CANCELLED.value, settled_at=now)
    )
    session.execute(update(PROMISES).where(*ours, PROMISES.c.what != "").values(what=""))
    forget_letters(session, site_id, case_ids=session.scalars(mine).all())
    session.execute(
        update(CASES)
        .where(CASES.c.site_id == site_id, CASES.c.customer_id == customer_id)
        .values(search_key="", excerpt="", version=CASES.c.version + 1, updated_at=now)
    )
