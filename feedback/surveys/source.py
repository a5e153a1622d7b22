"""Rule: YAML text in, a tree of values that know their path and line out; what they mean is parsing's."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

from feedback.errors import Problem
from feedback.i18n.text import N_

#: A definition with fifty questions in six languages is about a quarter of this.
MAX_BYTES = 256 * 1024
MAX_DEPTH = 12
MAX_NODES = 20_000

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?[0-9]{1,9}\Z")
_PLAIN: Mapping[str, bool | None] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}

Scalar: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a document: a scalar, a tuple of nodes or a mapping of nodes, and where it stands.

    ``line`` counts from 1 and is 0 where the document was never text (JSON from the API).
    """

    value: "Scalar | tuple[Node, ...] | dict[str, Node]"
    path: str = ""
    line: int = 0

    def problem(self, code: str, message: str, **params: Any) -> Problem:
        """A problem at this place; ``line`` is among its params when it is known."""
        where = {"line": self.line} if self.line else {}
        return Problem(self.path, f"survey.{code}", message, {**where, **params})


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end was not seen yet."""

    path: str
    line: int
    items: list[Node] | None
    entries: dict[str, Node] | None
    key: str | None = None


@dataclass(slots=True)
class _Build:
    """The tree under construction, and what was wrong with it."""

    stack: list[_Open] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    root: Node | None = None
    nodes: int = 0


def read_yaml(text: str | bytes) -> tuple[Node | None, tuple[Problem, ...]]:
    """Read one YAML document as plain values; what is wrong with it comes back instead of being raised.

    YAML 1.2's core words only: ``true``, ``false``, ``null`` and whole numbers; ``yes``, ``no``, ``on`` and
    dates stay text. Anchors, aliases, tags, duplicate keys and second documents are refused, and so is
    anything larger, deeper or more numerous than a survey can be.
    """
    start = Node(None, "", 1)
    decoded = _decode(text)
    if decoded is None:
        return None, (start.problem("encoding", N_("The file is not UTF-8 text.")),)
    if len(decoded.encode("utf-8")) > MAX_BYTES:
        message = N_("The file is too large: at most %(max)s kilobytes.")
        return None, (start.problem("too_large", message, max=MAX_BYTES // 1024),)
    build = _Build()
    try:
        for event in yaml.parse(decoded, Loader=_LOADER):
            if not _take(build, event):
                break
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        build.problems.append(Node(None, "", line).problem("yaml", N_("This is not valid YAML.")))
    except (ValueError, RecursionError):
        build.problems.append(start.problem("yaml", N_("This is not valid YAML.")))
    return (None if build.problems else build.root or start), tuple(build.problems)


def _decode(text: str | bytes) -> str | None:
    try:
        decoded = text.decode("utf-8") if isinstance(text, bytes) else text
        decoded.encode("utf-8")
    except UnicodeError:
        return None
    return decoded.removeprefix("\ufeff")


def from_plain(value: Any) -> tuple[Node | None, tuple[Problem, ...]]:
    """The same tree from plain values (JSON of the API): paths, but no lines."""
    count = 0

    def build(item: Any, path: str, depth: int) -> Node:
        nonlocal count
        count += 1
        if depth > MAX_DEPTH or count > MAX_NODES:
            raise OverflowError
        if isinstance(item, Mapping):
            entries = {str(key): build(entry, _under(path, str(key)), depth + 1) for key, entry in item.items()}
            return Node(entries, path)
        if isinstance(item, list | tuple):
            return Node(tuple(build(entry, f"{path}[{n}]", depth + 1) for n, entry in enumerate(item)), path)
        if isinstance(item, float) and item.is_integer():
            return Node(int(item), path)
        if isinstance(item, str | int | float) or item is None:
            return Node(item, path)
        raise TypeError

    try:
        return build(value, "", 0), ()
    except (OverflowError, TypeError):
        return None, (Node(None).problem("too_deep", N_("The document is nested too deeply or has too many parts.")),)


def _take(build: _Build, event: Any) -> bool:
    """Take one event into the tree; False when reading on makes no sense."""
    line = event.start_mark.line + 1
    match event:
        case yaml.AliasEvent():
            message = N_("Anchors and aliases are not allowed here; write the value out.")
            build.problems.append(Node(None, _path(build), line).problem("alias", message))
            return False
        case yaml.DocumentStartEvent() if build.root is not None:
            message = N_("There is a second document; put each survey into a file of its own.")
            build.problems.append(Node(None, "", line).problem("documents", message))
            return False
        case yaml.ScalarEvent() | yaml.SequenceStartEvent() | yaml.MappingStartEvent():
            return _take_value(build, event, line)
        case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
            done = build.stack.pop()
            value = tuple(done.items) if done.items is not None else (done.entries or {})
            _place(build, Node(value, done.path, done.line))
    return True


def _take_value(build: _Build, event: Any, line: int) -> bool:
    path = _path(build)
    here = Node(None, path, line)
    build.nodes += 1
    if event.anchor is not None:
        message = N_("Anchors and aliases are not allowed here; write the value out.")
        build.problems.append(here.problem("alias", message))
        return False
    if event.tag is not None and event.tag not in {"!", "tag:yaml.org,2002:str"}:
        build.problems.append(here.problem("tag", N_("Tags such as !!python are not allowed here.")))
        return False
    if len(build.stack) >= MAX_DEPTH or build.nodes > MAX_NODES:
        message = N_("The document is nested too deeply or has too many parts.")
        build.problems.append(here.problem("too_deep", message))
        return False
    top = build.stack[-1] if build.stack else None
    if top is not None and top.entries is not None and top.key is None:
        return _take_key(build, top, event, here)
    if isinstance(event, yaml.ScalarEvent):
        _place(build, Node(_scalar(event), path, line))
        return True
    sequence = isinstance(event, yaml.SequenceStartEvent)
    build.stack.append(_Open(path, line, [] if sequence else None, None if sequence else {}))
    return True


def _take_key(build: _Build, top: _Open, event: Any, here: Node) -> bool:
    if not isinstance(event, yaml.ScalarEvent):
        build.problems.append(here.problem("key", N_("A list or a mapping can't be a key.")))
        return False
    top.key = event.value
    if event.value in (top.entries or {}):
        twice = Node(None, _under(top.path, event.value), here.line)
        build.problems.append(twice.problem("duplicate_key", N_("“%(key)s” is given twice."), key=event.value))
    return True


def _place(build: _Build, node: Node) -> None:
    if not build.stack:
        build.root = node
        return
    top = build.stack[-1]
    if top.items is not None:
        top.items.append(node)
    elif top.entries is not None and top.key is not None:
        top.entries[top.key] = node
        top.key = None


def _path(build: _Build) -> str:
    """Where the next value will stand."""
    if not build.stack:
        return ""
    top = build.stack[-1]
    if top.items is not None:
        return f"{top.path}[{len(top.items)}]"
    return top.path if top.key is None else _under(top.path, top.key)


def _under(path: str, key: str) -> str:
    key = key if len(key) <= 60 else key[:60] + "…"
    return f"{path}.{key}" if path else key


def _scalar(event: Any) -> Scalar:
    """The value of a scalar by YAML 1.2's core schema, without its floats and base prefixes."""
    text: str = event.value
    if not event.implicit[0] or event.tag == "tag:yaml.org,2002:str":
        return text
    if text in _PLAIN:
        return _PLAIN[text]
    if _INTEGER.match(text):
        return int(text)
    return text
