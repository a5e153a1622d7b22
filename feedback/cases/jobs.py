"""Background work of cases: promises whose time is over are broken, holidays are kept current; opens no case."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Select, literal_column, select, update

from feedback import clock
from feedback.actors import SYSTEM
from feedback.cases.actions.records import PROMISES, log
from feedback.cases.activity import Happened
from feedback.cases.states import PromiseState
from feedback.db import BATCH
from feedback.events import PromiseBroken, emit
from feedback.jobs import JobContext, job
from feedback.sites.calendar import is_current, stored_holidays
from feedback.sites.models import Site

_OPEN = PROMISES.c.state == literal_column("'open'")


@job("promises.break_due", every=timedelta(seconds=30))
def break_due(context: JobContext) -> None:
    """Mark promises whose moment has passed as broken, each once, and say so on the case."""
    with context.database.read() as session:
        sites = session.scalars(select(Site.id).order_by(Site.id)).all()
        due = [site_id for site_id in sites if session.execute(_due(site_id, 1)).first()]
    for site_id in due:
        while _break_some(context, site_id) == BATCH:
            pass


@job("holidays.keep_current", every=timedelta(hours=6))
def keep_holidays_current(context: JobContext) -> None:
    """Reckon the public holidays of sites that have none yet, moved to another country or near their years' end."""
    year = clock.now().year
    with context.database.read() as session:
        query = select(Site.id, Site.country, Site.public_holidays)
        if "site" in context.args:
            query = query.where(Site.id == context.args["site"])
        stale = [row for row in session.execute(query) if not is_current(row.public_holidays, row.country, year)]
    for row in stale:
        days = stored_holidays(row.country, year)
        with context.database.write() as session:
            table = Site.metadata.tables["site"]
            session.execute(
                update(table)
                .where(table.c.id == row.id, table.c.country.is_not_distinct_from(row.country))
                .values(public_holidays=days)
            )


def _due(site_id: int, limit: int) -> Select[tuple[int]]:
    return (
        select(PROMISES.c.id)
        .where(PROMISES.c.site_id == site_id, _OPEN, PROMISES.c.due_at <= clock.now())
        .order_by(PROMISES.c.due_at)
        .limit(limit)
    )


def _break_some(context: JobContext, site_id: int) -> int:
    with context.database.write() as session:
        now = clock.now()
        found = session.scalars(_due(site_id, BATCH)).all()
        broken = session.execute(
            update(PROMISES)
            .where(PROMISES.c.site_id == site_id, PROMISES.c.id.in_(found), _OPEN)
            .values(state=PromiseState.BROKEN.value, settled_at=now)
            .returning(PROMISES.c.id, PROMISES.c.case_id, PROMISES.c.due_at)
        ).all()
        for row in broken:
            log(session, SYSTEM, site_id, row.case_id, Happened.PROMISE_BROKEN, now, due_at=row.due_at.isoformat())
            emit(session, PromiseBroken(site_id, row.id, row.case_id))
        return len(found)
