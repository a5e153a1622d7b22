"""``/message/<site>``: "Send us your message", the survey of that name at an address that is easy to tell."""

from flask import Response, url_for

from feedback.responses.drawing import MESSAGE
from feedback.responses.pages.arrival import open_door
from feedback.responses.pages.blueprint import pages
from feedback.responses.pages.survey import Address, show, take
from feedback.responses.ways import Way


@pages.get("/message/<site>")
def message(site: str) -> Response:
    """The form: words, and if they like what it is about, a name and an address."""
    return show(open_door(site, MESSAGE, Way.MESSAGE), _address(site))


@pages.post("/message/<site>")
def send_message(site: str) -> Response:
    """Takes the message; somebody who comes back sees the same form with what was typed."""
    return take(open_door(site, MESSAGE, Way.MESSAGE), _address(site))


def _address(site: str) -> Address:
    return Address(url_for("responses.send_message", site=site))
