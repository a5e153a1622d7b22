"""The worker's part of customers: forgetting addresses that are no longer theirs, and what came late of the erased."""

from datetime import timedelta

from feedback.customers.actions import erase_what_came_late, forget_earlier_addresses
from feedback.jobs import JobContext, job
from feedback.sites.queries import list_sites


@job("customers.forget_earlier", every=timedelta(days=1))
def forget_earlier(context: JobContext) -> None:
    """The week is over in which what is private still went to the old address."""
    with context.database.read() as session:
        sites = [site.id for site in list_sites(session)]
    for site_id in sites:
        with context.database.write() as session:
            forget_earlier_addresses(session, site_id)


@job("customers.erase_late")
def erase_late(context: JobContext) -> None:
    """Whatever had begun when the customer was erased is over: it leaves nothing either."""
    if context.site_id is not None:
        with context.database.write() as session:
            erase_what_came_late(session, context.site_id, int(context.args["customer_id"]))
