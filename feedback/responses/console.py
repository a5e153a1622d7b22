"""Staff's pages of responses."""

from flask import Blueprint

pages = Blueprint("responses_console", __name__, url_prefix="/console/<site>/responses")
