"""The blueprint that the pages of responses hang on; no page of its own."""

from flask import Blueprint

pages = Blueprint("responses_console", __name__, url_prefix="/console/<site>/responses")
