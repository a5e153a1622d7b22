"""The base of console forms: our languages, time zones, and problems of the domain shown at their fields."""

from collections.abc import Iterable
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Form, HiddenField, SelectMultipleField, widgets
from wtforms.fields import SelectChoice

from feedback import clock
from feedback.errors import Problem
from feedback.i18n.negotiation import OWN_NAMES
from feedback.i18n.text import N_
from feedback.i18n.zones import zone_lines_with
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


CHANGED = Problem("", "changed", N_("Somebody else changed this while you were typing. Nothing you typed is lost."))
#: Our languages in their own words.
LANGUAGE_CHOICES = [SelectChoice(tag, name) for tag, name in OWN_NAMES.items()]


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

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether everything typed can be used; what can't is said at its field."""
        return bool(super().validate(extra_validators=extra_validators))


class VersionedForm(ConsoleForm):
    """About something that others may change meanwhile; by itself it is one button for it."""

    version = HiddenField()

    @property
    def expected_version(self) -> int:
        """The version that its author saw; 0 if the form lost it, which is an old one to whatever is stored."""
        text = str(self.version.data or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

    def now_for(self, version: int) -> None:
        """Whoever sends it again has seen this version."""
        self.version.data = str(version)


class EntranceForm(ConsoleForm):
    """A form on the way in, where there is no session: a signed token in it stands in for the session's."""

    class Meta(ConsoleForm.Meta):
        """Without the session's token."""

        csrf = False


class Boxes(SelectMultipleField):
    """Several choices, each a box to tick."""

    widget: Any = widgets.ListWidget(prefix_label=False)
    option_widget: Any = widgets.CheckboxInput()

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)


def zone_choices(chosen: str) -> list[SelectChoice]:
    """Time zones as the reader knows them; ``chosen`` is among them, also by an old name."""
    reader = current_reader()
    lines = zone_lines_with(reader.tag, chosen, clock.now())
    return [SelectChoice(zone, reader.formats.digits(shown)) for zone, shown in lines]


def show_problems(form: Form, problems: Iterable[Problem]) -> None:
    """Put each problem at the field that it names, or above the form where there is no such field; macros say it."""
    for problem in problems:
        field: Any = form._fields.get(problem.field)
        if field is None:
            form.form_errors.append(problem)
        else:
            field.errors = [*field.errors, problem]
