"""Numbers, dates and moments in six languages, against what ICU 72 prints (icu_golden.json) and the house's copy."""

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import nepali_datetime
import pytest
from babel import Locale

from feedback.i18n.formats import Formats
from feedback.i18n.formats.digits import numbering_system
from feedback.i18n.formats.numbers import decimal, percent

GOLDEN: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("icu_golden.json").read_text(encoding="utf-8"))
READERS = ["en", "sw", "ne", "fa", "fa-AF", "mn", "hy"]
NUMBERS = [0, 7, -12, 1234, 1234567.891, -0.5, 12345678]
SHARES = [0, 0.42, 1, -0.075, 12.5]
ZONES = {
    "en": "Europe/London",
    "sw": "Africa/Dar_es_Salaam",
    "ne": "Asia/Kathmandu",
    "fa": "Asia/Tehran",
    "fa-AF": "Asia/Kabul",
    "mn": "Asia/Ulaanbaatar",
    "hy": "Asia/Yerevan",
}
NOON = dt.datetime(2026, 3, 20, 12, tzinfo=dt.UTC)


def formats(tag: str, **options: Any) -> Formats:
    return Formats(tag, ZONES[tag], **options)


def local(tag: str, *parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=ZoneInfo(ZONES[tag]))  # type: ignore[arg-type, misc]


@pytest.mark.parametrize("tag", sorted(GOLDEN))
def test_numbers_are_written_as_icu_writes_them(tag: str) -> None:
    locale = Locale.parse(tag, sep="-")
    system = numbering_system(locale, "native")
    assert [decimal(locale, system, number) for number in NUMBERS] == GOLDEN[tag]["number"]


@pytest.mark.parametrize("tag", sorted(tag for tag in GOLDEN if "percent" in GOLDEN[tag]))
def test_percentages_carry_the_sign_of_their_script(tag: str) -> None:
    locale = Locale.parse(tag, sep="-")
    system = numbering_system(locale, "native")
    assert [percent(locale, system, share) for share in SHARES] == GOLDEN[tag]["percent"]


@pytest.mark.parametrize("tag", READERS)
def test_latin_digits_bring_latin_signs_with_them(tag: str) -> None:
    reader = formats(tag, digits="latn")
    written = [reader.number(1234567.891), reader.number(-12), reader.percent(0.42)]
    assert written == GOLDEN[tag]["latn"]


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("en", ["2.50", "42.5%"]), ("ne", ["२.५०", "४२.५%"]), ("fa", ["۲٫۵۰", "۴۲٫۵٪"]), ("hy", ["2,50", "42,5%"])],
)
def test_decimals_are_fixed_where_asked(tag: str, expected: list[str]) -> None:
    reader = formats(tag)
    assert [reader.number(2.5, 2), reader.percent(0.425, 1)] == expected


def test_grouping_survives_fixed_decimals() -> None:
    assert formats("ne").number(1234567, 1) == "१२,३४,५६७.०"


@pytest.mark.parametrize("tag", READERS)
def test_lists_are_joined_as_icu_joins_them(tag: str) -> None:
    samples = ["a", "b", "c", "d"]
    expected = GOLDEN[tag]["list"]
    assert [formats(tag).list_(samples[: n + 1]) for n in range(len(expected))] == expected


def test_nepali_lists_have_a_space_after_every_comma() -> None:
    assert formats("ne").list_(["क", "ख", "ग"]) == "क, ख र ग"


@pytest.mark.parametrize("tag", [*READERS, *reversed(READERS)])
def test_weekdays_are_in_the_reader_s_language_whoever_asked_first(tag: str) -> None:
    monday = dt.date(2026, 3, 16)
    names = [formats(tag).weekday(monday + dt.timedelta(days)) for days in range(7)]
    assert names == GOLDEN[tag]["weekdays"]


@pytest.mark.parametrize("tag", READERS)
def test_relative_times_are_written_as_icu_writes_them(tag: str) -> None:
    seconds = {"minute": 60, "hour": 3600, "day": 86400, "week": 604800, "month": 2592000, "year": 31536000}
    written = {
        key: formats(tag).relative(NOON + dt.timedelta(seconds=seconds[key[:-2]] * int(key[-2:])), NOON)
        for key in GOLDEN[tag]["relative"]
    }
    assert written == GOLDEN[tag]["relative"]


def test_a_moment_ago_is_now_and_a_minute_is_never_counted_in_seconds() -> None:
    reader = formats("sw")
    assert reader.relative(NOON - dt.timedelta(seconds=30), NOON) == "sasa hivi"
    assert reader.relative(NOON - dt.timedelta(seconds=50), NOON) == "dakika 1 iliyopita"


@pytest.mark.parametrize("tag", ["fa", "fa-AF"])
def test_persian_dates_are_icu_s_on_days_around_new_years(tag: str) -> None:
    for day, expected in GOLDEN[tag]["persian"].items():
        assert formats(tag).date(dt.date.fromisoformat(day)) == expected.replace("\u0654", "")


def test_persian_dates_are_icu_s_on_every_day_from_2000_to_2089() -> None:
    digest, day = hashlib.sha256(), dt.date(2000, 1, 1)
    reader = formats("fa")
    while day <= dt.date(2089, 12, 31):
        digest.update(reader.date(day).encode() + b"\n")
        day += dt.timedelta(1)
    assert digest.hexdigest() == GOLDEN["fa"]["persian_digest"]


def test_new_year_and_the_leap_day_of_the_persian_calendar() -> None:
    assert formats("fa").date(dt.date(2026, 3, 21)) == "۱ فروردین ۱۴۰۵"
    assert formats("fa").date(dt.date(2025, 3, 20)) == "۳۰ اسفند ۱۴۰۳"
    assert formats("fa-AF").date(dt.date(2026, 3, 21)) == "۱ حمل ۱۴۰۵"


def test_a_site_may_keep_the_gregorian_calendar_in_persian() -> None:
    day = dt.date(2026, 1, 21)
    assert formats("fa", calendar="gregorian").date(day) == "۲۱ ژانویه ۲۰۲۶"
    assert formats("fa-AF", calendar="gregorian").date(day) == "۲۱ جنوری ۲۰۲۶"


# The table of the copy: what {when} reads like tomorrow and on a later day, and {date}.
WHEN = {
    "en": ("tomorrow, 16:00", "21 March 2026, 16:00", "21 March 2026"),
    "sw": ("kesho, 16:00", "21 Machi 2026, 16:00", "21 Machi 2026"),
    "ne": ("भोलि दिउँसो ४ बजे", "२१ मार्च २०२६, दिउँसो ४ बजे", "२१ मार्च २०२६"),
    "fa": ("فردا ساعت ۱۶:۰۰", "۱ فروردین ۱۴۰۵ ساعت ۱۶:۰۰", "۱ فروردین ۱۴۰۵"),
    "mn": ("маргааш 16:00", "2026.03.21, 16:00", "2026.03.21"),
    "hy": ("վաղը, ժամը 16:00", "21.03.2026, ժամը 16:00", "21.03.2026"),
}


@pytest.mark.parametrize("tag", sorted(WHEN))
def test_moments_read_as_the_sentences_around_them_expect(tag: str) -> None:
    moment = local(tag, 2026, 3, 21, 16, 0)
    tomorrow, later, date = WHEN[tag]
    reader = formats(tag)
    assert reader.when(moment, local(tag, 2026, 3, 20, 9, 0)) == tomorrow
    assert reader.when(moment, local(tag, 2026, 3, 17, 9, 0)) == later
    assert reader.date(moment) == date
    assert reader.datetime(moment) == later


@pytest.mark.parametrize(
    ("tag", "today", "yesterday"),
    [
        ("en", "today, 16:00", "yesterday, 16:00"),
        ("sw", "leo, 16:00", "jana, 16:00"),
        ("ne", "आज दिउँसो ४ बजे", "हिजो दिउँसो ४ बजे"),
        ("fa", "امروز ساعت ۱۶:۰۰", "دیروز ساعت ۱۶:۰۰"),
        ("mn", "өнөөдөр 16:00", "өчигдөр 16:00"),
        ("hy", "այսօր, ժամը 16:00", "երեկ, ժամը 16:00"),
    ],
)
def test_today_and_yesterday_go_by_name(tag: str, today: str, yesterday: str) -> None:
    moment = local(tag, 2026, 3, 21, 16, 0)
    assert formats(tag).when(moment, local(tag, 2026, 3, 21, 0, 1)) == today
    assert formats(tag).when(moment, local(tag, 2026, 3, 22, 23, 59)) == yesterday


def test_tomorrow_is_the_reader_s_tomorrow() -> None:
    moment, now = dt.datetime(2026, 3, 20, 20, tzinfo=dt.UTC), dt.datetime(2026, 3, 20, 12, tzinfo=dt.UTC)
    assert Formats("en", "UTC").when(moment, now) == "today, 20:00"
    assert Formats("en", "Asia/Ulaanbaatar").when(moment, now) == "tomorrow, 04:00"


@pytest.mark.parametrize(
    ("hour", "minute", "expected"),
    [
        (0, 0, "राति १२ बजे"),
        (3, 59, "राति ३:५९ बजे"),
        (4, 0, "बिहान ४ बजे"),
        (11, 5, "बिहान ११:०५ बजे"),
        (12, 0, "दिउँसो १२ बजे"),
        (16, 30, "दिउँसो ४:३० बजे"),
        (17, 0, "साँझ ५ बजे"),
        (19, 0, "साँझ ७ बजे"),
        (20, 0, "राति ८ बजे"),
    ],
)
def test_nepali_times_name_the_part_of_the_day(hour: int, minute: int, expected: str) -> None:
    assert formats("ne").time(dt.time(hour, minute)) == expected


@pytest.mark.parametrize(
    ("tag", "long", "short"),
    [
        ("en", "21 March 2026", "21 Mar 2026"),
        ("sw", "21 Machi 2026", "21 Mac 2026"),
        ("ne", "२१ मार्च २०२६", "२१ मार्च २०२६"),
        ("fa", "۱ فروردین ۱۴۰۵", "۱۴۰۵/۱/۱"),
        ("mn", "2026 оны 3 дугаар сарын 21", "2026.03.21"),
        ("hy", "21 մարտի, 2026 թ.", "21.03.2026"),
    ],
)
def test_dates_that_stand_alone_are_written_in_full_and_those_in_tables_are_short(
    tag: str, long: str, short: str
) -> None:
    day = dt.date(2026, 3, 21)
    assert (formats(tag).date_long(day), formats(tag).date_short(day)) == (long, short)


def test_mongolian_month_endings_follow_the_spoken_number() -> None:
    endings = [formats("mn").month_and_year(dt.date(2026, month, 1)).split()[3] for month in range(1, 13)]
    front = [month for month, ending in enumerate(endings, 1) if ending == "дүгээр"]
    assert front == [1, 4, 9, 11]


def test_bikram_sambat_stands_beside_long_nepali_dates_only_where_the_site_adds_it() -> None:
    day = dt.date(2026, 3, 21)
    assert formats("ne", bikram_sambat=True).date_long(day) == "२१ मार्च २०२६ (७ चैत २०८२)"
    assert formats("ne", bikram_sambat=True).date(day) == "२१ मार्च २०२६"
    assert formats("en", bikram_sambat=True).date_long(day) == "21 March 2026"
    assert formats("ne", bikram_sambat=True).date_long(dt.date(1900, 1, 1)) == "१ जनवरी १९००"


def test_every_day_of_the_bikram_sambat_table_can_be_shown() -> None:
    reader = formats("ne", bikram_sambat=True)
    first, last = dt.date(1918, 4, 13), dt.date(2043, 4, 13)
    assert nepali_datetime.date.from_datetime_date(first).year == 1975
    for days in range(0, (last - first).days + 1, 7):
        assert "(" in reader.date_long(first + dt.timedelta(days))
    assert "(" in reader.date_long(last)


@pytest.mark.parametrize(
    ("tag", "country", "first"),
    [
        ("fa", None, 5),
        ("fa-AF", None, 5),
        ("ne", None, 6),
        ("sw", None, 0),
        ("sw", "KE", 6),
        ("mn", None, 0),
        ("hy", None, 0),
        ("en", None, 0),
        ("en", "US", 6),
        ("en", "IR", 5),
        ("en-US", "IR", 6),
        ("fa", "ZZ", 0),
    ],
)
def test_the_week_begins_where_the_reader_is(tag: str, country: str | None, first: int) -> None:
    reader = Formats(tag, "UTC", country=country)
    assert reader.first_day_of_week == first
    assert [number for number, _ in reader.weekdays()] == [(first + offset) % 7 for offset in range(7)]


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("en", ["2 hours and 5 minutes", "1 day and 1 hour", "3 minutes", "45 seconds", "0 seconds"]),
        ("sw", ["saa 2 na dakika 5", "siku 1 na saa 1", "dakika 3", "sekunde 45", "sekunde 0"]),
        ("ne", ["२ घण्टा र ५ मिनेट", "१ दिन र १ घण्टा", "३ मिनेट", "४५ सेकेन्ड", "० सेकेन्ड"]),
        ("fa", ["۲ ساعت و ۵ دقیقه", "۱ روز و ۱ ساعت", "۳ دقیقه", "۴۵ ثانیه", "۰ ثانیه"]),
        ("mn", ["2 цаг, 5 минут", "1 хоног, 1 цаг", "3 минут", "45 секунд", "0 секунд"]),
        ("hy", ["2 ժամ և 5 րոպե", "1 օր և 1 ժամ", "3 րոպե", "45 վայրկյան", "0 վայրկյան"]),
    ],
)
def test_durations_name_their_two_largest_units(tag: str, expected: list[str]) -> None:
    assert [formats(tag).duration(seconds) for seconds in (7512, 90061, 185, 45, 0)] == expected


@pytest.mark.parametrize("method", ["time", "datetime", "date", "local"])
def test_a_moment_without_a_zone_is_refused(method: str) -> None:
    naive = dt.datetime(2026, 3, 21, 16, 0)  # noqa: DTZ001 - that is the point
    with pytest.raises(ValueError, match="time zone"):
        getattr(formats("en"), method)(naive)


def test_both_moments_of_a_distance_need_a_zone() -> None:
    naive = dt.datetime(2026, 3, 21, 16, 0)  # noqa: DTZ001 - that is the point
    with pytest.raises(ValueError, match="time zone"):
        formats("en").relative(NOON, naive)
    with pytest.raises(ValueError, match="time zone"):
        formats("en").when(naive, NOON)


def test_codes_and_counters_take_native_digits_without_grouping() -> None:
    assert formats("fa").digits("#1042") == "#۱۰۴۲"
    assert formats("en").digits("#1042") == "#1042"
