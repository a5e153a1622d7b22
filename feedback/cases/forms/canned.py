"""A canned reply of a site as a form."""

from typing import Any

from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from feedback.cases.actions.canned import LONGEST_TEXT, LONGEST_TITLE
from feedback.i18n.text import N_
from feedback.web.forms import LANGUAGE_CHOICES, VersionedForm


class CannedForm(VersionedForm):
    """What it is called, in which language it is, and what it says."""

    title = StringField(N_("Name"), [InputRequired(), Length(max=LONGEST_TITLE)])
    language = SelectField(N_("Language"), choices=LANGUAGE_CHOICES)
    text = TextAreaField(N_("Text"), [InputRequired(), Length(max=LONGEST_TEXT)])

    def said(self) -> dict[str, Any]:
        """For the action."""
        return {
            "language": self.language.data or "",
            "title": self.title.data or "",
            "text": self.text.data or "",
        }
