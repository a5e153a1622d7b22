"""The site's own module for the widget: its surveys as host pages see them, and the widget's words; nothing secret."""

import json
import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from feedback.i18n.catalogue import translator
from feedback.i18n.negotiation import direction, language_of
from feedback.i18n.text import N_, LocalizedText, pick
from feedback.rendering import Reader
from feedback.sites.models import Site
from feedback.sites.theme import theme_of
from feedback.surveys.definition import Question, Shuffle, SurveyDefinition
from feedback.surveys.kinds import MOODS, Shown, kind_of
from feedback.widget.placing import Placing, quiet_days_of

WORDS = {
    "title": N_("Feedback"),
    "close": N_("Close"),
    "open": N_("Next"),
    "no": N_("Not now"),
}
#: What can be answered by one tap in the page itself.
_BY_ONE_TAP = frozenset({"faces", "stars", "nps", "ces", "yesno", "choice"})
#: What browsers leave as it is in the path of an address.
_IN_PATHS = "/%:@!$&'()*+,;=~-._[]|^\\"


@dataclass(frozen=True, slots=True)
class Placed:
    """A survey that host pages can show, and to whom. Two of the same version ask the same."""

    slug: str
    version_id: int
    definition: SurveyDefinition = field(compare=False)
    placing: Placing


_MOST_KEPT = 100
_kept: dict[Hashable, bytes] = {}


def site_module(site: Site, origins: tuple[str, ...], surveys: tuple[Placed, ...]) -> bytes:
    """An ES module: hosts whose policy lets scripts of ours in may import what they could not fetch.

    A page of an origin that isn't registered fails to: nothing is drawn there, and its developer reads why.

    Kept, since writing it takes longer than everything else about the request; what it says changes with its key.
    """
    known = (site.public_id, site.version, origins, surveys)
    found = _kept.get(known)
    if found is None:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        found = _kept[known] = (_written(site, surveys) + _held_to(site, origins)).encode()
    return found


def _written(site: Site, surveys: tuple[Placed, ...]) -> str:
    languages = tuple(dict.fromkeys(map(language_of, site.languages or (site.locale,))))
    color = site.theme.get("color")
    told = {
        "v": 1,
        "site": site.key,
        "quiet": quiet_days_of(site.widget),
        "languages": languages,
        "color": theme_of(color if isinstance(color, str) else None).color,
        "rtl": [language for language in languages if direction(language) == "rtl"],
        "words": {language: _words(language) for language in languages},
        "surveys": {one.slug: _survey(site, one, languages) for one in surveys},
    }
    return f"export default {json.dumps(told, ensure_ascii=False, separators=(',', ':'))};\n"


def _held_to(site: Site, origins: tuple[str, ...]) -> str:
    """Outside a page, in a program say, there is no origin to hold anybody to."""
    allowed = "|".join(re.escape(origin).replace(r"\*", "[^/]+") for origin in origins)
    pattern, why = json.dumps(f"^(?:{allowed})$"), json.dumps(f' is no origin of site "{site.key}": add it there')
    return f"const at=globalThis.location?.origin;if(at&&!RegExp({pattern}).test(at))throw Error(at+{why});\n"


def _words(language: str) -> dict[str, str]:
    speak = translator(language).gettext
    return {name: speak(text) for name, text in WORDS.items()}


def _survey(site: Site, placed: Placed, spoken: Sequence[str]) -> dict[str, Any]:
    definition, placing = placed.definition, placed.placing
    both = tuple(language for language in spoken if language in definition.languages)
    languages = both or definition.languages
    return {
        "live": placing.live,
        "sample": placing.sample,
        "again": placing.again_days,
        "paths": [quote(path, safe=_IN_PATHS) for path in placing.paths],
        **_asked(site, definition, languages),
    }


def _asked(site: Site, definition: SurveyDefinition, languages: Sequence[str]) -> dict[str, Any]:
    """What is drawn of it: its first question, or its title where that can't be answered by a tap."""
    question = _question(site, definition.questions[0], languages)
    told = definition.questions[0].text if question["points"] else definition.title
    return {"title": _text(told, languages), "question": question}


def _question(site: Site, question: Question, languages: Sequence[str]) -> dict[str, Any]:
    kind = kind_of(question)
    by_language = {language: kind.show(question, language) for language in languages}
    ends = {"low": _text(question.low, languages), "high": _text(question.high, languages)}
    return {
        "key": question.key,
        "kind": question.kind,
        **{name: text for name, text in ends.items() if any(text.values())},
        "points": _points(site, question, by_language) if question.kind in _BY_ONE_TAP else [],
    }


def _points(site: Site, question: Question, by_language: dict[str, Shown]) -> list[dict[str, Any]]:
    """What can be tapped. Options in another order for each customer are left to the frame, which shuffles them."""
    if question.shuffle is not Shuffle.NO:
        return []
    first = next(iter(by_language.values()))
    moods = MOODS.get(len(first.points), ()) if question.kind == "faces" else ()
    return [
        {
            "value": point.value,
            "label": _once(
                {language: _label(site, question, language, shown, place) for language, shown in by_language.items()}
            ),
            **({"mood": moods[place]} if moods else {}),
        }
        for place, point in enumerate(first.points)
    ]


def _once(labels: dict[str, str]) -> dict[str, str]:
    """Without those that are as in the first language: that one stands for them."""
    first = next(iter(labels.values()))
    return {language: label for place, (language, label) in enumerate(labels.items()) if not place or label != first}


def _label(site: Site, question: Question, language: str, shown: Shown, place: int) -> str:
    """Words, or where there are none the number in the language's own digits."""
    point = shown.points[place]
    if point.number is None or question.kind == "faces":
        return point.label
    reader = Reader(language, digits="latn" if site.theme.get("digits") == "latn" else "native")
    return reader.formats.number(point.number)


def _text(text: LocalizedText, languages: Sequence[str]) -> dict[str, str]:
    return {language: pick(text, language)[0] for language in languages}
