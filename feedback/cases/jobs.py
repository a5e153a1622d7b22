"""Background work of cases: promises whose time nears or is over, and the mornings; what staff do is not here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import Select, literal_column, select, update
from sqlalchemy.orm import Session

from feedback import clock
from feedback.actors import SYSTEM
from feedback.cases.actions.blank import look_into
from feedback.cases.actions.escalating import DueSteps, Team, due_now, take_steps
from feedback.cases.actions.records import PROMISES, log
from feedback.cases.actions.telling import lists_to_settle, promises_due_soon, send_lists, warn_of_promises
from feedback.cases.activity import Happened
from feedback.cases.queries.intake import hours_of_site
from feedback.cases.queries.overdue import chiefs_of, overdue_cases, steps_at_work
from feedback.cases.states import PromiseState
from feedback.db import BATCH
from feedback.events import PromiseBroken, emit
from feedback.jobs import JobContext, job
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


@job("cases.blank_reason")
def blank_reason(context: JobContext) -> bool:
    """An hour after an opt-out: whether its customer left without a reason, and is worth a call to the site."""
    with context.database.write() as session:
        look_into(session, context.site_id or 0, context.args["opt_out"])
        return context.finish(session)


@job("promises.warn", every=timedelta(minutes=1))
def warn_soon(context: JobContext) -> None:
    """Tell staff which promises are due within the hour, each once."""
    with context.database.read() as session:
        sites = session.scalars(select(Site.id).order_by(Site.id)).all()
        soon = [one for one in sites if session.execute(promises_due_soon(one, 1, clock.now())).first()]
    for site_id in soon:
        while _in_writing(context, warn_of_promises, site_id) == BATCH:
            pass


@job("cases.daily_lists", every=timedelta(minutes=5))
def daily_lists(context: JobContext) -> None:
    """Mail staff what is due, once a morning, where there is something."""
    with context.database.read() as session:
        sites = session.scalars(select(Site.id).order_by(Site.id)).all()
        waiting = [one for one in sites if lists_to_settle(session, one, clock.now())]
    for site_id in waiting:
        _in_writing(context, send_lists, site_id)


def _in_writing(context: JobContext, action: Callable[[Session, int], int], site_id: int) -> int:
    with context.database.write() as session:
        return action(session, site_id)


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
            .returning(PROMISES.c.id, PROMISES.c.case_id, PROMISES.c.due_at, PROMISES.c.what)
        ).all()
        for row in broken:
            due = {"due_at": row.due_at.isoformat()}
            log(session, SYSTEM, site_id, row.case_id, Happened.PROMISE_BROKEN, now, text=row.what or None, **due)
            emit(session, PromiseBroken(site_id, row.id, row.case_id))
        return len(found)


@job("escalation.take_steps", every=timedelta(seconds=30))
def escalate(context: JobContext) -> None:
    """Take the steps of escalation that are due, each once on a case, in short transactions."""
    to_do = []
    with context.database.read() as session:
        for site_id, steps in groupby(steps_at_work(session), key=lambda one: one.site_id):
            now = clock.now()
            team = Team(chiefs_of(session, site_id, now))
            due = due_now(list(steps), team, hours_of_site(session, site_id, now), now)
            if overdue_cases(session, site_id, due, 1):
                to_do.append((site_id, due, team, now))
    for site_id, due, team, now in to_do:
        while _escalate_some(context, site_id, due, team, now):
            pass


def _escalate_some(context: JobContext, site_id: int, due: DueSteps, team: Team, now: datetime) -> bool:
    with context.database.write() as session:
        return take_steps(session, site_id, due, team, now)
