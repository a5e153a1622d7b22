"""The feedback screen: one question over the whole tablet, one tap an answer; it works offline and without scripts."""

import secrets
from hashlib import sha256
from typing import Any

from flask import Response, jsonify, request, url_for

from feedback.actors import Actor
from feedback.errors import NotFound
from feedback.i18n.text import N_
from feedback.paths import STATIC
from feedback.rendering import current_reader
from feedback.responses.actions.tapping import Taken, Tap, take
from feedback.responses.limits import OPEN_REFUSED, counter, network_key, refused_until
from feedback.responses.pages.arrival import reader_tag
from feedback.responses.pages.blueprint import pages
from feedback.responses.pages.kiosk_arrival import MOST_AT_ONCE, Arrived, arrive, has_answer, tapped, taps_in
from feedback.responses.pages.kiosk_drawing import draw_asking, draw_closed, draw_reason, draw_thanks, read_at_screen
from feedback.responses.pages.notices import SAYINGS, notice
from feedback.responses.pages.visit import arriving, posting
from feedback.responses.queries import Door
from feedback.responses.screens import asked_first, asked_next
from feedback.responses.ways import Way
from feedback.web.documents import document
from feedback.web.errors import problem_reply, wants_json
from feedback.web.origins import refuse_foreign
from feedback.web.transaction import settings, writing

TOO_MANY = N_("Too many attempts in a short time")


@pages.get("/kiosk/<site>/<slug>")
def kiosk(site: str, slug: str) -> Response:
    """The question; a script, where there is one, does everything after it without asking for another page."""
    arrived = arrive(site, slug, request.args.get("token", ""), request.args.get("place", ""))
    try:
        visit = arriving(Door(arrived.asked, Way.KIOSK))
    except NotFound:
        return _closed(arrived)
    if asked_first(visit.definition) is None:
        return _closed(arrived)
    return draw_asking(arrived, visit, read_at_screen(arrived, visit.definition))


@pages.post("/kiosk/<site>/<slug>")
def tap(site: str, slug: str) -> Response:
    """One tap from a form, or one or many as JSON."""
    return _take_batch(site, slug) if request.is_json else _take_form(site, slug)


@pages.get("/kiosk/worker.js")
def kiosk_worker() -> Response:
    """The service worker, at an address from which it can serve feedback screens and nothing else."""
    response = Response((STATIC / "js/kiosk-worker.js").read_bytes(), mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Service-Worker-Allowed"] = "/kiosk/"
    return response


@pages.get("/kiosk/<site>/<slug>/manifest.json")
def kiosk_manifest(site: str, slug: str) -> Response:
    """What a tablet needs to install the screen, so that it opens without the browser around it.

    Tablets whose installed pages keep nothing of the browser's learn there by what they were paired.
    """
    arrived = arrive(site, slug, request.args.get("token", ""), request.args.get("place", ""))
    address = url_for("responses.kiosk", site=site, slug=slug, place=arrived.named)
    start = url_for("responses.kiosk", site=site, slug=slug, place=arrived.named, installed=arrived.token or None)
    response = jsonify(
        {
            "name": arrived.asked.site_name,
            "id": address,
            "start_url": start,
            "scope": "/kiosk/",
            "display": "fullscreen",
            "icons": [{"src": "/static/img/favicon.svg", "type": "image/svg+xml", "sizes": "any"}],
        }
    )
    response.mimetype = "application/manifest+json"
    return response


def _take_form(site: str, slug: str) -> Response:
    fields = request.form
    arrived = _arrive(site, slug, fields.get("fb_kiosk"), fields.get("fb_place"))
    try:
        visit = posting(Door(arrived.asked, Way.KIOSK))
    except NotFound:
        return _closed(arrived)
    if asked_first(visit.definition) is None:
        return _closed(arrived)
    offered = read_at_screen(arrived, visit.definition, fields.get("fb_lang"))
    filled = tapped(visit.definition, {name: fields.getlist(name) for name in fields})
    if filled is None:
        return _nothing_chosen() if wants_json() else draw_asking(arrived, visit, offered)
    if _is_unsigned(arrived):
        return _unsigned() if wants_json() else draw_asking(arrived, visit, offered, status=401)
    if _is_flooded(arrived):
        return _refused(_too_many() if wants_json() else draw_asking(arrived, visit, offered, status=429))
    given = Tap(_key_given(arrived) or visit.form.nonce.hex(), visit.version_id, filled, reader_tag())
    (taken,) = _store(arrived, [given])
    if wants_json():
        return jsonify(_plain(taken))
    reason = asked_next(visit.definition, filled.answers)
    if reason is None or has_answer(filled, reason) or fields.get("fb_go") == "skip":
        return draw_thanks(arrived, visit, offered, filled)
    return draw_reason(arrived, visit, offered, filled, reason)


def _take_batch(site: str, slug: str) -> Response:
    """Store what a screen has kept; what each tap came to stands under its own key, so that it knows what to keep."""
    found = document()
    sent = found if isinstance(found, dict) else {}
    arrived = _arrive(site, slug, sent.get("kiosk"), sent.get("place"))
    if _is_unsigned(arrived):
        return _unsigned()
    many = sent.get("taps")
    alone = {"id": _key_given(arrived) or secrets.token_hex(16), "answers": sent, **sent}
    given = taps_in(arrived, many[:MOST_AT_ONCE] if isinstance(many, list) else [alone])
    if _is_flooded(arrived):
        return _refused(_too_many())
    stored = iter(_store(arrived, [tap for _, tap in given if tap is not None]))
    replies = [{"id": key, **(_plain(next(stored)) if tap else {"status": "refused"})} for key, tap in given]
    if isinstance(many, list):
        return jsonify({"taps": replies, "paired": arrived.screen.trusted})
    return _nothing_chosen() if replies[0]["status"] == "refused" else jsonify(replies[0])


def _arrive(site: str, slug: str, token: object, place: object) -> Arrived:
    """Which screen has sent something, by what it sent or else by its address. Raises NotFound or Foreign."""
    named = request.args
    arrived = arrive(site, slug, str(token or named.get("token", "")), str(place or named.get("place", "")))
    refuse_foreign(by_link=arrived.screen.trusted)
    return arrived


def _key_given(arrived: Arrived) -> str:
    """What a program says makes its tap the same one, or nothing; another screen may use the same."""
    key = request.headers.get("Idempotency-Key", "")[:200]
    return sha256(f"{arrived.screen.kiosk_id}\x00{key}".encode()).hexdigest() if key else ""


def _closed(arrived: Arrived) -> Response:
    return notice("survey-closed", Door(arrived.asked)) if wants_json() else draw_closed(arrived)


def _nothing_chosen() -> Response:
    return problem_reply(422, current_reader().gettext(N_("Please check your answers")), code="invalid")


def _is_unsigned(arrived: Arrived) -> bool:
    """Whether nobody vouches for it where the site takes nothing else; of a screen that it has paired once, it does."""
    return arrived.asked.identity_required and arrived.screen.kiosk_id is None


def _unsigned() -> Response:
    code = "identity-required"
    return problem_reply(401, current_reader().gettext(SAYINGS[code][1]), code=code)


def _store(arrived: Arrived, taps: list[Tap]) -> list[Taken]:
    if not taps:
        return []
    with writing() as session:
        taken = take(session, Actor.customer(), arrived.screen, taps)
    if not arrived.screen.trusted:
        for one in taken:
            if one.is_new:
                counter(settings()).add(_network(arrived))
    return taken


def _is_flooded(arrived: Arrived) -> bool:
    """Whether somebody without a paired screen has sent more in an hour than is even kept apart."""
    return not arrived.screen.trusted and counter(settings()).count(_network(arrived)) >= OPEN_REFUSED


def _network(arrived: Arrived) -> str:
    return network_key(counter(settings()), arrived.asked.site_id, request.remote_addr)


def _too_many() -> Response:
    return problem_reply(429, current_reader().gettext(TOO_MANY), code="too-many")


def _refused(reply: Response) -> Response:
    reply.headers.update(refused_until(OPEN_REFUSED))
    return reply


def _plain(taken: Taken) -> dict[str, Any]:
    return {"status": taken.outcome.value, "response": taken.public_id, "follow_up": None, "next": None}
