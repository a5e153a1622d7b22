"""Background work of staff: forgetting sessions and failed sign-ins that are over."""

from datetime import timedelta

from feedback.jobs import JobContext, job
from feedback.staff.actions import prune


@job("staff.prune", every=timedelta(hours=1))
def prune_sessions(context: JobContext) -> None:
    """Forget what no longer counts."""
    with context.database.write() as session:
        prune(session)
