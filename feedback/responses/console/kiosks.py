"""Feedback screens: which there are, pairing a tablet, the address that it opens, ending it."""

from io import BytesIO

import segno
from flask import Response, g, redirect, url_for
from werkzeug.wrappers import Response as Reply
from wtforms.fields import SelectChoice

from feedback import clock
from feedback.actors import Role
from feedback.errors import Conflict, Invalid, NotFound
from feedback.i18n.text import N_, pick
from feedback.links.tokens import KioskToken
from feedback.links.urls import kiosk_url
from feedback.rendering import current_reader
from feedback.responses.actions import kiosks as actions
from feedback.responses.console.blueprint import pages
from feedback.responses.console.forms import KioskForm
from feedback.responses.queries.kiosks import KioskLine, KioskState, kiosk_by_key, kiosks_of
from feedback.responses.queries.open import open_surveys
from feedback.responses.screens import asked_first
from feedback.web.forms import show_problems
from feedback.web.guard import current_site, current_staff, staff_only
from feedback.web.notices import notice
from feedback.web.templating import page
from feedback.web.transaction import reading, settings, writing

PAIRED = notice("kiosk_paired", N_("Paired. Open the address on the tablet, once."))
REVOKED = notice("kiosk_revoked", N_("Ended. From now on its answers are set aside."))
ENDED_BEFORE = notice("kiosk_ended", N_("That has already ended."))
STATES = {
    KioskState.WAITING: N_("No tap yet"),
    KioskState.WORKING: N_("Active"),
    KioskState.REVOKED: N_("Ended"),
    KioskState.EXPIRED: N_("Expired"),
}


@pages.get("/kiosks/")
@staff_only(Role.LEAD)
def kiosks(site: str) -> Response:
    """Every screen of the site, and the form that pairs another."""
    return _list(KioskForm(formdata=None))


@pages.post("/kiosks/")
@staff_only(Role.LEAD)
def pair_kiosk(site: str) -> Reply | Response:
    """Pair one; its address comes next."""
    form = KioskForm()
    form.offer(_surveys())
    if not form.validate():
        return _list(form, status=422)
    try:
        with writing() as session:
            paired = actions.pair(
                session,
                current_staff().actor,
                g.site_id,
                place=form.place.data or "",
                survey=form.survey.data or "",
            )
    except Invalid as wrong:
        show_problems(form, wrong.problems)
        return _list(form, status=422)
    return redirect(url_for(".kiosk", kiosk=paired.public_id, done=PAIRED), 303)


@pages.get("/kiosks/<kiosk>")
@staff_only(Role.LEAD)
def kiosk(site: str, kiosk: str) -> Response:
    """The address that pairs a tablet, in letters and as a QR code."""
    there = kiosk_by_key(reading(), g.site_id, kiosk)
    now = clock.now()
    return page(
        "console/responses/kiosk.html",
        kiosk=there,
        state=STATES[there.state(now)],
        address=_address(there) if there.counts(now) else "",
    )


@pages.get("/kiosks/<kiosk>/qr.svg")
@staff_only(Role.LEAD)
def kiosk_qr(site: str, kiosk: str) -> Response:
    """That address as a QR code, for the tablet's camera."""
    there = kiosk_by_key(reading(), g.site_id, kiosk)
    if not there.counts(clock.now()):
        raise NotFound(kiosk)
    return svg_of(_address(there))


@pages.post("/kiosks/<kiosk>/revoke")
@staff_only(Role.LEAD)
def revoke_kiosk(site: str, kiosk: str) -> Reply:
    """End it at once."""
    try:
        with writing() as session:
            actions.revoke(session, current_staff().actor, g.site_id, kiosk)
    except Conflict:
        return redirect(url_for(".kiosks", done=ENDED_BEFORE), 303)
    return redirect(url_for(".kiosks", done=REVOKED), 303)


@pages.post("/kiosks/<kiosk>/anew")
@staff_only(Role.LEAD)
def pair_kiosk_anew(site: str, kiosk: str) -> Reply:
    """Another address for the same place; the one that was lost ends."""
    try:
        with writing() as session:
            paired = actions.pair_anew(session, current_staff().actor, g.site_id, kiosk)
    except Conflict:
        return redirect(url_for(".kiosks", done=ENDED_BEFORE), 303)
    return redirect(url_for(".kiosk", kiosk=paired.public_id, done=PAIRED), 303)


def svg_of(address: str) -> Response:
    """A QR code that a camera reads from a screen or from paper."""
    drawn = BytesIO()
    code = segno.make(address, error="m", micro=False)
    code.save(drawn, kind="svg", scale=8, border=4, dark="#000", light="#fff", xmldecl=False, svgns=True)
    return Response(drawn.getvalue(), mimetype="image/svg+xml")


def _list(form: KioskForm, status: int = 200) -> Response:
    form.offer(_surveys())
    now = clock.now()
    return page(
        "console/responses/kiosks.html",
        status,
        form=form,
        lines=[(one, one.state(now), STATES[one.state(now)]) for one in kiosks_of(reading(), g.site_id)],
    )


def _surveys() -> list[SelectChoice]:
    """Those with a question that one tap can answer."""
    tag = current_reader().tag
    return [
        SelectChoice(one.slug, pick(one.definition.title, tag)[0])
        for one in open_surveys(reading(), g.site_id)
        if asked_first(one.definition) is not None
    ]


def _address(kiosk: KioskLine) -> str:
    """What the tablet opens: the same each time it is looked at, since it says when the screen was paired."""
    token = KioskToken(g.site_id, kiosk.id, int(kiosk.created_at.timestamp()))
    return kiosk_url(settings(), current_site().key, kiosk.slug, token)
