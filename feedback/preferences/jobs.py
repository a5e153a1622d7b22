"""The worker's part of preferences: looking up who asked for their link."""

from feedback.jobs import JobContext, job
from feedback.preferences.actions.finding import LOOK_UP, look_up


@job(LOOK_UP)
def find_who_asked(context: JobContext) -> bool:
    """Mail the link to an address that we know; for another one there is nothing to do."""
    with context.database.write(lazily=True) as session:
        look_up(session, context.site_id or 0, str(context.args["address_key"]))
        return context.finish(session)
