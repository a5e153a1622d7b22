"""Rule: what a half or fully filled survey comes to: values as they came, answers that count, what is wrong."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from feedback.errors import Problem
from feedback.surveys.answering import read_answers, score_of
from feedback.surveys.answers import Answer, Answers
from feedback.surveys.branching import following, layout_of, preceding, visible_questions
from feedback.surveys.definition import Layout, Question, Role, SurveyDefinition
from feedback.surveys.kinds import kind_of, other_field

#: Form values by field name, as they came.
Raw: TypeAlias = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Filled:
    """A survey with what was answered so far: values as they came, answers that count, and what is wrong."""

    definition: SurveyDefinition
    raw: Raw
    answers: dict[str, Answer] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def score(self) -> int | None:
        """The response's score of 0 to 100."""
        return score_of(self.definition, self.answers)

    @property
    def visible(self) -> tuple[Question, ...]:
        """The questions that are asked, given the answers."""
        return visible_questions(self.definition, self.answers)

    @property
    def on_one_page(self) -> bool:
        """Whether all questions stand on one page."""
        return layout_of(self.definition) is Layout.PAGE

    def problems_of(self, keys: Iterable[str]) -> tuple[Problem, ...]:
        """What is wrong with these questions."""
        wanted = set(keys)
        return tuple(problem for problem in self.problems if problem.field in wanted)

    def after(self, key: str) -> Question | None:
        """The question after this one."""
        return following(self.definition, self.answers, key)

    def before(self, key: str) -> Question | None:
        """The question before this one."""
        return preceding(self.definition, self.answers, key)

    def role(self, role: Role) -> Answer | None:
        """The answer to the question with this role, if it was asked and answered."""
        question = self.definition.with_role(role)
        answer = self.answers.get(question.key) if question else None
        return answer if answer and answer.given else None

    @property
    def may_write(self) -> bool | None:
        """What was said to "May we write to you about this?"; None where nothing was."""
        answer = self.role(Role.CONTACT)
        return None if answer is None else "yes" in answer.options


def fill(definition: SurveyDefinition, raw: Mapping[str, Sequence[str]]) -> Filled:
    """Check values against the questions that they lead to."""
    kept = {name: list(values) for name, values in raw.items() if values}
    answers, problems = read_answers(definition, lambda name: kept.get(name, ()))
    return Filled(definition, kept, answers, problems)


def as_raw(definition: SurveyDefinition, answers: Answers) -> Raw:
    """Stored answers as a form would have sent them, for changing them."""
    raw: Raw = {}
    for question in definition.questions:
        answer = answers.get(question.key)
        if answer is None or not answer.given:
            continue
        values, other = kind_of(question).raw(answer)
        raw[question.key] = list(values)
        if other and question.other is not None:
            raw[other_field(question)] = [other]
    return raw


def preselected(definition: SurveyDefinition, score: str | None) -> Raw:
    """``?score=N`` as a value of the scored question, if it has such an answer; nothing else follows from it."""
    question = definition.scored
    if question is None or not score or len(score) > 20:
        return {}
    checked = kind_of(question).check(question, [score])
    return {question.key: [score]} if checked.ok and checked.answer.given else {}


def clean_raw(definition: SurveyDefinition, values: Mapping[str, Any]) -> Raw:
    """Kept values without what this version of the survey doesn't ask."""
    known = {question.key for question in definition.questions}
    known |= {other_field(question) for question in definition.questions if question.other is not None}
    return {name: [str(one) for one in values[name]] for name in values if name in known}
