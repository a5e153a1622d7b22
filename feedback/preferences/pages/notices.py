"""Pages for links that lead nowhere: each says, in the right language, what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, request, url_for

from feedback.errors import NotFound
from feedback.i18n.text import N_
from feedback.links.tokens import ExpiredToken
from feedback.preferences.pages.arrival import Arrival, language_views, read_in, site_view
from feedback.rendering import current_reader
from feedback.responses.view import LanguageView, SiteView
from feedback.sites.models import Site
from feedback.sites.queries import only_site, site_by_id
from feedback.web.documents import told
from feedback.web.errors import problem_reply, wants_json
from feedback.web.templating import page
from feedback.web.transaction import reading

WRONG = (
    404,
    "link-wrong",
    N_("This link does not work"),
    N_("Copy the whole address from the email, up to its last letter, and open it again."),
)
OVER = (
    410,
    "link-expired",
    N_("This link has expired"),
    N_("Open the link in one of our emails again."),
)
USED = (
    410,
    "link-used",
    N_("This link no longer works"),
    N_("It works once, and for one day. Open your email settings and ask for it again."),
)
ERASED = (200, "erased", N_("Nothing more will be sent"), N_("We have deleted what we knew about you."))


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A page that says one thing."""

    site: SiteView | None
    languages: tuple[LanguageView, ...]
    heading: str
    body: str
    lost_url: str = ""
    button: None = None
    next_step: None = None
    frame: None = None
    failed: bool = False


def nowhere(error: NotFound | None, arrival: Arrival | None = None) -> Response:
    """What to say of a link that opens nothing; without an error it is one whose customer was erased."""
    status, code, heading, advice = ERASED if error is None else OVER if isinstance(error, ExpiredToken) else WRONG
    site = arrival.site if arrival else None
    if isinstance(error, ExpiredToken):
        try:
            site = site_by_id(reading(), error.site_id)
        except NotFound:
            site = None
        else:
            read_in(site, error.locale)
    say = current_reader().gettext
    if wants_json():
        if status == 200:
            return told("already", code)
        return problem_reply(status, say(heading), code=code, detail=say(advice))
    asked_at = None if error is None else site or only_site(reading())
    return _draw(site, status, heading, advice, lost=asked_at)


def used(site: Site) -> Response:
    """A link from a mail that works once, and did, or not any more: how to get another."""
    status, code, heading, advice = USED
    say = current_reader().gettext
    if wants_json():
        return problem_reply(status, say(heading), code=code, detail=say(advice))
    return _draw(site, status, heading, advice, lost=site)


def erased_at(site: Site) -> Response:
    """Somebody of whom we know nothing any more."""
    if wants_json():
        return told("already", ERASED[1])
    return _draw(site, ERASED[0], ERASED[2], ERASED[3], lost=None)


def _draw(site: Site | None, status: int, heading: str, advice: str, *, lost: Site | None) -> Response:
    say = current_reader().gettext
    view = NoticeView(
        site=site_view(site) if site else None,
        languages=language_views(site) if site and request.method == "GET" else (),
        heading=say(heading),
        body=say(advice),
        lost_url=url_for("preferences.lost", site=lost.key, lang=current_reader().language) if lost else "",
    )
    return page("public/notice.html", status, view=view)
