"""\"That is not me\": a button, and what happens when it is pressed."""

from flask import Response, url_for

from feedback.actors import Actor
from feedback.errors import NotFound
from feedback.i18n.text import N_
from feedback.responses.actions import disown
from feedback.responses.drawing import draw_notice
from feedback.responses.models import State
from feedback.responses.pages.arrival import link_door, read_in, refuse_foreign
from feedback.responses.pages.blueprint import pages
from feedback.responses.pages.notices import lead_nowhere, notice
from feedback.responses.queries import Door
from feedback.web.documents import told
from feedback.web.errors import wants_json
from feedback.web.transaction import writing


@pages.get("/s/<token>/not-me")
def not_me(token: str) -> Response:
    """Asks first: whatever opens every address of a mail must not take an answer back."""
    try:
        door, token = link_door(token)
    except NotFound as error:
        return lead_nowhere(error)
    if _said_before(door):
        return notice("disowned", door)
    offered = read_in(door.asked, None, door.locale)
    return draw_notice(
        door.asked,
        N_("Is this not your link?"),
        N_("If the email was meant for somebody else, tell us. Any answer given with this link will not count."),
        offered=offered,
        button=(N_("This was not me"), url_for("responses.say_not_me", token=token), ()),
    )


@pages.post("/s/<token>/not-me")
def say_not_me(token: str) -> Response:
    """Takes the answer out of the count and tells staff; again it changes nothing."""
    try:
        door, _ = link_door(token)
    except NotFound as error:
        return lead_nowhere(error)
    refuse_foreign(door.asked.site_id, by_link=True)
    if door.link_id is not None and not _said_before(door):
        with writing() as session:
            disown(
                session,
                Actor.customer(door.link_id),
                door.asked.site_id,
                link_id=door.link_id,
                customer_id=door.customer.id if door.customer else None,
                earlier=door.earlier,
            )
    if wants_json():
        return told("updated", "disowned")
    return notice("disowned", door)


def _said_before(door: Door) -> bool:
    if door.earlier is None:
        return door.revoked
    return door.earlier.state == State.DISOWNED
