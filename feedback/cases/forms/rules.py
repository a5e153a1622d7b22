"""A rule of a site as a form."""

from collections.abc import Iterable
from typing import Any

from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from feedback.cases import activity
from feedback.cases.forms.base import told
from feedback.cases.routing import LONGEST_DUE_MINUTES, TOUCHPOINTS, CaseToOpen, Conditions
from feedback.cases.states import Kind, Priority
from feedback.cases.stored_rules import conditions_as_json, parse_conditions
from feedback.errors import Invalid, Problem
from feedback.i18n.negotiation import LANGUAGES, OWN_NAMES
from feedback.i18n.text import N_, ascii_digits
from feedback.web.forms import Boxes, VersionedForm, show_problems

HOUR = 60


class RuleForm(VersionedForm):
    """A rule: its conditions, all of which must hold, and the case that it opens."""

    name = StringField(N_("Name"), [InputRequired(), Length(max=200)])
    surveys = Boxes(N_("Surveys"))
    score_min = StringField(N_("Score from"), [Length(max=10)])
    score_max = StringField(N_("Score to"), [Length(max=10)])
    languages = Boxes(N_("Languages"))
    segments = StringField(N_("Segments"), [Length(max=1000)])
    value_at_least = StringField(N_("Customer value at least"), [Length(max=20)])
    channel = StringField(N_("Channels"), [Length(max=1000)])
    place = StringField(N_("Places"), [Length(max=1000)])
    agent = StringField(N_("Agents"), [Length(max=1000)])
    type = StringField(N_("Kinds of interaction"), [Length(max=1000)])
    answers = TextAreaField(N_("Answers"), [Length(max=4000)])
    kind = SelectField(N_("Kind"), default=Kind.LOW_SCORE.value)
    priority = SelectField(N_("Priority"), default=Priority.NORMAL.value)
    due_hours = StringField(N_("Due after how many working hours"), [InputRequired(), Length(max=10)], default="8")
    queue = StringField(N_("Queue"), [Length(max=60)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = told(activity.KINDS)
        self.priority.choices = told(activity.PRIORITIES)
        self.offer((), ())

    def offer(self, surveys: Iterable[tuple[str, str]], conditions: Iterable[Conditions]) -> None:
        """Fill the lists: surveys as (slug, title), languages, and whatever a rule asks for that is in neither."""
        known = dict(surveys)
        tags: dict[str, str] = {one: OWN_NAMES[one] for one in LANGUAGES}
        for asked in conditions:
            known |= {slug: slug for slug in asked.surveys if slug not in known}
            tags |= {tag: tag for tag in asked.languages if tag not in tags}
        self.surveys.choices, self.languages.choices = list(known.items()), list(tags.items())

    def show_rule(self, name: str, version: int, conditions: Conditions, outcome: CaseToOpen) -> None:
        """Fill the fields from what is stored."""
        self.name.data, self.version.data = name, str(version)
        self.surveys.data, self.languages.data = list(conditions.surveys), list(conditions.languages)
        self.score_min.data, self.score_max.data = _shown(conditions.score_min), _shown(conditions.score_max)
        self.segments.data = ", ".join(conditions.segments)
        self.value_at_least.data = _shown(conditions.value_at_least)
        for touchpoint in TOUCHPOINTS:
            self[touchpoint].data = ", ".join(conditions.touchpoints.get(touchpoint, ()))
        lines = [f"{question} = {', '.join(options)}" for question, options in conditions.answers.items()]
        self.answers.data = "\n".join(lines)
        self.kind.data, self.priority.data = outcome.kind.value, outcome.priority.value
        hours, rest = divmod(outcome.due_minutes, HOUR)
        self.due_hours.data = str(hours) if not rest else f"{outcome.due_minutes / HOUR:.2f}".rstrip("0")
        self.queue.data = outcome.queue

    def asked_for(self) -> tuple[Conditions, CaseToOpen] | None:
        """What was typed, as a rule; None after putting what is wrong at the fields."""
        problems: list[Problem] = []
        raw = {
            "surveys": list(self.surveys.data or ()),
            "score_min": self._number("score_min", problems),
            "score_max": self._number("score_max", problems),
            "languages": list(self.languages.data or ()),
            "segments": _words(self.segments.data),
            "value_at_least": self._number("value_at_least", problems),
            "touchpoints": {name: _words(self[name].data) for name in TOUCHPOINTS if _words(self[name].data)},
            "answers": self._answers(problems),
        }
        minutes = self._minutes(problems)
        conditions = Conditions()
        try:
            conditions = parse_conditions({name: value for name, value in raw.items() if value not in (None, [], {})})
        except Invalid as wrong:
            problems += wrong.problems
        if problems or minutes is None:
            show_problems(self, problems)
            return None
        outcome = CaseToOpen(
            Kind(self.kind.data), Priority(self.priority.data), minutes, (self.queue.data or "").strip()
        )
        return parse_conditions(conditions_as_json(conditions)), outcome

    def _number(self, name: str, problems: list[Problem]) -> int | None:
        text = ascii_digits((self[name].data or "").strip())
        if not text:
            return None
        if text.isascii() and text.isdigit():
            return int(text)
        problems.append(Problem(name, "number", N_("A whole number is expected here.")))
        return None

    def _minutes(self, problems: list[Problem]) -> int | None:
        text = ascii_digits((self.due_hours.data or "").strip()).replace("٫", ".").replace(",", ".")
        try:
            minutes = round(float(text) * HOUR)
        except (ValueError, OverflowError):
            minutes = 0
        if 0 < minutes <= LONGEST_DUE_MINUTES:
            return minutes
        problems.append(Problem("due_hours", "range", N_("The time to answer is too short or too long.")))
        return None

    def _answers(self, problems: list[Problem]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for line in (self.answers.data or "").splitlines():
            question, sign, options = line.partition("=")
            if not line.strip():
                continue
            if not sign or not question.strip() or not _words(options):
                problems.append(
                    Problem("answers", "line", N_("Write one question per line, such as: why = slow, rude"))
                )
                break
            found[question.strip()] = _words(options)
        return found


def _words(text: str | None) -> list[str]:
    parts = (text or "").replace("،", ",").replace("؛", ",").replace(";", ",").split(",")
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _shown(number: int | None) -> str:
    return "" if number is None else str(number)
