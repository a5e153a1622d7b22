"""What staff type about a place: the screen that stands there, or the poster that hangs there."""

from typing import Any

from wtforms import RadioField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length

from feedback.i18n.text import N_
from feedback.responses.places import LONGEST_PLACE
from feedback.responses.posters import Paper
from feedback.web.forms import Boxes, ConsoleForm


class KioskForm(ConsoleForm):
    """Where a screen stands, and what it asks."""

    place = StringField(N_("Place"), [InputRequired(), Length(max=LONGEST_PLACE)])
    survey = SelectField(N_("Survey"))

    def offer(self, surveys: list[SelectChoice]) -> None:
        """The surveys to choose from."""
        self.survey.choices = surveys


class PosterForm(ConsoleForm):
    """What a poster says and how large it is; it changes nothing, so that it is asked for by its address."""

    survey = SelectField(N_("Survey"))
    place = StringField(N_("Place"), [Length(max=LONGEST_PLACE)])
    language = Boxes(N_("Languages"), [InputRequired()])
    paper = RadioField(
        N_("Paper"),
        choices=[
            SelectChoice(Paper.A4.value, "A4"),
            SelectChoice(Paper.A5.value, "A5"),
            SelectChoice(Paper.LETTER.value, "Letter"),
        ],
        default=Paper.A4.value,
    )

    class Meta(ConsoleForm.Meta):
        """Without a token: nothing is changed."""

        csrf = False

    def offer(self, surveys: list[SelectChoice], languages: list[SelectChoice]) -> None:
        """The surveys and languages to choose from."""
        self.survey.choices = surveys
        self.language.choices = languages

    def asked(self) -> dict[str, Any]:
        """The address of the same poster."""
        return {
            "survey": self.survey.data,
            "place": self.place.data or None,
            "language": self.language.data,
            "paper": self.paper.data,
        }
