"""Which language a reader gets: allowlists, RFC 4647 lookup, the order of wishes; no texts and no formats."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final, Literal, TypeAlias

Direction: TypeAlias = Literal["ltr", "rtl"]

LANGUAGES: Final[tuple[str, ...]] = ("en", "sw", "ne", "fa", "mn", "hy")
DEFAULT: Final = "en"

OWN_NAMES: Final[Mapping[str, str]] = {
    "en": "English",
    "sw": "Kiswahili",
    "ne": "नेपाली",
    "fa": "فارسی",
    "mn": "Монгол",
    "hy": "Հայերեն",
}

# Where most readers of a language are, for week data when neither the tag nor the site names a country.
_HOME: Final[Mapping[str, str]] = {"en": "GB", "sw": "TZ", "ne": "NP", "fa": "IR", "mn": "MN", "hy": "AM"}

# Old, three-letter and extended-language codes, to what catalogues are keyed by (IANA subtag registry).
_ALIASES: Final[Mapping[str, str]] = {
    "prs": "fa", "pes": "fa", "fas": "fa", "per": "fa",
    "npi": "ne", "nep": "ne",
    "swh": "sw", "swc": "sw", "swa": "sw",
    "khk": "mn", "mon": "mn",
    "hye": "hy", "arm": "hy", "hyw": "hy",
    "eng": "en",
    "iw": "he", "in": "id", "ji": "yi", "no": "nb", "nor": "nb", "nob": "nb", "tl": "fil", "mo": "ro",
    "cmn": "zh", "arb": "ar",
}  # fmt: skip
_IMPLIED_SCRIPT: Final[Mapping[tuple[str, str], str]] = {
    ("zh", "TW"): "Hant",
    ("zh", "HK"): "Hant",
    ("zh", "MO"): "Hant",
    ("zh", "CN"): "Hans",
    ("zh", "SG"): "Hans",
}
_RTL_LANGUAGES: Final = frozenset(
    {"ar", "arc", "ckb", "dv", "fa", "he", "ks", "lrc", "mzn", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"}
)
_RTL_SCRIPTS: Final = frozenset({"Arab", "Hebr", "Thaa", "Syrc", "Nkoo", "Adlm", "Rohg", "Samr", "Mand"})

_TAG: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,6}")
_LONGEST_TAG: Final = 35
_RANGE: Final = re.compile(
    r"(\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)"
    r"(?:\s*;\s*[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?"
)
_HEADER_CAP: Final = 200
_RANGES_CAP: Final = 20


@lru_cache(maxsize=512)
def canonical(tag: str | None) -> str | None:
    """A well-formed tag in its usual case, aliases resolved (``PRS_af`` → ``fa-AF``); None if it is none.

    Nothing that came in from outside reaches Babel but through here and the allowlist.
    """
    text = (tag or "").strip().replace("_", "-")
    if len(text) > _LONGEST_TAG or not _TAG.fullmatch(text):
        return None
    first, *rest = text.split("-")
    language = _ALIASES.get(first.lower(), first.lower())
    if rest and len(rest[0]) == 3 and rest[0].isalpha() and rest[0].lower() in _ALIASES:  # zh-cmn-Hant
        language = _ALIASES[rest.pop(0).lower()]
    parts: list[str] = [language]
    for part in rest:
        if len(part) == 1:  # extensions say how to format, not which language
            break
        if len(part) == 4 and part.isalpha():
            parts.append(part.title())
        elif (len(part) == 2 and part.isalpha()) or (len(part) == 3 and part.isdigit()):
            parts.append(part.upper())
        else:
            parts.append(part.lower())
    if len(parts) == 2 and (script := _IMPLIED_SCRIPT.get((parts[0], parts[1]))):
        parts.insert(1, script)
    return "-".join(parts)


def lookup(ranges: Iterable[str], available: Sequence[str]) -> str | None:
    """RFC 4647 lookup: the first range that an available language fits, each shortened from its end."""
    known: dict[str, str] = {}
    for language in available:
        key = canonical(language)
        if key is not None:
            known.setdefault(key, language)
    for wish in ranges:
        tag = canonical(wish)
        while tag:
            if tag in known:
                return known[tag]
            tag = tag.rpartition("-")[0]
            if len(tag.rpartition("-")[2]) == 1:
                tag = tag.rpartition("-")[0]
    return None


def _weighted(header: str | None) -> list[tuple[str, float]]:
    text = header or ""
    if len(text) > _HEADER_CAP:  # the last piece may have been cut in two
        text = text[:_HEADER_CAP].rpartition(",")[0]
    found: list[tuple[str, float]] = []
    for piece in text.split(",")[:_RANGES_CAP]:
        match = _RANGE.fullmatch(piece.strip(" \t"))
        if match:
            found.append((match[1], float(match[2]) if match[2] else 1.0))
    return sorted(found, key=lambda pair: -pair[1])


def _accepted(header: str | None, available: Sequence[str]) -> str | None:
    weighted = _weighted(header)
    refused = {canonical(tag) for tag, quality in weighted if quality == 0}
    allowed = [language for language in available if canonical(language) not in refused]
    named = [tag for tag, _ in weighted if tag != "*"]
    for tag, quality in weighted:
        if quality == 0:
            continue
        if tag == "*":  # anything that was not named
            rest = [language for language in allowed if lookup(named, [language]) is None]
            if rest:
                return rest[0]
        elif (found := lookup([tag], allowed)) is not None:
            return found
    return None


def negotiate(
    explicit: str | None,
    token_locale: str | None,
    accept_language: str | None,
    site_languages: Sequence[str],
    site_default: str,
) -> str:
    """The language to answer in: asked for, else the link's, else what the browser accepts, else the site's.

    Always one of the site's languages that we ship; whatever is unknown or malformed is passed over.
    """
    offered = [language for language in site_languages if language in LANGUAGES]
    if not offered:
        return lookup([site_default], LANGUAGES) or DEFAULT
    for wish in (explicit, token_locale):
        if wish and (found := lookup([wish], offered)) is not None:
            return found
    found = _accepted(accept_language, offered)
    if found is not None:
        return found
    return lookup([site_default], offered) or offered[0]


@lru_cache(maxsize=512)
def language_of(tag: str | None) -> str:
    """The shipped language that serves a tag; English where none does."""
    return lookup([tag], LANGUAGES) or DEFAULT if tag else DEFAULT


def fullest_tag(language: str, *wishes: str | None) -> str:
    """The fullest of the wishes that this language serves (``fa-AF`` for ``fa``), else just the language."""
    for wish in wishes:
        tag = canonical(wish)
        if tag is not None and lookup([tag], [language]) == language:
            return tag
    return language


@lru_cache(maxsize=512)
def direction(tag: str) -> Direction:
    """Which way a language is written; the script in the tag decides where there is one."""
    parts = (canonical(tag) or DEFAULT).split("-")
    script = next((part for part in parts[1:] if len(part) == 4 and part.isalpha()), None)
    if script is not None:
        return "rtl" if script in _RTL_SCRIPTS else "ltr"
    return "rtl" if parts[0] in _RTL_LANGUAGES else "ltr"


def region_of(tag: str) -> str | None:
    """The country or area in a tag, if it names one."""
    parts = (canonical(tag) or "").split("-")[1:]
    return next((part for part in parts if re.fullmatch(r"[A-Z]{2}|[0-9]{3}", part)), None)


def region_qualified(tag: str, country: str | None = None) -> str:
    """Language and country, for what depends on where one is, such as the first day of the week (I-13)."""
    language = language_of(tag)
    region = region_of(tag)
    if region is None and country and re.fullmatch(r"[A-Za-z]{2}", country):
        region = country.upper()
    return f"{language}-{region or _HOME[language]}"


def terminal_language(environment: Mapping[str, str]) -> str:
    """What a terminal asks for with LC_ALL, LC_MESSAGES or LANG; English where that is nothing we have."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name, "").partition(".")[0].partition("@")[0]
        if value:
            return language_of(value)
    return DEFAULT
