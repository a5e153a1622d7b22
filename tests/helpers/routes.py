"""Routes put into code once per process: each test makes the application anew, and most of that is its routes."""

from collections.abc import Callable
from typing import ClassVar

from werkzeug.routing import Rule


class KeptRule(Rule):
    """A route whose address builder is the one that was made for the same route before; it holds nothing of an app."""

    _made: ClassVar[dict[tuple[str, ...], Callable[..., tuple[str, str]]]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (self.rule, repr(self._trace), repr(self.defaults), str(append_unknown))
        if key not in self._made:
            self._made[key] = super()._compile_builder(append_unknown)
        return self._made[key]
