"""Whose leaving without a reason becomes a task, in the console."""

from typing import Any

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as Reply

from feedback.actors import Role
from feedback.errors import Conflict, Invalid, Problem
from feedback.sites.actions import change_blank_reason
from feedback.sites.console.blueprint import SAVED, pages, site_now
from feedback.sites.forms import LeavingForm
from feedback.sites.leaving import blank_reason_from, typed_blank_reason
from feedback.sites.models import Site
from feedback.web.forms import CHANGED, show_problems
from feedback.web.guard import current_site, current_staff, staff_only
from feedback.web.templating import page
from feedback.web.transaction import writing


@pages.get("/console/<site>/sites/leaving")
@staff_only(Role.ADMIN)
def leaving(site: str) -> Response:
    """Whose leaving without a reason becomes a task."""
    present = site_now()
    return _leaving_page(LeavingForm(formdata=None, data=_leaving_told(present) | {"version": present.version}))


@pages.post("/console/<site>/sites/leaving")
@staff_only(Role.ADMIN)
def save_leaving(site: str) -> Reply | Response:
    """Keep it; whoever comes second sees what is there now."""
    form = LeavingForm()
    if not form.validate():
        return _leaving_page(form, status=422)
    try:
        said = typed_blank_reason(
            enabled=form.enabled.data,
            segments=form.segments.data or "",
            value_at_least=form.value_at_least.data or "",
            relation_months=form.relation_months.data or "",
            one_click=form.one_click.data,
        )
    except Invalid as error:
        return _leaving_page(form, *error.problems, status=422)
    site_id, version = current_site().site_id, form.expected_version
    try:
        with writing() as database:
            change_blank_reason(database, current_staff().actor, site_id, said, version=version)
    except Conflict:
        present = site_now()
        form.now_for(present.version)
        return _leaving_page(form, CHANGED, there=_leaving_told(present), status=409)
    return redirect(url_for(".leaving", done=SAVED), 303)


def _leaving_told(present: Site) -> dict[str, Any]:
    said = blank_reason_from(present.blank_reason)
    numbers = {"value_at_least": said.value_at_least, "relation_months": said.relation_months}
    shown = {name: "" if number is None else str(number) for name, number in numbers.items()}
    return {"enabled": said.enabled, "segments": ", ".join(said.segments), "one_click": said.one_click, **shown}


def _leaving_page(
    form: LeavingForm, *problems: Problem, there: dict[str, Any] | None = None, status: int = 200
) -> Response:
    show_problems(form, problems)
    differences = [
        (form._fields[name].label.text, _marked(value), _marked(form._fields[name].data))
        for name, value in (there or {}).items()
        if value != (form._fields[name].data or type(value)())
    ]
    return page("console/sites/leaving.html", status=status, form=form, differences=differences)


def _marked(value: Any) -> str:
    if isinstance(value, bool):
        return "✓" if value else "–"
    return str(value or "–")
