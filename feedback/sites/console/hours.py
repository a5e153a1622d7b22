"""The hours in which somebody is there, in the console."""

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as Reply

from feedback.actors import Role
from feedback.errors import Conflict, Invalid, Problem
from feedback.rendering import current_reader
from feedback.sites.actions import change_hours
from feedback.sites.calendar import week_as_json
from feedback.sites.console.blueprint import SAVED, pages, site_now
from feedback.sites.details import checked_week
from feedback.sites.forms import MAX_INTERVALS, HoursForm, typed_hours
from feedback.sites.queries import week_of_site
from feedback.web.forms import CHANGED, show_problems
from feedback.web.guard import current_site, current_staff, staff_only
from feedback.web.templating import page
from feedback.web.transaction import writing


@pages.get("/console/<site>/sites/hours")
@staff_only(Role.LEAD)
def hours(site: str) -> Response:
    """The hours in which somebody is there."""
    present = site_now()
    form = HoursForm(formdata=None, data={"version": present.version})
    return _hours_page(form, week_as_json(week_of_site(present)))


@pages.post("/console/<site>/sites/hours")
@staff_only(Role.LEAD)
def save_hours(site: str) -> Reply | Response:
    """Keep them; whoever comes second sees both weeks."""
    form, typed = HoursForm(), typed_hours(request.form)
    if not form.validate():
        return _hours_page(form, typed, status=422)
    try:
        week = checked_week(typed)
    except Invalid as error:
        return _hours_page(form, typed, *error.problems, status=422)
    try:
        with writing() as database:
            change_hours(database, current_staff().actor, current_site().site_id, week, version=form.expected_version)
    except Conflict:
        present = site_now()
        form.now_for(present.version)
        there = week_as_json(week_of_site(present))
        return _hours_page(form, typed, CHANGED, there=there, status=409)
    return redirect(url_for(".hours", done=SAVED), 303)


def _hours_page(
    form: HoursForm,
    typed: dict[str, list[list[str]]],
    *problems: Problem,
    there: dict[str, list[list[str]]] | None = None,
    status: int = 200,
) -> Response:
    show_problems(form, [Problem("", one.code, one.message, one.params) for one in problems])
    bad = {one.field.removeprefix("hours.") for one in problems}
    weekdays = current_reader().formats.weekdays()
    rows = [
        (day, name, [*typed.get(str(day), []), ["", ""]][:MAX_INTERVALS], str(day) in bad) for day, name in weekdays
    ]
    return page("console/sites/hours.html", status=status, form=form, rows=rows, there=there, typed=typed)
