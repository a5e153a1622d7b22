"""The blueprint that every page for customers of this feature hangs on."""

from flask import Blueprint

pages = Blueprint("responses", __name__)
