"""Digits of other scripts, which Babel never writes; the numbers they belong to are made in numbers."""

from typing import Final, Literal, TypeAlias

from babel import Locale

Digits: TypeAlias = Literal["native", "latn"]

_ZERO: Final = {"arab": 0x0660, "arabext": 0x06F0, "deva": 0x0966, "beng": 0x09E6, "mymr": 0x1040}
_MAPS: Final = {
    system: {ord("0") + n: chr(zero + n) for n in range(10)} for system, zero in _ZERO.items()
}  # from ASCII, for str.translate


def numbering_system(locale: Locale, digits: Digits) -> str:
    """The CLDR numbering system a reader of this locale gets."""
    return "latn" if digits == "latn" else str(locale.default_numbering_system)


def in_system(text: str, system: str) -> str:
    """The same text with its ASCII digits written in a numbering system; unknown systems stay ASCII."""
    digits = _MAPS.get(system)
    return text.translate(digits) if digits else text
