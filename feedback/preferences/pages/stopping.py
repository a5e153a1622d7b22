"""``/u/<token>``: a page with one button that changes nothing, and a POST that always stops the mails."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace
from datetime import timedelta

from flask import Response, request, url_for
from werkzeug.exceptions import HTTPException

from feedback import clock
from feedback.errors import NotFound
from feedback.links.purposes import Purpose
from feedback.links.signing import keyring, open_unsubscribe, sign_preferences, sign_undo
from feedback.links.tokens import LinkToken, UndoToken
from feedback.preferences.actions import Wanted, stop
from feedback.preferences.actions.wishing import PAUSES
from feedback.preferences.models import Channel
from feedback.preferences.pages.arrival import (
    Arrival,
    TopicView,
    arriving,
    language_views,
    opened,
    site_view,
)
from feedback.preferences.pages.asking import ReasonView, reasons_of
from feedback.preferences.pages.blueprint import pages
from feedback.preferences.pages.notices import nowhere
from feedback.preferences.policy import Scope, stops
from feedback.preferences.queries import LinkOwner, owner_of_link
from feedback.responses.view import LanguageView, SiteView
from feedback.web.documents import told
from feedback.web.errors import wants_json
from feedback.web.templating import hole, page, page_for_many
from feedback.web.transaction import settings, writing

_STOP = "public/preferences/stop.html"
#: A body that is longer says nothing more; it isn't read.
_LONGEST_BODY = 64 * 1024


@dataclass(frozen=True, slots=True)
class StopView:
    """The page before: what will be stopped, for which address, and one button."""

    site: SiteView
    languages: tuple[LanguageView, ...]
    address: str
    topic: TopicView | None
    already: bool
    preferences_url: str


@dataclass(frozen=True, slots=True)
class StoppedView:
    """The page after. ``undo`` is there only where this request has stopped something."""

    site: SiteView
    languages: tuple[LanguageView, ...]
    address: str
    scope: str
    topic: TopicView | None
    others: tuple[TopicView, ...]
    token: str
    undo: str
    preferences_url: str
    said: str = ""
    problem: str = ""
    #: What was typed and ticked, where it has to be sent once more.
    typed: str = ""
    ticked: bool = False
    reasons: ReasonView | None = None
    pauses: tuple[timedelta, ...] = tuple(timedelta(days=days) for days in PAUSES)


@pages.get("/u/<token>", strict_slashes=False)
def ask(token: str) -> Response:
    """One page, one button; whatever fetches it changes nothing (standards U-6, U-7)."""
    try:
        arrival = arriving(open_unsubscribe, token, Purpose.UNSUBSCRIBE)
    except NotFound as error:
        return nowhere(error)
    if arrival.owner.erased:
        return nowhere(None, arrival)
    return _drawn(
        StopView(
            site=site_view(arrival.site),
            languages=language_views(arrival.site),
            address=arrival.address,
            topic=arrival.about,
            already=not stops(Scope.TOPIC, arrival.topic, arrival.standing),
            preferences_url=preferences_url(arrival.link),
        )
    )


def _drawn(view: StopView) -> Response:
    """Alike for all to whom a site writes about the same, but for their address and their way to all settings."""
    if view.already:
        return page(_STOP, view=view)
    blank = replace(view, address=hole(0) if view.address else "", preferences_url=hole(1))
    return page_for_many(_STOP, blank, (view.address, view.preferences_url), view=blank)


@pages.post("/u/<token>", strict_slashes=False)
def stop_now(token: str) -> Response:
    """Stop at once, whatever the body says or fails to say (RFC 8058, standards U-4, U-5, U-17)."""
    try:
        found, token = opened(open_unsubscribe, token)
        by_page, scope = _asked()
        with writing() as session:  # looked up in here: a session of its own would cost as much as all the rest
            owner = owner_of_link(session, found.site_id, found.key, Purpose.UNSUBSCRIBE)
            stopped = stop(session, owner.site_id, _wanted(owner, by_page, scope))
    except NotFound as error:
        return nowhere(error)
    if wants_json():
        return told("stored" if stopped.opt_out_id else "already", "stopped")
    if not by_page:  # a mail program asked: it shows its own words, and gets nothing to act on (U-14)
        return Response("OK\n", 200, mimetype="text/plain")
    undo = ""
    if stopped.opt_out_id is not None:
        undo = sign_undo(keyring(settings()), UndoToken(owner.site_id, stopped.opt_out_id, now()))
    return draw_stopped(token, scope, undo)


def _wanted(owner: LinkOwner, by_page: bool, scope: Scope) -> Wanted:
    return Wanted(
        owner.keys,
        scope,
        (owner.topic or "news") if scope is Scope.TOPIC else "",
        Channel.PAGE if by_page else Channel.ONE_CLICK,
        email=owner.email or "",
        customer_id=owner.customer_id,
        link_id=owner.link_id,
        locale=owner.locale,
        network=network(),
    )


def draw_stopped(
    token: str,
    scope: Scope,
    undo: str,
    said: str = "",
    *,
    problem: str = "",
    reason: str = "",
    typed: str = "",
    ticked: bool = False,
    status: int = 200,
) -> Response:
    """What was stopped, and, all of it optional, why, and what could be instead."""
    arrival = arriving(open_unsubscribe, token, Purpose.UNSUBSCRIBE)
    if arrival.owner.erased:
        return nowhere(None, arrival)
    view = StoppedView(
        site=site_view(arrival.site),
        languages=(),
        address=arrival.address,
        scope=scope.value,
        topic=arrival.about,
        others=_others(arrival),
        token=token,
        undo=undo,
        preferences_url=preferences_url(arrival.link),
        said=said,
        problem=problem,
        typed=typed,
        ticked=ticked,
        reasons=reasons_of(arrival, reason),
    )
    return page("public/preferences/stopped.html", status, view=view)


def preferences_url(link: LinkToken) -> str:
    """The preference centre of the same link, by a token of its own purpose."""
    return url_for("preferences.centre", token=sign_preferences(keyring(settings()), link))


def _others(arrival: Arrival) -> tuple[TopicView, ...]:
    return tuple(one for one in arrival.topics if one.key != arrival.topic and one.on)


def _asked() -> tuple[bool, Scope]:
    """Whether our own page sent it, and how much it stops; a body that can't be read stops the link's topic."""
    if (request.content_length or 0) > _LONGEST_BODY:
        return False, Scope.TOPIC
    try:
        fields = request.form
    except HTTPException:
        return False, Scope.TOPIC
    scope = fields.get("scope", "")
    return "go" in fields, Scope(scope) if scope in set(Scope) else Scope.TOPIC


def network() -> str:
    """The network that the request came from, cut to /24 or /48: evidence, and nobody's address (U-15)."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return ""
    return str(ipaddress.ip_network(f"{address}/{24 if address.version == 4 else 48}", strict=False))


def now() -> int:
    """This moment in the whole seconds of a token."""
    return int(clock.now().timestamp())
