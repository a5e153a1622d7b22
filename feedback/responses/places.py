"""Rule: what may stand as the place of an answer: the branch, counter or door that an address or a screen names."""

import unicodedata
from typing import Final

from feedback.i18n.text import strip_bidi

LONGEST_PLACE: Final = 120
_JOINER: Final = "\u200d"


def place_of(text: str | None) -> str | None:
    """A place's name as it is stored; None for what is no name.

    Of one that is too long it is what fits: its answers are told from those of other places, though it is cut.
    """
    return _fitting(written_as_place(text)) or None


def written_as_place(text: str | None) -> str:
    """The name, however long: one line, NFC, nothing that can't be seen."""
    line = " ".join(strip_bidi(text or "").encode("utf-8", "ignore").decode().split())
    seen = "".join(sign for sign in line if unicodedata.category(sign) not in ("Cc", "Co", "Cn"))
    return unicodedata.normalize("NFC", seen).strip()


def _fitting(name: str) -> str:
    """So much of it as has room, and no letter without its marks."""
    end = LONGEST_PLACE
    if len(name) <= end:
        return name
    while end and (unicodedata.category(name[end])[0] in "MC" or name[end - 1] == _JOINER):
        end -= 1
    return name[:end].strip()
