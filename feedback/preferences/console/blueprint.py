"""The blueprint that staff's pages of preferences hang on."""

from flask import Blueprint

pages = Blueprint("preferences_console", __name__, url_prefix="/console/<site>")
