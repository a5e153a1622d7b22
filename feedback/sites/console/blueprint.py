"""The blueprint of a site's own pages in the console, and what several of them need; no page is drawn here."""

from flask import Blueprint

from feedback.i18n.text import N_
from feedback.sites.models import Site
from feedback.sites.queries import site_by_id
from feedback.web.guard import current_site
from feedback.web.notices import notice
from feedback.web.transaction import reading

pages = Blueprint("sites_console", __name__)

SAVED = notice("saved", N_("Saved."))
REMOVED = notice("taken-out", N_("Removed from the list."))


def site_now() -> Site:
    """The site whose pages are shown, as it is in the database."""
    return site_by_id(reading(), current_site().site_id)
