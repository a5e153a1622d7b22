"""``/u/<token>``: a page with one button that changes nothing, and a POST that always stops the mails."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from flask import Response, jsonify, request, url_for
from werkzeug.exceptions import HTTPException

from feedback import clock
from feedback.errors import NotFound
from feedback.links.purposes import Purpose
from feedback.links.signing import LinkToken as Token
from feedback.links.signing import UndoToken, keyring, open_unsubscribe, sign_preferences, sign_undo
from feedback.preferences.actions import Wanted, stop
from feedback.preferences.models import Channel
from feedback.preferences.pages.arrival import (
    Arrival,
    LanguageView,
    SiteView,
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
from feedback.preferences.queries import owner_of_link
from feedback.web.errors import wants_json
from feedback.web.templating import page
from feedback.web.transaction import reading, settings, writing

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
    reasons: ReasonView | None = None


@pages.get("/u/<token>")
def ask(token: str) -> Response:
    """One page, one button; whatever fetches it changes nothing (standards U-6, U-7)."""
    try:
        arrival = arriving(open_unsubscribe, token, Purpose.UNSUBSCRIBE)
    except NotFound as error:
        return nowhere(error)
    if arrival.owner.erased:
        return nowhere(None, arrival)
    view = StopView(
        site=site_view(arrival.site),
        languages=language_views(arrival.site),
        address=arrival.address,
        topic=arrival.topic_named(arrival.topic),
        already=not stops(Scope.TOPIC, arrival.topic, arrival.standing),
        preferences_url=preferences_url(token),
    )
    return page("public/preferences/stop.html", view=view)


@pages.post("/u/<token>")
def stop_now(token: str) -> Response:
    """Stop at once, whatever the body says or fails to say (RFC 8058, standards U-4, U-5, U-17)."""
    try:
        found, token = opened(open_unsubscribe, token)
        owner = owner_of_link(reading(), found.site_id, found.key, Purpose.UNSUBSCRIBE)
    except NotFound as error:
        return nowhere(error)
    by_page, scope = _asked()
    wanted = Wanted(
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
    with writing() as session:
        stopped = stop(session, owner.site_id, wanted)
    if wants_json():
        return jsonify({"status": "stopped" if stopped.opt_out_id else "already"})
    if not by_page:  # a mail program asked: it shows its own words, and gets nothing to act on (U-14)
        return Response("OK\n", 200, mimetype="text/plain")
    undo = ""
    if stopped.opt_out_id is not None:
        undo = sign_undo(keyring(settings()), UndoToken(owner.site_id, stopped.opt_out_id, now()))
    return draw_stopped(token, scope, undo)


def draw_stopped(
    token: str,
    scope: Scope,
    undo: str,
    said: str = "",
    *,
    problem: str = "",
    reason: str = "",
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
        topic=arrival.topic_named(arrival.topic),
        others=_others(arrival),
        token=token,
        undo=undo,
        preferences_url=preferences_url(token),
        said=said,
        problem=problem,
        reasons=reasons_of(arrival, reason),
    )
    return page("public/preferences/stopped.html", status, view=view)


def preferences_url(token: str) -> str:
    """The preference centre of the same link, by a token of its own purpose."""
    found, _ = opened(open_unsubscribe, token)
    own = sign_preferences(keyring(settings()), Token(found.site_id, found.key, found.locale, found.issued_at))
    return url_for("preferences.centre", token=own)


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
