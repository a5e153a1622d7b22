"""``/lost/<site>``: mails somebody the link to their settings; whoever asks learns nothing about anybody (U-22)."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, request

from feedback.customers.rows import checked_address
from feedback.errors import Invalid, Problem
from feedback.i18n.text import N_
from feedback.preferences.actions import look_up_later
from feedback.preferences.pages.arrival import language_views, read_in, site_view
from feedback.preferences.pages.blueprint import pages
from feedback.preferences.queries import key_of_address
from feedback.rendering import current_reader
from feedback.responses.limits import counter, network_key
from feedback.responses.view import LanguageView, SiteView
from feedback.sites.models import Site
from feedback.sites.queries import site_by_key
from feedback.web.documents import told
from feedback.web.errors import wants_json
from feedback.web.templating import page
from feedback.web.transaction import reading, settings, writing

#: So often one network asks within an hour; beyond that the answer is the same and nothing is looked up.
MOST_IN_AN_HOUR = 20


@dataclass(frozen=True, slots=True)
class LostView:
    """One field and one button; afterwards what was done, whatever that was."""

    site: SiteView
    languages: tuple[LanguageView, ...]
    asked: bool = False
    problem: str = ""
    typed: str = ""


@pages.get("/lost/<site>")
def lost(site: str) -> Response:
    """Asks for the address."""
    return _draw(_site(site))


@pages.post("/lost/<site>")
def mail_my_link(site: str) -> Response:
    """Notes that somebody is to be looked up, known or not: no answer, and no time that it takes, tells which."""
    place = _site(site)
    typed = request.form.get("email", "").strip()
    email = checked_address(typed[:320])
    if email is None:
        problem = Problem("email", "email", N_("Please check the email address."))
        if wants_json():
            raise Invalid([problem])
        return _draw(place, problem=current_reader().say(problem), typed=typed[:254], status=422)
    counts = counter(settings())
    network = "lost:" + network_key(counts, place.id, request.remote_addr)
    if counts.count(network) < MOST_IN_AN_HOUR:
        counts.add(network)
        key = key_of_address(reading(), place.id, email)
        with writing() as session:
            look_up_later(session, place.id, key)
    if wants_json():
        return told("stored", "asked")
    return _draw(place, asked=True)


def _site(key: str) -> Site:
    site = site_by_key(reading(), key)
    read_in(site, "")
    return site


def _draw(site: Site, *, asked: bool = False, problem: str = "", typed: str = "", status: int = 200) -> Response:
    languages = () if asked else language_views(site)
    view = LostView(site_view(site), languages, asked=asked, problem=problem, typed=typed)
    return page("public/preferences/lost.html", status, view=view)
