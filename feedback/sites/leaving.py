"""Rule: which customers a site finds worth a call when they leave without a word; checked, read and stored."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from feedback.errors import Invalid, Problem
from feedback.i18n.text import N_, ascii_digits

MAX_SEGMENTS: Final = 20
MAX_MONTHS: Final = 600
MAX_VALUE: Final = 10**15
_COMMAS: Final = re.compile("[،؛;]")


@dataclass(frozen=True, slots=True)
class BlankReason:
    """For whom an opt-out without a reason becomes a task: one of segment, value and relation is enough.

    ``one_click`` counts those who were never asked too: their mail program unsubscribed them.
    """

    enabled: bool = False
    segments: tuple[str, ...] = ()
    value_at_least: int | None = None
    relation_months: int | None = None
    one_click: bool = False

    @property
    def names_anybody(self) -> bool:
        """Whether there is anybody whom it could be about."""
        return bool(self.segments) or self.value_at_least is not None or self.relation_months is not None


def typed_blank_reason(
    *, enabled: bool, segments: str, value_at_least: str, relation_months: str, one_click: bool
) -> BlankReason:
    """What somebody typed, in any digits. Raises Invalid with every problem."""
    problems: list[Problem] = []
    named = list(dict.fromkeys(part for one in _COMMAS.sub(",", segments).split(",") if (part := one.strip())))
    if len(named) > MAX_SEGMENTS or any(len(one) > 80 for one in named):
        problems.append(Problem("segments", "range", N_("There are too many, or they are too long.")))
    said = BlankReason(
        enabled,
        tuple(named),
        _number(value_at_least, "value_at_least", MAX_VALUE, problems),
        _number(relation_months, "relation_months", MAX_MONTHS, problems),
        one_click,
    )
    if enabled and not problems and not said.names_anybody:
        problems.append(Problem("segments", "required", N_("Say for whom: a segment, a value or a number of months.")))
    if problems:
        raise Invalid(problems)
    return said


def blank_reason_as_json(said: BlankReason) -> dict[str, Any]:
    """As kept in the site's row."""
    return {
        "enabled": said.enabled,
        "segments": list(said.segments),
        "value_at_least": said.value_at_least,
        "relation_months": said.relation_months,
        "one_click": said.one_click,
    }


def blank_reason_from(raw: Mapping[str, Any]) -> BlankReason:
    """From the site's row; what isn't there is as for a new site: off."""
    segments = raw.get("segments")
    return BlankReason(
        enabled=raw.get("enabled") is True,
        segments=tuple(segments) if isinstance(segments, Sequence) else (),
        value_at_least=raw.get("value_at_least"),
        relation_months=raw.get("relation_months"),
        one_click=raw.get("one_click") is True,
    )


def _number(typed: str, field: str, most: int, problems: list[Problem]) -> int | None:
    text = ascii_digits(typed.strip())
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= most:
        return int(text)
    problems.append(
        Problem(field, "range", N_("A whole number from 0 to %(limit)s is expected here."), {"limit": most})
    )
    return None
