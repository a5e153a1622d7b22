"""The suppression list: whom nothing is sent to, why and since when; adding to it and lifting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as Reply
from wtforms.fields import SelectChoice

from feedback.actors import Role
from feedback.errors import Conflict, Invalid, Problem
from feedback.i18n.text import N_, mask_address, pick
from feedback.preferences.actions.suppressing import BY_STAFF, lift_one, suppress
from feedback.preferences.console.blueprint import pages
from feedback.preferences.forms import SuppressForm
from feedback.preferences.listing import SuppressionView, list_suppressions
from feedback.preferences.policy import Scope
from feedback.preferences.queries import topics_of
from feedback.preferences.suspected import PEOPLE, ROBOTS, suspected
from feedback.rendering import current_reader
from feedback.web.forms import show_problems
from feedback.web.guard import current_site, current_staff, staff_only
from feedback.web.notices import notice
from feedback.web.paging import decode_cursor, encode_cursor
from feedback.web.templating import form_page
from feedback.web.transaction import reading, writing

PAGE: Final = 50
ADDED = notice("suppressed", N_("Added. From now on nothing of that kind is sent there."))
THERE = notice("suppressed_before", N_("That is already stopped."))
LIFTED = notice("suppression_lifted", N_("Lifted. The entry stays in the list of lifted entries."))
MOVED_ON = notice("suppression_moved_on", N_("Somebody else has lifted it already."))

WHAT: Final = {
    Scope.MARKETING.value: N_("All marketing emails"),
    Scope.ADDRESS.value: N_("All emails except those they ask for"),
}
WHY: Final = {
    "unsubscribe": N_("unsubscribed"),
    "complaint": N_("marked as spam"),
    "hard_bounce": N_("the address does not work"),
    "manual": N_("entered by hand"),
    "erasure": N_("the customer was erased"),
}
#: Where the reason alone doesn't tell it.
HOW: Final = {
    "page": N_("on the page behind a link"),
    "oneclick": N_("by their email program"),
    "mailto": N_("by email"),
    "api": N_("by another program"),
    "import": N_("from an imported list"),
}
#: Sources that are our own words.
_OWN: Final = {
    "address": N_("carried over from an earlier address"),
    ROBOTS: N_("found to be done by a program"),
    PEOPLE: N_("checked: a person"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A row in the reader's words; ``address`` is masked for agents and empty where only its hash is left."""

    row: SuppressionView
    address: str
    what: str
    why: tuple[str, ...]
    note: str


@pages.get("/suppressions/")
@staff_only(Role.AGENT)
def index(site: str) -> Response:
    """Those in force, newest first; those lifted if asked for. Agents find whole addresses only, and see masks."""
    return _list()


@pages.get("/suppressions/new")
@staff_only(Role.LEAD)
def new(site: str) -> Response:
    """An address to add."""
    return _form(SuppressForm(formdata=None))


@pages.post("/suppressions/new")
@staff_only(Role.LEAD)
def add(site: str) -> Reply | Response:
    """Add it."""
    form = SuppressForm()
    if not form.validate():
        return _form(form, status=422)
    said = {name: form[name].data or "" for name in ("scope", "topic", "reason", "note")}
    try:
        with writing() as session:
            done = suppress(session, current_staff().actor, g.site_id, form.email.data or "", **said)
    except Invalid as wrong:
        return _form(form, *wrong.problems, status=422)
    return redirect(url_for(".index", done=ADDED if done else THERE), 303)


@pages.post("/suppressions/<public_id>/lift")
@staff_only(Role.LEAD)
def lift(site: str, public_id: str) -> Reply | Response:
    """Let mails go there again."""
    try:
        with writing() as session:
            lift_one(session, current_staff().actor, g.site_id, public_id, request.form.get("because", ""))
    except Conflict:
        return redirect(url_for(".index", done=MOVED_ON), 303)
    except Invalid as wrong:
        return _list(*wrong.problems, opened=public_id)
    return redirect(url_for(".index", done=LIFTED), 303)


def _list(*problems: Problem, opened: str = "") -> Response:
    lead = current_site().role.covers(Role.LEAD)
    lifted, typed = request.values.get("list") == "lifted", request.values.get("q", "")[:320].strip()
    before, after = _place("before"), _place("after")
    up = before is None and after is not None
    found = list_suppressions(
        reading(), g.site_id, address=typed, parts=lead, lifted=lifted, before=before, after=after, limit=PAGE + 1
    )
    more = len(found) > PAGE
    rows = (found[-PAGE:] if up else found[:PAGE]) if more else found
    names = {one.key: one.name for one in topics_of(reading(), g.site_id, archived=True)}
    same: dict[str, Any] = {**({"list": "lifted"} if lifted else {}), **({"q": typed} if typed else {})}
    back, on = (more, True) if up else (before is not None, more)
    return form_page(
        "console/preferences/suppressions.html",
        422 if problems else 200,
        lines=[_line(row, names, lead) for row in rows],
        bursts=[one for one in suspected(reading(), g.site_id) if one.open] if lead and not lifted else [],
        lifted=lifted,
        typed=typed,
        may_change=lead,
        problems=problems,
        opened=opened,
        previous=url_for(".index", after=encode_cursor(rows[0].id), **same) if rows and back else None,
        next=url_for(".index", before=encode_cursor(rows[-1].id), **same) if rows and on else None,
    )


def _line(row: SuppressionView, names: dict[str, dict[str, str]], lead: bool) -> Line:
    reader = current_reader()
    what = reader.gettext(WHAT[row.scope]) if row.scope in WHAT else pick(names.get(row.topic, {}), reader.tag)[0]
    told = [WHY[row.reason]]
    if row.channel in HOW and (row.reason == "unsubscribe" or row.channel == "import"):
        told.append(HOW[row.channel])
    if row.source in _OWN:
        told.append(_OWN[row.source])
    return Line(
        row,
        row.email if lead or not row.email else mask_address(row.email),
        what or row.topic,
        tuple(reader.gettext(one) for one in told),
        "" if row.source in _OWN else row.source,
    )


def _form(form: SuppressForm, *problems: Problem, status: int = 200) -> Response:
    reader = current_reader()
    topics = topics_of(reading(), g.site_id, archived=True)
    form.topic.choices = [SelectChoice(one.key, pick(one.name, reader.tag)[0] or one.key) for one in topics]
    one_topic = (Scope.TOPIC.value, N_("One topic"))
    form.scope.choices = [SelectChoice(key, reader.gettext(text)) for key, text in (one_topic, *WHAT.items())]
    form.reason.choices = [SelectChoice(one.value, reader.gettext(WHY[one.value])) for one in BY_STAFF]
    show_problems(form, problems)
    return form_page("console/preferences/suppress.html", status, form=form)


def _place(name: str) -> int | None:
    found = decode_cursor(request.values.get(name), (int,))
    return found[0] if found is not None and 0 <= found[0] < 2**63 else None
