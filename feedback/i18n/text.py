"""Text as data: marks, texts in several languages, bidi safety, masks, search keys; no formats."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from feedback.i18n.negotiation import LANGUAGES, direction, lookup

LocalizedText: TypeAlias = dict[str, str]

FSI: Final = "\u2068"
PDI: Final = "\u2069"
RLM: Final = "\u200f"

# Marks, embeddings, overrides, isolates. ZWNJ and ZWJ are not among them: Persian and Nepali spell with them.
_BIDI_CONTROLS: Final = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)], None)
_PLAIN_NUMBER: Final = re.compile(r"\u200e?[#+\-\u2212]?[\d.,\u066b\u066c]*[%\u066a]?")
_RTL_STRONG: Final = frozenset({"R", "AL"})
_ARABIC_TO_PERSIAN: Final = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "ۀ": "ه", "ؤ": "و"})
_MASK: Final = "•••"


def N_(message: str) -> str:
    """Mark a text for translation and give it back untouched (gettext's name); the edge translates."""
    return message


def pick(text: Mapping[str, str], tag: str, fallback: str = "en") -> tuple[str, str]:
    """The string to show a reader of ``tag``, and the language it is really in (for its ``lang`` attribute).

    RFC 4647 lookup, then the fallback language, then English, then whatever there is; empty ones don't count.
    """
    if text.get(tag):  # nearly always, and dozens of times for each page
        return text[tag], tag
    filled = [language for language, string in text.items() if string]
    if not filled:
        return "", tag
    for wish in (tag, fallback, "en"):
        found = lookup([wish], filled)
        if found is not None:
            return text[found], found
    return text[filled[0]], filled[0]


def missing_languages(text: Mapping[str, str], wanted: Iterable[str] = LANGUAGES) -> list[str]:
    """Which of the wanted languages have no string yet, in the order asked."""
    return [language for language in wanted if not text.get(language, "").strip()]


def strip_bidi(text: str) -> str:
    """Without the controls that can reorder what stands around a text; ZWNJ and ZWJ stay."""
    return text.translate(_BIDI_CONTROLS)


def isolate(text: str) -> str:
    """A value for the middle of a plain-text sentence: it can't reorder its surroundings (UAX #9)."""
    return f"{FSI}{strip_bidi(text)}{PDI}"


def isolate_for(tag: str, text: str) -> str:
    """Isolated if the value could be drawn wrong inside a sentence of this language, else as it is.

    Values that read the sentence's own way, and plain numbers, need nothing: most texts stay free of marks.
    """
    if _PLAIN_NUMBER.fullmatch(text):  # a Persian minus needs the mark before it
        return text
    clean = strip_bidi(text)
    strong = {unicodedata.bidirectional(character) for character in clean}
    rtl, ltr = bool(strong & _RTL_STRONG), "L" in strong
    at_home = (rtl and not ltr) if direction(tag) == "rtl" else not rtl
    return clean if at_home else f"{FSI}{clean}{PDI}"


def subject_line(tag: str, text: str) -> str:
    """A mail's subject: in a right-to-left language, one that doesn't begin so starts with a mark (I-7)."""
    if not text or direction(tag) != "rtl" or unicodedata.bidirectional(text[0]) in _RTL_STRONG:
        return text
    return RLM + text


def mask_address(address: str) -> str:
    """An address its owner recognises and nobody else learns: ``a•••@e•••.com``."""
    local, at, domain = address.strip().rpartition("@")
    if not at:
        return _mask_part(address.strip())
    name, dot, ending = domain.rpartition(".")
    return f"{_mask_part(local)}@{_mask_part(name)}{dot}{ending}" if dot else f"{_mask_part(local)}@{_MASK}"


def _mask_part(text: str) -> str:
    return text[:1] + _MASK


def ascii_digits(text: str) -> str:
    """Every decimal digit of every script as 0-9; nothing else changes."""
    return "".join(
        str(unicodedata.decimal(c)) if not c.isascii() and unicodedata.category(c) == "Nd" else c for c in text
    )


def search_key(text: str) -> str:
    """What two spellings of a name have in common: NFC, case folded, Persian letters, ASCII digits.

    For finding only, never for showing: bidi controls and ZWNJ are dropped, runs of space become one.
    """
    folded = unicodedata.normalize("NFC", strip_bidi(text)).casefold().translate(_ARABIC_TO_PERSIAN)
    return " ".join(ascii_digits(unicodedata.normalize("NFC", folded)).replace("\u200c", "").split())
