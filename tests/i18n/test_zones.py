"""Time zones by city and offset, in the reader's language and of the moment."""

from datetime import UTC, datetime
from zoneinfo import available_timezones

import pytest

from feedback.i18n.negotiation import LANGUAGES
from feedback.i18n.zones import city_of, present_name, zone_lines, zone_lines_with

WINTER, SUMMER = datetime(2026, 1, 15, 9, 20, tzinfo=UTC), datetime(2026, 7, 15, 9, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("tag", "zone", "shown"),
    [
        ("en", "Africa/Dar_es_Salaam", "Dar es Salaam (UTC+3)"),
        ("sw-TZ", "Africa/Nairobi", "Nairobi (UTC+3)"),
        ("ne", "Asia/Kathmandu", "काठमाण्डौं (UTC+5:45)"),
        ("fa-AF", "Asia/Kabul", "کابل (UTC+4:30)"),
        ("mn", "Asia/Ulaanbaatar", "Улаанбаатар (UTC+8)"),
        ("hy", "Asia/Yerevan", "Երևան (UTC+4)"),
        ("en", "America/St_Johns", "St. John’s (UTC\u22123:30)"),
        ("en", "Europe/London", "London (UTC)"),
    ],
)
def test_a_zone_is_shown_by_its_city_and_offset(tag: str, zone: str, shown: str) -> None:
    assert dict(zone_lines(tag, WINTER))[zone] == shown


def test_the_offset_is_that_of_the_moment_and_sorts_from_west_to_east() -> None:
    winter, summer = dict(zone_lines("en", WINTER)), dict(zone_lines("en", SUMMER))
    assert (winter["Europe/Berlin"], summer["Europe/Berlin"]) == ("Berlin (UTC+1)", "Berlin (UTC+2)")
    order = list(winter)
    assert order.index("America/New_York") < order.index("Europe/London") < order.index("Asia/Tokyo")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_zone_stands_there_once_and_exists(language: str) -> None:
    lines = zone_lines(language, WINTER)
    assert len({zone for zone, _ in lines}) == len(lines) > 400
    assert {zone for zone, _ in lines} <= available_timezones()


def test_a_former_name_is_known() -> None:
    assert present_name("Asia/Calcutta") == "Asia/Kolkata"
    assert present_name("Asia/Kolkata") == "Asia/Kolkata"


def test_an_old_name_that_was_chosen_stands_in_place_of_the_present_one() -> None:
    lines = dict(zone_lines_with("ne", "Asia/Katmandu", WINTER))
    assert lines["Asia/Katmandu"] == "काठमाण्डौं (UTC+5:45)"
    assert "Asia/Kathmandu" not in lines
    assert zone_lines_with("en", "Etc/GMT-3", WINTER)[0] == ("Etc/GMT-3", "GMT-3")


def test_a_city_alone_is_told_in_the_language_of_the_reader() -> None:
    assert city_of("fa", "Asia/Tehran") == "تهران"
    assert city_of("en", "Asia/Calcutta") == "Kolkata"
    assert city_of("hy", "UTC") == "UTC"
