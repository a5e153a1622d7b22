"""Rule: what may be said of a site, and what is taken for granted in its country; every problem at once."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final
from zoneinfo import available_timezones

from babel import Locale
from email_validator import EmailNotValidError, validate_email

from feedback.errors import Invalid, Problem
from feedback.i18n.negotiation import LANGUAGES, canonical, language_of, lookup, region_of
from feedback.i18n.text import N_, strip_bidi
from feedback.sites.calendar import Week, parse_week
from feedback.sites.theme import parse as parse_color

MAX_NAME: Final = 120
MAX_NOTICE: Final = 5000
MAX_POSTAL: Final = 500
_KEY: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
#: Addresses of the console, or of the widget, that name no site.
RESERVED: Final = frozenset(
    {"v1", "join", "reset", "sign-in", "sign-out", "forgot", "profile", "password", "sessions", "static", "api"}
)
_LOCALES: Final = {
    "TZ": "sw-TZ", "KE": "sw-KE", "NP": "ne-NP", "IR": "fa-IR", "AF": "fa-AF", "MN": "mn-MN", "AM": "hy-AM",
}  # fmt: skip
_ZONES: Final = {
    "TZ": "Africa/Dar_es_Salaam", "KE": "Africa/Nairobi", "NP": "Asia/Kathmandu", "IR": "Asia/Tehran",
    "AF": "Asia/Kabul", "MN": "Asia/Ulaanbaatar", "AM": "Asia/Yerevan", "GB": "Europe/London", "DE": "Europe/Berlin",
    "FR": "Europe/Paris", "IN": "Asia/Kolkata", "AE": "Asia/Dubai", "UG": "Africa/Kampala", "RW": "Africa/Kigali",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """What is said of a site in its settings. ``locale`` is a full tag, among ``languages`` by its language."""

    name: str
    locale: str
    languages: tuple[str, ...]
    time_zone: str
    country: str | None = None
    reply_to: str | None = None
    color: str | None = None
    privacy_notice: Mapping[str, str] = field(default_factory=dict)
    postal_address: str = ""


def new_site(
    *,
    key: str,
    name: str,
    country: str | None = None,
    locale: str | None = None,
    time_zone: str | None = None,
    languages: Sequence[str] | None = None,
    reply_to: str | None = None,
    color: str | None = None,
) -> SiteSettings:
    """The settings of a new site; what nobody said is as usual in its country. Raises Invalid with every problem."""
    problems: list[Problem] = []
    if not _KEY.fullmatch(key) or key in RESERVED:
        message = N_("A key has 1 to 40 of a–z, 0–9 and -, and is not one of these reserved words: %(words)s.")
        problems.append(Problem("key", "key", message, {"words": ", ".join(sorted(RESERVED))}))
    place = (country or region_of(locale or "") or "").upper() or None
    tag = locale or _LOCALES.get(place or "") or "en"
    own = language_of(tag)
    spoken = tuple(languages) if languages else (own, *(other for other in LANGUAGES if other != own))
    try:
        said = site_settings(
            name=name,
            locale=tag,
            languages=spoken,
            time_zone=time_zone or _ZONES.get(place or "", "UTC"),
            country=place,
            reply_to=reply_to,
            color=color,
        )
    except Invalid as error:
        raise Invalid([*problems, *error.problems]) from error
    if problems:
        raise Invalid(problems)
    return said


def site_settings(
    *,
    name: str,
    locale: str,
    languages: Iterable[str],
    time_zone: str,
    country: str | None = None,
    reply_to: str | None = None,
    color: str | None = None,
    privacy_notice: Mapping[str, str] | None = None,
    postal_address: str = "",
) -> SiteSettings:
    """Checked and tidied. Raises Invalid with every problem."""
    problems: list[Problem] = []
    tidy = " ".join(strip_bidi(name).split())
    if not tidy:
        problems.append(Problem("name", "required", N_("Please fill this in.")))
    elif len(tidy) > MAX_NAME:
        message = N_("Use at most %(count)s characters.")
        problems.append(Problem("name", "too-long", message, {"count": MAX_NAME}))
    tag = canonical(locale)
    spoken = _languages(languages, problems)
    if tag is None or lookup([tag], LANGUAGES) is None:
        problems.append(_unknown("locale", locale))
    elif spoken and language_of(tag) not in spoken:
        problems.append(Problem("locale", "not-offered", N_("Choose one of the languages that the site offers.")))
    if time_zone not in available_timezones():
        message = N_("There is no time zone “%(zone)s”. Names look like Africa/Nairobi.")
        problems.append(Problem("time_zone", "time-zone", message, {"zone": time_zone}))
    found = SiteSettings(
        name=tidy,
        locale=tag or "",
        languages=spoken,
        time_zone=time_zone,
        country=_country(country, problems),
        reply_to=_reply_to(reply_to, problems),
        color=_color(color, problems),
        privacy_notice=_notice(privacy_notice or {}, problems),
        postal_address=_postal(postal_address, problems),
    )
    if problems:
        raise Invalid(problems)
    return found


def checked_week(raw: Mapping[str, Any]) -> Week:
    """Working hours whose intervals don't run into each other. Raises Invalid with every problem."""
    week = parse_week(raw)
    problems = []
    for day, intervals in week.items():
        for (begins, closes), (opens, _) in pairwise(intervals):
            if closes <= begins or closes > opens:
                message = N_("These hours overlap.")
                problems.append(Problem(f"hours.{day}", "overlap", message))
                break
    if problems:
        raise Invalid(problems)
    return week


def _languages(languages: Iterable[str], problems: list[Problem]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for tag in languages:
        language = lookup([tag], LANGUAGES)
        if language is None:
            problems.append(_unknown("languages", tag))
        else:
            found[language] = None
    if not found and not problems:
        problems.append(Problem("languages", "required", N_("Choose at least one language.")))
    return tuple(found)


def _unknown(where: str, tag: str) -> Problem:
    message = N_("“%(language)s” is not one of our languages: %(known)s.")
    return Problem(where, "language", message, {"language": tag, "known": ", ".join(LANGUAGES)})


#: In CLDR's list, but no country: unions, made-up places, the unknown one.
_NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})


def _country(country: str | None, problems: list[Problem]) -> str | None:
    code = (country or "").strip().upper()
    if code and (len(code) != 2 or code in _NO_COUNTRIES or code not in Locale("en").territories):
        message = N_("A country is two letters, such as TZ.")
        problems.append(Problem("country", "country", message))
    return code or None


def _reply_to(address: str | None, problems: list[Problem]) -> str | None:
    tidy = (address or "").strip()
    if not tidy:
        return None
    try:
        validate_email(tidy, check_deliverability=False)
    except EmailNotValidError:
        problems.append(Problem("reply_to", "email", N_("This is not an email address we can write to.")))
    return tidy


def _color(color: str | None, problems: list[Problem]) -> str | None:
    text = (color or "").strip()
    if not text:
        return None
    read = parse_color(text)
    if read is None:
        problems.append(Problem("color", "color", N_("A colour looks like #0b6e4f.")))
        return None
    return "#" + "".join(f"{round(part * 255):02x}" for part in read)


def _postal(text: str, problems: list[Problem]) -> str:
    """Line by line as it stands on an envelope."""
    lines = [" ".join(strip_bidi(line).split()) for line in text.splitlines()]
    tidy = "\n".join(line for line in lines if line)
    if len(tidy) > MAX_POSTAL:
        message = N_("Use at most %(count)s characters.")
        problems.append(Problem("postal_address", "too-long", message, {"count": MAX_POSTAL}))
    return tidy


def _notice(texts: Mapping[str, str], problems: list[Problem]) -> dict[str, str]:
    found = {language: text.replace("\r\n", "\n").strip() for language, text in texts.items()}
    for language, text in found.items():
        if len(text) > MAX_NOTICE:
            message = N_("Use at most %(count)s characters.")
            problems.append(Problem(f"notice_{language}", "too-long", message, {"count": MAX_NOTICE}))
    return {language: text for language, text in found.items() if text and language in LANGUAGES}
