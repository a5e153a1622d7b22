"""The team of a site: who works here, inviting them, their roles, and who is away."""

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as Reply
from wtforms.fields import SelectChoice

from feedback import clock
from feedback.actors import Role
from feedback.errors import Invalid, NotAllowed, Problem
from feedback.i18n.text import N_
from feedback.rendering import current_reader
from feedback.sites.queries import site_by_id
from feedback.staff.actions import (
    add_staff,
    change_duty,
    change_role,
    disable_staff,
    enable_staff,
    remove_member,
)
from feedback.staff.console.account import SAVED, day_begins, local_day
from feedback.staff.console.blueprint import pages
from feedback.staff.details import languages_read, new_staff
from feedback.staff.forms import ROLE_NAMES, DutyForm, InviteForm, RoleForm
from feedback.staff.managing import grantable, may_manage
from feedback.staff.queries import Member, member_of, members_of
from feedback.web.forms import show_problems
from feedback.web.guard import current_site, current_staff, staff_only
from feedback.web.notices import notice
from feedback.web.templating import page
from feedback.web.transaction import reading, writing

INVITED = notice("invited", N_("They are on the team now. If they have no password yet, they get an email."))
REMOVED = notice("removed", N_("They no longer work on this site."))


@pages.get("/console/<site>/staff/")
@staff_only(Role.LEAD)
def members(site: str) -> Response:
    """Who works on the site."""
    return _members_page(InviteForm(data={"role": Role.AGENT.value}))


@pages.post("/console/<site>/staff/")
@staff_only(Role.LEAD)
def invite(site: str) -> Reply | Response:
    """Add somebody to the team."""
    form = InviteForm()
    own = current_site()
    if not form.validate():
        return _members_page(form, status=422)
    try:
        place = site_by_id(reading(), own.site_id)
        facts = new_staff(
            email=form.email.data or "",
            name=form.name.data or "",
            role=form.role.data or "",
            languages=form.languages.data or [],
            locale=(form.languages.data or [place.locale])[0],
            time_zone=place.time_zone,
        )
        with writing() as database:
            add_staff(database, current_staff().actor, own.site_id, facts, by=own.role, invite=True)
    except Invalid as error:
        return _members_page(form, *error.problems, status=422)
    except NotAllowed as error:
        return _members_page(form, Problem("role", error.code, error.message), status=422)
    return redirect(url_for(".members", done=INVITED), 303)


@pages.get("/console/<site>/staff/<public_id>")
@staff_only(Role.LEAD)
def member(site: str, public_id: str) -> Response:
    """One of the team."""
    return _member_page(_found(public_id))


@pages.post("/console/<site>/staff/<public_id>/role")
@staff_only(Role.LEAD)
def save_role(site: str, public_id: str) -> Reply | Response:
    """Give them another role."""
    found, own, form = _found(public_id), current_site(), RoleForm()
    wanted = form.role.data or ""
    if wanted not in list(Role):
        return _member_page(found, Problem("role", "role", N_("Choose one of these roles: agent, lead, admin.")))
    try:
        with writing() as database:
            change_role(database, current_staff().actor, own.site_id, found.id, Role(wanted), by=own.role)
    except NotAllowed as error:
        return _member_page(found, Problem("role", error.code, error.message))
    return redirect(url_for(".member", public_id=public_id, done=SAVED), 303)


@pages.post("/console/<site>/staff/<public_id>/duty")
@staff_only(Role.LEAD)
def save_duty(site: str, public_id: str) -> Reply | Response:
    """What they read, and how long they are away."""
    found, own, form = _found(public_id), current_site(), DutyForm()
    if not form.validate():
        return _member_page(found, duty=form)
    try:
        languages = languages_read(form.languages.data or [])
        with writing() as database:
            change_duty(
                database,
                current_staff().actor,
                own.site_id,
                found.id,
                languages=languages,
                away_until=day_begins(form.away_until.data, found.time_zone),
                by=own.role,
            )
    except Invalid as error:
        return _member_page(found, *error.problems)
    except NotAllowed as error:
        return _member_page(found, Problem("", error.code, error.message))
    return redirect(url_for(".member", public_id=public_id, done=SAVED), 303)


@pages.post("/console/<site>/staff/<public_id>/remove")
@staff_only(Role.LEAD)
def remove(site: str, public_id: str) -> Reply | Response:
    """Take them off this site."""
    found, own = _found(public_id), current_site()
    try:
        with writing() as database:
            remove_member(database, current_staff().actor, own.site_id, found.id, by=own.role)
    except NotAllowed as error:
        return _member_page(found, Problem("", error.code, error.message))
    return redirect(url_for(".members", done=REMOVED), 303)


@pages.post("/console/<site>/staff/<public_id>/disable")
@staff_only(Role.LEAD)
def disable(site: str, public_id: str) -> Reply | Response:
    """Lock the account and sign it out everywhere."""
    found = _found(public_id)
    staff = current_staff()
    try:
        with writing() as database:
            disable_staff(database, staff.actor, found.id, by=staff.roles)
    except NotAllowed as error:
        return _member_page(found, Problem("", error.code, error.message))
    return redirect(url_for(".member", public_id=public_id, done=SAVED), 303)


@pages.post("/console/<site>/staff/<public_id>/enable")
@staff_only(Role.LEAD)
def enable(site: str, public_id: str) -> Reply | Response:
    """Unlock the account."""
    found = _found(public_id)
    staff = current_staff()
    try:
        with writing() as database:
            enable_staff(database, staff.actor, found.id, by=staff.roles)
    except NotAllowed as error:
        return _member_page(found, Problem("", error.code, error.message))
    return redirect(url_for(".member", public_id=public_id, done=SAVED), 303)


def _found(public_id: str) -> Member:
    return member_of(reading(), current_site().site_id, public_id)


def _role_choices(also: Role | None = None) -> list[SelectChoice]:
    say = current_reader().gettext
    roles = grantable(current_site().role)
    shown = [role for role in Role if role in roles or role is also]
    return [SelectChoice(role.value, say(ROLE_NAMES[role])) for role in shown]


def _members_page(form: InviteForm, *problems: Problem, status: int = 200) -> Response:
    form.role.choices = _role_choices()
    show_problems(form, problems)
    rows = members_of(reading(), current_site().site_id)
    return page("console/staff/members.html", status=status, form=form, rows=rows, role_names=ROLE_NAMES, now=clock.now)


def _member_page(found: Member, *problems: Problem, duty: DutyForm | None = None) -> Response:
    own, staff = current_site(), current_staff()
    form = RoleForm(formdata=None, data={"role": found.role.value})
    form.role.choices = _role_choices(found.role)
    show_problems(form, problems)
    away = local_day(found.away_until, found.time_zone)
    return page(
        "console/staff/member.html",
        status=422 if problems or duty else 200,
        member=found,
        form=form,
        duty=duty or DutyForm(formdata=None, data={"languages": found.languages, "away_until": away}),
        may_manage=may_manage(own.role, found.role, found.role) and found.id != staff.id,
        is_self=found.id == staff.id,
    )
