"""What staff may type about the suppression list and topics; what of it can be used the actions say."""

from wtforms import Field, RadioField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from feedback.i18n.negotiation import LANGUAGES, OWN_NAMES
from feedback.i18n.text import N_
from feedback.preferences.policy import Frequency
from feedback.rendering import current_reader
from feedback.web.forms import Boxes, ConsoleForm, VersionedForm

FREQUENCIES = {
    Frequency.EACH: N_("Each one"),
    Frequency.WEEKLY: N_("At most once a week"),
    Frequency.MONTHLY: N_("At most once a month"),
}


class SuppressForm(ConsoleForm):
    """An address that gets no more mails of some extent, and why."""

    email = StringField(N_("Address"), [InputRequired(N_("This field is required."))])
    scope = RadioField(N_("What is stopped"), validate_choice=False, default="marketing")
    topic = SelectField(N_("Which topic, if only one"), validate_choice=False)
    reason = SelectField(N_("Why"), validate_choice=False)
    note = StringField(N_("Note"))


class TopicForm(VersionedForm):
    """A topic: its short name, what customers read in each language, and how often they can choose to get it."""

    key = StringField(N_("Short name"))
    name_en = StringField()
    name_sw = StringField()
    name_ne = StringField()
    name_fa = StringField()
    name_mn = StringField()
    name_hy = StringField()
    frequencies = Boxes(N_("How often customers can choose to get it"), validate_choice=False)

    def offer(self) -> None:
        """Give the boxes their texts, and the names those of their languages."""
        say = current_reader().gettext
        self.frequencies.choices = [SelectChoice(key.value, say(text)) for key, text in FREQUENCIES.items()]
        for language in LANGUAGES:
            self.name_in(language).label.text = OWN_NAMES[language]

    def name_in(self, language: str) -> Field:
        """The field of the name in a language."""
        found: Field = self._fields[f"name_{language}"]
        return found

    def names(self, languages: tuple[str, ...]) -> dict[str, str]:
        """What was typed, by language."""
        return {language: self.name_in(language).data or "" for language in languages}
