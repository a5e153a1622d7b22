"""Rule: bytes of a text as characters, although the charset that a mail names for them may be missing or a lie."""

import codecs
import unicodedata
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

#: Codecs that Python counts as text and that no mail is written in; some take quadratic time.
_NOT_OF_MAILS: Final = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem", "palmos"}
)
#: What is labelled so is in truth its Microsoft superset (WHATWG Encoding).
_SUPERSETS: Final = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "latin_1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
}
_NO_CLAIM: Final = frozenset({"ascii", "iso8859-1", "latin_1"})
_SINGLE_BYTE: Final = ("cp125", "iso8859", "koi8", "mac", "cp866", "latin", "ascii")
#: Tried for bytes that are in none of the charsets they are said to be in.
_GUESSES: Final = ("cp1252", "cp1251", "koi8_r", "cp1256")
_TRIED: Final = 4000


def decoded(data: bytes, declared: str | None) -> str:
    """The characters of a text. Never raises: what can't be read at all becomes U+FFFD.

    UTF-8 goes before any claim of a charset of single bytes: text in one of those is hardly ever valid UTF-8
    by accident, while mails that say latin-1 and mean UTF-8 are common.
    """
    name = known(declared)
    if name is None or name in _NO_CLAIM or name.startswith(_SINGLE_BYTE):
        utf8 = _strictly(data, "utf-8")
        if utf8 is not None:
            return utf8
        claimed = _SUPERSETS.get(name or "", name)
        strict = _strictly(data, claimed) if claimed and name not in _NO_CLAIM else None
        return strict if strict is not None else _guessed(data, claimed)
    strict = _strictly(data, _SUPERSETS.get(name, name))
    if strict is not None:
        return strict
    loose = _loosely(data, _SUPERSETS.get(name, name))
    # A cut or a broken letter or two is no reason to doubt the charset.
    return loose if loose.count("\ufffd") * 50 <= len(loose) else _guessed(data, None)


def known(declared: str | None) -> str | None:
    """Python's name of a charset, or None for one it doesn't know or that no mail uses."""
    if not declared or len(declared) > 40:
        return None
    try:
        name = codecs.lookup(declared.strip().strip("\"'")).name
        b" ".decode(name)  # "hex" and its like are codecs, but not of text
    except UnicodeDecodeError:
        pass  # half a character of UTF-16
    except (LookupError, ValueError):
        return None
    return None if name in _NOT_OF_MAILS else name


def _strictly(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except (UnicodeError, LookupError):
        return None


def _loosely(data: bytes, name: str) -> str:
    try:
        return data.decode(name, errors="replace")
    except (UnicodeError, LookupError):
        return data.decode("cp1252", errors="replace")


def _guessed(data: bytes, claimed: str | None) -> str:
    """As the charset in which it looks most like somebody's writing."""
    sample = data[:_TRIED]
    names = (*((claimed,) if claimed else ()), *_GUESSES)
    return _loosely(data, min(names, key=lambda name: _oddness(_loosely(sample, name))))


def _oddness(text: str) -> float:
    """How unlike writing: unreadable signs, capitals within words, two alphabets in a word, Latin all of accents."""
    odd = 0.0
    for word in _words(text):
        scripts = {_script(letter) for letter in word}
        accents = sum(not letter.isascii() and _script(letter) == "L" for letter in word)
        odd += 3 * (len(scripts) - 1)
        odd += sum(before.islower() and after.isupper() for before, after in pairwise(word))
        odd += max(0, 2 * accents - len(word)) * 0.7
    foreign = sum(not c.isascii() and not c.isalnum() and unicodedata.category(c)[0] in "SC" for c in text)
    return odd + foreign + 3 * text.count("\ufffd")


def _words(text: str) -> Iterable[str]:
    word = ""
    for character in text:
        if character.isalpha():
            word += character
            continue
        if len(word) > 1:
            yield word
        word = ""
    if len(word) > 1:
        yield word


def _script(letter: str) -> str:
    if letter.isascii():
        return "L"
    name = unicodedata.name(letter, "")
    return "L" if name.startswith("LATIN") else name[:1]
