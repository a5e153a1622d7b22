"""What the console's rail leads to, and for whom; pages that aren't built are left out. No page is drawn here."""

from dataclasses import dataclass

from flask import current_app, request, url_for

from feedback.actors import Membership, Role
from feedback.i18n.text import N_


@dataclass(frozen=True, slots=True)
class Entry:
    """A page that the rail leads to. ``text`` is marked for translation, ``icon`` one of macros/icons.html."""

    endpoint: str
    text: str
    icon: str
    role: Role = Role.AGENT


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as one reader sees it now."""

    url: str
    text: str
    icon: str
    is_current: bool


_ENTRIES = (
    Entry("cases_console.index", N_("Cases"), "inbox"),
    Entry("responses_console.index", N_("Responses"), "chart"),
    Entry("cases_console.following", N_("Follow-through"), "check", Role.LEAD),
    Entry("surveys_console.index", N_("Surveys"), "list"),
    Entry("delivery_console.index", N_("Emails"), "mail"),
    Entry("preferences_console.index", N_("Suppression list"), "hand"),
    Entry("cases_console.rules", N_("Rules"), "rules", Role.LEAD),
    Entry("cases_console.escalation", N_("Escalation"), "steps", Role.LEAD),
    Entry("staff_console.members", N_("Team"), "person", Role.LEAD),
    Entry("sites_console.hours", N_("Working hours"), "clock", Role.LEAD),
    Entry("sites_console.holidays", N_("Holidays"), "flag", Role.LEAD),
    Entry("sites_console.settings", N_("Site settings"), "settings", Role.ADMIN),
)


def lines_for(site: Membership) -> list[Line]:
    """The rail for a member of a site; current is the entry whose address leads furthest to the page shown."""
    found = [
        (url_for(entry.endpoint, site=site.key), entry)
        for entry in _ENTRIES
        if site.role.covers(entry.role) and entry.endpoint in current_app.view_functions
    ]
    current = max((url for url, _ in found if request.path.startswith(url)), key=len, default="")
    return [Line(url, entry.text, entry.icon, url == current) for url, entry in found]
