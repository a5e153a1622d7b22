"""Which pages may show a site's surveys, and to which of them customers go back after cancelling."""

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as Reply

from feedback.actors import Role
from feedback.errors import Conflict, Invalid
from feedback.sites.actions import add_origin, change_return_url, remove_origin
from feedback.sites.origins import checked_origin, checked_return_url
from feedback.sites.queries import origins_of
from feedback.web.forms import CHANGED, show_problems
from feedback.web.guard import current_site, current_staff, staff_only
from feedback.web.templating import page
from feedback.web.transaction import reading, settings, writing
from feedback.widget.console.blueprint import REMOVED, SAVED, pages, site_now
from feedback.widget.forms import OriginForm, ReturnForm


@pages.get("/origins")
@staff_only(Role.ADMIN)
def origins(site: str) -> Response:
    """Where the site's surveys may be shown."""
    return _page(OriginForm(formdata=None))


@pages.post("/origins")
@staff_only(Role.ADMIN)
def save_origin(site: str) -> Reply | Response:
    """Add an origin."""
    form = OriginForm()
    try:
        origin = checked_origin(form.origin.data or "", allow_local=_allow_local())
    except Invalid as error:
        show_problems(form, error.problems)
        return _page(form, status=422)
    with writing() as database:
        add_origin(database, current_staff().actor, current_site().site_id, origin)
    return redirect(url_for(".origins", done=SAVED), 303)


@pages.post("/origins/remove")
@staff_only(Role.ADMIN)
def drop_origin(site: str) -> Reply:
    """Take an origin out."""
    with writing() as database:
        origin = request.form.get("origin", "")
        remove_origin(database, current_staff().actor, current_site().site_id, origin)
    return redirect(url_for(".origins", done=REMOVED), 303)


@pages.post("/origins/back")
@staff_only(Role.ADMIN)
def save_return(site: str) -> Reply | Response:
    """Keep where customers go back to; whoever comes second sees what is there now."""
    form, site_id = ReturnForm(), current_site().site_id
    try:
        registered = origins_of(reading(), site_id)
        url = checked_return_url(form.return_url.data or "", registered, allow_local=_allow_local())
        with writing() as database:
            change_return_url(database, current_staff().actor, site_id, url, version=form.expected_version)
    except Invalid as error:
        show_problems(form, error.problems)
        return _page(OriginForm(formdata=None), form, status=422)
    except Conflict:
        show_problems(form, (CHANGED,))
        present = site_now()
        form.now_for(present.version)
        return _page(OriginForm(formdata=None), form, there=present.return_url or "–", status=409)
    return redirect(url_for(".origins", done=SAVED), 303)


def _allow_local() -> bool:
    return not settings().is_https


def _page(form: OriginForm, back: ReturnForm | None = None, *, there: str | None = None, status: int = 200) -> Response:
    if back is None:
        present = site_now()
        back = ReturnForm(formdata=None, data={"version": present.version, "return_url": present.return_url})
    return page(
        "console/widget/origins.html",
        status=status,
        form=form,
        back=back,
        there=there,
        rows=origins_of(reading(), current_site().site_id),
    )
