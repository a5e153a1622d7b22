"""Rule: what of a survey is asked at a feedback screen, where one tap is an answer and nothing is ever typed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from feedback.surveys.answers import Answer
from feedback.surveys.branching import following
from feedback.surveys.definition import BY_LINK_ONLY, Question, Role, SurveyDefinition
from feedback.surveys.kinds import kind_of

#: Kinds with options, one of which can be touched.
_OPTIONS: Final = frozenset({"yesno", "choice", "choices"})
#: Asked of somebody who can be reached, or helped at once: not of whoever walks past.
_PERSONAL: Final = frozenset({Role.CONTACT, Role.ALTERNATIVE})


@dataclass(frozen=True, slots=True)
class Path:
    """Where one answer to the scored question leads: to a second question or straight to the thanks for its score."""

    value: str
    score: int | None
    reason: Question | None


def asked_first(definition: SurveyDefinition) -> Question | None:
    """The question that fills the screen; None for a survey that can't be asked at one."""
    return None if definition.purpose in BY_LINK_ONLY else definition.scored


def asked_next(definition: SurveyDefinition, answers: Mapping[str, Answer]) -> Question | None:
    """The question after the first one, if a tap can answer it."""
    if definition.score is None:
        return None
    found = following(definition, dict(answers), definition.score)
    if found is None or found.kind not in _OPTIONS or found.role in _PERSONAL or (found.least or 1) > 1:
        return None
    return found


def paths(definition: SurveyDefinition) -> Iterator[Path]:
    """Each answer that the first question can get."""
    first = asked_first(definition)
    if first is None:
        return
    kind = kind_of(first)
    for value in kind.domain(first):
        answer = kind.check(first, [str(value)]).answer
        yield Path(str(value), kind.score(first, answer), asked_next(definition, {first.key: answer}))
