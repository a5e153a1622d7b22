"""Whether what is not in catalogues speaks all six languages: surveys, page templates, scripts, lexicons."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

from feedback.i18n.checks import text_problems
from feedback.i18n.negotiation import DEFAULT, LANGUAGES
from feedback.i18n.register import objections
from feedback.i18n.text import missing_languages

_VALUE: Final = re.compile(r"\{(\w+)\}")
_TAG: Final = re.compile(r"<[^<>]*>")
# In a macro that writes attributes, outside of any tag.
_LOOSE_ATTRIBUTE: Final = re.compile(r'[\w:-]+="[^"]*"')
_SPOKEN_ATTRIBUTE: Final = re.compile(r"\b(?:alt|title|aria-label|aria-description|placeholder)=\"([^\"]*)\"")
_WORD: Final = re.compile(r"[^\W\d_]{2}")
_SPOKEN_BY_SCRIPT: Final = re.compile(
    r"(?:\.(?:textContent|innerText|title|ariaLabel|placeholder)\s*=|"
    r"setAttribute\(\s*[\"'](?:aria-label|title|placeholder|alt)[\"']\s*,|\b(?:alert|confirm|prompt)\()"
    r"\s*([\"'`])(?P<words>(?:(?!\1).)*)\1"
)
# What no reader sees: comments, statements, expressions, code, styles, drawings and character references.
_UNSEEN: Final = re.compile(
    r"\{#.*?#\}|\{%-?\s*block \w+_class\b.*?endblock|\{%.*?%\}|\{\{.*?\}\}|<!--.*?-->|"
    r"<(script|style|svg|code|kbd)\b.*?</\1>|<!doctype[^>]*>|&#?\w+;",
    re.DOTALL | re.IGNORECASE,
)


def survey_problems(directory: Path, same: frozenset[str]) -> Iterator[str]:
    """What the shipped surveys lack, one line each with the path of the text."""
    for path in sorted(directory.glob("*.yaml")):
        for where, text in localized_texts(yaml.safe_load(path.read_text(encoding="utf-8"))):
            for why in _localized_problems(text, same):
                yield f"{path.name}: {where}: {why}"


def localized_texts(node: Any, where: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """Every {language: text} in a document, with its path."""
    if isinstance(node, dict):
        if DEFAULT in node and all(isinstance(value, str) for value in node.values()):
            yield where, node
            return
        for key, value in node.items():
            yield from localized_texts(value, f"{where}.{key}" if where else str(key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from localized_texts(value, f"{where}[{index}]")


def _localized_problems(text: dict[str, str], same: frozenset[str]) -> Iterator[str]:
    english = text[DEFAULT]
    for language in missing_languages(text):
        yield f"no {language}"
    for language in text:
        if language not in LANGUAGES:
            yield f"{language} is not one of our languages"
    for why in objections(DEFAULT, english):
        yield f"en: {why}"
    for language in LANGUAGES[1:]:
        own = text.get(language, "")
        if not own:
            continue
        if set(_VALUE.findall(own)) != set(_VALUE.findall(english)):
            yield f"{language}: placeholders differ"
        for why in text_problems(language, english, own, same):
            yield f"{language}: {why}"


def page_problems(directory: Path, same: frozenset[str]) -> Iterator[str]:
    """Words in page and mail templates that nobody marked for translation."""
    for path in sorted(directory.rglob("*")):
        if path.suffix in {".html", ".txt"} and path.is_file():
            name = path.relative_to(directory).as_posix()
            for line, words in unmarked(path.read_text(encoding="utf-8")):
                if words not in same:
                    yield f"{name}:{line}: not marked for translation: {words!r}"


def unmarked(source: str) -> Iterator[tuple[int, str]]:
    """Line and words of what a template says by itself, in text or in an attribute that is read out."""
    seen = _UNSEEN.sub(_as_many_lines, source)
    for match in _SPOKEN_ATTRIBUTE.finditer(seen):
        if _WORD.search(match[1]):
            yield seen.count("\n", 0, match.start()) + 1, match[1].strip()
    for number, line in enumerate(_LOOSE_ATTRIBUTE.sub("", _TAG.sub(_as_many_lines, seen)).split("\n"), 1):
        if _WORD.search(line):
            yield number, line.strip()


def script_problems(directory: Path) -> Iterator[str]:
    """Words that a script says by itself; it gets its texts from the page, where they are translated."""
    for path in sorted(directory.rglob("*.js")):
        source = path.read_text(encoding="utf-8")
        for match in _SPOKEN_BY_SCRIPT.finditer(source):
            if _WORD.search(match["words"]):
                line = source.count("\n", 0, match.start()) + 1
                yield f"{path.name}:{line}: a script's own words: {match['words']!r}"


def _as_many_lines(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")


def lexicon_problems(directory: Path) -> Iterator[str]:
    """Languages that can't be listened to while others can."""
    present = {path.stem for path in directory.glob("*.toml")}
    for language in LANGUAGES if present else ():
        if language not in present:
            yield f"lexicon: no {language}.toml"
