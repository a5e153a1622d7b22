"""Rule: how a stored answer is told to staff: in their language, beside the words that the customer saw."""

from collections.abc import Iterator
from dataclasses import dataclass

from feedback.i18n.negotiation import language_of
from feedback.i18n.text import LocalizedText, pick
from feedback.surveys.answers import Answer, Answers, Value
from feedback.surveys.definition import Question, Role, SurveyDefinition
from feedback.surveys.kinds import kind_of


@dataclass(frozen=True, slots=True)
class Wording:
    """A text and the language it is really in."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Said:
    """One value of an answer. ``seen`` is the label as the customer saw it, if that is another language's."""

    label: Wording | None = None
    seen: Wording | None = None
    number: int | None = None
    highest: int | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A question and everything that was said to it; ``asked`` is the question as the customer saw it."""

    key: str
    kind: str
    role: Role | None
    question: Wording
    asked: Wording | None
    said: tuple[Said, ...]

    @property
    def words(self) -> str:
        """The customer's own words, if the question takes any; addresses are none."""
        if self.kind == "email":
            return ""
        return "\n".join(one.words for one in self.said if one.words)


def tell(definition: SurveyDefinition, answers: Answers, reader: str, customer: str) -> tuple[Told, ...]:
    """What was answered, in the order of the questions; ``reader`` and ``customer`` are language tags.

    An answer to a question that the definition no longer has is told by its key.
    """
    known = {question.key for question in definition.questions}
    told = [
        _told(question, answers[question.key], reader, customer)
        for question in definition.questions
        if question.key in answers and answers[question.key].given
    ]
    told += [_unknown(answer) for key, answer in answers.items() if key not in known and answer.given]
    return tuple(told)


def _told(question: Question, answer: Answer, reader: str, customer: str) -> Told:
    text, seen = _in_both(question.text, reader, customer)
    said = tuple(_said(question, answer, reader, customer))
    return Told(question.key, question.kind, question.role, text, seen, said)


def _unknown(answer: Answer) -> Told:
    said = tuple(
        Said(Wording(value.option, "") if value.option else None, number=value.number, words=value.text or "")
        for value in answer.values
    )
    return Told(answer.question, "", None, Wording(answer.question, ""), None, said)


def _said(question: Question, answer: Answer, reader: str, customer: str) -> Iterator[Said]:
    numbers = [number for number in kind_of(question).domain(question) if isinstance(number, int)]
    for value in answer.values:
        label = _label(question, value)
        text, seen = _in_both(label, reader, customer) if label else (None, None)
        highest = max(numbers) if numbers and value.number is not None else None
        yield Said(text, seen, value.number, highest, value.text or "")


def _label(question: Question, value: Value) -> LocalizedText:
    if value.option:
        option = question.option(value.option)
        return option.text if option else {"": value.option}
    if value.number is None:
        return {}
    place = value.number - 1
    return question.labels[place] if 0 <= place < len(question.labels) else {}


def _in_both(text: LocalizedText, reader: str, customer: str) -> tuple[Wording, Wording | None]:
    mine, theirs = Wording(*pick(text, reader)), Wording(*pick(text, customer))
    same = language_of(mine.language or reader) == language_of(theirs.language or customer)
    return mine, None if same else theirs
