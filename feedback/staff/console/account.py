"""One's own account: profile, password, and the browsers one is signed in with."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as Reply
from wtforms.fields import SelectChoice

from feedback import clock
from feedback.errors import Conflict, Invalid, Problem
from feedback.i18n.negotiation import OWN_NAMES, language_of
from feedback.i18n.text import N_
from feedback.i18n.zones import city_of
from feedback.rendering import current_reader
from feedback.staff import sessions as browser
from feedback.staff.actions import (
    TooSoon,
    change_profile,
    claim_try,
    end_other_sessions,
    end_session,
    forget_tries,
    set_password,
)
from feedback.staff.console.blueprint import pages
from feedback.staff.console.entrance import counted_for
from feedback.staff.details import profile as checked_profile
from feedback.staff.forms import NOTICE_NAMES, ChangePasswordForm, ProfileForm
from feedback.staff.hashing import hash_password, verify_password
from feedback.staff.models import StaffMember
from feedback.staff.notices import EVENING, MORNING, Notice, offered, switched, wants, wants_at_night
from feedback.staff.passwords import password_problems
from feedback.staff.queries import account_by_email, sessions_of, staff_by_id
from feedback.web.forms import CHANGED, show_problems, zone_choices
from feedback.web.guard import current_staff, signed_in
from feedback.web.notices import notice
from feedback.web.templating import page
from feedback.web.transaction import reading, writing

SAVED = notice("saved", N_("Saved."))
PASSWORD_CHANGED = notice("password", N_("Your new password is set. You are signed out everywhere else."))
SIGNED_OUT = notice("signed-out", N_("Signed out there."))


@pages.get("/console/profile")
@signed_in
def profile() -> Response:
    """What one says about oneself."""
    member = staff_by_id(reading(), current_staff().id)
    return _profile_page(ProfileForm(formdata=None, data={**_told(member), "version": member.version}), member)


@pages.post("/console/profile")
@signed_in
def save_profile() -> Reply | Response:
    """Keep it; whoever comes second, as a lead may have changed it meanwhile, sees both versions."""
    form, staff = ProfileForm(), current_staff()
    member = staff_by_id(reading(), staff.id)
    zone, locale = form.time_zone.data or "", form.locale.data or ""
    if not form.validate():
        return _profile_page(form, member, status=422)
    try:
        said = checked_profile(
            name=form.name.data or "",
            # a fuller tag (fa-AF) stays as long as its language does
            locale=staff.locale if language_of(staff.locale) == locale else locale,
            time_zone=zone,
            languages=form.languages.data or [],
            notices=switched(member.notices, _offered(), form.notices.data or [], at_night=bool(form.at_night.data)),
        )
    except Invalid as error:
        return _profile_page(form, member, *error.problems, status=422)
    try:
        with writing() as database:
            away = day_begins(form.away_until.data, zone)
            change_profile(database, staff.actor, staff.id, said, away, expected_version=form.expected_version)
    except Conflict:
        member = staff_by_id(reading(), staff.id)
        form.now_for(member.version)
        return _profile_page(form, member, CHANGED, status=409)
    return redirect(url_for(".profile", done=SAVED), 303)


@pages.get("/console/password")
@signed_in
def password() -> Response:
    """Choose another password."""
    return page("console/staff/password.html", form=ChangePasswordForm())


@pages.post("/console/password")
@signed_in
def change_password() -> Reply | Response:
    """Set it, if the present one is right, and sign out everywhere else."""
    form = ChangePasswordForm()
    staff = current_staff()
    member = staff_by_id(reading(), staff.id)
    present, chosen = form.present.data or "", form.password.data or ""
    problems = password_problems(chosen, (member.email, member.name, *(site.name for site in staff.sites)))
    if problems:
        return _password_page(form, *problems)
    counted = counted_for(member.email)
    try:
        with writing() as database:
            claimed = claim_try(database, list(counted.values()))
    except TooSoon as error:
        return _password_page(form, Problem("present", error.code, error.message))
    account = account_by_email(reading(), member.email)
    if account is None or not verify_password(account.password_hash, present):
        return _password_page(form, Problem("present", "password-wrong", N_("This is not your current password.")))
    hashed = hash_password(chosen)
    with writing() as database:
        forget_tries(database, claimed, [counted["pair"].who, counted["account"].who])
        set_password(database, staff.actor, staff.id, hashed)
        browser.sign_in(database, staff.id, request.user_agent.string)
    return redirect(url_for(".profile", done=PASSWORD_CHANGED), 303)


@pages.get("/console/sessions")
@signed_in
def sessions() -> Response:
    """Where one is signed in."""
    mine = browser.browser_session()
    rows = sessions_of(reading(), current_staff().id, clock.now())
    return page("console/staff/sessions.html", rows=rows, this=mine.row_id)


@pages.post("/console/sessions/<int(max=9007199254740991):session_id>/end")
@signed_in
def end(session_id: int) -> Reply:
    """Sign out one of one's own browsers; those of others are out of reach."""
    staff = current_staff()
    with writing() as database:
        end_session(database, staff.actor, staff.id, session_id)
    return redirect(url_for(".sessions", done=SIGNED_OUT), 303)


@pages.post("/console/sessions/end-others")
@signed_in
def end_others() -> Reply:
    """Sign out everywhere but here."""
    staff = current_staff()
    with writing() as database:
        end_other_sessions(database, staff.actor, staff.id, browser.browser_session().row_id or 0)
    return redirect(url_for(".sessions", done=SIGNED_OUT), 303)


def local_day(moment: datetime | None, zone: str) -> date | None:
    """The day of a moment, where somebody is."""
    return None if moment is None else moment.astimezone(ZoneInfo(zone)).date()


def day_begins(day: date | None, zone: str) -> datetime | None:
    """The moment at which a day begins, where somebody is."""
    return None if day is None else datetime.combine(day, time(), tzinfo=ZoneInfo(zone))


def _offered() -> tuple[Notice, ...]:
    return offered(current_staff().roles.values())


def _profile_page(form: ProfileForm, member: StaffMember, *problems: Problem, status: int = 200) -> Response:
    form.time_zone.choices = zone_choices(member.time_zone)
    form.notices.choices = [SelectChoice(one.value, _name(one)) for one in _offered()]
    show_problems(form, problems)
    differences = _differences(form, member) if status == 409 else []
    hours = {"morning": MORNING, "evening": EVENING}
    return page("console/staff/profile.html", status=status, form=form, differences=differences, **hours)


def _name(notice: Notice) -> str:
    reader = current_reader()
    return reader.gettext(NOTICE_NAMES[notice], morning=reader.formats.time(MORNING))


def _told(member: StaffMember) -> dict[str, Any]:
    """What there is, as the form has it."""
    return {
        "name": member.name,
        "locale": language_of(member.locale),
        "time_zone": member.time_zone,
        "languages": list(member.languages),
        "away_until": local_day(member.away_until, member.time_zone),
        "notices": [one.value for one in _offered() if wants(member.notices, one)],
        "at_night": wants_at_night(member.notices),
    }


def _differences(form: ProfileForm, member: StaffMember) -> list[tuple[str, str, str]]:
    """Marked label, what is there now, what was typed: for each line where the two differ."""
    there, typed = _told(member), form.data
    return [
        (form._fields[name].label.text, _shown(name, there[name]), _shown(name, typed[name]))
        for name in there
        if (there[name] or None) != (typed[name] or None)
    ]


def _shown(name: str, value: Any) -> str:
    reader = current_reader()
    if name == "notices":
        return reader.formats.list_([_name(one) for one in _offered() if one.value in value])
    if name == "time_zone":
        return city_of(reader.tag, str(value or ""))
    if name in ("languages", "locale"):
        tags = [value] if isinstance(value, str) else value or []
        return reader.formats.list_([OWN_NAMES.get(tag, tag) for tag in tags])
    if isinstance(value, bool):
        return reader.gettext(N_("On") if value else N_("Off"))
    return reader.formats.date(value) if isinstance(value, date) else str(value or "–")


def _password_page(form: ChangePasswordForm, *problems: Problem) -> Response:
    show_problems(form, problems)
    return page("console/staff/password.html", status=422, form=form)
