"""The blueprint that every page for customers of this feature hangs on, and what all of its replies have."""

from flask import Blueprint, Response

pages = Blueprint("responses", __name__)


@pages.after_request
def say_that_language_was_negotiated(response: Response) -> Response:
    """Another browser may get the same address in another language (I-9)."""
    response.vary.add("Accept-Language")
    if response.status_code == 401:  # RFC 9110 wants it said what would help; browsers know nothing of this one
        response.headers["WWW-Authenticate"] = 'Identity realm="feedback"'
    return response
