"""What staff may type about themselves and each other; storing it is for actions."""

from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    PasswordField,
    SelectField,
    StringField,
    validators,
)

from feedback.actors import Role
from feedback.i18n.text import N_
from feedback.staff.notices import Notice
from feedback.web.forms import LANGUAGE_CHOICES, Boxes, ConsoleForm, EntranceForm, VersionedForm

NOTICE_NAMES = {
    Notice.ASSIGNED: N_("A case is given to me"),
    Notice.CUSTOMER_REPLIED: N_("The customer of one of my cases writes"),
    Notice.PROMISE_SOON: N_("A promise of mine is due within the hour"),
    Notice.PROMISE_BROKEN: N_("A promise was not kept"),
    Notice.THIRD_HAND_OFF: N_("A case changes hands for the third time"),
    Notice.DAILY_LIST: N_("What is due today, at %(morning)s on working days"),
}
ROLE_NAMES = {Role.AGENT: N_("Agent"), Role.LEAD: N_("Lead"), Role.ADMIN: N_("Admin")}


class SignInForm(EntranceForm):
    """Address and password; the password is taken exactly as it comes."""

    fb_token = HiddenField()
    next = HiddenField()
    email = StringField(N_("Email"))
    password = PasswordField(N_("Password"))


class ForgotForm(EntranceForm):
    """The address of whoever can't get in."""

    fb_token = HiddenField()
    email = StringField(N_("Email"))


class NewPasswordForm(EntranceForm):
    """A first or a new password, by the link in a mail."""

    fb_token = HiddenField()
    password = PasswordField(N_("New password"))


class ChangePasswordForm(ConsoleForm):
    """A new password for whoever knows the present one."""

    present = PasswordField(N_("Current password"))
    password = PasswordField(N_("New password"))


class ProfileForm(VersionedForm):
    """What somebody says about themselves; ``version`` is the one that was shown."""

    name = StringField(N_("Name"))
    locale = SelectField(N_("Console language"), choices=LANGUAGE_CHOICES, validate_choice=False)
    time_zone = SelectField(N_("Time zone"), validate_choice=False)
    languages = Boxes(N_("Languages you read"), choices=LANGUAGE_CHOICES, validate_choice=False)
    away_until = DateField(N_("Away until"), [validators.Optional()])
    notices = Boxes(N_("Emails you get"), validate_choice=False)
    at_night = BooleanField(N_("At night too"))


class InviteForm(ConsoleForm):
    """Somebody who is to join the team."""

    email = StringField(N_("Email"))
    name = StringField(N_("Name"))
    role = SelectField(N_("Role"), validate_choice=False)
    languages = Boxes(N_("Languages they read"), choices=LANGUAGE_CHOICES, validate_choice=False)


class RoleForm(ConsoleForm):
    """Another role."""

    role = SelectField(N_("Role"), validate_choice=False)


class DutyForm(ConsoleForm):
    """What a lead says about a member."""

    languages = Boxes(N_("Languages they read"), choices=LANGUAGE_CHOICES, validate_choice=False)
    away_until = DateField(N_("Away until"), [validators.Optional()])
