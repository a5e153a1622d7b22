"""``/undo/<token>``: takes back the opt-out of a moment ago, by a POST, once."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response

from feedback.errors import NotFound
from feedback.links.signing import keyring, open_undo
from feedback.preferences.actions import undo
from feedback.preferences.pages.arrival import read_in, site_view
from feedback.preferences.pages.blueprint import pages
from feedback.preferences.pages.notices import nowhere
from feedback.preferences.queries import is_undone, opt_out_by_id
from feedback.responses.view import LanguageView, SiteView
from feedback.sites.queries import site_by_id
from feedback.web.documents import told
from feedback.web.errors import wants_json
from feedback.web.templating import page
from feedback.web.transaction import reading, settings, writing


@dataclass(frozen=True, slots=True)
class UndoneView:
    """Whether it could be taken back; afterwards only a confirmed wish brings the mails again."""

    site: SiteView
    languages: tuple[LanguageView, ...]
    done: bool


@pages.post("/undo/<token>")
def undo_it(token: str) -> Response:
    """Restore exactly what this opt-out had stopped, once; later it says that it can't (U-14).

    Of a double click people see the second reply: it says what the first one did, as long as that holds.
    """
    try:
        right = open_undo(keyring(settings()), token)
        row = opt_out_by_id(reading(), right.site_id, right.opt_out_id)
    except NotFound as error:
        return nowhere(error)
    site = site_by_id(reading(), right.site_id)
    with writing() as session:
        done = undo(session, right.site_id, right.opt_out_id)
        comes = done or is_undone(session, right.site_id, right.opt_out_id)
    read_in(site, row.locale)
    if wants_json():
        return told("updated" if done else "already", "undone")
    return page("public/preferences/undone.html", view=UndoneView(site_view(site), (), comes))
