"""Rule: one answer as typed values, the shape in which it is stored, kept in drafts and told to others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Value:
    """One stored row of an answer: an option chosen, a number, or words; "other" has option and words."""

    option: str = ""
    number: int | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to one question; no values means that it was left empty."""

    question: str
    values: tuple[Value, ...] = ()

    @property
    def given(self) -> bool:
        """Whether there is anything in it."""
        return bool(self.values)

    @property
    def options(self) -> tuple[str, ...]:
        """Keys of the options chosen."""
        return tuple(value.option for value in self.values if value.option)

    @property
    def number(self) -> int | None:
        """The number on a scale."""
        return next((value.number for value in self.values if value.number is not None), None)

    @property
    def text(self) -> str:
        """The words, of a text or beside "other"."""
        return next((value.text for value in self.values if value.text), "")


Answers: TypeAlias = Mapping[str, Answer]


def to_plain(answers: Answers) -> dict[str, list[list[Any]]]:
    """Answers as JSON, for drafts and signed fields."""
    return {
        key: [[value.option, value.number, value.text] for value in answer.values] for key, answer in answers.items()
    }


def from_plain(plain: Mapping[str, Iterable[Iterable[Any]]]) -> dict[str, Answer]:
    """Answers back from what ``to_plain`` made."""
    return {key: Answer(key, tuple(Value(*row) for row in rows)) for key, rows in plain.items()}


def from_rows(rows: Iterable[tuple[str, str, int | None, str | None]]) -> dict[str, Answer]:
    """Answers from stored rows of (question, option, number, text)."""
    grouped: dict[str, list[Value]] = {}
    for question, option, number, text in rows:
        grouped.setdefault(question, []).append(Value(option, number, text))
    return {key: Answer(key, tuple(values)) for key, values in grouped.items()}
