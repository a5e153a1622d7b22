"""The moves of a case as forms: taking, giving, noting, speaking, waiting, resolving."""

from collections.abc import Iterable
from typing import Any

from wtforms import Field, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from feedback.cases import activity
from feedback.cases.forms.base import LONGEST_NOTE, CaseForm, told
from feedback.cases.queries import Colleague
from feedback.cases.states import Outcome
from feedback.i18n.text import N_
from feedback.rendering import current_reader
from feedback.web.forms import Boxes

TEAM = "team"
_HERE = N_("%(name)s · %(count)s open")
_AWAY = N_("%(name)s · %(count)s open · away")
CHANNELS: dict[str, str] = {
    "phone": N_("By phone"),
    "email": N_("By email"),
    "in_person": N_("In person"),
    "other": N_("Another way"),
}


class TakeForm(CaseForm):
    """One button."""

    anchor = "take"


class WaitForm(CaseForm):
    """One button."""

    anchor = "wait"


class ResumeForm(CaseForm):
    """One button."""

    anchor = "resume"


class NoteForm(CaseForm):
    """An internal note."""

    anchor = "note"
    text = TextAreaField(N_("Note"), [InputRequired(), Length(max=LONGEST_NOTE)])


class AnswerForm(CaseForm):
    """An answer that stands on the customer's page; no mail is sent."""

    anchor = "answer"
    text = TextAreaField(N_("Answer on the customer’s page"), [InputRequired(), Length(max=LONGEST_NOTE)])


class ContactForm(CaseForm):
    """What was said when the customer was spoken to."""

    anchor = "contact"
    channel = SelectField(N_("How"))
    text = TextAreaField(N_("What was said"), [InputRequired(), Length(max=LONGEST_NOTE)])
    still = Boxes(N_("Still to be done afterwards"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.channel.choices, self.still.choices = told(CHANNELS), []


class AssignForm(CaseForm):
    """To whom, and what they need to know."""

    anchor = "assign"
    owner = SelectField(N_("To whom"))
    note = TextAreaField(N_("What they need to know"), [Optional(), Length(max=LONGEST_NOTE)])

    def offer(self, colleagues: Iterable[Colleague], owner_id: int | None) -> None:
        """Fill the list: everybody but the present owner, with their load, and the team."""
        reader = current_reader()
        people = [
            (
                one.public_id,
                reader.gettext(_AWAY if one.away else _HERE, name=one.name, count=one.open_cases),
            )
            for one in colleagues
            if one.staff_id != owner_id
        ]
        team = [] if owner_id is None else [(TEAM, reader.gettext("The team"))]
        self.owner.choices = team + people


class PriorityForm(CaseForm):
    """How urgent."""

    anchor = "priority"
    priority = SelectField(N_("Priority"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.priority.choices = told(activity.PRIORITIES)


class ResolveForm(CaseForm):
    """How it ended."""

    anchor = "resolve"
    outcome = SelectField(N_("Outcome"))
    note = TextAreaField(N_("Note"), [Optional(), Length(max=LONGEST_NOTE)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        by_hand = [one.value for one in Outcome if one is not Outcome.WITHDRAWN]
        self.outcome.choices = [("", current_reader().gettext("Choose an outcome")), *told(activity.OUTCOMES, by_hand)]

    def validate_outcome(self, field: Field) -> None:
        """One has to be chosen."""
        if not field.data:
            raise ValidationError(N_("Please choose an outcome."))


class ReopenForm(CaseForm):
    """Why."""

    anchor = "reopen"
    note = TextAreaField(N_("Why"), [Optional(), Length(max=LONGEST_NOTE)])
