"""\"Email me the link to my case\": offered where a survey was answered, by a page that shows no word of the answer."""

from flask import Response, url_for

from feedback.errors import NotFound
from feedback.events import CaseOf, LinkAskedFor, emit, gather
from feedback.i18n.text import N_
from feedback.responses.limits import LINK_STEPS, counter, link_key
from feedback.responses.pages.arrival import link_door, refuse_foreign
from feedback.responses.pages.blueprint import pages
from feedback.responses.pages.notices import lead_nowhere, notice
from feedback.responses.queries import Door
from feedback.web.documents import told
from feedback.web.errors import wants_json
from feedback.web.transaction import reading, settings, writing


def say_answered(door: Door, token: str) -> Response:
    """The page of a link that was answered; where somebody follows it up, they can have the way there mailed."""
    earlier, customer = door.earlier, door.customer
    if earlier is None or customer is None or not customer.email:
        return notice("already-answered", door)
    if not gather(reading(), CaseOf(door.asked.site_id, earlier.id)):
        return notice("already-answered", door)
    address = url_for("responses.ask_for_case_link", token=token)
    return notice("already-answered", door, (N_("Email me the link to my case"), address, ()))


@pages.post("/s/<token>/case-link")
def ask_for_case_link(token: str) -> Response:
    """Mails the link to the address on file, if there is one and a case; who asks learns nothing of either (U-22)."""
    try:
        door, token = link_door(token)
    except NotFound as error:
        return lead_nowhere(error)
    refuse_foreign(door.asked.site_id, by_link=True)
    counts = counter(settings())
    if door.link_id is not None and counts.count(link_key(door.link_id)) < LINK_STEPS:
        counts.add(link_key(door.link_id))
        if door.earlier is not None and not door.revoked:
            with writing() as session:
                emit(session, LinkAskedFor(door.asked.site_id, door.link_id, door.earlier.id))
    if wants_json():
        return told("stored", "asked")
    return notice("link-asked-for", door)
