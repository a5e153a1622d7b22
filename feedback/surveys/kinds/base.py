"""Rule: what every kind of question can do: examine its definition, check an answer, show, score, sum up."""

import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, ClassVar

from feedback.errors import Problem
from feedback.i18n.text import N_, LocalizedText, ascii_digits
from feedback.surveys.answers import Answer, Value
from feedback.surveys.definition import Option, Question, Role, Shuffle

#: What may be written beside "other", and into any single-line field.
SHORT_TEXT = 200


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something wrong with a question's definition; ``at`` is the path inside the question."""

    at: str
    code: str
    message: str
    params: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Point:
    """One thing to tick: ``value`` is the form value, ``number`` (on scales) is drawn in native digits."""

    value: str
    label: str
    number: int | None = None
    checked: bool = False
    other: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """What a template needs to draw one question in one language, with what was typed so far."""

    template: str
    kind: str
    key: str
    text: str
    hint: str
    required: bool
    points: tuple[Point, ...] = ()
    low: str = ""
    high: str = ""
    other_field: str = ""
    other_value: str = ""
    value: str = ""
    placeholder: str = ""
    max_length: int | None = None
    autocomplete: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """One aggregate row over many responses: how many gave this option or number."""

    option: str
    number: int | None
    n: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a distribution; ``label`` is empty where the number says it all; ``share`` is 0 to 1."""

    value: str
    number: int | None
    label: LocalizedText
    n: int
    share: float


@dataclass(frozen=True, slots=True)
class Summary:
    """Many answers to one question: how many, how they spread, and what they come to.

    ``score`` is the mean score of 0 to 100, ``nps`` promoters minus detractors in whole percent of those who
    answered, ``top`` the share of the two best answers (of a scale) as 0 to 1; None where it makes no sense.
    """

    kind: str
    n: int
    bars: tuple[Bar, ...] = ()
    mean: float | None = None
    score: float | None = None
    nps: int | None = None
    top: float | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome of a check: an answer (perhaps an empty one), or what is wrong."""

    answer: Answer
    problems: tuple[Problem, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the answer can be taken."""
        return not self.problems


class Kind(ABC):
    """A kind of question; a new one is a subclass, a line in ``kinds/__init__.py`` and a template."""

    name: ClassVar[str]
    #: Names of the question fields that mean something for this kind, beside those that every question has.
    fields: ClassVar[frozenset[str]] = frozenset()
    roles: ClassVar[frozenset[Role]] = frozenset()
    #: Whether it can give the score of a response.
    scores: ClassVar[bool] = False
    #: Operators of ``show_if`` that may ask about it, beside ``answered``.
    operators: ClassVar[frozenset[str]] = frozenset()

    def flaws(self, question: Question) -> Iterator[Flaw]:
        """What is wrong with a question of this kind."""
        yield from ()

    def domain(self, question: Question) -> tuple[str | int, ...]:
        """Every value that ``show_if`` can name, in order; empty for free text."""
        return ()

    def read(self, question: Question, raw: Sequence[str]) -> tuple[str, ...]:
        """Form values as this kind understands them: trimmed, native digits made ASCII, none empty."""
        cleaned = (ascii_digits(value[:SHORT_TEXT].strip()) for value in raw)
        return tuple(value for value in cleaned if value)

    @abstractmethod
    def check(self, question: Question, raw: Sequence[str], other: str = "") -> Checked:
        """Turn what a form sent into an answer, or say what is wrong; never raises, whatever was sent."""

    @abstractmethod
    def show(
        self, question: Question, language: str, raw: Sequence[str] = (), other: str = "", seed: str = ""
    ) -> Shown:
        """What the template needs; ``raw`` and ``other`` stay as typed, ``seed`` decides a shuffled order."""

    def score(self, question: Question, answer: Answer) -> int | None:
        """The score of 0 to 100 that an answer is worth, half up."""
        return None

    def raw(self, answer: Answer) -> tuple[tuple[str, ...], str]:
        """What a form would have sent for this answer: its values and the words beside "other"."""
        return answer.options, answer.text

    def plain(self, answer: Answer) -> Any:
        """The answer as a plain value for the API and exports."""
        return answer.options[0] if answer.options else None

    @abstractmethod
    def sum_up(self, question: Question, tallies: Iterable[Tally], answered: int | None = None) -> Summary:
        """Sum up aggregate rows; ``answered`` counts the people where that isn't the sum of the rows."""

    @property
    def template(self) -> str:
        """The template that draws this kind."""
        return f"public/kinds/{self.name}.html"


def refused(question: Question, code: str, message: str, **params: Any) -> Checked:
    """An answer that can't be taken."""
    return Checked(Answer(question.key), (Problem(question.key, f"answer.{code}", message, params),))


def empty(question: Question) -> Checked:
    """No answer: fine, unless one is needed."""
    if question.required:
        return refused(question, "required", N_("Please choose an answer."))
    return Checked(Answer(question.key))


def taken(question: Question, *values: Value) -> Checked:
    """An answer that is fine."""
    return Checked(Answer(question.key, values))


def other_field(question: Question) -> str:
    """Name of the form field beside "other"; the dot keeps it apart from every question key."""
    return f"{question.key}.other"


def tidy(text: str, *, lines: bool) -> str:
    """Words as they are stored: NFC, one kind of line end, no control characters; joiners of scripts stay."""
    text = text.encode("utf-8", "ignore").decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    if not lines:
        text = " ".join(text.split())
    kept = (sign for sign in text if sign in "\n\t" or unicodedata.category(sign) != "Cc")
    return unicodedata.normalize("NFC", "".join(kept)).strip()


def half_up(n: int, low: int, high: int) -> int:
    """(n − low) / (high − low) · 100, rounded half up, in whole numbers only."""
    return (200 * (n - low) + (high - low)) // (2 * (high - low))


def in_order(question: Question, seed: str) -> tuple[Option, ...]:
    """The options in the order to show: the same for the same seed, so that going back changes nothing."""
    options = question.options
    if question.shuffle is Shuffle.NO or not seed:
        return options
    fixed = 1 if question.shuffle is Shuffle.ALL_BUT_LAST else 0
    moving, last = options[: len(options) - fixed], options[len(options) - fixed :]

    def place(option: Option) -> bytes:
        return blake2b(f"{seed}\x00{question.key}\x00{option.key}".encode(), digest_size=8).digest()

    return (*sorted(moving, key=place), *last)
