"""A site's own pages in the console: settings, working hours, holidays, and where its surveys may be shown."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as Reply
from wtforms.fields import SelectChoice

from feedback import clock
from feedback.actors import Role
from feedback.errors import Conflict, Invalid, Problem
from feedback.i18n.negotiation import LANGUAGES, language_of
from feedback.i18n.text import N_
from feedback.rendering import current_reader
from feedback.sites.actions import (
    add_holiday,
    add_origin,
    change_blank_reason,
    change_hours,
    change_settings,
    remove_holiday,
    remove_origin,
    told,
)
from feedback.sites.calendar import stored_holidays, week_as_json
from feedback.sites.details import checked_week, site_settings
from feedback.sites.forms import (
    MAX_INTERVALS,
    HolidayForm,
    HoursForm,
    LeavingForm,
    OriginForm,
    SettingsForm,
    country_choices,
    country_name,
    typed_hours,
)
from feedback.sites.leaving import blank_reason_from, typed_blank_reason
from feedback.sites.models import Site
from feedback.sites.origins import checked_origin
from feedback.sites.queries import official_holidays, origins_of, own_holidays, site_by_id, week_of_site
from feedback.sites.theme import DEFAULT, theme_of
from feedback.web.forms import show_problems, zone_choices
from feedback.web.guard import current_site, current_staff, staff_only
from feedback.web.notices import notice
from feedback.web.templating import page
from feedback.web.transaction import reading, writing
from feedback.web.transaction import settings as our_settings

pages = Blueprint("sites_console", __name__)

SAVED = notice("saved", N_("Saved."))
REMOVED = notice("taken-out", N_("Taken out of the list."))
AHEAD = timedelta(days=400)
_CHANGED = Problem("", "changed", N_("Somebody else changed this while you were typing. Nothing of yours is lost."))


@pages.get("/console/<site>/sites/")
@staff_only(Role.ADMIN)
def settings(site: str) -> Response:
    """The site's settings."""
    present = _site()
    said = told(present) | {"locale": language_of(present.locale), "version": present.version}
    said |= {f"notice_{language}": text for language, text in said.pop("privacy_notice").items()}
    said |= {"has_color": said["color"] is not None, "color": said["color"] or DEFAULT}
    return _settings_page(SettingsForm(formdata=None, data=said), present)


@pages.post("/console/<site>/sites/")
@staff_only(Role.ADMIN)
def save_settings(site: str) -> Reply | Response:
    """Keep them; whoever comes second sees both versions."""
    form, present = SettingsForm(), _site()
    if not form.validate():
        return _settings_page(form, present, status=422)
    locale = form.locale.data or ""
    try:
        said = site_settings(
            name=form.name.data or "",
            # a fuller tag (fa-AF) stays as long as its language does
            locale=present.locale if language_of(present.locale) == locale else locale,
            languages=form.languages.data or [],
            time_zone=form.time_zone.data or "",
            country=form.country.data,
            reply_to=form.reply_to.data,
            color=form.color.data if form.has_color.data else None,
            privacy_notice=form.notices(),
        )
    except Invalid as error:
        return _settings_page(form, present, *error.problems, status=422)
    moved = said.country != present.country
    holidays = stored_holidays(said.country, clock.now().year) if moved else None
    try:
        with writing() as database:
            change_settings(
                database,
                current_staff().actor,
                present.id,
                said,
                version=form.version.data or 0,
                holidays=holidays,
            )
    except Conflict:
        present = _site()
        _carry_version(form, present)
        return _settings_page(form, present, _CHANGED, status=409)
    return redirect(url_for(".settings", done=SAVED), 303)


@pages.get("/console/<site>/sites/hours")
@staff_only(Role.LEAD)
def hours(site: str) -> Response:
    """The hours in which somebody is there."""
    present = _site()
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
            change_hours(database, current_staff().actor, current_site().site_id, week, version=form.version.data or 0)
    except Conflict:
        present = _site()
        _carry_version(form, present)
        there = week_as_json(week_of_site(present))
        return _hours_page(form, typed, _CHANGED, there=there, status=409)
    return redirect(url_for(".hours", done=SAVED), 303)


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


@pages.post("/console/<site>/sites/holidays/<int:holiday_id>/remove")
@staff_only(Role.LEAD)
def drop_holiday(site: str, holiday_id: int) -> Reply:
    """Take a day back."""
    with writing() as database:
        remove_holiday(database, current_staff().actor, current_site().site_id, holiday_id)
    return redirect(url_for(".holidays", done=REMOVED), 303)


@pages.get("/console/<site>/sites/leaving")
@staff_only(Role.ADMIN)
def leaving(site: str) -> Response:
    """Whose leaving without a reason becomes a task."""
    present = _site()
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
    site_id, version = current_site().site_id, form.version.data
    if version is None:  # a form that isn't ours: shown again, with the version that is there
        _carry_version(form, _site())
        return _leaving_page(form, status=422)
    try:
        with writing() as database:
            change_blank_reason(database, current_staff().actor, site_id, said, version=version)
    except Conflict:
        present = _site()
        _carry_version(form, present)
        return _leaving_page(form, _CHANGED, there=_leaving_told(present), status=409)
    return redirect(url_for(".leaving", done=SAVED), 303)


@pages.get("/console/<site>/sites/origins")
@staff_only(Role.ADMIN)
def origins(site: str) -> Response:
    """Where the site's surveys may be shown."""
    return _origins_page(OriginForm(formdata=None))


@pages.post("/console/<site>/sites/origins")
@staff_only(Role.ADMIN)
def save_origin(site: str) -> Reply | Response:
    """Add an origin."""
    form = OriginForm()
    try:
        origin = checked_origin(form.origin.data or "", allow_local=not our_settings().is_https)
    except Invalid as error:
        return _origins_page(form, *error.problems, status=422)
    with writing() as database:
        add_origin(database, current_staff().actor, current_site().site_id, origin)
    return redirect(url_for(".origins", done=SAVED), 303)


@pages.post("/console/<site>/sites/origins/remove")
@staff_only(Role.ADMIN)
def drop_origin(site: str) -> Reply:
    """Take an origin out."""
    with writing() as database:
        origin = request.form.get("origin", "")
        remove_origin(database, current_staff().actor, current_site().site_id, origin)
    return redirect(url_for(".origins", done=REMOVED), 303)


def _site() -> Site:
    return site_by_id(reading(), current_site().site_id)


def _carry_version(form: SettingsForm | HoursForm | LeavingForm, present: Site) -> None:
    """The next try is against what is there now; WTForms would show again what was sent."""
    form.version.raw_data = [str(present.version)]


def _today() -> date:
    return current_reader().formats.local(clock.now()).date()


def _settings_page(form: SettingsForm, present: Site, *problems: Problem, status: int = 200) -> Response:
    reader = current_reader()
    form.country.choices = country_choices(reader.language, [present.country or ""])
    form.time_zone.choices = zone_choices([present.time_zone])
    show_problems(form, problems)
    return page(
        "console/sites/settings.html",
        status=status,
        form=form,
        notices=[(language, form._fields[f"notice_{language}"]) for language in LANGUAGES],
        differences=_differences(form, present) if status == 409 else [],
        theme=theme_of(present.theme.get("color")),
    )


def _differences(form: SettingsForm, present: Site) -> list[tuple[str, str, str]]:
    """Marked label, what is there now, what was typed: for each setting where the two differ."""
    there, typed = told(present), form.data
    typed["color"] = typed["color"] if typed["has_color"] else None
    there["locale"] = language_of(present.locale)
    rows = [
        (form._fields[name].label.text, _shown(there[name]), _shown(typed[name]))
        for name in ("name", "locale", "languages", "country", "time_zone", "reply_to", "color")
        if (there[name] or None) != (typed[name] or None)
    ]
    for language, text in form.notices().items():
        kept = (present.privacy_notice or {}).get(language, "")
        if kept.split() != text.split():
            rows.append((f"{current_reader().gettext(N_('Privacy notice'))} ({language})", kept, text))
    return rows


def _shown(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value or "–")


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


def _holidays_page(form: HolidayForm, *problems: Problem, status: int = 200) -> Response:
    say = current_reader().gettext
    form.kind.choices = [SelectChoice("shut", say(N_("We are closed"))), SelectChoice("open", say(N_("We work")))]
    show_problems(form, problems)
    present, today = _site(), _today()
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


def _origins_page(form: OriginForm, *problems: Problem, status: int = 200) -> Response:
    show_problems(form, problems)
    rows = origins_of(reading(), current_site().site_id)
    return page("console/sites/origins.html", status=status, form=form, rows=rows)
