"""Staff's pages of surveys."""

from flask import Blueprint

pages = Blueprint("surveys_console", __name__, url_prefix="/console/<site>/surveys")
