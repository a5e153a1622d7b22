"""A town of two sites and the console on it."""

import pytest
from flask import Blueprint, Flask

from feedback.actors import Role
from feedback.db import Database
from feedback.links.keys import derived_secret
from feedback.settings import Settings
from feedback.sites import console as sites_console
from feedback.staff import console as staff_console
from feedback.staff.sessions import StaffSessions
from feedback.web import errors, guard, locale, security, templating, transaction
from feedback.web.guard import staff_only
from tests.helpers.console import Browser, Town


def console_of(settings: Settings, database: Database) -> Flask:
    """The console with the pages of staff and sites, and a stand-in for the list of cases."""
    cases = Blueprint("cases_console", __name__)

    @cases.get("/console/<site>/cases/")
    @staff_only(Role.AGENT)
    def index(site: str) -> str:
        return f"cases of {site}"

    app = Flask("feedback", static_folder=None, template_folder=None)
    app.config.update(SECRET_KEY=derived_secret(settings, "console"), TESTING=True)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    transaction.install(app, settings, database)
    app.session_interface = StaffSessions(settings)
    locale.install(app)
    security.install(app, settings)
    templating.install(app)
    errors.install(app)
    guard.install(app)
    for pages in (cases, staff_console.pages, sites_console.pages):
        app.register_blueprint(pages)
    return app


@pytest.fixture
def town(database: Database) -> Town:
    """Two sites: shop with one of each role, and bank with somebody of its own."""
    found = Town(database)
    found.add_site("shop")
    found.add_site("bank", country="IR")
    found.add_staff("Asha", "shop", Role.AGENT)
    found.add_staff("Lulu", "shop", Role.LEAD)
    found.add_staff("Ada", "shop", Role.ADMIN)
    found.add_staff("Parisa", "bank", Role.ADMIN, locale="fa")
    return found


@pytest.fixture
def app(settings: Settings, database: Database) -> Flask:
    """The console."""
    return console_of(settings, database)


@pytest.fixture
def browser(app: Flask, town: Town) -> Browser:
    """A browser that isn't signed in."""
    return Browser(app)
