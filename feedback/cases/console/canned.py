"""The canned replies of a site: everybody who answers customers reads them, leads change them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as Reply

from feedback.actors import Role
from feedback.cases.actions import canned as actions
from feedback.cases.console.blueprint import pages
from feedback.cases.forms import CannedForm
from feedback.cases.models import CannedReply
from feedback.cases.queries.canned import canned_replies, canned_reply
from feedback.cases.wording import FIELDS, unknown_fields
from feedback.errors import Conflict, Invalid
from feedback.i18n.negotiation import LANGUAGES, OWN_NAMES, language_of
from feedback.i18n.text import N_
from feedback.rendering import current_reader
from feedback.web.changing import changed
from feedback.web.forms import VersionedForm, show_problems
from feedback.web.guard import current_site, current_staff, staff_only
from feedback.web.notices import notice
from feedback.web.templating import form_page, page
from feedback.web.transaction import reading, writing

SAVED = notice("canned_saved", N_("Saved."))
DELETED = notice("canned_deleted", N_("Deleted. Replies already sent with it stay as they are."))
#: What each field becomes, for whoever writes one.
MEANINGS: dict[str, str] = {
    "customer": N_("the customer’s name, or nothing"),
    "name": N_("your name"),
    "site": N_("the name of the site"),
    "number": N_("the number of the case"),
    "when": N_("when the next promise is due, in the customer’s time zone"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One in the list. ``unknown`` is what stands in braces and is no field."""

    public_id: str
    title: str
    text: str
    version: int
    unknown: tuple[str, ...]


@pages.get("/replies/")
@staff_only(Role.AGENT)
def replies(site: str) -> Response:
    """All of them by language, the reader's own first."""
    return _list()


@pages.get("/replies/new")
@staff_only(Role.LEAD)
def reply_new(site: str) -> Response:
    """An empty one, in the language asked for."""
    asked = request.args.get("language", "")
    language = asked if asked in LANGUAGES else language_of(current_reader().tag)
    return _form(CannedForm(formdata=None, data={"language": language}), None)


@pages.post("/replies/new")
@staff_only(Role.LEAD)
def reply_add(site: str) -> Reply | Response:
    """Add one."""
    form = CannedForm()
    if not form.validate():
        return _form(form, None, 422)
    return _save(form, None, actions.add_canned_reply)


@pages.get("/replies/<public_id>")
@staff_only(Role.LEAD)
def reply_one(site: str, public_id: str) -> Response:
    """One, to be changed."""
    there = canned_reply(reading(), g.site_id, public_id)
    return _form(_filled(there), there)


@pages.post("/replies/<public_id>")
@staff_only(Role.LEAD)
def reply_change(site: str, public_id: str) -> Reply | Response:
    """Change it; somebody who was slower sees both versions and keeps what they typed."""
    there = canned_reply(reading(), g.site_id, public_id)
    form = CannedForm()
    if not form.validate():
        return _form(form, there, 422)
    return _save(form, there, actions.change_canned_reply, public_id, expected_version=form.expected_version)


@pages.post("/replies/<public_id>/delete")
@staff_only(Role.LEAD)
def reply_delete(site: str, public_id: str) -> Reply | Response:
    """Delete it; one that was changed meanwhile is shown first."""
    if not changed(public_id, actions.delete_canned_reply):
        there = canned_reply(reading(), g.site_id, public_id)
        return _form(_filled(there), there, 409)
    return redirect(url_for(".replies", done=DELETED), 303)


def _save(
    form: CannedForm, there: CannedReply | None, do: Callable[..., Any], *which: Any, **more: Any
) -> Reply | Response:
    try:
        with writing() as session:
            do(session, current_staff().actor, g.site_id, *which, **form.said(), **more)
    except Conflict:
        there = canned_reply(reading(), g.site_id, *which)
        form.now_for(there.version)
        return _form(form, there, 409)
    except Invalid as wrong:
        show_problems(form, wrong.problems)
        return _form(form, there, 422)
    return redirect(url_for(".replies", done=SAVED), 303)


def _list() -> Response:
    own = language_of(current_reader().tag)
    groups: dict[str, list[Line]] = {}
    for one in canned_replies(reading(), g.site_id, own):
        line = Line(one.public_id, one.title, one.text, one.version, tuple(unknown_fields(one.text)))
        groups.setdefault(one.language, []).append(line)
    return page(
        "console/cases/replies.html",
        groups=list(groups.items()),
        may_change=current_site().role.covers(Role.LEAD),
        fields=_fields(),
        languages=OWN_NAMES,
    )


def _form(form: CannedForm, there: CannedReply | None, status: int = 200) -> Response:
    return form_page(
        "console/cases/reply.html",
        status,
        form=form,
        there=there,
        clash=status == 409,
        present=[there.title, OWN_NAMES.get(there.language, there.language), there.text] if there else [],
        unknown=unknown_fields(form.text.data or ""),
        fields=_fields(),
        move=VersionedForm(formdata=None),
    )


def _filled(there: CannedReply) -> CannedForm:
    known = {"title": there.title, "language": there.language, "text": there.text, "version": str(there.version)}
    return CannedForm(formdata=None, data=known)


def _fields() -> list[tuple[str, str]]:
    return [(f"{{{name}}}", current_reader().gettext(MEANINGS[name])) for name in FIELDS]
