"""A case that somebody opens by hand, as a form."""

from typing import Any

from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from feedback.cases import activity
from feedback.cases.forms.base import LONGEST_NOTE, told
from feedback.cases.states import Kind, Priority
from feedback.i18n.negotiation import LANGUAGES, OWN_NAMES
from feedback.i18n.text import N_
from feedback.rendering import current_reader
from feedback.web.forms import ConsoleForm


class NewCaseForm(ConsoleForm):
    """A case opened by hand, with or without a customer; ``find`` looks customers up and opens nothing."""

    look_for = StringField(N_("Customer"), [Optional(), Length(max=200)])
    customer = RadioField(N_("Which customer"), validate_choice=False, default="")
    words = TextAreaField(N_("What it is about"), [Length(max=LONGEST_NOTE)])
    kind = SelectField(N_("Kind"), default=Kind.MESSAGE.value)
    priority = SelectField(N_("Priority"), default=Priority.NORMAL.value)
    language = SelectField(N_("Language"))
    mine = BooleanField(N_("I’ll take it"), default=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = told(activity.KINDS)
        self.priority.choices = told(activity.PRIORITIES)
        own = current_reader().gettext("The customer’s language")
        self.language.choices = [("", own), *((one, OWN_NAMES[one]) for one in LANGUAGES)]
        self.customer.choices = []
