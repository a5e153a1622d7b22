"""How each language lays out dates, times of day and moments near now; calendars and digits are elsewhere."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from feedback.i18n.formats.calendars import Day


@dataclass(frozen=True, slots=True)
class Layout:
    """One language's ways with dates. ``plain`` is for the middle of sentences: it never takes an ending."""

    plain: str
    long: str
    short: str
    month: str
    at: str  # a date and a time
    near: str  # a word such as "tomorrow" and a time
    yesterday: str
    today: str
    tomorrow: str
    now: str


LAYOUTS: Final[Mapping[str, Layout]] = {
    "en": Layout(
        plain="{d} {name} {y}",
        long="{d} {name} {y}",
        short="{d} {abbr} {y}",
        month="{alone} {y}",
        at="{date}, {time}",
        near="{word}, {time}",
        yesterday="yesterday",
        today="today",
        tomorrow="tomorrow",
        now="now",
    ),
    "sw": Layout(
        plain="{d} {name} {y}",
        long="{d} {name} {y}",
        short="{d} {abbr} {y}",
        month="{alone} {y}",
        at="{date}, {time}",
        near="{word}, {time}",  # never "saa" before a digital time: it would be six hours off
        yesterday="jana",
        today="leo",
        tomorrow="kesho",
        now="sasa hivi",
    ),
    "ne": Layout(
        plain="{d} {name} {y}",
        long="{d} {name} {y}",
        short="{d} {name} {y}",
        month="{alone} {y}",
        at="{date}, {time}",
        near="{word} {time}",
        yesterday="हिजो",
        today="आज",
        tomorrow="भोलि",
        now="अहिले",
    ),
    "fa": Layout(
        plain="{d} {name} {y}",
        long="{d} {name} {y}",
        short="{y}/{m}/{d}",
        month="{alone} {y}",
        at="{date} ساعت {time}",
        near="{word} ساعت {time}",
        yesterday="دیروز",
        today="امروز",
        tomorrow="فردا",
        now="اکنون",
    ),
    "mn": Layout(
        plain="{y}.{mm}.{dd}",
        long="{y} оны {m} {nth} сарын {d}",
        short="{y}.{mm}.{dd}",
        month="{y} оны {m} {nth} сар",
        at="{date}, {time}",
        near="{word} {time}",
        yesterday="өчигдөр",
        today="өнөөдөр",
        tomorrow="маргааш",
        now="яг одоо",
    ),
    "hy": Layout(
        plain="{dd}.{mm}.{y}",
        long="{d} {name}, {y} թ.",
        short="{dd}.{mm}.{y}",
        month="{y} թ. {alone}",
        at="{date}, ժամը {time}",
        near="{word}, ժամը {time}",
        yesterday="երեկ",
        today="այսօր",
        tomorrow="վաղը",
        now="հենց հիմա",
    ),
}

# The ending of Mongolian ordinals goes with the last vowel of the number as it is spoken.
_FRONT_VOWEL_MONTHS: Final = frozenset({1, 4, 9, 11})


def laid_out(pattern: str, day: Day) -> str:
    """A day in one of the layouts, with ASCII digits."""
    return pattern.format(
        d=day.day,
        dd=f"{day.day:02}",
        m=day.month,
        mm=f"{day.month:02}",
        y=day.year,
        name=day.month_name,
        alone=day.month_alone,
        abbr=day.month_short,
        nth="дүгээр" if day.month in _FRONT_VOWEL_MONTHS else "дугаар",
    )


def time_of_day(language: str, moment: datetime.time | datetime.datetime) -> str:
    """16:00; in Nepali with the part of the day, and minutes only where there are some (दिउँसो ४ बजे)."""
    if language != "ne":
        return f"{moment.hour:02}:{moment.minute:02}"
    minutes = f":{moment.minute:02}" if moment.minute else ""
    return f"{_nepali_part_of_day(moment.hour)} {moment.hour % 12 or 12}{minutes} बजे"


def _nepali_part_of_day(hour: int) -> str:
    if 4 <= hour <= 11:
        return "बिहान"
    if 12 <= hour <= 16:
        return "दिउँसो"
    return "साँझ" if 17 <= hour <= 19 else "राति"


# Babel has no unit names for Swahili, and Mongolian waits in хоног. English alone has two forms.
_UNITS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {"day": "{n} day", "hour": "{n} hour", "minute": "{n} minute", "second": "{n} second"},
    "sw": {"day": "siku {n}", "hour": "saa {n}", "minute": "dakika {n}", "second": "sekunde {n}"},
    "ne": {"day": "{n} दिन", "hour": "{n} घण्टा", "minute": "{n} मिनेट", "second": "{n} सेकेन्ड"},
    "fa": {"day": "{n} روز", "hour": "{n} ساعت", "minute": "{n} دقیقه", "second": "{n} ثانیه"},
    "mn": {"day": "{n} хоног", "hour": "{n} цаг", "minute": "{n} минут", "second": "{n} секунд"},
    "hy": {"day": "{n} օր", "hour": "{n} ժամ", "minute": "{n} րոպե", "second": "{n} վայրկյան"},
}


def unit(language: str, name: str, count: int) -> str:
    """A counted unit of time: 3 days, siku 3."""
    plural = "s" if language == "en" and count != 1 else ""
    return _UNITS[language][name].format(n=count) + plural
