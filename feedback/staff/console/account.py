"""One's own account: profile, password, and the browsers one is signed in with."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as Reply

from feedback import clock
from feedback.errors import Invalid, Problem
from feedback.i18n.negotiation import language_of
from feedback.i18n.text import N_
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
from feedback.staff.forms import ChangePasswordForm, ProfileForm
from feedback.staff.hashing import hash_password, verify_password
from feedback.staff.passwords import password_problems
from feedback.staff.queries import account_by_email, sessions_of, staff_by_id
from feedback.web.forms import show_problems, zone_choices
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
    form = ProfileForm(
        data={
            "name": member.name,
            "locale": language_of(member.locale),
            "time_zone": member.time_zone,
            "languages": member.languages,
            "away_until": local_day(member.away_until, member.time_zone),
        }
    )
    return _profile_page(form, member.time_zone)


@pages.post("/console/profile")
@signed_in
def save_profile() -> Reply | Response:
    """Keep it."""
    form = ProfileForm()
    staff = current_staff()
    zone = form.time_zone.data or ""
    if not form.validate():
        return _profile_page(form, staff.time_zone, status=422)
    locale = form.locale.data or ""
    try:
        said = checked_profile(
            name=form.name.data or "",
            # a fuller tag (fa-AF) stays as long as its language does
            locale=staff.locale if language_of(staff.locale) == locale else locale,
            time_zone=zone,
            languages=form.languages.data or [],
        )
    except Invalid as error:
        return _profile_page(form, staff.time_zone, *error.problems, status=422)
    with writing() as database:
        change_profile(database, staff.actor, staff.id, said, day_begins(form.away_until.data, zone))
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
        return _password_page(form, Problem("present", "password-wrong", N_("This is not your present password.")))
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


@pages.post("/console/sessions/<int:session_id>/end")
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


def _profile_page(form: ProfileForm, zone: str, *problems: Problem, status: int = 200) -> Response:
    form.time_zone.choices = zone_choices([zone])
    show_problems(form, problems)
    return page("console/staff/profile.html", status=status, form=form)


def _password_page(form: ChangePasswordForm, *problems: Problem) -> Response:
    show_problems(form, problems)
    return page("console/staff/password.html", status=422, form=form)
