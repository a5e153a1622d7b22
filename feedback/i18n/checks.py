"""Whether the catalogues can be trusted: complete, current, right placeholders and plurals; no commands."""

import gettext
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from babel import Locale
from babel.messages.catalog import Catalog, Message

from feedback.i18n.catalogue import catalogue_path
from feedback.i18n.messages import (
    TRANSLATED,
    MessageId,
    extract,
    read_catalogue,
    read_messages,
    template_path,
)
from feedback.i18n.register import lost_its_full_stop, objections

_PLACEHOLDER: Final = re.compile(r"%(\(\w+\))?[-#0 +]*\d*(?:\.\d+)?[a-zA-Z]")
_NAMED: Final = re.compile(r"%\((\w+)\)s")
_PLURAL_HEADER: Final = re.compile(r"nplurals=(\d+);\s*plural=(.+?);?\s*$")
_COUNTS: Final = range(201)
SAME_AS_ENGLISH: Final = "same-as-english.txt"


def catalogue_problems(directory: Path, package: Path, templates: Path) -> Iterator[str]:
    """Everything wrong with the template and the five catalogues, one line each; nothing when all is well."""
    today = extract(package, templates)
    yield from _template_problems(directory, today)
    same = same_as_english(directory)
    for language in TRANSLATED:
        path = catalogue_path(directory, language)
        if not path.is_file():
            yield f"{language}: there is no catalogue ({path.name})"
            continue
        yield from _language_problems(language, read_catalogue(path, None), today, same, _plural_header(path))


def same_as_english(directory: Path) -> frozenset[str]:
    """Texts that may read the same in English and another language: one a line, ``#`` begins a comment."""
    path = directory / SAME_AS_ENGLISH
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def plural_problems(language: str, header: str) -> Iterator[str]:
    """Where a Plural-Forms header disagrees with CLDR for n from 0 to 200 (I-3)."""
    match = _PLURAL_HEADER.search(header)
    if match is None:
        yield f"{language}: no Plural-Forms header"
        return
    index = gettext.c2py(match[2])
    categories = [*sorted(Locale(language).plural_form.rules), "other"]
    if int(match[1]) != len(categories):
        yield f"{language}: nplurals={match[1]}, CLDR has {len(categories)} forms ({', '.join(categories)})"
        return
    wrong = [n for n in _COUNTS if categories[index(n)] != Locale(language).plural_form(n)]
    if wrong:
        yield f"{language}: Plural-Forms disagree with CLDR for n = {', '.join(map(str, wrong[:5]))}"


def text_problems(language: str, english: str, text: str, same: frozenset[str]) -> Iterator[str]:
    """What is wrong with one translation of one English text."""
    if text == english and has_words(english) and english not in same:
        yield f"the same as English (if it is meant, list it in {SAME_AS_ENGLISH})"
    yield from objections(language, text)
    if lost_its_full_stop(language, english, text):
        yield "does not end like a sentence"


def has_words(text: str) -> bool:
    """Whether there is anything to translate besides placeholders, digits and signs."""
    return re.search(r"[^\W\d_]{2}", _NAMED.sub("", re.sub(r"\{\w+\}", "", text))) is not None


def _template_problems(directory: Path, today: Catalog) -> Iterator[str]:
    path = template_path(directory)
    written = set(read_messages(path)) if path.is_file() else set()
    current = {_key(message) for message in today if message.id}
    for key in _sorted(current - written):
        yield f"messages.pot is stale: lacks {_shown(key)} (run: feedback i18n extract, then update)"
    for key in _sorted(written - current):
        yield f"messages.pot is stale: still has {_shown(key)}"
    for key in _sorted(current):
        for text in [key] if isinstance(key, str) else key:
            for placeholder in _PLACEHOLDER.finditer(text):
                if not _NAMED.fullmatch(placeholder[0]):
                    yield f"en: {_shown(key)}: placeholder {placeholder[0]} is not of the form %(name)s"
            for why in objections("en", text):
                yield f"en: {_shown(key)}: {why}"


def _language_problems(
    language: str, catalogue: Catalog, today: Catalog, same: frozenset[str], header: str
) -> Iterator[str]:
    yield from plural_problems(language, header)
    known = {_key(message): message for message in catalogue if message.id}
    wanted = {_key(message) for message in today if message.id}
    for key in _sorted(set(known) - wanted):
        yield f"{language}: {_shown(key)}: no longer in the program"
    for key in _sorted(wanted):
        message = known.get(key)
        strings = _strings(message) if message else ()
        if not message or not strings or not all(strings):
            yield f"{language}: {_shown(key)}: not translated"
            continue
        if message.fuzzy:
            yield f"{language}: {_shown(key)}: fuzzy"
        for why in dict.fromkeys(_message_problems(language, key, strings, same)):
            yield f"{language}: {_shown(key)}: {why}"


def _message_problems(language: str, key: MessageId, strings: tuple[str, ...], same: frozenset[str]) -> Iterator[str]:
    sources = (key,) if isinstance(key, str) else key
    wanted = set(_NAMED.findall(sources[-1]))
    if len(strings) != len(sources):
        yield f"has {len(strings)} forms"
    for index, text in enumerate(strings):
        english = sources[min(index, len(sources) - 1)]
        found = set(_NAMED.findall(text))
        lost, invented = wanted - found, found - wanted
        if index == 0 and len(sources) > 1:
            lost &= set(_NAMED.findall(sources[0]))  # "one case" needs no number
        if lost or invented:
            names = [f"-{name}" for name in sorted(lost)] + [f"+{name}" for name in sorted(invented)]
            yield f"placeholders differ ({' '.join(names)})"
        elif wanted and not _fills(text, found):
            yield "has a % that is neither a placeholder nor %%"
        yield from text_problems(language, english, text, same)


def _fills(text: str, names: Iterable[str]) -> bool:
    try:
        _ = text % dict.fromkeys(names, "")
    except (ValueError, TypeError, KeyError):
        return False
    return True


def _plural_header(path: Path) -> str:
    match = re.search(r'^"Plural-Forms: (.*?)\\n"$', path.read_text(encoding="utf-8"), re.MULTILINE)
    return match[1] if match else ""


def _strings(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def _key(message: Message) -> MessageId:
    return message.id if isinstance(message.id, str) else (message.id[0], message.id[1])


def _sorted(keys: Iterable[MessageId]) -> list[MessageId]:
    return sorted(keys, key=lambda key: key if isinstance(key, str) else key[0])


def _shown(key: MessageId) -> str:
    text = key if isinstance(key, str) else key[0]
    return repr(text if len(text) <= 70 else text[:69] + "…")
