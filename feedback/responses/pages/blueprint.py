"""The blueprint that every page for customers of this feature hangs on, and what all of its replies have."""

from flask import Blueprint, Response

from feedback.rendering import current_reader
from feedback.responses.pages.arrival import Foreign
from feedback.web.errors import error_reply

pages = Blueprint("responses", __name__)


@pages.after_request
def say_that_language_was_negotiated(response: Response) -> Response:
    """Another browser may get the same address in another language (I-9)."""
    response.vary.add("Accept-Language")
    return response


@pages.errorhandler(Foreign)
def refuse(error: Foreign) -> Response:
    """A form from somebody else's page is refused, and the reason is said (E-3)."""
    return error_reply(403, code=error.code, detail=current_reader().gettext(error.message))
