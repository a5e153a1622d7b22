"""What staff may do to surveys in the console: a definition as a file or as text; parsing it is parsing.py's."""

from flask_wtf.file import FileField
from wtforms import HiddenField, TextAreaField

from feedback.i18n.text import N_
from feedback.web.forms import ConsoleForm


class DefinitionForm(ConsoleForm):
    """A survey as YAML: a file, which goes first, or the text. ``base`` is what the author began with."""

    base = HiddenField()
    file = FileField(N_("File"))
    text = TextAreaField(N_("Definition"))

    def given(self) -> bytes | str:
        """The definition that was sent; the text then holds it, so that a refused file can be mended in place."""
        upload = self.file.data
        content: bytes = upload.read() if upload else b""
        if not content.strip():
            return self.text.data or ""
        self.text.data = content.decode("utf-8", "replace")
        return content


class SurveyMoveForm(ConsoleForm):
    """One button: publish or close."""
