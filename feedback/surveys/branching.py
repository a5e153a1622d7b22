"""Rule: which questions a person sees, in which steps, given the answers so far."""

from feedback.surveys.answers import Answer, Answers
from feedback.surveys.definition import All, AnyOf, Condition, Layout, Question, SurveyDefinition, Test

#: Up to this many questions without conditions are quicker on one page than in steps.
SHORT_PAGE = 2


def visible_questions(definition: SurveyDefinition, answers: Answers) -> tuple[Question, ...]:
    """The questions to ask, in order; an answer to a question that is hidden now counts for nothing."""
    shown: list[Question] = []
    counting: dict[str, Answer] = {}
    for question in definition.questions:
        if question.show_if is not None and not holds(question.show_if, counting):
            continue
        shown.append(question)
        if question.key in answers:
            counting[question.key] = answers[question.key]
    return tuple(shown)


def layout_of(definition: SurveyDefinition) -> Layout:
    """PAGE or STEPS: what the definition asks for, else whichever is the shorter way for that survey."""
    if definition.layout is not Layout.AUTO:
        return definition.layout
    branches = any(question.show_if is not None for question in definition.questions)
    return Layout.PAGE if len(definition.questions) <= SHORT_PAGE and not branches else Layout.STEPS


def steps(definition: SurveyDefinition, answers: Answers) -> tuple[tuple[Question, ...], ...]:
    """The pages to go through. One page holds every question; the answers say which ones counted."""
    if layout_of(definition) is Layout.PAGE:
        return (definition.questions,)
    return tuple((question,) for question in visible_questions(definition, answers))


def following(definition: SurveyDefinition, answers: Answers, key: str | None) -> Question | None:
    """The question after ``key`` among those to ask (the first for None); None when there is none."""
    shown = visible_questions(definition, answers)
    if key is None:
        return shown[0] if shown else None
    order = [question.key for question in definition.questions]
    place = order.index(key) if key in order else -1
    return next((question for question in shown if order.index(question.key) > place), None)


def preceding(definition: SurveyDefinition, answers: Answers, key: str) -> Question | None:
    """The question before ``key`` among those to ask; None at the first."""
    order = [question.key for question in definition.questions]
    place = order.index(key) if key in order else 0
    earlier = [q for q in visible_questions(definition, answers) if order.index(q.key) < place]
    return earlier[-1] if earlier else None


def holds(condition: Condition, answers: Answers) -> bool:
    """Whether a condition holds for the answers that count."""
    match condition:
        case All(parts):
            return all(holds(part, answers) for part in parts)
        case AnyOf(parts):
            return any(holds(part, answers) for part in parts)
        case Test():
            return _holds(condition, answers.get(condition.question))


def _holds(test: Test, answer: Answer | None) -> bool:
    if answer is None or not answer.given:
        return test.answered is False
    if test.answered is False:
        return False
    given: set[str | int] = set(answer.options)
    number = answer.number
    if number is not None:
        given.add(number)
    return not (
        (test.is_ is not None and test.is_ not in given)
        or (test.in_ and given.isdisjoint(test.in_))
        or (test.not_ is not None and test.not_ in given)
        or (test.at_least is not None and (number is None or number < test.at_least))
        or (test.at_most is not None and (number is None or number > test.at_most))
    )
