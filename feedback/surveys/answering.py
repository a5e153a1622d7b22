"""Rule: what a form sent becomes answers to the questions that are asked, a score, or problems."""

from collections.abc import Callable, Iterable, Sequence

from feedback.errors import Problem
from feedback.surveys.answers import Answer, Answers
from feedback.surveys.branching import holds
from feedback.surveys.definition import Question, SurveyDefinition
from feedback.surveys.kinds import kind_of, other_field

#: Gives every value that a form sent under a name.
Sent = Callable[[str], Sequence[str]]


def read_answers(
    definition: SurveyDefinition,
    sent: Sent,
    questions: Iterable[Question] | None = None,
    before: Answers | None = None,
) -> tuple[dict[str, Answer], tuple[Problem, ...]]:
    """Answers to ``questions`` (all of them on one page) from form values, on top of those given before.

    Answers to questions that aren't asked, given the others, are dropped without a word: whoever changes an
    earlier answer need not clean up after it. What is returned holds only answers that count.
    """
    asked = {question.key for question in (definition.questions if questions is None else questions)}
    counting: dict[str, Answer] = {}
    problems: list[Problem] = []
    for question in definition.questions:
        if question.show_if is not None and not holds(question.show_if, counting):
            continue
        if question.key in asked:
            other = sent(other_field(question))
            checked = kind_of(question).check(question, sent(question.key), other[0] if other else "")
            problems.extend(checked.problems)
            if checked.ok:
                counting[question.key] = checked.answer
        elif before and question.key in before:
            counting[question.key] = before[question.key]
    return counting, tuple(problems)


def score_of(definition: SurveyDefinition, answers: Answers) -> int | None:
    """The score of 0 to 100 of a response; None if the scored question wasn't reached."""
    question = definition.scored
    answer = answers.get(question.key) if question else None
    return kind_of(question).score(question, answer) if question and answer else None
