"""What forms about cases have in common: choices with their texts, and for which version a move was made."""

from collections.abc import Iterable, Mapping
from typing import Any

from wtforms import HiddenField

from feedback.rendering import current_reader
from feedback.web.forms import VersionedForm

LONGEST_NOTE = 10_000


def told(texts: Mapping[str, str], keys: Iterable[str] | None = None) -> list[tuple[str, str]]:
    """Choices of a select: keys with their texts in the reader's language."""
    say = current_reader().gettext
    return [(key, say(texts[key])) for key in (keys or texts)]


class CaseForm(VersionedForm):
    """A move: which version of the case it was made for, and the last activity that its author saw.

    ``anchor`` is what the ids of its fields begin with: several forms share a page, also several of one kind.
    """

    anchor: str = "move"
    seen = HiddenField()

    def __init__(self, *args: Any, anchor: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.anchor = anchor or self.anchor
        for field in self:
            field.id = field.label.field_id = f"{self.anchor}-{field.name}"

    @property
    def last_seen(self) -> int:
        """Id of the newest activity that the author saw."""
        text = str(self.seen.data or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
