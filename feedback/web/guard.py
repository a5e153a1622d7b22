"""Who is signed in to the console and what they may open: nothing, unless a view says otherwise."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, redirect, request, session, url_for
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response as WerkzeugResponse

from feedback.actors import Membership, Role, StaffPrincipal
from feedback.i18n.negotiation import OWN_NAMES
from feedback.rendering import Reader
from feedback.web.destinations import inner_path
from feedback.web.locale import set_reader
from feedback.web.navigation import lines_for
from feedback.web.notices import current_notice
from feedback.web.transaction import settings

log = logging.getLogger(__name__)
csrf: Final = CSRFProtect()
View = TypeVar("View", bound=Callable[..., Any])

CONSOLE: Final = "/console/"
SIGN_IN: Final = "staff_console.sign_in"
HOME: Final = "cases_console.index"
#: A member's own pages, on which the rail stays as it was; the address says where they came from.
_OWN_PAGES: Final = frozenset(
    f"staff_console.{view}"
    for view in ("profile", "save_profile", "password", "change_password", "sessions", "end", "end_others")
)
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Access:
    """What a console view asks for; ``role`` is the least one on the site in the address, if it names one."""

    signed_in: bool
    role: Role | None = None


def staff_only(role: Role) -> Callable[[View], View]:
    """For members of the site in the address who have at least this role there; gives ``g.site_id``."""
    return _marked(Access(signed_in=True, role=role))


def signed_in(view: View) -> View:
    """For everybody who is signed in; the address names no site."""
    return _marked(Access(signed_in=True))(view)


def open_to_all(view: View) -> View:
    """For the pages on the way in. Their forms carry a signed token of their own instead of the session's."""
    return _marked(Access(signed_in=False))(view)


def access_of(view: Callable[..., Any]) -> Access | None:
    """What a view asks for; None if it never said, so that nobody gets in."""
    return cast(Access | None, getattr(view, "__console_access__", None))


def install(app: Flask) -> None:
    """Stand before every address under /console/. Public addresses pass untouched."""
    app.config.update(
        WTF_CSRF_CHECK_DEFAULT=False,  # asked for below, where it is known that the page is the console's
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session lives
        WTF_CSRF_SSL_STRICT=False,  # the origin is checked below, with headers that can't be turned off
    )
    csrf.init_app(app)
    app.before_request(_check)
    app.after_request(_keep_private)
    app.url_defaults(_same_site)
    app.jinja_env.globals.update(
        signed_in_staff=current_staff,
        site_shown=site_shown,
        home_of=home_of,
        rail_lines=lines_for,
        notice_shown=current_notice,
        own_names=OWN_NAMES,
        request_args=lambda: request.args.to_dict(),
    )


def maybe_staff() -> StaffPrincipal | None:
    """Who is signed in, if anybody is."""
    return cast(StaffPrincipal | None, getattr(session, "principal", None))


def current_staff() -> StaffPrincipal:
    """Who is signed in; only for views that are not open to all."""
    found = maybe_staff()
    if found is None:
        abort(401)
    return found


def current_site() -> Membership:
    """The site in the address, as the signed-in staff member belongs to it."""
    return cast(Membership, g.membership)


def site_shown() -> Membership | None:
    """The site whose pages the rail leads to: that of the page, else the one they came from, else their first."""
    if "membership" in g:
        return current_site()
    staff = maybe_staff()
    return _site_left(staff) or next(iter(staff.sites), None) if staff else None


def home_of(site: Membership) -> str:
    """The first page of a site."""
    return url_for(HOME, site=site.key)


def is_console(path: str) -> bool:
    """Whether an address belongs to the console, the only place with a session."""
    return path.startswith(CONSOLE) or path == CONSOLE.rstrip("/")


def _marked(access: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.__console_access__ = access  # type: ignore[attr-defined]
        return view

    return mark


def _check() -> WerkzeugResponse | None:
    if not is_console(request.path) or request.endpoint is None:
        return None
    access = access_of(current_app.view_functions[request.endpoint])
    if access is None:
        log.error("console view %s does not say who may open it", request.endpoint)
        abort(404)
    _check_sent()
    if not access.signed_in:
        return None
    staff = maybe_staff()
    if staff is None:
        return _to_sign_in()
    set_reader(Reader(staff.locale, staff.time_zone))
    if access.role is not None:
        membership = staff.on(str((request.view_args or {}).get("site", "")))
        if membership is None:
            abort(404)
        if not membership.role.covers(access.role):
            log.warning("staff member %s lacks role %s for %s", staff.id, access.role, request.endpoint)
            abort(403)
        g.membership = membership
        g.site_id = membership.site_id
    csrf.protect()
    return None


def _check_sent() -> None:
    """Refuse what no form of ours sends."""
    if request.method not in _SAFE and not _from_own_page():
        abort(403)
    if request.is_json:
        abort(415)  # else Flask-WTF takes it for the fields of a form, whatever stands in it
    if any("\0" in value for sent in (request.args, request.form) for _, value in sent.items(multi=True)):
        abort(400)  # nobody types one, and PostgreSQL takes none


def _from_own_page() -> bool:
    """Whether one of our own pages sent this. Old browsers that say nothing are left to the token."""
    fetch_site = request.headers.get("Sec-Fetch-Site")
    if fetch_site is not None:
        return fetch_site == "same-origin"
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    own = urlsplit(settings().public_url)
    return origin in {f"{own.scheme}://{host}" for host in settings().hosts}


def _to_sign_in() -> WerkzeugResponse:
    wanted = inner_path(request.full_path.rstrip("?")) if request.method in _SAFE else None
    address = url_for(SIGN_IN, next=wanted) if wanted else url_for(SIGN_IN)
    if request.headers.get("HX-Request"):
        return Response(status=401, headers={"HX-Redirect": address})
    return redirect(address, 303)


def _keep_private(response: Response) -> Response:
    if is_console(request.path):
        response.headers["Cache-Control"] = "no-store"
    return response


def _same_site(endpoint: str, values: dict[str, Any]) -> None:
    """Links of a console page stay on its site without saying so each time."""
    if "site" in values or "_console." not in endpoint:
        return
    if endpoint in _OWN_PAGES:
        staff = maybe_staff()
        here = g.get("membership") or (_site_left(staff) if staff else None)
        if here:
            values["site"] = here.key
    elif "membership" in g and current_app.url_map.is_endpoint_expecting(endpoint, "site"):
        values["site"] = current_site().key


def _site_left(staff: StaffPrincipal) -> Membership | None:
    """The site they were on when they opened a page of their own account."""
    return staff.on(request.args.get("site", ""))
