"""A step of escalation as a form."""

from typing import Any

from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from feedback.cases.escalation import LONGEST_QUEUE, Step, checked
from feedback.cases.forms.base import told
from feedback.cases.states import Priority
from feedback.errors import Invalid
from feedback.i18n.text import N_, ascii_digits
from feedback.web.forms import VersionedForm, show_problems

HOUR = 60
_PRIORITIES = {
    "": N_("Leave it as it is"),
    Priority.HIGH.value: N_("To high"),
    Priority.NORMAL.value: N_("To normal"),
}


class StepForm(VersionedForm):
    """When a case is overdue by so much, and what then happens to it."""

    after_hours = StringField(N_("Overdue by how many working hours"), [InputRequired(), Length(max=10)], default="4")
    priority = SelectField(N_("Raise the priority"))
    to_lead = BooleanField(N_("Give it to a lead"))
    queue = StringField(N_("Put it in the queue"), [Length(max=LONGEST_QUEUE)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.priority.choices = told(_PRIORITIES)

    def show_step(self, version: int, step: Step) -> None:
        """Fill the fields from what is stored."""
        self.version.data = str(version)
        hours, rest = divmod(step.after_minutes, HOUR)
        self.after_hours.data = str(hours) if not rest else f"{step.after_minutes / HOUR:.2f}".rstrip("0")
        self.priority.data = step.priority.value if step.priority else ""
        self.to_lead.data, self.queue.data = step.to_lead, step.queue

    def asked_for(self) -> Step | None:
        """What was typed, as a step; None after putting what is wrong at the fields."""
        priority = Priority(self.priority.data) if self.priority.data else None
        step = Step(self._minutes(), priority, bool(self.to_lead.data), self.queue.data or "")
        try:
            return checked(step)
        except Invalid as wrong:
            show_problems(self, wrong.problems)
            return None

    def _minutes(self) -> int:
        text = ascii_digits((self.after_hours.data or "").strip()).replace("٫", ".").replace(",", ".")
        try:
            return round(float(text) * HOUR)
        except (ValueError, OverflowError):
            return 0
