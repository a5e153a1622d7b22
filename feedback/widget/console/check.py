"""Whether the widget works where it should, told from where it was loaded; and what a host page has to allow."""

from collections.abc import Sequence

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as Reply

from feedback.actors import Role
from feedback.errors import Invalid, Problem
from feedback.sites.actions import add_origin
from feedback.sites.origins import checked_origin
from feedback.sites.queries import origins_of
from feedback.web.forms import show_problems
from feedback.web.guard import current_site, current_staff, staff_only
from feedback.web.templating import page
from feedback.web.transaction import reading, settings, writing
from feedback.widget.console.blueprint import SAVED, pages
from feedback.widget.files import built
from feedback.widget.forms import OriginForm
from feedback.widget.installation import Seen, installation_of
from feedback.widget.queries import sightings_of
from feedback.widget.snippets import allowing, pinned_line


@pages.get("/check")
@staff_only(Role.ADMIN)
def check(site: str) -> Response:
    """Where the widget was seen; asks no other page anything."""
    return _page()


@pages.post("/check")
@staff_only(Role.ADMIN)
def allow_origin(site: str) -> Reply | Response:
    """Add an origin on which the widget was seen to those that may show surveys."""
    try:
        origin = checked_origin(request.form.get("origin", ""), allow_local=not settings().is_https)
    except Invalid as error:
        return _page(error.problems, status=422)
    with writing() as session:
        add_origin(session, current_staff().actor, current_site().site_id, origin)
    return redirect(url_for(".check", done=SAVED), 303)


def _pinned_line() -> str | None:
    """The line with the file as it was built; None where nothing was built."""
    loader = built().get("loader")
    return pinned_line(settings().public_url, current_site().key, loader.path, loader.integrity) if loader else None


def _page(problems: Sequence[Problem] = (), status: int = 200) -> Response:
    site_id = current_site().site_id
    seen = (Seen(row.origin, row.times, row.last_seen_at) for row in sightings_of(reading(), site_id))
    form = OriginForm(formdata=None)
    show_problems(form, problems)
    return page(
        "console/widget/check.html",
        status=status,
        found=installation_of(origins_of(reading(), site_id), seen, allow_local=not settings().is_https),
        form=form,
        policy=allowing(settings().public_url),
        pinned=_pinned_line(),
    )
