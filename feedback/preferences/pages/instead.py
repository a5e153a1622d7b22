"""``/u/<token>/instead``: fewer mails or a pause instead of none, which takes the stop of a moment ago back."""

from __future__ import annotations

from flask import Response, request

from feedback.errors import Invalid, NotFound, Problem
from feedback.i18n.text import N_
from feedback.links.purposes import Purpose
from feedback.links.signing import keyring, open_undo, open_unsubscribe
from feedback.preferences.actions import pause, set_frequency, undo
from feedback.preferences.actions.wishing import PAUSES
from feedback.preferences.pages.arrival import arriving
from feedback.preferences.pages.blueprint import pages
from feedback.preferences.pages.notices import nowhere
from feedback.preferences.pages.stopping import draw_stopped
from feedback.preferences.policy import Frequency, Scope, stops
from feedback.preferences.queries import LinkOwner, opt_out_by_id, standing_of
from feedback.rendering import current_reader
from feedback.web.documents import told
from feedback.web.errors import wants_json
from feedback.web.transaction import reading, settings, writing

FEWER = N_("Done. You will get at most one of these emails a month.")
PAUSED = N_("Done. You will get none of these emails until %(date)s; then they will come as before.")
TOO_LATE = N_("You are unsubscribed. To get emails again, open the settings below.")


@pages.post("/u/<token>/instead")
def instead(token: str) -> Response:
    """Ask for less; a stop is taken back for it only with the right that the stop itself gave (U-14)."""
    try:
        arrival = arriving(open_unsubscribe, token, Purpose.UNSUBSCRIBE)
    except NotFound as error:
        return nowhere(error)
    if arrival.owner.erased:
        return nowhere(None, arrival)
    wish, days = request.form.get("do", ""), request.form.get("days", "")
    if wish not in ("fewer", "pause"):
        raise Invalid([Problem("do", "unknown", N_("Choose fewer emails or a pause."))])
    owner, topic = arrival.owner, arrival.topic
    said = TOO_LATE
    params: dict[str, object] = {}
    opt_out = _right(request.form.get("undo", ""), owner)
    with writing() as session:
        # Who gets the mails, perhaps since a first press of the same button, may have less of them by the link alone.
        comes = stops(Scope.TOPIC, topic, standing_of(session, owner.site_id, owner.keys))
        if comes or (opt_out is not None and undo(session, owner.site_id, opt_out)):
            if wish == "fewer":
                set_frequency(session, owner.site_id, owner.keys, topic, Frequency.MONTHLY)
                said = FEWER
            else:
                length = int(days) if days in {str(one) for one in PAUSES} else 0
                until = pause(session, owner.site_id, owner.keys, topic, length)
                said, params = PAUSED, {"date": current_reader().formats.date(until)}
    if wants_json():
        return told("already" if said is TOO_LATE else "updated", wish)
    return draw_stopped(token, Scope.TOPIC, "", current_reader().gettext(said, **params))


def _right(token: str, owner: LinkOwner) -> int | None:
    """The stop that may be taken back, if it came by this very link."""
    try:
        right = open_undo(keyring(settings()), token)
        row = opt_out_by_id(reading(), right.site_id, right.opt_out_id)
    except NotFound:
        return None
    return row.id if (row.site_id, row.link_id) == (owner.site_id, owner.link_id) else None
