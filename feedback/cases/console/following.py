"""How well the site follows through, for its leads: promises kept, time to a first answer, hand-offs, recovery."""

from datetime import timedelta

from flask import Response, g

from feedback import clock
from feedback.actors import Role
from feedback.cases.console.blueprint import pages
from feedback.cases.queries.following import ENOUGH, MOST, PERIODS, follow_through
from feedback.cases.queries.recovery import recovery_by_cause
from feedback.web.guard import staff_only
from feedback.web.templating import page
from feedback.web.transaction import reading


@pages.get("/follow-through")
@staff_only(Role.LEAD)
def following(site: str) -> Response:
    """Per person and for the site, over 30 and 90 days."""
    session, now = reading(), clock.now()
    return page(
        "console/cases/follow_through.html",
        found=follow_through(session, g.site_id, now),
        periods=PERIODS,
        enough=ENOUGH,
        most=MOST,
        recovery=recovery_by_cause(session, g.site_id, now - timedelta(days=max(PERIODS))),
    )
