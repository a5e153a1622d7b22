"""A site's name, languages, place, colour and privacy notice in the console; not its hours and holidays."""

from typing import Any

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as Reply

from feedback import clock
from feedback.actors import Role
from feedback.errors import Conflict, Invalid, Problem
from feedback.i18n.negotiation import LANGUAGES, language_of
from feedback.i18n.text import N_
from feedback.i18n.zones import city_of
from feedback.rendering import current_reader
from feedback.sites.actions import change_settings, told
from feedback.sites.calendar import stored_holidays
from feedback.sites.console.blueprint import SAVED, pages, site_now
from feedback.sites.details import site_settings
from feedback.sites.forms import SettingsForm, country_choices
from feedback.sites.models import Site
from feedback.sites.theme import DEFAULT, theme_of
from feedback.web.forms import CHANGED, show_problems, zone_choices
from feedback.web.guard import current_staff, staff_only
from feedback.web.templating import page
from feedback.web.transaction import writing


@pages.get("/console/<site>/sites/")
@staff_only(Role.ADMIN)
def settings(site: str) -> Response:
    """The site's settings."""
    present = site_now()
    said = told(present) | {"locale": language_of(present.locale), "version": present.version}
    said |= {f"notice_{language}": text for language, text in said.pop("privacy_notice").items()}
    said |= {"has_color": said["color"] is not None, "color": said["color"] or DEFAULT}
    return _settings_page(SettingsForm(formdata=None, data=said), present)


@pages.post("/console/<site>/sites/")
@staff_only(Role.ADMIN)
def save_settings(site: str) -> Reply | Response:
    """Keep them; whoever comes second sees both versions."""
    form, present = SettingsForm(), site_now()
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
            postal_address=form.postal_address.data or "",
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
                version=form.expected_version,
                holidays=holidays,
            )
    except Conflict:
        present = site_now()
        form.now_for(present.version)
        return _settings_page(form, present, CHANGED, status=409)
    return redirect(url_for(".settings", done=SAVED), 303)


def _settings_page(form: SettingsForm, present: Site, *problems: Problem, status: int = 200) -> Response:
    reader = current_reader()
    form.country.choices = country_choices(reader.language, [present.country or ""])
    form.time_zone.choices = zone_choices(present.time_zone)
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
    typed["postal_address"] = "\n".join((typed["postal_address"] or "").splitlines())
    there["locale"] = language_of(present.locale)
    rows = [
        (form._fields[name].label.text, _shown(name, there[name]), _shown(name, typed[name]))
        for name in ("name", "locale", "languages", "country", "time_zone", "reply_to", "postal_address", "color")
        if (there[name] or None) != (typed[name] or None)
    ]
    for language, text in form.notices().items():
        kept = (present.privacy_notice or {}).get(language, "")
        if kept.split() != text.split():
            rows.append((f"{current_reader().gettext(N_('Privacy notice'))} ({language})", kept, text))
    return rows


def _shown(name: str, value: Any) -> str:
    if name == "time_zone" and value:
        return city_of(current_reader().tag, value)
    return ", ".join(value) if isinstance(value, list) else str(value or "–")
