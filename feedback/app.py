"""The one place where everything meets: makes the web application out of settings."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from feedback.api import limits as api_limits
from feedback.api.v1 import may_send
from feedback.cases import console as cases_console
from feedback.cases import pages as cases_pages
from feedback.db import Database
from feedback.delivery import console as delivery_console
from feedback.i18n.catalogue import translator
from feedback.i18n.negotiation import LANGUAGES
from feedback.links.keys import derived_secret
from feedback.paths import STATIC
from feedback.preferences import console as preferences_console
from feedback.preferences import pages as preferences_pages
from feedback.responses import console as responses_console
from feedback.responses import limits
from feedback.responses import pages as responses_pages
from feedback.settings import Settings
from feedback.sites import console as sites_console
from feedback.staff import console as staff_console
from feedback.staff.sessions import StaffSessions
from feedback.surveys import console as surveys_console
from feedback.web import errors, guard, health, locale, security, templating, transaction
from feedback.widget import console as widget_console
from feedback.widget import pages as widget_pages
from feedback.wiring import wire

MAX_BODY = 256 * 1024
YEAR = 31_536_000

PUBLIC = (health.pages, responses_pages.pages, preferences_pages.pages, cases_pages.pages, widget_pages.pages)
API = (may_send.pages,)
CONSOLE = (
    staff_console.pages,
    sites_console.pages,
    surveys_console.pages,
    responses_console.pages,
    delivery_console.pages,
    preferences_console.pages,
    cases_console.pages,
    widget_console.pages,
)


class Service(Flask):
    """Flask without its question, a dozen times per request, whether a function of ours is a coroutine: none is."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(settings: Settings, database: Database | None = None) -> Flask:
    """The application. Touches neither database nor network; engines are made at the first request after a fork."""
    wire()
    app = Service("feedback", static_folder=None, template_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=MAX_BODY,
        MAX_FORM_PARTS=400,
        SECRET_KEY=derived_secret(settings, "console"),
    )
    transaction.install(app, settings, database or Database(settings))
    for counted in (limits, api_limits):
        counted.counter(settings)  # before the fork, so that all processes count together
    app.session_interface = StaffSessions(settings)
    locale.install(app)
    security.install(app, settings)
    templating.install(app)
    errors.install(app)
    guard.install(app)
    for pages in (*PUBLIC, *API, *CONSOLE):
        app.register_blueprint(pages)
    _wrap(app, settings)
    return app


def _wrap(app: Flask, settings: Settings) -> None:
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=STATIC,
        prefix="static/",
        max_age=YEAR,
        add_headers_function=_static_headers,
        allow_all_origins=False,
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]


def _static_headers(headers: dict[str, str], _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    # A worker of a frame that says so has to say so itself.
    headers["Cross-Origin-Embedder-Policy"] = "require-corp"


def make_app() -> Flask:
    """The application for gunicorn, loaded before the fork: only the web, its pages compiled once for all workers."""
    app = create_app(Settings.from_env())
    for name in app.jinja_env.list_templates(filter_func=lambda name: name.startswith("public/")):
        app.jinja_env.get_template(name)
    for language in LANGUAGES:
        translator(language)
    return app
