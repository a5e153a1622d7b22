"""On which day a week begins, by country; names of weekdays come with the formats."""

from functools import lru_cache

from babel import Locale, UnknownLocaleError, localedata

from feedback.i18n.negotiation import region_qualified


def first_day_of_week(tag: str, country: str | None = None) -> int:
    """0 for Monday to 6 for Sunday, where the reader is (I-13): Babel says Monday to every bare language."""
    return _in_region(region_qualified(tag, country).rpartition("-")[2])


@lru_cache(maxsize=256)
def _in_region(region: str) -> int:
    """CLDR keeps it by country, Babel answers by language and country: any language spoken there will do."""
    for identifier in sorted(localedata.locale_identifiers()):
        if identifier.endswith(f"_{region}"):
            try:
                return int(Locale.parse(identifier).first_week_day)
            except UnknownLocaleError:  # pragma: no cover - listed, therefore known
                continue
    return 0
