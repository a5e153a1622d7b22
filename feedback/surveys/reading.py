"""Rule: reading single values out of a document's tree, with a problem for each that is wrong."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from feedback.errors import Problem
from feedback.i18n.negotiation import LANGUAGES
from feedback.i18n.text import N_, LocalizedText
from feedback.surveys.definition import RESERVED_PREFIX
from feedback.surveys.source import Node

LONGEST_KEY = 40
_KEY = re.compile(r"[a-z][a-z0-9_]*\Z")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]*\Z")
LONGEST_SLUG = 60

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")


@dataclass(slots=True)
class Reader:
    """Collects what is wrong while values are read; a value that can't be used becomes a harmless one."""

    problems: list[Problem] = field(default_factory=list)

    def wrong(self, node: Node, code: str, message: str, **params: Any) -> None:
        """Note a problem."""
        self.problems.append(node.problem(code, message, **params))

    def mapping(self, node: Node, allowed: Iterable[str], needed: Iterable[str] = ()) -> dict[str, Node]:
        """The entries of a mapping; unknown and missing names are problems."""
        if not isinstance(node.value, dict):
            self.wrong(node, "type", N_("This must be a mapping of names to values."))
            return {}
        known = set(allowed)
        for key, child in node.value.items():
            if key not in known:
                self.wrong(child, "unknown_field", N_("“%(key)s” is not known here."), key=key[:60])
        for key in needed:
            if key not in node.value:
                self.wrong(node, "missing", N_("“%(key)s” is missing."), key=key)
        return {key: child for key, child in node.value.items() if key in known}

    def items(self, node: Node | None, read: Callable[[Node], T | None], least: int, most: int) -> tuple[T, ...]:
        """The entries of a list, each read in turn."""
        if node is None:
            return ()
        if not isinstance(node.value, tuple):
            self.wrong(node, "type", N_("This must be a list."))
            return ()
        if not least <= len(node.value) <= most:
            message = N_("This list has between %(min)s and %(max)s entries.")
            self.wrong(node, "count", message, min=least, max=most)
        found = [read(child) for child in node.value[: most + 1]]
        return tuple(value for value in found if value is not None)

    def string(self, node: Node | None) -> str | None:
        """A plain string."""
        if node is None:
            return None
        if not isinstance(node.value, str):
            self.wrong(node, "type", N_("This must be text."))
            return None
        return node.value

    def number(self, node: Node | None, low: int | None = None, high: int | None = None) -> int | None:
        """A whole number, perhaps within bounds."""
        if node is None:
            return None
        value = node.value
        if not isinstance(value, int) or isinstance(value, bool):
            self.wrong(node, "type", N_("This must be a whole number."))
            return None
        if low is not None and high is not None and not low <= value <= high:
            self.wrong(node, "range", N_("This must be between %(min)s and %(max)s."), min=low, max=high)
            return None
        return value

    def flag(self, node: Node | None) -> bool | None:
        """True or false."""
        if node is None:
            return None
        if not isinstance(node.value, bool):
            self.wrong(node, "type", N_("This must be true or false."))
            return None
        return node.value

    def word(self, node: Node | None, words: type[E]) -> E | None:
        """One of the words of an enumeration."""
        if node is None:
            return None
        if isinstance(node.value, str) and node.value in set(words):
            return words(node.value)
        self.wrong(node, "word", N_("This must be one of: %(allowed)s."), allowed=", ".join(words))
        return None

    def key(self, node: Node | None, *, reserved: bool) -> str | None:
        """The key of a question or an option; reserved ones belong to our own forms."""
        value = self.string(node)
        if node is None or value is None:
            return None
        if not _KEY.match(value) or len(value) > LONGEST_KEY:
            message = N_("A key begins with a–z, goes on with a–z, 0–9 and _, and has at most %(max)s characters.")
            self.wrong(node, "key", message, max=LONGEST_KEY)
            return None
        if reserved and value.startswith(RESERVED_PREFIX):
            message = N_("Keys that begin with “%(prefix)s” are reserved.")
            self.wrong(node, "reserved_key", message, prefix=RESERVED_PREFIX)
            return None
        return value

    def slug(self, node: Node | None) -> str | None:
        """The name of a survey in addresses."""
        value = self.string(node)
        if node is None or value is None:
            return None
        if not _SLUG.match(value) or len(value) > LONGEST_SLUG:
            message = N_("A survey's name has a–z, 0–9 and hyphens, and at most %(max)s characters.")
            self.wrong(node, "slug", message, max=LONGEST_SLUG)
            return None
        return value

    def languages(self, node: Node | None) -> tuple[str, ...]:
        """The languages a survey is offered in."""
        seen: list[str] = []

        def read(child: Node) -> str | None:
            value = self.string(child)
            if value is None:
                return None
            if value not in LANGUAGES:
                self.language(child, value)
            elif value in seen:
                self.wrong(child, "duplicate", N_("“%(key)s” is given twice."), key=value)
            else:
                seen.append(value)
            return value

        self.items(node, read, 1, len(LANGUAGES))
        return tuple(seen)

    def language(self, node: Node, value: str) -> None:
        """Note that something is not a language that we ship."""
        message = N_("“%(key)s” is not one of the languages: %(allowed)s.")
        self.wrong(node, "language", message, key=value[:20], allowed=", ".join(LANGUAGES))

    def text(self, node: Node | None, longest: int) -> LocalizedText:
        """A text in one or more languages; an empty string counts as not translated yet."""
        if node is None:
            return {}
        if not isinstance(node.value, dict):
            self.wrong(node, "text", N_("A text is given per language, as in {en: …, fa: …}."))
            return {}
        found: LocalizedText = {}
        before = len(self.problems)
        for language, child in node.value.items():
            if language not in LANGUAGES:
                self.language(child, language)
                continue
            value = self._one_text(child, longest)
            if value:
                found[language] = value
        if not found and len(self.problems) == before:
            self.wrong(node, "empty", N_("This text is empty in every language."))
        return found

    def _one_text(self, node: Node, longest: int) -> str | None:
        value = self.string(node)
        if value is None:
            return None
        value = unicodedata.normalize("NFC", value.strip())
        if any(unicodedata.category(sign) in {"Cc", "Cs"} and sign != "\n" for sign in value):
            self.wrong(node, "control", N_("Control characters are not allowed in a text."))
            return None
        if len(value) > longest:
            self.wrong(node, "long", N_("Too long: at most %(max)s characters."), max=longest)
            return None
        return value
