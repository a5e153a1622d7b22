"""What leads and admins may type about their site; checking is in details, storing in actions."""

from collections.abc import Iterable, Mapping
from typing import Any

from babel import Locale
from wtforms import (
    BooleanField,
    ColorField,
    DateField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice

from feedback.i18n.negotiation import LANGUAGES
from feedback.i18n.text import N_
from feedback.web.forms import LANGUAGE_CHOICES, Boxes, ConsoleForm, VersionedForm

#: How many times a day a site may shut and open again.
MAX_INTERVALS = 4


class SettingsForm(VersionedForm):
    """A site's settings; ``version`` is the one that was shown."""

    name = StringField(N_("Name"))
    locale = SelectField(N_("Main language"), choices=LANGUAGE_CHOICES, validate_choice=False)
    languages = Boxes(N_("Languages offered to customers"), choices=LANGUAGE_CHOICES, validate_choice=False)
    country = SelectField(N_("Country"), validate_choice=False)
    time_zone = SelectField(N_("Time zone"), validate_choice=False)
    reply_to = StringField(N_("Replies go to"))
    postal_address = TextAreaField(N_("Postal address"))
    has_color = BooleanField(N_("Use our own colour"))
    color = ColorField(N_("Colour"))
    notice_en = TextAreaField()
    notice_sw = TextAreaField()
    notice_ne = TextAreaField()
    notice_fa = TextAreaField()
    notice_mn = TextAreaField()
    notice_hy = TextAreaField()

    def notices(self) -> dict[str, str]:
        """The privacy notice by language, as typed."""
        return {language: self._fields[f"notice_{language}"].data or "" for language in LANGUAGES}


class HoursForm(VersionedForm):
    """The week; its times are read by ``typed_hours``."""


class HolidayForm(ConsoleForm):
    """A day on which the site is shut, or works although its country doesn't."""

    day = DateField(N_("Day"))
    name = StringField(N_("Name"))
    kind = RadioField(N_("On this day"), validate_choice=False)


class LeavingForm(VersionedForm):
    """Whose leaving without a reason becomes a task; read by ``typed_blank_reason``."""

    enabled = BooleanField(N_("Open a task for a person"))
    segments = StringField(N_("Segments"))
    value_at_least = StringField(N_("Customer value at least"))
    relation_months = StringField(N_("Customer for at least this many months"))
    one_click = BooleanField(N_("Also those we could not ask, because their email program unsubscribed them"))


def country_choices(language: str, also: Iterable[str] = ()) -> list[SelectChoice]:
    """Countries by their names in a language; none is a choice."""
    names = Locale.parse(language).territories
    known = {
        code: name for code, name in names.items() if len(code) == 2 and code not in ("EU", "UN", "ZZ", "XA", "XB")
    }
    extra = {code: code for code in also if code and code not in known}
    pairs = sorted({**known, **extra}.items(), key=lambda pair: pair[1])
    return [SelectChoice("", "–"), *(SelectChoice(code, name) for code, name in pairs)]


def country_name(language: str, code: str | None) -> str | None:
    """What a country is called in a language."""
    return Locale.parse(language).territories.get(code or "")


def typed_hours(typed: Mapping[str, Any]) -> dict[str, list[list[str]]]:
    """The week as somebody typed it: ``d0_1_from`` to ``d0_1_to`` is Monday's second interval; blank ones left out."""
    week: dict[str, list[list[str]]] = {}
    for day in range(7):
        for number in range(MAX_INTERVALS):
            times = [str(typed.get(f"d{day}_{number}_{end}", "")).strip() for end in ("from", "to")]
            if any(times):
                week.setdefault(str(day), []).append(times)
    return week
