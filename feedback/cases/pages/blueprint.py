"""The blueprint that the pages for customers of this feature hang on, and what all of their replies have."""

from flask import Blueprint, Response

pages = Blueprint("cases", __name__)


@pages.after_request
def say_that_language_was_negotiated(response: Response) -> Response:
    """Another browser may get the same address in another language (I-9)."""
    response.vary.add("Accept-Language")
    return response
