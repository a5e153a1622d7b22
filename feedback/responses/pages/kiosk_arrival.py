"""Which feedback screen stands at the door, if one does, and what it sends: a form's fields or a batch of taps."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from feedback import clock
from feedback.errors import NotFound
from feedback.i18n.negotiation import fullest_tag
from feedback.links.signing import keyring, open_kiosk
from feedback.links.tokens import BadToken
from feedback.responses.actions.tapping import Screen, Tap
from feedback.responses.filling import Filled, Raw, fill
from feedback.responses.places import place_of
from feedback.responses.queries import AskedSurvey, asked_of_anybody, definition_of
from feedback.responses.queries.kiosks import KioskLine, kiosk_by_id
from feedback.responses.screens import asked_first, asked_next
from feedback.surveys.definition import Question, SurveyDefinition
from feedback.web.transaction import reading, settings

#: Taps that are taken from one request; a screen sends the others in the next.
MOST_AT_ONCE = 50
#: What a screen makes up to know a tap again.
_SHORTEST_KEY, _LONGEST_KEY = 16, 100


@dataclass(frozen=True, slots=True)
class Arrived:
    """A survey asked at a screen. ``token`` is what the screen gave, whatever it is worth."""

    asked: AskedSurvey
    screen: Screen
    token: str
    #: The place that the address names; a paired screen has one of its own.
    named: str | None

    @property
    def address(self) -> dict[str, Any]:
        """What the screen's own address has to carry."""
        given = {"token": self.token, "place": self.named or ""}
        return {name: value for name, value in given.items() if value}


def arrive(site_key: str, slug: str, token: str, place: str) -> Arrived:
    """The survey at an address, and the screen that a token names. Raises NotFound for an unknown site or survey."""
    asked = asked_of_anybody(reading(), site_key, slug)
    kiosk, named = _kiosk(asked, token), place_of(place)
    screen = Screen(
        asked.site_id,
        asked.survey_id,
        asked.slug,
        kiosk_id=kiosk.id if kiosk else None,
        trusted=kiosk is not None and kiosk.counts(clock.now()),
        place=kiosk.place if kiosk else named,
    )
    return Arrived(asked, screen, token[:200], named)


def _kiosk(asked: AskedSurvey, token: str) -> KioskLine | None:
    if not token:
        return None
    try:
        found = open_kiosk(keyring(settings()), token)
    except BadToken:
        return None
    if found.site_id != asked.site_id:
        return None
    kiosk = kiosk_by_id(reading(), asked.site_id, found.kiosk_id)
    return kiosk if kiosk is not None and kiosk.survey_id == asked.survey_id else None


def tapped(definition: SurveyDefinition, values: Raw) -> Filled | None:
    """The answer to the first question and, if there is one, to the second; None where nothing was chosen.

    Whatever else was sent is left aside: nobody writes anything at a screen.
    """
    first = asked_first(definition)
    if first is None:
        return None
    filled = fill(definition, {first.key: values.get(first.key, [])})
    if not has_answer(filled, first):
        return None
    second = asked_next(definition, filled.answers)
    if second is None or not values.get(second.key):
        return filled
    both = fill(definition, {first.key: values[first.key], second.key: values[second.key]})
    return both if has_answer(both, second) else filled


def has_answer(filled: Filled, question: Question) -> bool:
    """Whether something was chosen there that can be taken."""
    answer = filled.answers.get(question.key)
    return answer is not None and answer.given


def taps_in(arrived: Arrived, sent: Iterable[Any]) -> list[tuple[str, Tap | None]]:
    """Each tap of a batch under its own key; None for one that can't be taken, now or later."""
    return [(_key(one), _tap(arrived, one)) for one in sent if isinstance(one, Mapping)]


def _key(sent: Mapping[str, Any]) -> str:
    found = sent.get("id")
    return found if isinstance(found, str) else ""


def _tap(arrived: Arrived, sent: Mapping[str, Any]) -> Tap | None:
    key, answers = _key(sent), sent.get("answers")
    if not _SHORTEST_KEY <= len(key) <= _LONGEST_KEY or not isinstance(answers, Mapping):
        return None
    asked, version = arrived.asked, sent.get("version")
    wanted = (version if isinstance(version, int) and 0 < version < 2**63 else None, asked.version_id)
    try:
        version_id, definition = definition_of(reading(), asked, wanted)
    except NotFound:
        return None
    filled = tapped(definition, {str(name): [str(value)] for name, value in answers.items()})
    if filled is None:
        return None
    return Tap(key, version_id, filled, _tag(asked, sent.get("language")), _waited(sent.get("waited")))


def _tag(asked: AskedSurvey, language: Any) -> str:
    if not isinstance(language, str) or language not in asked.languages:
        return asked.site_locale
    return fullest_tag(language, asked.site_locale)


def _waited(milliseconds: Any) -> timedelta | None:
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float) or not abs(milliseconds) < 1e12:
        return None
    return timedelta(milliseconds=milliseconds)
