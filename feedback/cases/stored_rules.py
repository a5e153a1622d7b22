"""Rule: what a rule of a site asks for and makes, as its row keeps it; what rules decide is in routing.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from feedback.cases.routing import LONGEST_DUE_MINUTES, NORMAL_DUE_MINUTES, TOUCHPOINTS, CaseToOpen, Conditions
from feedback.cases.states import Kind, Priority
from feedback.errors import Invalid, Problem
from feedback.i18n.text import N_


def conditions_as_json(conditions: Conditions) -> dict[str, Any]:
    """As kept in the row of a rule: only what is asked for."""
    raw: dict[str, Any] = {
        "surveys": list(conditions.surveys),
        "score_min": conditions.score_min,
        "score_max": conditions.score_max,
        "answers": {question: list(options) for question, options in conditions.answers.items()},
        "languages": list(conditions.languages),
        "segments": list(conditions.segments),
        "value_at_least": conditions.value_at_least,
        "touchpoints": {name: list(values) for name, values in conditions.touchpoints.items()},
    }
    return {name: value for name, value in raw.items() if value not in (None, [], {})}


def parse_conditions(raw: Mapping[str, Any]) -> Conditions:
    """Conditions from JSON; raises Invalid with every problem at once."""
    problems: list[Problem] = []
    unknown = sorted(set(raw) - set(Conditions.__dataclass_fields__))
    problems += [Problem(name, "unknown", N_("There is no such condition.")) for name in unknown]
    read = Conditions(
        surveys=_words(raw, "surveys", problems),
        score_min=_number(raw, "score_min", problems, 100),
        score_max=_number(raw, "score_max", problems, 100),
        answers=_table(raw, "answers", problems),
        languages=_words(raw, "languages", problems),
        segments=_words(raw, "segments", problems),
        value_at_least=_number(raw, "value_at_least", problems, 10**15),
        touchpoints=_table(raw, "touchpoints", problems),
    )
    if read.score_min is not None and read.score_max is not None and read.score_min > read.score_max:
        problems.append(Problem("score_max", "order", N_("The highest score is below the lowest.")))
    for name in sorted(set(read.touchpoints) - set(TOUCHPOINTS)):
        problems.append(Problem(f"touchpoints.{name}", "unknown", N_("There is no such touchpoint.")))
    if problems:
        raise Invalid(problems)
    return read


def outcome_as_json(outcome: CaseToOpen) -> dict[str, Any]:
    """As kept in the row of a rule."""
    raw = {"kind": outcome.kind.value, "priority": outcome.priority.value, "due_minutes": outcome.due_minutes}
    return raw | ({"queue": outcome.queue} if outcome.queue else {})


def outcome_from_json(raw: Mapping[str, Any]) -> CaseToOpen:
    """The case a rule asks for; raises Invalid for what isn't one."""
    try:
        kind, priority = Kind(raw.get("kind", Kind.LOW_SCORE)), Priority(raw.get("priority", Priority.NORMAL))
        due = int(raw.get("due_minutes", NORMAL_DUE_MINUTES))
    except (TypeError, ValueError) as wrong:
        raise Invalid([Problem("outcome", "unknown", N_("No case can be made from this."))]) from wrong
    if not 0 < due <= LONGEST_DUE_MINUTES:
        raise Invalid([Problem("outcome.due_minutes", "range", N_("The time to answer is too short or too long."))])
    return CaseToOpen(kind, priority, due, str(raw.get("queue") or ""))


def _words(raw: Mapping[str, Any], name: str, problems: list[Problem]) -> tuple[str, ...]:
    return _list_of_words(raw.get(name), name, problems)


def _list_of_words(value: Any, path: str, problems: list[Problem]) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(one, str) for one in value):
        return tuple(value)
    problems.append(Problem(path, "type", N_("A list of words is expected here.")))
    return ()


def _number(raw: Mapping[str, Any], name: str, problems: list[Problem], limit: int) -> int | None:
    value = raw.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= limit:
        problems.append(
            Problem(
                name,
                "range",
                N_("A whole number from 0 to %(limit)s is expected here."),
                {"limit": limit},
            )
        )
        return None
    return value


def _table(raw: Mapping[str, Any], name: str, problems: list[Problem]) -> dict[str, tuple[str, ...]]:
    value = raw.get(name) or {}
    if not isinstance(value, Mapping):
        problems.append(Problem(name, "type", N_("A table of lists is expected here.")))
        return {}
    return {str(key): _list_of_words(one, f"{name}.{key}", problems) for key, one in value.items()}
