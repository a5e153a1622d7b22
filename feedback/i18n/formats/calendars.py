"""Years, months and days in the calendars our readers live by, their months; layout is in dates."""

import datetime
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import nepali_datetime
from babel import Locale
from persiantools.jdatetime import JalaliDate

Calendar: TypeAlias = Literal["gregorian", "persian"]

_PERSIAN_MONTHS: Final = (
    "فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور",
    "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند",
)  # fmt: skip
_AFGHAN_MONTHS: Final = (
    "حمل", "ثور", "جوزا", "سرطان", "اسد", "سنبله",
    "میزان", "عقرب", "قوس", "جدی", "دلو", "حوت",
)  # fmt: skip
_BIKRAM_SAMBAT_MONTHS: Final = (
    "वैशाख", "जेठ", "असार", "साउन", "भदौ", "असोज",
    "कात्तिक", "मंसिर", "पुस", "माघ", "फागुन", "चैत",
)  # fmt: skip
_OWN_FORM_ALONE: Final = frozenset({"fa", "mn", "hy"})
# What nepali_datetime's table covers; outside it a date goes without Bikram Sambat.
_BIKRAM_SAMBAT_FROM: Final = datetime.date(1918, 4, 13)
_BIKRAM_SAMBAT_UNTIL: Final = datetime.date(2043, 4, 13)


@dataclass(frozen=True, slots=True)
class Day:
    """A day in one calendar. ``month_name`` stands inside a date, ``month_alone`` by itself."""

    year: int
    month: int
    day: int
    month_name: str
    month_alone: str
    month_short: str


def day_in(calendar: Calendar, locale: Locale, date: datetime.date) -> Day:
    """The day in a calendar, its month named in the locale's language."""
    return _persian(locale, date) if calendar == "persian" else _gregorian(locale, date)


def bikram_sambat(date: datetime.date) -> Day | None:
    """The day in Bikram Sambat with its everyday month name; None outside 1975–2099 BS."""
    if not _BIKRAM_SAMBAT_FROM <= date <= _BIKRAM_SAMBAT_UNTIL:
        return None
    there = nepali_datetime.date.from_datetime_date(date)
    name = _BIKRAM_SAMBAT_MONTHS[there.month - 1]
    return Day(there.year, there.month, there.day, name, name, name)


def _persian(locale: Locale, date: datetime.date) -> Day:
    there = JalaliDate(date)  # type: ignore[no-untyped-call]
    names = _AFGHAN_MONTHS if locale.territory == "AF" else _PERSIAN_MONTHS
    name = names[there.month - 1]
    return Day(there.year, there.month, there.day, name, name, name)


def _gregorian(locale: Locale, date: datetime.date) -> Day:
    months = locale.months
    inside = months["format"]["wide"][date.month]
    # Babel resolves a missing stand-alone form once for all languages: ask only those that have their own.
    alone = months["stand-alone"]["wide"][date.month] if locale.language in _OWN_FORM_ALONE else inside
    # Persian's form inside a date carries a hamza for the ezafe, which old phone fonts tear off its letter.
    if locale.language == "fa":
        inside = alone
    short = months["format"]["abbreviated"][date.month]
    return Day(date.year, date.month, date.day, inside, alone, short)
