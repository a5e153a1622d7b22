"""What is to be translated: extraction from code and templates, catalogue files; no checks, no commands."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeAlias

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from feedback.i18n.catalogue import DOMAIN, catalogue_path, write_atomically
from feedback.i18n.negotiation import DEFAULT, LANGUAGES

TRANSLATED: Final = tuple(language for language in LANGUAGES if language != DEFAULT)

# CLDR's categories. Babel's own gettext table has no plural at all for fa and hy (I-3).
PLURAL_FORMS: Final = {
    "sw": "nplurals=2; plural=(n != 1);",
    "ne": "nplurals=2; plural=(n != 1);",
    "mn": "nplurals=2; plural=(n != 1);",
    "fa": "nplurals=2; plural=(n > 1);",
    "hy": "nplurals=2; plural=(n > 1);",
}

_KEYWORDS: Final[dict[str, Any]] = {"_": None, "gettext": None, "N_": None, "ngettext": (1, 2)}
_COMMENT_TAGS: Final = ("i18n:",)
_TEMPLATE_SUFFIXES: Final = frozenset({".html", ".txt", ".svg", ".xml"})
_JINJA_OPTIONS: Final[dict[str, Any]] = {
    "extensions": "jinja2.ext.do,jinja2.ext.loopcontrols",
    "silent": "false",  # a template that does not parse must not lose its messages quietly
}
# A catalogue says the same on every machine and every day: no dates, no line numbers.
_EPOCH: Final = datetime(2026, 1, 1, tzinfo=UTC)

MessageId: TypeAlias = str | tuple[str, str]


def sources(package: Path, templates: Path) -> Iterator[tuple[Path, str, str]]:
    """The files that hold messages: path, extraction method and the name a catalogue knows the file by."""
    for path in sorted(package.rglob("*.py")):
        if "_bundle" not in path.parts:
            yield path, "python", f"{package.name}/{path.relative_to(package).as_posix()}"
    for path in sorted(templates.rglob("*")):
        if path.suffix in _TEMPLATE_SUFFIXES and path.is_file():
            yield (
                path,
                "jinja2.ext:babel_extract",
                f"{templates.name}/{path.relative_to(templates).as_posix()}",
            )


def extract(package: Path, templates: Path) -> Catalog:
    """Every marked message of the program, with the files it stands in; a file that doesn't parse raises."""
    template = new_catalogue(None)
    for path, method, name in sources(package, templates):
        extract_file(template, path, method, name)
    return template


def extract_file(template: Catalog, path: Path, method: str, name: str) -> None:
    """Add the marked messages of one file to a template."""
    found = extract_from_file(
        method,
        path,
        keywords=_KEYWORDS,
        comment_tags=_COMMENT_TAGS,
        options=_JINJA_OPTIONS if method.startswith("jinja2") else {},
        strip_comment_tags=True,
    )
    for _, message, comments, context in found:
        if message and (message if isinstance(message, str) else message[0]):
            template.add(message, None, [(name, 0)], auto_comments=comments, context=context)


def read_catalogue(path: Path, language: str | None) -> Catalog:
    """A catalogue file; its own plural header is kept, right or wrong."""
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def read_messages(path: Path, language: str | None = None) -> dict[MessageId, str | tuple[str, ...]]:
    """Message id (a pair where it has a plural) to its translation, empty strings where there is none."""
    catalogue = read_catalogue(path, language)
    return {
        message.id if isinstance(message.id, str) else (message.id[0], message.id[1]): (
            message.string if isinstance(message.string, str) else tuple(message.string or ("", ""))
        )
        for message in catalogue
        if message.id
    }


def update(directory: Path, template: Catalog, language: str) -> Catalog:
    """The language's catalogue with today's messages: kept where they are still used, new ones empty.

    Nothing is guessed from similar messages: an old text in a wrong place is worse than a gap that CI shows.
    """
    path = catalogue_path(directory, language)
    old = read_messages(path, language) if path.is_file() else {}
    fuzzy = {message.id for message in read_catalogue(path, language) if message.fuzzy} if old else set()
    fresh = new_catalogue(language)
    for message in template:
        if not message.id:
            continue
        key: MessageId = message.id if isinstance(message.id, str) else (message.id[0], message.id[1])
        string = old.get(key)
        if string is None or isinstance(string, str) != isinstance(key, str):
            string = "" if isinstance(key, str) else ("", "")
        flags = {"fuzzy"} if message.id in fuzzy else set()
        fresh.add(
            message.id,
            string,
            message.locations,
            flags=flags,
            auto_comments=message.auto_comments,
            context=message.context,
        )
    return fresh


def write(path: Path, catalogue: Catalog, language: str | None) -> bool:
    """Write a catalogue, always in the same bytes for the same content; tells whether the file changed."""
    content = _header(language) + _body(catalogue)
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, content)
    return True


def template_path(directory: Path) -> Path:
    """Where the template of all catalogues is kept."""
    return directory / f"{DOMAIN}.pot"


def new_catalogue(language: str | None) -> Catalog:
    """An empty catalogue that carries no date of its making."""
    catalogue = Catalog(locale=language, domain=DOMAIN, fuzzy=False, creation_date=_EPOCH, revision_date=_EPOCH)
    if language is not None:  # Babel would give fa and hy one form only, and drop the second one it is told
        catalogue.mime_headers = [("Plural-Forms", PLURAL_FORMS[language])]
    return catalogue


def _header(language: str | None) -> bytes:
    lines = ['msgid ""', 'msgstr ""']
    if language is not None:
        lines += [f'"Language: {language}\\n"', f'"Plural-Forms: {PLURAL_FORMS[language]}\\n"']
    lines += [
        '"MIME-Version: 1.0\\n"',
        '"Content-Type: text/plain; charset=utf-8\\n"',
        '"Content-Transfer-Encoding: 8bit\\n"',
    ]
    return ("\n".join(lines) + "\n\n").encode()


def _body(catalogue: Catalog) -> bytes:
    buffer = io.BytesIO()
    write_po(
        buffer,
        catalogue,
        width=0,
        omit_header=True,
        sort_output=True,
        ignore_obsolete=True,
        include_lineno=False,
    )
    return buffer.getvalue()
