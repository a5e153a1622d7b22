"""``/p/<token>``: the preference centre. What is less is done at once, what is more or private is confirmed by mail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response, jsonify, request, url_for

from feedback import clock
from feedback.actors import Actor
from feedback.customers.models import Customer
from feedback.customers.queries import customer_by_id
from feedback.customers.rows import checked_address, time_zones
from feedback.errors import Invalid, NotFound, Problem
from feedback.i18n.negotiation import OWN_NAMES, language_of
from feedback.i18n.text import N_
from feedback.i18n.zones import zone_lines_with
from feedback.links.purposes import Purpose
from feedback.links.signing import keyring, open_preferences, sign_undo
from feedback.links.tokens import UndoToken
from feedback.preferences.actions import Choices, Saved, Wanted, ask, save, stop
from feedback.preferences.actions.wishing import PAUSES
from feedback.preferences.models import Channel, RequestKind
from feedback.preferences.pages.arrival import (
    Arrival,
    TopicView,
    arriving,
    language_views,
    languages_of,
    site_view,
)
from feedback.preferences.pages.blueprint import pages
from feedback.preferences.pages.notices import nowhere
from feedback.preferences.pages.stopping import network, now
from feedback.preferences.policy import Frequency, Scope, stops
from feedback.rendering import current_reader
from feedback.responses.view import LanguageView, SiteView
from feedback.sites.readers import reader_at
from feedback.web.documents import told
from feedback.web.errors import wants_json
from feedback.web.locale import asked_language, set_reader
from feedback.web.templating import page
from feedback.web.transaction import reading, settings, writing

SAVED = N_("Saved.")
STOPPED = N_("Done. From now on we will only send you what you ask us for.")
ASKED_AGAIN = N_("Saved. To get what you had stopped again, confirm it: we have sent an email to %(address)s.")
MAILED = N_("If we know this address, an email is on its way. Nothing changes until you confirm it there.")
_FORMS = ("stop", "save", "export", "erase", "address")


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a list to choose from."""

    value: str
    label: str
    chosen: bool
    language: str = ""


@dataclass(frozen=True, slots=True)
class CentreView:
    """The whole page; ``languages_known`` and ``zones`` are empty where there is no customer to remember them."""

    site: SiteView
    languages: tuple[LanguageView, ...]
    address: str
    topics: tuple[TopicView, ...]
    can_stop: bool
    paused_until: Any
    pauses: tuple[int, ...]
    languages_known: tuple[Choice, ...]
    zones: tuple[Choice, ...]
    can_ask: bool
    lost_url: str
    said: str = ""
    problem: str = ""
    typed: str = ""
    undo: str = ""


@pages.get("/p/<token>", strict_slashes=False)
def centre(token: str) -> Response:
    """What is sent to this address, and everything that can be changed about it; opening it changes nothing."""
    try:
        arrival = _arriving(token)
    except NotFound as error:
        return nowhere(error)
    if arrival.owner.erased:
        return nowhere(None, arrival)
    return _draw(arrival)


@pages.post("/p/<token>", strict_slashes=False)
def change_settings(token: str) -> Response:
    """Save, stop everything, or note a request; the page again, with what happened."""
    try:
        arrival = _arriving(token)
    except NotFound as error:
        return nowhere(error)
    if arrival.owner.erased:
        return nowhere(None, arrival)
    wanted = request.form.get("do", "")
    if wanted not in _FORMS:
        raise Invalid([Problem("do", "unknown", N_("Choose what to do: stop, save, export, erase or address."))])
    if wanted == "stop":
        return _stop(arrival)
    if wanted == "save":
        return _save(arrival)
    return _ask(arrival, RequestKind(wanted))


def _arriving(token: str) -> Arrival:
    return arriving(open_preferences, token, Purpose.PREFERENCES, Purpose.UNSUBSCRIBE)


def _stop(arrival: Arrival) -> Response:
    owner = arrival.owner
    wanted = Wanted(
        owner.keys,
        Scope.ADDRESS,
        "",
        Channel.PAGE,
        email=owner.email or "",
        customer_id=owner.customer_id,
        link_id=owner.link_id,
        locale=owner.locale,
        network=network(),
    )
    with writing() as session:
        stopped = stop(session, owner.site_id, wanted)
    right = UndoToken(owner.site_id, stopped.opt_out_id, now()) if stopped.opt_out_id is not None else None
    undo = sign_undo(keyring(settings()), right) if right else ""
    return _again(arrival, "stopped", STOPPED, undo=undo)


def _save(arrival: Arrival) -> Response:
    owner = arrival.owner
    choices = _choices(arrival)
    with writing() as session:
        saved = save(session, Actor.customer(owner.link_id), owner, choices)
    if choices.locale:
        set_reader(reader_at(arrival.site, choices.locale, choices.time_zone))
    return _again(arrival, "saved", ASKED_AGAIN if saved.asked and owner.email else SAVED, saved=saved)


def _ask(arrival: Arrival, kind: RequestKind) -> Response:
    """Whatever becomes of it, the answer is the same: a link is no proof of who holds it."""
    owner, email = arrival.owner, ""
    if kind is RequestKind.ADDRESS:
        typed = request.form.get("email", "").strip()
        email = checked_address(typed[:320]) or ""
        if not email:
            problem = Problem("email", "email", N_("Please check the email address."))
            if wants_json():
                raise Invalid([problem])
            return _draw(arrival, problem=current_reader().say(problem), typed=typed[:254], status=422)
    if owner.customer_id is not None:
        with writing() as session:
            ask(
                session,
                owner.site_id,
                kind,
                keys=owner.keys,
                customer_id=owner.customer_id,
                locale=current_reader().tag if asked_language() else owner.reads or current_reader().tag,
                email=email,
            )
    return _again(arrival, "asked", MAILED)


def _choices(arrival: Arrival) -> Choices:
    form = request.form
    known = {one.key: one for one in arrival.topics}
    frequencies = {
        key: Frequency(form[f"frequency.{key}"])
        for key, topic in known.items()
        if form.get(f"frequency.{key}", "") in topic.frequencies
    }
    days = form.get("pause", "")
    if days not in ("", "end", *(str(one) for one in PAUSES)):
        raise Invalid([Problem("pause", "unknown", N_("Choose 30, 60 or 90 days."))])
    customer = _customer(arrival)
    locale, zone = form.get("language", ""), form.get("time_zone", "")
    same = customer is not None and customer.locale is not None and language_of(customer.locale) == locale
    return Choices(
        shown=[key for key in form.getlist("shown") if key in known],
        on=form.getlist("topic"),
        frequencies=frequencies,
        pause=None if days == "" else 0 if days == "end" else int(days),
        locale=locale if customer and locale in languages_of(arrival.site) and not same else None,
        time_zone=zone if customer and zone in time_zones() else None,
        network=network(),
    )


def _again(arrival: Arrival, done: str, said: str, *, undo: str = "", saved: Saved | None = None) -> Response:
    """The page as it is now, with one line about what has just happened."""
    fresh = arrival.read_again()
    if wants_json():
        nothing_new = done == "stopped" and not undo
        state = {"to_confirm": list(saved.asked if saved else ()), **_state(fresh)}
        return told("already" if nothing_new else "updated", done, **state)
    return _draw(fresh, said=current_reader().gettext(said, address=fresh.address), undo=undo)


def _draw(
    arrival: Arrival, *, said: str = "", problem: str = "", typed: str = "", undo: str = "", status: int = 200
) -> Response:
    if wants_json():
        return jsonify(_state(arrival))
    customer = _customer(arrival)
    paused = arrival.standing.wish("").paused_until
    view = CentreView(
        site=site_view(arrival.site),
        languages=language_views(arrival.site),
        address=arrival.address,
        topics=arrival.topics,
        can_stop=stops(Scope.ADDRESS, "", arrival.standing),
        paused_until=paused if paused and paused.timestamp() > now() else None,
        pauses=PAUSES,
        languages_known=_languages(arrival, customer) if customer else (),
        zones=_zones(arrival, customer) if customer else (),
        can_ask=customer is not None,
        lost_url=url_for("preferences.lost", site=arrival.site.key, lang=current_reader().language),
        said=said,
        problem=problem,
        typed=typed,
        undo=undo,
    )
    return page("public/preferences/centre.html", status, view=view)


def _customer(arrival: Arrival) -> Customer | None:
    owner = arrival.owner
    return customer_by_id(reading(), owner.site_id, owner.customer_id) if owner.customer_id is not None else None


def _languages(arrival: Arrival, customer: Customer) -> tuple[Choice, ...]:
    chosen = language_of(customer.locale or current_reader().tag)
    return tuple(Choice(tag, OWN_NAMES[tag], tag == chosen, tag) for tag in languages_of(arrival.site))


def _zones(arrival: Arrival, customer: Customer) -> tuple[Choice, ...]:
    chosen = customer.time_zone or arrival.site.time_zone
    reader = current_reader()
    lines = zone_lines_with(reader.tag, chosen, clock.now())
    return tuple(Choice(value, reader.formats.digits(label), value == chosen) for value, label in lines)


def _state(arrival: Arrival) -> dict[str, Any]:
    paused = arrival.standing.wish("").paused_until
    return {
        "address": arrival.address,
        "paused_until": paused.isoformat() if paused else None,
        "topics": [
            {
                "key": one.key,
                "name": one.name,
                "on": one.on,
                "frequency": one.frequency,
                "paused_until": one.paused_until.isoformat() if one.paused_until else None,
            }
            for one in arrival.topics
        ],
    }
