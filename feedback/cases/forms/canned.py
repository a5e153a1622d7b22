"""A canned reply of a site as a form, and the button that deletes one."""

from typing import Any

from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from feedback.cases.actions.canned import LONGEST_TEXT, LONGEST_TITLE
from feedback.i18n.negotiation import LANGUAGES, OWN_NAMES
from feedback.i18n.text import N_
from feedback.web.forms import ConsoleForm


class CannedMoveForm(ConsoleForm):
    """One button; for which version it was pressed."""

    version = HiddenField()

    @property
    def expected_version(self) -> int:
        """The version that the author saw; 0, which none has, if the form lost it."""
        text = str(self.version.data or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


class CannedForm(CannedMoveForm):
    """What it is called, in which language it is, and what it says."""

    title = StringField(N_("Name"), [InputRequired(), Length(max=LONGEST_TITLE)])
    language = SelectField(N_("Language"), choices=[(tag, OWN_NAMES[tag]) for tag in LANGUAGES])
    text = TextAreaField(N_("Text"), [InputRequired(), Length(max=LONGEST_TEXT)])

    def said(self) -> dict[str, Any]:
        """For the action."""
        return {
            "language": self.language.data or "",
            "title": self.title.data or "",
            "text": self.text.data or "",
        }
