"""Numbers and percentages as CLDR writes them, with native digits and signs; dates are elsewhere."""

from decimal import Decimal
from functools import lru_cache
from typing import Final, TypeAlias

from babel import Locale
from babel.numbers import NumberPattern, parse_pattern

from feedback.i18n.formats.digits import in_system

Number: TypeAlias = int | float | Decimal

_ASCII_MINUS: Final = "-"


def decimal(locale: Locale, system: str, number: Number, decimals: int | None = None) -> str:
    """A number with grouping; ``decimals`` fixes how many digits follow the point (else up to three)."""
    return _written(_pattern(locale, "decimal", decimals), locale, system, number)


def percent(locale: Locale, system: str, share: Number, decimals: int = 0) -> str:
    """A share (0.42) as a percentage (42%), with the percent sign of the script, which Babel leaves out."""
    text = _written(_pattern(locale, "percent", decimals), locale, system, share)
    return text.replace("%", _symbol(locale, system, "percentSign", "%"))


def _written(pattern: NumberPattern, locale: Locale, system: str, number: Number) -> str:
    text = pattern.apply(number, locale, numbering_system=system)
    if text.startswith(_ASCII_MINUS):
        text = _symbol(locale, system, "minusSign", _ASCII_MINUS) + text[1:]
    return in_system(text, system)


@lru_cache(maxsize=64)
def _pattern(locale: Locale, kind: str, decimals: int | None) -> NumberPattern:
    patterns = locale.percent_formats if kind == "percent" else locale.decimal_formats
    standard: NumberPattern = patterns[None]
    if decimals is None:
        return standard
    body = standard.pattern.replace(".###", "")
    fraction = "." + "0" * decimals if decimals else ""
    head, zero, tail = body.rpartition("0")
    return parse_pattern(f"{head}{zero}{fraction}{tail}")


def _symbol(locale: Locale, system: str, name: str, otherwise: str) -> str:
    symbols = locale.number_symbols.get(system) or locale.number_symbols.get("latn") or {}
    return str(symbols.get(name, otherwise))
