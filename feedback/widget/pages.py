"""What host pages load of the widget: the loader, its later files, and the site's own module; no cookie, no visitor."""

from hashlib import sha256

from flask import Blueprint, Response, abort, request

from feedback.sites.queries import site_and_origins
from feedback.web.transaction import reading
from feedback.widget.actions import as_placed
from feedback.widget.files import built, by_name, typings
from feedback.widget.module import Placed, site_module
from feedback.widget.queries import offered_surveys, placements_of
from feedback.widget.sightings import sightings

pages = Blueprint("widget", __name__, url_prefix="/widget")

_FIVE_MINUTES = "public, max-age=300"
_FOR_EVER = "public, max-age=31536000, immutable"
_SCRIPT = "text/javascript"


@pages.get("/v1.js")
def loader() -> Response:
    """The loader that is current; asked for again every five minutes."""
    found = built().get("loader")
    return _file(found.body, found.hash, _FIVE_MINUTES) if found else abort(404)


@pages.get("/feedback-widget.d.ts")
def types() -> Response:
    """The commands of the widget for editors and compilers."""
    body = typings()
    return _file(body, sha256(body).hexdigest()[:16], _FIVE_MINUTES, "text/plain") if body else abort(404)


@pages.get("/<name>.js")
def named(name: str) -> Response:
    """A file by the name that is only ever its own, or the module of the site with this key."""
    if "." in name:
        found = by_name().get(f"{name}.js")
        return _file(*found, _FOR_EVER) if found else abort(404)
    site, origins = site_and_origins(reading(), name)
    placements = placements_of(reading(), site.id)
    surveys = tuple(
        Placed(one.slug, one.version_id, one.definition, as_placed(placements.get(one.survey_id)))
        for one in offered_surveys(reading(), site.id)
    )
    body = site_module(site, origins, surveys)
    sightings().count(site.key, request.headers.get("Origin", ""))
    return _file(body, sha256(body).hexdigest()[:16], _FIVE_MINUTES)


@pages.after_app_request
def see_frames(response: Response) -> Response:
    """A page whose surveys stand in their places loads nothing but frames: those tell where they are as well."""
    if request.endpoint == "responses.framed" and response.status_code == 200:
        sightings().count((request.view_args or {})["site"], request.args.get("host", ""))
    return response


@pages.after_request
def open_to_every_page(response: Response) -> Response:
    """Any page may load them, also one that isolates itself; they are the same for everybody (E-4, E-7)."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    # Files load nothing, and the policy of a page is long.
    response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    return response


def _file(body: bytes, digest: str, lasts: str, mimetype: str = _SCRIPT) -> Response:
    response = Response(body, mimetype=mimetype)
    response.headers["Cache-Control"] = lasts
    response.set_etag(digest, weak=True)  # compressed or not, it is the same file
    response.make_conditional(request)
    return response
