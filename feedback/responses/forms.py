"""What a survey form sends: read, and laid over what came before; nothing is checked or saved."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from feedback.responses.filling import Raw
from feedback.surveys.definition import Question, SurveyDefinition
from feedback.surveys.kinds import other_field

#: ``fb_step`` of a survey that is asked on one page.
WHOLE_PAGE = "page"
_MOST_VALUES = 60


class Fields(Protocol):
    """Form fields, several of which may have the same name."""

    def getlist(self, key: str, /) -> list[str]: ...
    def keys(self) -> Iterable[str]: ...


class PlainFields:
    """Fields of a JSON object; ``{"answers": {…}}`` is taken as well as the answers themselves."""

    def __init__(self, document: Any) -> None:
        outer = document if isinstance(document, dict) else {}
        inner = outer.get("answers")
        self._fields = {**outer, **inner} if isinstance(inner, dict) else outer

    def getlist(self, key: str, /) -> list[str]:
        value = self._fields.get(key)
        values = value if isinstance(value, list) else [value]
        return [_plain(one) for one in values if isinstance(one, str | int | float)]

    def keys(self) -> Iterable[str]:
        return [str(key) for key in self._fields]


def _plain(value: str | float) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


@dataclass(frozen=True, slots=True)
class Posted:
    """One POST of a survey form. ``at_once``: a program that sends everything, whatever step it saw."""

    fields: Fields
    at_once: bool
    step: str | None
    go: str
    language: str
    token: str
    draft: str
    edit: str
    identity: str

    @property
    def switch_to(self) -> str | None:
        """The language that a language button asks for."""
        return self.go.removeprefix("lang:") if self.go.startswith("lang:") else None


def read_post(fields: Fields, *, at_once: bool) -> Posted:
    """The parts of a POST."""

    def one(name: str) -> str:
        return next(iter(fields.getlist(name)), "")

    return Posted(
        fields,
        at_once,
        one("fb_step") or None,
        one("fb_go"),
        one("fb_lang"),
        one("fb_token"),
        one("fb_draft"),
        one("fb_edit"),
        one("fb_identity").strip(),
    )


def laid_over(definition: SurveyDefinition, before: Raw, fields: Fields, questions: Iterable[Question]) -> Raw:
    """The values from before with those of these questions replaced by what was sent, also where that is nothing."""
    raw = dict(before)
    for question in questions:
        raw[question.key] = _values(fields, question.key)
        if question.other is not None:
            raw[other_field(question)] = _other(definition, fields, question)
    return raw


def sent_questions(definition: SurveyDefinition, fields: Fields) -> tuple[Question, ...]:
    """The questions that a POST has a value for."""
    there = set(fields.keys())
    return tuple(question for question in definition.questions if question.key in there)


def _values(fields: Fields, name: str) -> list[str]:
    return fields.getlist(name)[:_MOST_VALUES]  # however long: what is too long is shown again, all of it


def _other(definition: SurveyDefinition, fields: Fields, question: Question) -> list[str]:
    """Words beside "other": also under a name without the dot, for clients whose forms can't have one."""
    plain = f"{question.key}_other"
    words = _values(fields, other_field(question))
    return words if words or definition.question(plain) else _values(fields, plain)
