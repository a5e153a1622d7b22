"""The base of console forms: our languages, and problems of the domain shown at their fields."""

from collections.abc import Iterable
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Form

from feedback.errors import Problem
from feedback.i18n.text import N_
from feedback.rendering import current_reader

#: What the validators and fields that we use say, so that the catalogues have them.
BUILT_IN = (
    N_("This field is required."),
    N_("Not a valid choice."),
    N_("Not a valid integer value."),
    N_("Not a valid date value."),
    N_("Not a valid time value."),
    N_("Invalid Choice: could not coerce."),
    N_("Invalid choice(s): one or more data inputs could not be coerced."),
)


class ReaderTranslations:
    """What WTForms asks for texts: whoever reads the page."""

    def gettext(self, string: str) -> str:
        """The text in the reader's language."""
        return current_reader().translator.gettext(string)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """The form that goes with ``n``."""
        return current_reader().translator.ngettext(singular, plural, n)


class ConsoleForm(FlaskForm):
    """A form of the console; its token comes from the session."""

    class Meta(FlaskForm.Meta):
        """Texts from our catalogues."""

        def get_translations(self, _form: Form) -> ReaderTranslations:
            return ReaderTranslations()


class EntranceForm(ConsoleForm):
    """A form on the way in, where there is no session: a signed token in it stands in for the session's."""

    class Meta(ConsoleForm.Meta):
        """Without the session's token."""

        csrf = False


def show_problems(form: Form, problems: Iterable[Problem]) -> None:
    """Put each problem at the field that it names, or above the form where there is no such field."""
    reader = current_reader()
    for problem in problems:
        text = reader.say(problem)
        field: Any = form._fields.get(problem.field)
        if field is None:
            form.form_errors.append(text)
        else:
            field.errors = [*field.errors, text]
