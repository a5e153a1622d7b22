"""Rule: what ``{name}``-style fields of a canned reply become; nothing else in braces means anything, ever."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

#: The fields there are. Values are put in once: what stands in a value is never looked at again.
FIELDS = ("customer", "name", "site", "number", "when")

_FIELD = re.compile(rf"(?<!\{{)\{{({'|'.join(FIELDS)})\}}(?!\}})")
_IN_BRACES = re.compile(r"\{+[^{}\n]{0,60}\}+")
#: Stands in shipped replies for what whoever sends them fills in.
_GAP = "[…]"
_BEFORE = " \t\u00a0"
_PAUSES = ",،՝、"
_ENDS = ".,;:!?…،؛؟।։)\n"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the fields stand for, as the customer reads it. None: nothing is known, so the field stays to be seen."""

    customer: str | None = None
    name: str | None = None
    site: str | None = None
    number: str | None = None
    when: str | None = None


def filled(text: str, facts: Facts) -> str:
    """The text with its fields filled in. A field that is empty goes with the space and the comma before it."""
    values: Mapping[str, str | None] = {name: getattr(facts, name) for name in FIELDS}
    written: list[str] = []
    rest = 0
    for found in _FIELD.finditer(text):
        value = values[found[1]]
        if value is None:
            continue
        written.append(text[rest : found.start()])
        rest = found.end()
        if value:
            written.append(value)
        else:
            written[-1], rest = _closed(written[-1], text, rest)
    return "".join(written) + text[rest:]


def unknown_fields(text: str) -> list[str]:
    """What stands in braces and is no field, in its order, each once: it would be mailed as it is."""
    found = [one for one in _IN_BRACES.findall(text) if not _FIELD.fullmatch(one)]
    return list(dict.fromkeys(found))


def left_open(text: str) -> list[str]:
    """Fields and gaps that still stand in a text that is about to be sent, each once."""
    found = [one[0] for one in _FIELD.finditer(text)] + ([_GAP] if _GAP in text else [])
    return list(dict.fromkeys(found))


def _closed(before: str, text: str, rest: int) -> tuple[str, int]:
    """No gap where a name would have stood: "Hello ," is "Hello,", and a line begins with neither space nor comma."""
    after = text[rest : rest + 1]
    if (not before or before.endswith("\n")) and after in _PAUSES:
        rest, after = rest + 1, " "
    if not after or after in _ENDS:
        before = before.rstrip(_BEFORE)
        if before and before[-1] in _PAUSES and after not in _PAUSES:
            before = before[:-1].rstrip(_BEFORE)
        return before, rest
    while rest < len(text) and text[rest] in _BEFORE:
        rest += 1
    return before, rest
