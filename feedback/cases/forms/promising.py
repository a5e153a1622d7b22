"""What staff promise customers, as forms; days and times are typed by the clock of whoever types them."""

from datetime import UTC, date, datetime, time, tzinfo

from wtforms import DateField, StringField, TextAreaField, TimeField
from wtforms.validators import InputRequired, Length, Optional

from feedback import clock
from feedback.cases.forms.base import LONGEST_NOTE, CaseForm
from feedback.errors import Problem
from feedback.i18n.text import N_
from feedback.rendering import current_reader
from feedback.web.forms import show_problems

LONGEST_PROMISE = 500
_NO_SUCH_HOUR = N_("The clocks go forward that night: this time doesn’t exist.")


def moment_of(day: date, shown: time, zone: tzinfo) -> datetime | None:
    """The moment at which clocks in the zone show this, in UTC; None for an hour that is skipped in spring.

    Of an hour that comes twice in autumn, the first.
    """
    local = datetime.combine(day, shown.replace(fold=0), zone)
    moment = local.astimezone(UTC)
    return moment if moment.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None) else None


class WhenForm(CaseForm):
    """A day and a time."""

    day = DateField(N_("Day"), [Optional()])
    clock = TimeField(N_("Time"), [Optional()])

    def when(self) -> datetime | None:
        """The moment typed so far, in UTC, if it is one."""
        if self.day.data is None or self.clock.data is None:
            return None
        return moment_of(self.day.data, self.clock.data, current_reader().formats.time_zone)

    def moment(self) -> datetime | None:
        """The moment typed, in UTC; None after saying at the fields what is missing or wrong."""
        problems: list[Problem] = []
        if self.day.data is None and not self.day.errors:
            problems.append(Problem("day", "required", N_("Choose the day.")))
        if self.clock.data is None and not self.clock.errors:
            problems.append(Problem("clock", "required", N_("Choose the time.")))
        moment = None
        if self.day.data is not None and self.clock.data is not None:
            moment = self.when()
            if moment is None:
                problems.append(Problem("clock", "skipped", _NO_SUCH_HOUR))
            elif moment <= clock.now():
                problems.append(Problem("day", "past", N_("This time has already passed.")))
        show_problems(self, problems)
        return None if problems else moment


class PromiseForm(WhenForm):
    """Something that is promised by itself, without a reply."""

    anchor = "promise"
    what = StringField(N_("What you promise"), [InputRequired(), Length(max=LONGEST_PROMISE)])


class KeepForm(CaseForm):
    """That it was kept, and perhaps how."""

    note = TextAreaField(N_("Note"), [Optional(), Length(max=LONGEST_NOTE)])


class PutOffForm(WhenForm):
    """Until when, and why."""

    reason = TextAreaField(N_("Why it takes longer"), [InputRequired(), Length(max=LONGEST_NOTE)])


class GiveUpForm(CaseForm):
    """Why it is no longer needed."""

    reason = TextAreaField(N_("Why it is no longer needed"), [InputRequired(), Length(max=LONGEST_NOTE)])


def at_field(problems: list[Problem], **fields: str) -> list[Problem]:
    """Problems of the domain at the fields of a form, whose names differ."""
    return [Problem(fields.get(one.field, one.field), one.code, one.message, one.params) for one in problems]
