"""The blueprint of "On your pages" in the console, and what several of its pages need; no page is drawn here."""

from flask import Blueprint

from feedback.i18n.text import N_
from feedback.rendering import current_reader
from feedback.sites.models import Site
from feedback.sites.queries import site_by_id
from feedback.web.guard import current_site
from feedback.web.notices import notice
from feedback.web.transaction import reading

pages = Blueprint("widget_console", __name__, url_prefix="/console/<site>/widget")

SAVED = notice("saved", N_("Saved."))
REMOVED = notice("taken-out", N_("Removed from the list."))


def site_now() -> Site:
    """The site whose pages are shown, as it is in the database."""
    return site_by_id(reading(), current_site().site_id)


def on_or_off(value: bool) -> str:
    """A switch, for showing two versions beside each other."""
    return current_reader().gettext(N_("On") if value else N_("Off"))
