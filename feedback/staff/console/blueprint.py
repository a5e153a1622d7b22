"""The blueprint that the pages of staff hang on."""

from flask import Blueprint

pages = Blueprint("staff_console", __name__)
