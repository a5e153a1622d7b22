"""Background work of sites: keeping the public holidays of their countries reckoned ahead."""

from datetime import timedelta

from feedback import clock
from feedback.jobs import JobContext, job
from feedback.sites.actions import keep_holidays, sites_to_reckon
from feedback.sites.calendar import is_current, stored_holidays


@job("sites.holidays", every=timedelta(days=1))
def reckon_holidays(context: JobContext) -> None:
    """Reckon the holidays of every site that runs out of them; the reckoning holds no transaction."""
    year = clock.now().year
    with context.database.read() as session:
        sites = sites_to_reckon(session)
    for site_id, country, kept in sites:
        if is_current(kept, country, year):
            continue
        holidays = stored_holidays(country, year)
        with context.database.write() as session:
            keep_holidays(session, site_id, country, holidays)
