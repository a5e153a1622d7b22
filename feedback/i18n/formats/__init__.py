"""How one reader sees numbers, dates, moments and lists; texts are in catalogue, choosing in negotiation."""

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_timedelta
from babel.lists import format_list

from feedback.i18n.formats.calendars import Calendar, Day, bikram_sambat, day_in
from feedback.i18n.formats.dates import LAYOUTS, laid_out, time_of_day, unit
from feedback.i18n.formats.digits import Digits, in_system, numbering_system
from feedback.i18n.formats.numbers import Number, decimal, percent
from feedback.i18n.formats.weeks import first_day_of_week
from feedback.i18n.negotiation import language_of, region_qualified

_JUST_NOW: Final = dt.timedelta(seconds=45)
_MINUTE: Final = dt.timedelta(minutes=1)


class Formats:
    """Numbers, dates and times for one reader. Moments must be aware: a naive one raises ValueError.

    ``calendar`` overrides the language's own (Persian for fa, else Gregorian); ``bikram_sambat`` adds it
    to long Nepali dates; ``digits`` may be "latn". Everything comes back as plain text, digits included.
    """

    def __init__(
        self,
        tag: str,
        time_zone: str | dt.tzinfo,
        *,
        country: str | None = None,
        digits: Digits = "native",
        calendar: Calendar | None = None,
        bikram_sambat: bool = False,
    ) -> None:
        self.tag = tag
        self.language = language_of(tag)
        self.time_zone = ZoneInfo(time_zone) if isinstance(time_zone, str) else time_zone
        self._country = country
        self._locale = _locale(self.language, region_qualified(tag, country).endswith("-AF"))
        self._system = numbering_system(self._locale, digits)
        self._calendar: Calendar = calendar or ("persian" if self.language == "fa" else "gregorian")
        self._bikram_sambat = bikram_sambat and self.language == "ne"
        self._layout = LAYOUTS[self.language]

    # Numbers

    def number(self, number: Number, decimals: int | None = None) -> str:
        """1,234.5; with ``decimals`` exactly so many after the point."""
        return decimal(self._locale, self._system, number, decimals)

    def percent(self, share: Number, decimals: int = 0) -> str:
        """0.42 as 42%."""
        return percent(self._locale, self._system, share, decimals)

    def digits(self, text: str) -> str:
        """Any text with its ASCII digits as this reader writes them: 360p, 4/5, a year."""
        return in_system(text, self._system)

    # Days

    def date(self, day: dt.date) -> str:
        """A date as sentences take it up ({date}); a moment is first brought to the reader's time zone."""
        return self._dated(self._layout.plain, day)

    def date_long(self, day: dt.date) -> str:
        """A date that stands by itself, in full; with Bikram Sambat beside it where the site wants that."""
        text = self._dated(self._layout.long, day)
        beside = bikram_sambat(self._day(day)) if self._bikram_sambat else None
        return f"{text} ({self.digits(laid_out(self._layout.long, beside))})" if beside else text

    def date_short(self, day: dt.date) -> str:
        """A date for tables."""
        return self._dated(self._layout.short, day)

    def month(self, day: dt.date) -> str:
        """The name of a day's month, in the reader's calendar."""
        return self._calendar_day(day).month_alone

    def month_and_year(self, day: dt.date) -> str:
        """March 2026."""
        return self._dated(self._layout.month, day)

    def weekday(self, day: dt.date) -> str:
        """The name of a day's weekday."""
        return self._weekday_name(self._day(day).weekday())

    def weekdays(self) -> list[tuple[int, str]]:
        """All seven with their number (0 is Monday), in the order of the reader's week."""
        first = self.first_day_of_week
        return [(number % 7, self._weekday_name(number % 7)) for number in range(first, first + 7)]

    @property
    def first_day_of_week(self) -> int:
        """0 for Monday to 6 for Sunday, by country."""
        return first_day_of_week(self.tag, self._country)

    # Moments

    def time(self, moment: dt.datetime | dt.time) -> str:
        """The time of day, of 24 hours (Nepali: with the part of the day). A bare time is local already."""
        local = self.local(moment) if isinstance(moment, dt.datetime) else moment
        return self.digits(time_of_day(self.language, local))

    def datetime(self, moment: dt.datetime) -> str:
        """Date and time: ``21 March 2026, 16:00``."""
        local = self.local(moment)
        return self._layout.at.format(date=self.date(local), time=self.time(local))

    def when(self, moment: dt.datetime, now: dt.datetime) -> str:
        """A moment as sentences take it up ({when}): yesterday, today and tomorrow by name, else by date."""
        local = self.local(moment)
        apart = (local.date() - self.local(now).date()).days
        words = {-1: self._layout.yesterday, 0: self._layout.today, 1: self._layout.tomorrow}
        if apart not in words:
            return self.datetime(moment)
        return self._layout.near.format(word=words[apart], time=self.time(local))

    def relative(self, moment: dt.datetime, now: dt.datetime) -> str:
        """How far a moment is from now, in one unit: ``3 days ago``, ``in 2 hours``, or just now."""
        _aware(moment)
        _aware(now)
        apart = moment - now
        if abs(apart) < _JUST_NOW:
            return self._layout.now
        if abs(apart) < _MINUTE:
            apart = _MINUTE if apart > dt.timedelta() else -_MINUTE
        text = format_timedelta(apart, threshold=1, add_direction=True, locale=self._locale)
        return self.digits(text)

    def duration(self, length: dt.timedelta | float) -> str:
        """A length of time (a number is seconds) in its two largest units: ``2 hours and 5 minutes``."""
        span = length if isinstance(length, dt.timedelta) else dt.timedelta(seconds=length)
        seconds = round(abs(span.total_seconds()))
        days, rest = divmod(seconds, 86400)
        hours, rest = divmod(rest, 3600)
        minutes, rest = divmod(rest, 60)
        counts = [("day", days), ("hour", hours), ("minute", minutes), ("second", rest)]
        first = next((index for index, (_, count) in enumerate(counts) if count), 3)
        # Two neighbours at most, and no seconds beside minutes: nobody plans by them.
        last = min(first + 1, 3 if first == 3 else 2)
        parts = [unit(self.language, name, count) for name, count in counts[first : last + 1] if count]
        return self.digits(self.list_(parts or [unit(self.language, "second", 0)]))

    def local(self, moment: dt.datetime) -> dt.datetime:
        """The moment on the reader's clock."""
        return _aware(moment).astimezone(self.time_zone)

    # Lists

    def list_(self, items: Sequence[str], *, either: bool = False) -> str:
        """``a, b and c``; with ``either``, ``a, b or c``."""
        if self.language == "ne" and len(items) > 1:  # CLDR leaves out a space after the first comma
            return f"{', '.join(items[:-1])} {'वा' if either else 'र'} {items[-1]}"
        return format_list(items, style="or" if either else "standard", locale=self._locale)

    def _day(self, day: dt.date) -> dt.date:
        return self.local(day).date() if isinstance(day, dt.datetime) else day

    def _calendar_day(self, day: dt.date) -> Day:
        return day_in(self._calendar, self._locale, self._day(day))

    def _dated(self, pattern: str, day: dt.date) -> str:
        return self.digits(laid_out(pattern, self._calendar_day(day)))

    def _weekday_name(self, number: int) -> str:
        # Not "stand-alone": Babel resolves that alias once for all languages, in the first one that asks.
        return str(self._locale.days["format"]["wide"][number])


def _aware(moment: dt.datetime) -> dt.datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone can't be shown to anybody")
    return moment


@lru_cache(maxsize=16)
def _locale(language: str, afghan: bool) -> Locale:
    """From the allowlist only; Afghanistan has its own month names, no other country changes what we use."""
    return Locale("fa", "AF") if afghan and language == "fa" else Locale(language)
