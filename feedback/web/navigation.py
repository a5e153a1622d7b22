"""What the console's rail leads to, and for whom; pages that aren't built are left out. No page is drawn here."""

from dataclasses import dataclass

from flask import current_app, request

from feedback.actors import Membership, Role
from feedback.i18n.text import N_


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the rail. ``text`` is marked for translation, ``icon`` one of macros/icons.html."""

    endpoint: str
    text: str
    icon: str
    role: Role = Role.AGENT

    @property
    def is_current(self) -> bool:
        """Whether the page shown belongs to it: the page itself, or one of the same feature that has no line."""
        shown = request.endpoint or ""
        if shown == self.endpoint:
            return True
        same_feature = shown.partition(".")[0] == self.endpoint.partition(".")[0]
        return same_feature and shown not in {entry.endpoint for entry in _ENTRIES} and self in _FIRST


_ENTRIES = (
    Entry("cases_console.index", N_("Cases"), "inbox"),
    Entry("responses_console.index", N_("Responses"), "chart"),
    Entry("surveys_console.index", N_("Surveys"), "list"),
    Entry("cases_console.rules", N_("Rules"), "rules", Role.LEAD),
    Entry("staff_console.members", N_("Team"), "person", Role.LEAD),
    Entry("sites_console.hours", N_("Working hours"), "clock", Role.LEAD),
    Entry("sites_console.holidays", N_("Holidays"), "flag", Role.LEAD),
    Entry("sites_console.settings", N_("Site settings"), "settings", Role.ADMIN),
)
#: Where a page without a line of its own belongs.
_FIRST = tuple(entry for entry in _ENTRIES if entry.endpoint not in ("cases_console.rules", "sites_console.hours"))


def entries_for(site: Membership) -> list[Entry]:
    """The lines for a member of a site."""
    return [
        entry for entry in _ENTRIES if site.role.covers(entry.role) and entry.endpoint in current_app.view_functions
    ]
