"""The gettext catalogues, loaded once per language, compiled where nobody did; making them is in messages."""

import contextlib
import io
import os
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from feedback.i18n.negotiation import DEFAULT, language_of
from feedback.paths import TRANSLATIONS

DOMAIN: Final = "messages"


@dataclass(frozen=True, slots=True)
class Translator:
    """Texts in one language. English is the message itself and needs no catalogue."""

    language: str
    _translations: NullTranslations

    def gettext(self, message: str) -> str:
        """The text in this language; the English message where there is none (and for the empty message)."""
        return self._translations.gettext(message) if message else ""

    def ngettext(self, one: str, other: str, n: float) -> str:
        """The form that goes with ``n``; fractions take the plural, as in all of our languages."""
        count = int(n) if n == int(n) else 2
        return self._translations.ngettext(one, other, abs(count))

    def say(self, message: str, params: Mapping[str, object] | None = None) -> str:
        """A marked message with its placeholders filled, as problems carry them."""
        text = self.gettext(message)
        return text % params if params else text


_lock = threading.Lock()
_loaded: dict[str, Translator] = {}


def translator(tag: str) -> Translator:
    """The texts for a reader of ``tag``; cheap after the first time, safe from any thread."""
    language = language_of(tag)
    known = _loaded.get(language)
    if known is not None:
        return known
    with _lock:
        if language not in _loaded:
            _loaded[language] = Translator(language, _load(TRANSLATIONS, language))
        return _loaded[language]


def forget() -> None:
    """Drop what is loaded, so that the next reader sees catalogues that were changed meanwhile."""
    with _lock:
        _loaded.clear()


def catalogue_path(directory: Path, language: str) -> Path:
    """Where the catalogue of a language is kept."""
    return directory / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def compile_catalogue(source: Path, language: str) -> bytes:
    """The machine form of a catalogue, without fuzzy entries."""
    with source.open("rb") as file:
        catalogue = read_po(file, locale=language, domain=DOMAIN)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    return compiled.getvalue()


def write_atomically(target: Path, content: bytes) -> None:
    """Replace a file so that a reader sees the old or the new one, never a half."""
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(target)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _load(directory: Path, language: str) -> NullTranslations:
    source = catalogue_path(directory, language)
    machine = source.with_suffix(".mo")
    if machine.is_file() and not _older(machine, source):
        with machine.open("rb") as file:
            return GNUTranslations(file)
    if language == DEFAULT or not source.is_file():
        return NullTranslations()
    compiled = compile_catalogue(source, language)
    with contextlib.suppress(OSError):  # a read-only installation does without the file
        write_atomically(machine, compiled)
    return GNUTranslations(io.BytesIO(compiled))


def _older(machine: Path, source: Path) -> bool:
    return source.is_file() and machine.stat().st_mtime_ns < source.stat().st_mtime_ns
