"""What erasing a customer removes from their cases: words, names and addresses; that and how it ended stays."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.orm import Session

from feedback import clock
from feedback.cases.actions.records import ACTIVITIES, CASE_RESPONSES, CASES, PROMISES
from feedback.cases.activity import LINES, TEXT, line, without
from feedback.cases.states import PromiseState
from feedback.delivery.inbound.personal import forget_mails_about
from feedback.delivery.letters import forget_letters
from feedback.links.actions import revoke_case_links

#: Kinds of which more than the text is removed.
_MORE: Final = tuple(str(kind) for kind, known in LINES.items() if known.forgets - {TEXT})


def forget_customer(session: Session, site_id: int, customer_id: int) -> None:
    """Their cases keep no word."""
    _forget(session, site_id, select(CASES.c.id).where(CASES.c.site_id == site_id, CASES.c.customer_id == customer_id))


def forget_stranger(session: Session, site_id: int, response_id: int) -> None:
    """Neither do cases of nobody in particular on which an answer is; their links and what was mailed to them go."""
    on_it = select(CASE_RESPONSES.c.case_id).where(
        CASE_RESPONSES.c.site_id == site_id, CASE_RESPONSES.c.response_id == response_id
    )
    theirs = select(CASES.c.id).where(CASES.c.site_id == site_id, CASES.c.customer_id.is_(None), CASES.c.id.in_(on_it))
    case_ids = session.scalars(theirs).all()
    if case_ids:
        _forget(session, site_id, theirs)
        forget_mails_about(session, site_id, case_ids)
        revoke_case_links(session, site_id, case_ids)


def _forget(session: Session, site_id: int, mine: Select[int]) -> None:
    """Blank what ``activity.py`` says of each kind, the words of promises, and what is searched; nothing is owed."""
    now = clock.now()
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
        .where(CASES.c.site_id == site_id, CASES.c.id.in_(mine))
        .values(search_key="", excerpt="", version=CASES.c.version + 1, updated_at=now)
    )
