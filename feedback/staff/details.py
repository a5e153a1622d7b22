"""Rule: what may be said of a staff member: name, address, languages, zone; every problem at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email

from feedback.actors import Role
from feedback.errors import Invalid, Problem
from feedback.i18n.negotiation import LANGUAGES, canonical, lookup
from feedback.i18n.text import N_, strip_bidi

MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class NewStaff:
    """Somebody who is to have an account and a role on a site."""

    email: str
    name: str
    role: Role
    languages: tuple[str, ...] = ()
    locale: str = "en"
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Profile:
    """What people say about themselves."""

    name: str
    locale: str
    time_zone: str
    languages: tuple[str, ...]
    #: Which mails they want, as ``notices.switched`` has it; None leaves that as it is.
    notices: Mapping[str, bool] | None = None


def new_staff(
    *, email: str, name: str, role: str, languages: Iterable[str] = (), locale: str = "en", time_zone: str = "UTC"
) -> NewStaff:
    """Checked and tidied. Raises Invalid with every problem."""
    problems: list[Problem] = []
    tidy_name, tidy_email = _name(name, problems), _email(email, problems)
    spoken, chosen = _languages(languages, problems), _locale(locale, problems)
    _check_zone(time_zone, problems)
    if role not in list(Role):
        problems.append(Problem("role", "role", N_("Choose one of these roles: agent, lead, admin.")))
    if problems:
        raise Invalid(problems)
    return NewStaff(tidy_email, tidy_name, Role(role), spoken, chosen, time_zone)


def profile(
    *,
    name: str,
    locale: str,
    time_zone: str,
    languages: Iterable[str],
    notices: Mapping[str, bool] | None = None,
) -> Profile:
    """Checked and tidied. Raises Invalid with every problem."""
    problems: list[Problem] = []
    tidy_name, chosen = _name(name, problems), _locale(locale, problems)
    found = Profile(tidy_name, chosen, time_zone, _languages(languages, problems), notices)
    _check_zone(time_zone, problems)
    if problems:
        raise Invalid(problems)
    return found


def languages_read(languages: Iterable[str]) -> tuple[str, ...]:
    """The languages as we know them, without doubles. Raises Invalid."""
    problems: list[Problem] = []
    found = _languages(languages, problems)
    if problems:
        raise Invalid(problems)
    return found


def _name(name: str, problems: list[Problem]) -> str:
    tidy = " ".join(strip_bidi(name).split())
    if not tidy:
        problems.append(Problem("name", "required", N_("Please fill this in.")))
    elif len(tidy) > MAX_NAME:
        problems.append(Problem("name", "too-long", N_("Use at most %(count)s characters."), {"count": MAX_NAME}))
    elif any(not character.isprintable() for character in tidy if character not in "\u200c\u200d"):
        problems.append(Problem("name", "characters", N_("There are characters in this that can't be shown.")))
    return tidy


def _email(email: str, problems: list[Problem]) -> str:
    tidy = email.strip()
    try:
        validate_email(tidy, check_deliverability=False)
    except EmailNotValidError:
        problems.append(Problem("email", "email", N_("This is not an email address we can write to.")))
    return tidy


def _languages(languages: Iterable[str], problems: list[Problem]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for tag in languages:
        language = lookup([tag], LANGUAGES)
        if language is None:
            message = N_("“%(language)s” is not one of our languages: %(known)s.")
            params = {"language": tag, "known": ", ".join(LANGUAGES)}
            problems.append(Problem("languages", "language", message, params))
        else:
            found[language] = None
    return tuple(found)


def _locale(tag: str, problems: list[Problem]) -> str:
    found = canonical(tag)
    if found is None or lookup([found], LANGUAGES) is None:
        message = N_("“%(language)s” is not one of our languages: %(known)s.")
        params = {"language": tag, "known": ", ".join(LANGUAGES)}
        problems.append(Problem("locale", "language", message, params))
    return found or ""


def _check_zone(name: str, problems: list[Problem]) -> None:
    if name not in available_timezones():
        message = N_("There is no time zone “%(zone)s”. Names look like Africa/Nairobi.")
        problems.append(Problem("time_zone", "time-zone", message, {"zone": name}))
