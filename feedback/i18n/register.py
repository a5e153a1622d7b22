"""What in a text of ours is against its language's spelling or register; reading the texts is elsewhere."""

import re
from collections.abc import Iterator
from typing import Final, TypeAlias

Lint: TypeAlias = tuple[re.Pattern[str], str]

# Placeholders, addresses and code are nobody's spelling; each is replaced by one of these.
_HOLE: Final = "\0"
_FOREIGN: Final = re.compile(r"%\(\w+\)s|\{\w+\}|https?://\S+|`[^`]*`|“[A-Za-z-]+”")
_CLOSING: Final = "\"'”»)] "


def _lint(pattern: str, why: str) -> Lint:
    return re.compile(pattern), why


_EVERYWHERE: Final = (
    _lint(r"(?<!!)!(?![!=])", "an exclamation mark"),
    _lint(r"(?<=\S)[ \u00a0]{2,}", "two spaces in a row"),
    _lint(r"</?[a-zA-Z][^>]*>", "HTML inside a text"),
    _lint(r"[\u202a-\u202e\u2066-\u2069]", "a bidi control: values are isolated when they are filled in"),
    _lint(r"\A\s|\s\Z", "a space or line break at an end"),
)
_LINTS: Final[dict[str, tuple[Lint, ...]]] = {
    "en": (
        _lint(r"(?i)\b(unfortunately|inconvenience|kindly|valued customer|reach out)\b", "a phrase we avoid"),
        _lint(r"(?i)\be-mail", "“email” is written without a hyphen"),
    ),
    "sw": (
        _lint(r"(?i)\bsaa (?=\0|\d+:)", "“saa” before a digital time is six hours off"),
        _lint(r"(?i)\bkesi\b", "“kesi” is a court case: “suala”"),
        _lint(r"(?i)\b(h(?:uo|uyo|iyo|icho|ilo|izo|ayo|apo|uko)|[yw]ale|yule|[lz]?ile) \1\b", "one word: “huohuo”"),
    ),
    "ne": (
        _lint(r"\s।", "a space before the danda"),
        _lint(r"[\u0900-\u097f]\.\Z", "a full stop where a danda belongs"),
        _lint(r"[\u0900-\u097f] ?\|", "a vertical line instead of a danda"),
        _lint(r"(?<![\u0900-\u097f])तिमी", "“तिमी”: we say तपाईं"),
        _lint(r"तपाईंले (?!\S*नुभ)\S+[ेए](को|का|कै)(?![\u0900-\u097f])", "what the reader did: -नुभएको"),
        _lint(r"तपाई(?!ं)", "“तपाईं” is written with anusvara"),
        _lint(r"नुहोस(?!्)", "“-नुहोस्” is written with halant"),
        _lint(r"[\u0900-\u097f]हरु(?![\u0900-\u0903\u093e-\u094d])", "“-हरू” is long"),
        _lint(r"[छयर]ौं", "“-छौँ, -यौँ” are written with chandrabindu"),
        _lint(r"[गप]र्य[ोौ]", "“गर्‍यो, पर्‍यो” keep their joiner"),
    ),
    "fa": (
        _lint(r"[يىك]", "an Arabic letter (ي ى ك) instead of ی or ک"),
        _lint(r"\?", "a Latin question mark: ؟"),
        _lint(r"[\u0600-\u06ff]\s?[,;]", "a Latin comma or semicolon: ، ؛"),
        _lint(r"(?<![^\s«(])ن?می (?=[\u0600-\u06ff])", "a space after می where ZWNJ belongs"),
        _lint(r"[\u0600-\u06ff] ها(ی|یی)?(?![\u0600-\u06ff\u200c])", "a space before ها where ZWNJ belongs"),
        _lint(r"[\u0654ۀ]", "a hamza for the ezafe"),
        _lint(r"لطفا(?!ً)", "“لطفاً” is written with tanvin"),
        _lint(r"(?<![^\s«(])به (صورت|عنوان) ", "a space after به where ZWNJ belongs"),
        _lint(r"[\u0660-\u0669]", "Arabic digits: Persian has its own"),
    ),
    "mn": (
        _lint(r"\0-[\u0400-\u04ff]", "a case ending on a placeholder"),
        _lint(r"\s\?", "a space before the question mark"),
        _lint(r"(?<!\w)(та|таны|танд|тантай)(?!\w)", "a small “та”: the customer is “Та”"),
    ),
    "hy": (
        _lint(r"\?", "a Latin question mark: ՞ stands after the vowel that asks"),
        _lint(r"[\u0561-\u0587]:(?=\s|\Z)", "a colon instead of ։ or ՝"),
        _lint(r"\0-?[\u0561-\u0587]", "an ending on a placeholder"),
        _lint(r"[\u0561-\u0587]ը (?:[աէըիօ]|ու)", "-ը before a vowel: -ն"),
    ),
}
#: What ends a sentence in each language.
FULL_STOPS: Final = {"sw": ".", "ne": "।", "fa": ".", "mn": ".", "hy": "։"}


def objections(language: str, text: str) -> Iterator[str]:
    """What is wrong with a text by itself."""
    marked = _FOREIGN.sub(_HOLE, text)
    for pattern, why in (*_EVERYWHERE, *_LINTS.get(language, ())):
        if pattern.search(marked):
            yield why


def lost_its_full_stop(language: str, english: str, text: str) -> bool:
    """English is a whole sentence and ends in a full stop; the translation ends in no mark of its language.

    A question may be a statement elsewhere and the other way round, so any mark that ends sentences will do.
    """
    if not english.endswith(".") or " " not in english:
        return False
    return not text.rstrip(_CLOSING).endswith((FULL_STOPS[language], "?", "؟"))
