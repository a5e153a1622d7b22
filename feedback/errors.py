"""Domain errors: what can go wrong, with a stable code; no HTTP and no translation (both belong to the edges)."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with what somebody gave us.

    ``field`` names where (a form field, a column, a path into a definition), ``code`` is stable and is what
    the API and the tests see, ``message`` is English marked for translation with ``%(name)s`` placeholders.
    """

    field: str
    code: str
    message: str
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        text = self.message % dict(self.params) if self.params else self.message
        return f"{self.field}: {text}" if self.field else text


class DomainError(Exception):
    """Any error that a person can be told about."""


class NotFound(DomainError):
    """There is no such thing here, or it belongs to somebody else: the two are never told apart."""


class Conflict(DomainError):
    """Somebody else was faster; ``present`` carries what is there now, for showing beside what was typed."""

    def __init__(self, present: Any = None, message: str = "") -> None:
        super().__init__(message or "changed in the meantime")
        self.present = present


class NotAllowed(DomainError):
    """The thing is known, but this actor may not do it now; ``code`` is stable."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.code = code
        self.message = message or code


class Invalid(DomainError):
    """What was given can't be used; ``problems`` says everything that is wrong, at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class Misused(Invalid):
    """The same about how a command was called: its caller has to change the call, not the data."""
