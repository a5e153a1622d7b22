"""The country's holidays and the site's own changes to them, in the console."""

from datetime import date, timedelta

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as Reply
from wtforms.fields import SelectChoice

from feedback import clock
from feedback.actors import Role
from feedback.errors import Invalid, Problem
from feedback.i18n.text import N_
from feedback.rendering import current_reader
from feedback.sites.actions import add_holiday, remove_holiday
from feedback.sites.console.blueprint import REMOVED, SAVED, pages, site_now
from feedback.sites.forms import HolidayForm, country_name
from feedback.sites.queries import official_holidays, own_holidays
from feedback.web.forms import show_problems
from feedback.web.guard import current_site, current_staff, staff_only
from feedback.web.templating import page
from feedback.web.transaction import reading, writing

AHEAD = timedelta(days=400)


@pages.get("/console/<site>/sites/holidays")
@staff_only(Role.LEAD)
def holidays(site: str) -> Response:
    """The country's holidays and the site's own changes to them."""
    return _holidays_page(HolidayForm(formdata=None, data={"kind": "shut"}))


@pages.post("/console/<site>/sites/holidays")
@staff_only(Role.LEAD)
def save_holiday(site: str) -> Reply | Response:
    """Add a day."""
    form = HolidayForm()
    day = form.day.data
    if not form.validate() or day is None:
        return _holidays_page(form, status=422)
    if not date(2000, 1, 1) <= day <= _today() + 10 * AHEAD:
        problem = Problem("day", "day", N_("Choose a day within the next few years."))
        return _holidays_page(form, problem, status=422)
    try:
        with writing() as database:
            add_holiday(
                database,
                current_staff().actor,
                current_site().site_id,
                day,
                form.name.data or "",
                is_open=form.kind.data == "open",
            )
    except Invalid as error:
        return _holidays_page(form, *error.problems, status=422)
    return redirect(url_for(".holidays", done=SAVED), 303)


@pages.post("/console/<site>/sites/holidays/<int(max=9007199254740991):holiday_id>/remove")
@staff_only(Role.LEAD)
def drop_holiday(site: str, holiday_id: int) -> Reply:
    """Take a day back."""
    with writing() as database:
        remove_holiday(database, current_staff().actor, current_site().site_id, holiday_id)
    return redirect(url_for(".holidays", done=REMOVED), 303)


def _today() -> date:
    return current_reader().formats.local(clock.now()).date()


def _holidays_page(form: HolidayForm, *problems: Problem, status: int = 200) -> Response:
    say = current_reader().gettext
    form.kind.choices = [SelectChoice("shut", say(N_("We are closed"))), SelectChoice("open", say(N_("We are open")))]
    show_problems(form, problems)
    present, today = site_now(), _today()
    own = own_holidays(reading(), present.id, today)
    worked = {holiday.day for holiday in own if holiday.is_open}
    return page(
        "console/sites/holidays.html",
        status=status,
        form=form,
        own=own,
        official=official_holidays(present, today, today + AHEAD),
        worked=worked,
        country=country_name(current_reader().language, present.country),
    )
