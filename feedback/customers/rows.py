"""Rule: what may stand in each column of a customer, and what is wrong with it; nothing is stored here."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from babel.localedata import exists as language_is_known
from babel.numbers import list_currencies
from email_validator import EmailNotValidError, validate_email

from feedback.errors import Problem
from feedback.i18n.negotiation import canonical
from feedback.i18n.text import N_, ascii_digits

COLUMNS = (
    "external_id",
    "email",
    "name",
    "locale",
    "time_zone",
    "segment",
    "value_minor",
    "currency",
    "phone",
    "onboarded_on",
    "renews_on",
)
LIMITS = {"external_id": 120, "email": 254, "name": 200, "segment": 80}
MAX_ATTRIBUTES = 40
MAX_ATTRIBUTE_NAME = 60
MAX_ATTRIBUTE = 1_000
_LARGEST_VALUE = 2**62
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """A checked customer. None means "not said", and leaves what is known untouched."""

    external_id: str
    email: str | None = None
    name: str | None = None
    locale: str | None = None
    time_zone: str | None = None
    segment: str | None = None
    value_minor: int | None = None
    currency: str | None = None
    phone: str | None = None
    onboarded_on: date | None = None
    renews_on: date | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)


def check_customer(cells: Mapping[str, str]) -> tuple[CustomerFacts | None, list[Problem]]:
    """Check one customer given as texts by column; further columns become attributes, blanks say nothing.

    Hands back the customer and no problems, or None and every problem, each naming its column.
    """
    texts, problems = _clean(cells)
    values: dict[str, Any] = {}
    for column, text in texts.items():
        convert = _CHECKS.get(column)
        outcome = convert(text) if convert else text
        if isinstance(outcome, Problem):
            problems.append(outcome)
        else:
            values[column] = outcome
    if "external_id" not in texts and not any(problem.field == "external_id" for problem in problems):
        problems.append(Problem("external_id", "required", N_("The customer’s number is missing.")))
    if "value_minor" in texts and "currency" not in texts:
        problems.append(Problem("currency", "required", N_("An amount needs a currency.")))
    attributes = {name: values[name] for name in values if name and name not in COLUMNS}
    if len(attributes) > MAX_ATTRIBUTES or any(len(name) > MAX_ATTRIBUTE_NAME for name in attributes):
        problems.append(Problem("", "too_many_columns", N_("There are too many columns, or their names are too long.")))
    if problems:
        return None, problems
    known = {name: values[name] for name in COLUMNS if name in values}
    return CustomerFacts(**known, attributes=attributes), []


def _clean(cells: Mapping[str, str]) -> tuple[dict[str, str], list[Problem]]:
    """The cells that say something, NFC and trimmed, and what makes a text unusable whatever its column.

    A further column may have several lines, as a postal address has.
    """
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for column, cell in cells.items():
        text = unicodedata.normalize("NFC", cell).strip()
        limit = LIMITS.get(column, MAX_ATTRIBUTE)
        lines = "" if column in COLUMNS else "\r\n\t"
        if any(unicodedata.category(character) == "Cc" and character not in lines for character in text):
            message = N_("There is a control character in the text.")
            problems.append(Problem(column, "control_character", message))
        elif len(text) > limit:
            message = N_("The text is longer than %(limit)s characters.")
            problems.append(Problem(column, "too_long", message, {"limit": limit}))
        elif text:
            texts[column] = text
    return texts, problems


def checked_address(text: str) -> str | None:
    """An e-mail address as it is stored; None for what is none. Nothing is asked of its server."""
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        return None


def _email(text: str) -> str | Problem:
    return checked_address(text) or Problem("email", "email", N_("This is not an email address."))


def _locale(text: str) -> str | Problem:
    tag = canonical(text)
    if tag is not None and language_is_known(tag.partition("-")[0]):
        return tag
    return Problem("locale", "locale", N_("This is not a language tag such as sw-TZ."))


def _time_zone(text: str) -> str | Problem:
    if text in time_zones():
        return text
    return Problem("time_zone", "time_zone", N_("This is not a time zone such as Africa/Nairobi."))


def _value_minor(text: str) -> int | Problem:
    plain = ascii_digits(text)
    if _INTEGER.fullmatch(plain) and abs(int(plain)) < _LARGEST_VALUE:
        return int(plain)
    return Problem("value_minor", "integer", N_("This is not a whole number (of cents, for example)."))


def _currency(text: str) -> str | Problem:
    if text.upper() in _currencies():
        return text.upper()
    return Problem("currency", "currency", N_("This is not a currency such as KES."))


def _phone(text: str) -> str | Problem:
    plain = re.sub(r"[\s().\-\u200e\u200f]", "", ascii_digits(text))
    if plain.startswith("00"):
        plain = "+" + plain[2:]
    if _PHONE.fullmatch(plain):
        return plain
    return Problem("phone", "phone", N_("This is not a phone number such as +255754000111."))


def _date(column: str) -> Callable[[str], date | Problem]:
    def convert(text: str) -> date | Problem:
        match = _DATE.fullmatch(ascii_digits(text))
        if match:
            year, month, day = (int(part) for part in match.groups())
            try:
                if 1900 <= year <= 2200:
                    return date(year, month, day)
            except ValueError:
                pass
        return Problem(column, "date", N_("This is not a date such as 2026-03-21."))

    return convert


@cache
def time_zones() -> frozenset[str]:
    """Every zone that a customer can live in."""
    return frozenset(available_timezones())


@cache
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies())


_CHECKS: dict[str, Callable[[str], Any]] = {
    "email": _email,
    "locale": _locale,
    "time_zone": _time_zone,
    "value_minor": _value_minor,
    "currency": _currency,
    "phone": _phone,
    "onboarded_on": _date("onboarded_on"),
    "renews_on": _date("renews_on"),
}
