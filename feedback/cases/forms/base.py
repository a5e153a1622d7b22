"""What forms about cases have in common: choices with their texts, boxes, and for which version a move was made."""

from collections.abc import Iterable, Mapping
from typing import Any

from wtforms import HiddenField, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from feedback.rendering import current_reader
from feedback.web.forms import ConsoleForm

LONGEST_NOTE = 10_000


def told(texts: Mapping[str, str], keys: Iterable[str] | None = None) -> list[tuple[str, str]]:
    """Choices of a select: keys with their texts in the reader's language."""
    say = current_reader().gettext
    return [(key, say(texts[key])) for key in (keys or texts)]


class BoxesField(SelectMultipleField):
    """Any number of boxes to tick."""

    widget: Any = ListWidget(prefix_label=False)
    option_widget: Any = CheckboxInput()


class CaseForm(ConsoleForm):
    """A move: which version of the case it was made for, and the last activity that its author saw.

    ``anchor`` is what the ids of its fields begin with: several forms share a page, also several of one kind.
    """

    anchor: str = "move"
    version = HiddenField()
    seen = HiddenField()

    def __init__(self, *args: Any, anchor: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.anchor = anchor or self.anchor
        for field in self:
            field.id = field.label.field_id = f"{self.anchor}-{field.name}"

    @property
    def expected_version(self) -> int | None:
        """The version that the author saw; a form that lost it counts as an old one."""
        text = str(self.version.data or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

    @property
    def last_seen(self) -> int:
        """Id of the newest activity that the author saw."""
        text = str(self.seen.data or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
