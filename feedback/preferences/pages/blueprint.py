"""The blueprint that every public page of preferences hangs on, and what all of its replies have."""

from flask import Blueprint, Response

pages = Blueprint("preferences", __name__)


@pages.after_request
def say_that_language_was_negotiated(response: Response) -> Response:
    """Another browser may get the same address in another language (I-9)."""
    response.vary.add("Accept-Language")
    return response
