"""What staff may type about the suppression list; what of it can be used the actions say."""

from wtforms import RadioField, SelectField, StringField
from wtforms.validators import InputRequired

from feedback.i18n.text import N_
from feedback.web.forms import ConsoleForm


class SuppressForm(ConsoleForm):
    """An address that gets no more mails of some extent, and why."""

    email = StringField(N_("Address"), [InputRequired(N_("This field is required."))])
    scope = RadioField(N_("What is stopped"), validate_choice=False, default="marketing")
    topic = SelectField(N_("Topic, if it is one"), validate_choice=False)
    reason = SelectField(N_("Why"), validate_choice=False)
    note = StringField(N_("Note"))
