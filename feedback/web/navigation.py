"""What the console's rail leads to, and for whom; pages that aren't built are left out. No page is drawn here."""

from dataclasses import dataclass

from flask import current_app, request, url_for

from feedback.actors import Membership, Role
from feedback.events import ToLookAt, gather
from feedback.i18n.text import N_
from feedback.web.transaction import reading


@dataclass(frozen=True, slots=True)
class Entry:
    """A page that the rail leads to. ``text`` is marked for translation, ``icon`` one of macros/icons.html."""

    endpoint: str
    text: str
    icon: str
    role: Role = Role.AGENT
    #: Arranged once and looked at seldom: such pages stand folded together at the end.
    is_setup: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as one reader sees it now."""

    url: str
    text: str
    icon: str
    is_current: bool
    count: int = 0
    is_setup: bool = False


_ENTRIES = (
    Entry("cases_console.index", N_("Cases"), "inbox"),
    Entry("responses_console.index", N_("Responses"), "chart"),
    Entry("responses_console.held_back", N_("Possible spam"), "lock"),
    Entry("cases_console.following", N_("Follow-through"), "check", Role.LEAD),
    Entry("surveys_console.index", N_("Surveys"), "list"),
    Entry("delivery_console.index", N_("Emails"), "mail"),
    Entry("preferences_console.index", N_("Suppression list"), "hand"),
    Entry("widget_console.index", N_("On your pages"), "globe", Role.ADMIN, is_setup=True),
    Entry("responses_console.kiosks", N_("Feedback screens"), "screen", Role.LEAD, is_setup=True),
    Entry("preferences_console.topics", N_("Topics"), "note", Role.LEAD, is_setup=True),
    Entry("cases_console.rules", N_("Rules"), "rules", Role.LEAD, is_setup=True),
    Entry("cases_console.escalation", N_("Escalation"), "steps", Role.LEAD, is_setup=True),
    Entry("staff_console.members", N_("Team"), "person", Role.LEAD, is_setup=True),
    Entry("sites_console.hours", N_("Working hours"), "clock", Role.LEAD, is_setup=True),
    Entry("sites_console.holidays", N_("Holidays"), "flag", Role.LEAD, is_setup=True),
    Entry("sites_console.settings", N_("Site settings"), "settings", Role.ADMIN, is_setup=True),
)
_LED_TO = frozenset(entry.endpoint for entry in _ENTRIES)


def lines_for(site: Membership) -> list[Line]:
    """The rail for a member of a site; current is the entry whose address leads furthest to the page shown.

    What is to be looked at is counted on the pages that it leads to, not on those below them.
    """
    found = [
        (url_for(entry.endpoint, site=site.key), entry)
        for entry in _ENTRIES
        if site.role.covers(entry.role) and entry.endpoint in current_app.view_functions
    ]
    current = max((url for url, _ in found if request.path.startswith(url)), key=len, default="")
    counts = dict(gather(reading(), ToLookAt(site.site_id))) if request.endpoint in _LED_TO else {}
    return [
        Line(url, one.text, one.icon, url == current, counts.get(one.endpoint, 0), one.is_setup) for url, one in found
    ]
