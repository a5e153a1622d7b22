"""The blueprint that the pages of cases hang on; no page of its own."""

from flask import Blueprint

pages = Blueprint("cases_console", __name__, url_prefix="/console/<site>/cases")
