"""Rule: what speaks for spam in an answer from a stranger, and whether that is enough to hold it back.

Nothing here looks at which letters somebody writes in: a text without any Latin ones is no sign of anything.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Final

from feedback.i18n.text import N_

#: Nobody reads a question and answers it faster, in seconds.
TOO_FAST: Final = 2
#: Below that many letters people say the same as others do: "very good, thank you".
MANY_LETTERS: Final = 20
#: More links than anybody needs who has something to tell.
MANY_LINKS: Final = 3

#: Why an answer is suspicious, for staff, in words.
REASONS: Final = {
    "trap": N_("A field that people do not see was filled in."),
    "many": N_("Very many answers came from this network within an hour."),
    "repeated": N_("The same words came in another form within a day."),
    "no_proof": N_("The browser did not do the arithmetic that this site asks for."),
    "proof_again": N_("The browser’s arithmetic had been used for another answer."),
    "links": N_("It contains many links."),
    "markup": N_("It contains web page code."),
    "link_as_name": N_("There is a link where a name belongs."),
    "only_links": N_("It contains nothing but links."),
    "akismet": N_("Akismet considers it spam."),
    "akismet_silent": N_("Akismet did not answer, and there were other signs."),
    "unpaired": N_("The screen was not paired, or its pairing had ended."),
    "mashed": N_("It came within seconds of another tap on the same screen."),
    "many_taps": N_("More taps came from this screen within a minute than people could make."),
    "too_fast": N_("It came faster than people read."),
}
#: Each of these is enough. Speed is not: whoever is filled in by a program, or answers by one key, may be that quick
#: (A-11); so it is only noted, and counts where another is in doubt.
_ENOUGH: Final = frozenset(REASONS) - {"too_fast"}

_BEGIN: Final = r"(?:https?://(?:www\.)?|\bwww\.)"
_LINK_BEGINS: Final = re.compile(_BEGIN, re.IGNORECASE)
_LINK: Final = re.compile(_BEGIN + r"[^\s<>\"'\]\[)]+", re.IGNORECASE)
_MARKUP: Final = re.compile(r"<a\s[^>]{0,200}href|</a>|\[/?url\b|\[/?link\b|<script|<iframe", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody wrote: their words, and what they gave as their name."""

    words: tuple[str, ...] = ()
    name: str = ""


def signs_in(written: Written) -> tuple[str, ...]:
    """What in the words themselves speaks for spam."""
    text = "\n".join(written.words)
    links = _LINK_BEGINS.findall(text)
    found = []
    if _MARKUP.search(text):
        found.append("markup")
    if len(links) >= MANY_LINKS:
        found.append("links")
    if links and not _has_letters(_LINK.sub(" ", text), 1):
        found.append("only_links")
    if _LINK_BEGINS.search(written.name):
        found.append("link_as_name")
    return tuple(found)


def holds_back(flags: Collection[str]) -> bool:
    """Whether an answer with these signs is kept apart until somebody has looked at it."""
    return not _ENOUGH.isdisjoint(flags)


def is_in_doubt(flags: Collection[str], written: Written) -> bool:
    """Whether there is any sign, if a small one: where something else can't be asked, this decides."""
    return bool(flags) or any(_LINK_BEGINS.search(word) for word in (*written.words, written.name))


def told(flags: Iterable[str]) -> tuple[str, ...]:
    """The reasons in words, those that are enough first, marked for translation; of earlier versions none."""
    found = set(flags)
    return tuple(words for flag, words in REASONS.items() if flag in found)


def same_words(written: Written) -> str:
    """The words as they are compared with others', or nothing where too little was said to compare."""
    plain = " ".join(unicodedata.normalize("NFKC", "\n".join(written.words)).casefold().split())
    return plain if _has_letters(plain, MANY_LETTERS) else ""


def _has_letters(text: str, least: int) -> bool:
    """Whether there are so many letters, with their marks, or digits, of any script."""
    found = (one for one in text if unicodedata.category(one)[0] in "LMN")
    return len(tuple(islice(found, least))) == least
