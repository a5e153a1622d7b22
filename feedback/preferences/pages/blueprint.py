"""The blueprint that every public page of preferences hangs on, and what all of its replies and addresses have."""

from typing import Any

from flask import Blueprint, Response

from feedback.rendering import current_reader
from feedback.web.locale import asked_language

pages = Blueprint("preferences", __name__)


@pages.url_defaults
def stay_in_the_language(_endpoint: str, values: dict[str, Any]) -> None:
    """Who switched the language of a page reads the next ones in it too, whatever their mail's was (U-24)."""
    if asked_language():
        values.setdefault("lang", current_reader().language)


@pages.after_request
def say_that_language_was_negotiated(response: Response) -> Response:
    """Another browser may get the same address in another language (I-9)."""
    response.vary.add("Accept-Language")
    return response
