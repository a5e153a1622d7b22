"""Opt-outs that came so quickly, and so many together, that a program may have made them: somebody decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as Reply

from feedback.actors import Role
from feedback.errors import Invalid, Problem
from feedback.i18n.text import N_, pick
from feedback.preferences.actions.reviewing import keep, restore
from feedback.preferences.console.blueprint import pages
from feedback.preferences.console.stops import WHAT
from feedback.preferences.queries import topics_of
from feedback.preferences.suspected import Fate, Member, suspected_by_key
from feedback.rendering import current_reader
from feedback.web.guard import current_staff, staff_only
from feedback.web.notices import notice
from feedback.web.paging import decode_cursor, encode_cursor
from feedback.web.templating import page
from feedback.web.transaction import reading, writing

RESTORED: Final = notice("burst_restored", N_("They get your emails as before. You can undo this here."))
KEPT: Final = notice("burst_kept", N_("They stay unsubscribed. You can undo this here."))
GONE: Final = notice("burst_gone", N_("There is nothing left to decide about these."))
FATES: Final = {
    Fate.OPEN: N_("unsubscribed"),
    Fate.RESTORED: N_("gets emails again"),
    Fate.KEPT: N_("checked: stays unsubscribed"),
}


@dataclass(frozen=True, slots=True)
class MemberLine:
    """One opt-out in the reader's words."""

    row: Member
    what: str
    fate: str


@pages.get("/suppressions/bursts/<key>")
@staff_only(Role.LEAD)
def burst(site: str, key: str) -> Reply | Response:
    """Who is in it, and what can be done."""
    session, say = reading(), current_reader().gettext
    found = suspected_by_key(session, g.site_id, key)
    if found is None:
        return redirect(url_for(".index", done=GONE), 303)
    names = {one.key: pick(one.name, current_reader().tag)[0] for one in topics_of(session, g.site_id, archived=True)}
    return page(
        "console/preferences/burst.html",
        burst=found,
        lines=[
            MemberLine(
                one,
                say(WHAT[one.scope]) if one.scope in WHAT else names.get(one.topic, one.topic),
                say(FATES[one.fate]),
            )
            for one in found.members
        ],
        newest=encode_cursor(max(one.id for one in found.members)),
        can_restore=any(one.fate is not Fate.RESTORED for one in found.members),
        can_keep=any(one.fate is not Fate.KEPT for one in found.members),
    )


@pages.post("/suppressions/bursts/<key>")
@staff_only(Role.LEAD)
def decide(site: str, key: str) -> Reply:
    """Restore them all, or keep them all; whoever came after the page was drawn is left alone."""
    wanted, newest = request.form.get("do", ""), decode_cursor(request.form.get("newest"), (int,))
    if wanted not in ("restore", "keep") or newest is None:
        raise Invalid([Problem("do", "unknown", N_("Choose restore or keep."))])
    found = suspected_by_key(reading(), g.site_id, key)
    if found is None:
        return redirect(url_for(".index", done=GONE), 303)
    shown = [one.id for one in found.members if one.id <= newest[0]]
    with writing() as session:
        (restore if wanted == "restore" else keep)(session, current_staff().actor, g.site_id, key, shown)
    return redirect(url_for(".burst", key=key, done=RESTORED if wanted == "restore" else KEPT), 303)
