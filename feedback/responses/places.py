"""Rule: what may stand as the place of an answer: the branch, counter or door that an address or a screen names."""

import unicodedata
from typing import Final

from feedback.i18n.text import strip_bidi

LONGEST_PLACE: Final = 120


def place_of(text: str | None) -> str | None:
    """A place's name as it is stored: one line, NFC, nothing that can't be seen; None for what is no name."""
    line = " ".join(strip_bidi(text or "").encode("utf-8", "ignore").decode().split())
    seen = "".join(sign for sign in line if unicodedata.category(sign) not in ("Cc", "Co", "Cn"))
    name = unicodedata.normalize("NFC", seen).strip()
    return name if 0 < len(name) <= LONGEST_PLACE else None
