"""``/mine/<token>``: what was asked for in the preference centre, confirmed from the mail by a button, once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta

from flask import Response, request

from feedback import clock
from feedback.actors import Actor
from feedback.customers.models import Customer
from feedback.customers.queries import customer_by_id
from feedback.errors import NotFound
from feedback.events import PersonalDataOf, gather
from feedback.i18n.text import N_, mask_address
from feedback.links.signing import keyring, open_confirm
from feedback.links.tokens import ConfirmToken, ExpiredToken
from feedback.preferences.actions import carry_out, claim
from feedback.preferences.models import PreferenceRequest, RequestKind
from feedback.preferences.pages.arrival import language_views, read_in, site_view
from feedback.preferences.pages.blueprint import pages
from feedback.preferences.pages.notices import erased_at, nowhere, used
from feedback.preferences.policy import Scope, stops
from feedback.preferences.queries import request_by_id, standing_of
from feedback.rendering import current_reader
from feedback.responses.view import LanguageView, SiteView
from feedback.sites.models import Site
from feedback.sites.queries import site_by_id
from feedback.web.documents import told
from feedback.web.errors import wants_json
from feedback.web.templating import page
from feedback.web.transaction import reading, settings, writing

#: kind → heading, what will happen, the button, and what is said when it is done.
WORDS = {
    RequestKind.RESUME: (
        N_("Get these emails again?"),
        N_("You stopped them earlier. Press the button and they will come again."),
        N_("Yes, send them again"),
        N_("Done. The emails will come again."),
    ),
    RequestKind.ADDRESS: (
        N_("Use this address from now on?"),
        N_("Our emails will go here. We will let the old address know."),
        N_("Use this address"),
        N_("Done. From now on our emails will go to your new address."),
    ),
    RequestKind.EXPORT: (
        N_("Download what we hold about you"),
        N_("You will get one file with everything we have stored about you. The button works once."),
        N_("Download the file"),
        "",
    ),
    RequestKind.ERASE: (
        N_("Delete everything about you?"),
        N_("Your name, your addresses and everything you wrote will be deleted for good. This cannot be undone."),
        N_("Delete everything"),
        N_("Done. We have deleted what we knew about you."),
    ),
}
STILL = (
    N_("Some of these emails stay stopped"),
    N_("They were stopped for a different reason, not because you asked. Write to us if you want them."),
)


#: So long after the first press a second one is taken for the same.
_A_MOMENT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class MineView:
    """What is about to happen and its button; or, without one, that it has."""

    site: SiteView
    languages: tuple[LanguageView, ...]
    heading: str
    body: str
    #: The address that it is about.
    address: str = ""
    button: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request whose link is right, and who made it."""

    site: Site
    request: PreferenceRequest
    customer: Customer

    @property
    def kind(self) -> RequestKind:
        """What was asked for."""
        return RequestKind(self.request.kind)


@pages.get("/mine/<token>", strict_slashes=False)
def look(token: str) -> Response:
    """What will happen, and one button; opening it is not yet saying yes: mail scanners open everything."""
    found = _asked(token)
    if isinstance(found, Response):
        return found
    if found.request.done_at is not None:
        return used(found.site)
    heading, body, button, _ = WORDS[found.kind]
    return _draw(found, heading, body, button=button)


@pages.post("/mine/<token>", strict_slashes=False)
def act(token: str) -> Response:
    """Do it, once. The second press finds it done."""
    found = _asked(token)
    if isinstance(found, Response):
        return found
    if found.request.done_at is not None:
        return _again(found)
    kind, site = found.kind, found.site
    with writing() as session:
        mine = claim(session, site.id, found.request.id)
        if mine is not None and kind is RequestKind.EXPORT:
            parts = gather(session, PersonalDataOf(site.id, found.customer.id))
        elif mine is not None:
            carry_out(session, Actor.customer(), mine)
    if mine is None:
        return _again(found)
    if kind is RequestKind.EXPORT:
        return _file(site, found.customer, {part.heading: part.rows for part in parts})
    if wants_json():
        return told("updated", "stopped" if _still_stopped(found) else kind.value)
    return _draw(found, *_outcome(found))


def _again(found: Asked) -> Response:
    """Nothing is done twice. Of a double click people see this reply: it says what the first one did."""
    just_now = found.request.done_at is None or clock.now() - found.request.done_at < _A_MOMENT
    if wants_json() or found.kind is RequestKind.EXPORT or not just_now:
        return used(found.site)
    return _draw(found, *_outcome(found), status=410)


def _outcome(found: Asked) -> tuple[str, str]:
    return STILL if _still_stopped(found) else (WORDS[found.kind][3], N_("You can close this page."))


def _still_stopped(found: Asked) -> bool:
    """Whether something was stopped that its reader can't take back: a complaint, a bounce, our own staff."""
    if found.kind is not RequestKind.RESUME:
        return False
    session, site_id = reading(), found.site.id
    keys = {found.request.address_key, found.customer.address_key or found.request.address_key}
    standing = standing_of(session, site_id, keys)
    return any(not stops(Scope.TOPIC, topic, standing) for topic in found.request.topics)


def _asked(token: str) -> Asked | Response:
    try:
        right: ConfirmToken = open_confirm(keyring(settings()), token)
        row = request_by_id(reading(), right.site_id, right.request_id)
        site = site_by_id(reading(), right.site_id)
    except ExpiredToken as error:
        site = site_by_id(reading(), error.site_id)
        read_in(site, error.locale)
        return used(site)
    except NotFound as error:
        return nowhere(error)
    read_in(site, row.locale)
    if row.customer_id is None or RequestKind(row.kind) not in WORDS:
        return nowhere(NotFound("request"))
    customer = customer_by_id(reading(), site.id, row.customer_id)
    if customer.erased_at is not None:
        return erased_at(site)
    return Asked(site, row, customer)


def _draw(found: Asked, heading: str, body: str, *, button: str = "", status: int = 200) -> Response:
    say = current_reader().gettext
    address = ""
    if found.kind is RequestKind.ADDRESS:
        address = found.request.email
    elif button and found.customer.email:
        address = mask_address(found.customer.email)
    view = MineView(
        site=site_view(found.site),
        languages=language_views(found.site) if request.method == "GET" else (),
        heading=say(heading),
        body=say(body),
        address=address,
        button=say(button) if button else "",
    )
    return page("public/preferences/mine.html", status, view=view)


def _file(site: Site, customer: Customer, data: dict[str, object]) -> Response:
    now = clock.now()
    document = {"site": site.key, "customer": customer.public_id, "exported_at": now.isoformat(), "data": data}
    response = Response(json.dumps(document, ensure_ascii=False, indent=2), mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{site.key}-{now:%Y-%m-%d}.json"'
    response.headers["Cache-Control"] = "no-store"
    return response
