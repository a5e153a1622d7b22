"""The reasons as the page after stopping shows them, with what fits the one that was chosen."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

from feedback.errors import NotFound
from feedback.i18n.text import pick
from feedback.preferences.pages.arrival import Arrival
from feedback.rendering import current_reader
from feedback.surveys.definition import Option, Question, Role, Shuffle
from feedback.surveys.queries import live_survey
from feedback.web.transaction import reading

SLUG = "unsubscribe"


@dataclass(frozen=True, slots=True)
class Worded:
    """A text in the language it is really in."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class ReasonPoint:
    """One reason: a button that sends it."""

    value: str
    label: Worded


@dataclass(frozen=True, slots=True)
class ReasonView:
    """What may be asked after a stop; every part may be missing, and every part may be left alone."""

    question: Worded | None = None
    points: tuple[ReasonPoint, ...] = ()
    chosen: str = ""
    #: What fits the chosen reason: fewer, topics, pause, person, address, or nothing.
    alternative: str = ""
    words: Worded | None = None
    words_key: str = ""
    words_hint: Worded | None = None
    contact_key: str = ""
    key: str = ""


def reasons_of(arrival: Arrival, chosen: str = "") -> ReasonView | None:
    """The site's survey of reasons, in the reader's language; None where it has none."""
    try:
        definition = live_survey(reading(), arrival.owner.site_id, SLUG).definition
    except NotFound:
        return None
    asked = definition.with_role(Role.REASON)
    words, contact = definition.with_role(Role.COMMENT), definition.with_role(Role.CONTACT)
    option = asked.option(chosen) if asked else None
    return ReasonView(
        question=_worded(asked.text) if asked else None,
        points=_points(asked, arrival) if asked else (),
        chosen=chosen,
        alternative=option.alternative.value if option and option.alternative else "",
        words=_worded(words.text) if words else None,
        words_key=words.key if words else "",
        words_hint=_worded(words.hint) if words and words.hint else None,
        contact_key=contact.key if contact else "",
        key=asked.key if asked else "",
    )


def _points(question: Question, arrival: Arrival) -> tuple[ReasonPoint, ...]:
    """In another order for each link, but for the last one (U-8)."""

    def place(option: Option) -> bytes:
        return blake2b(f"{arrival.owner.link_id}:{option.key}".encode(), digest_size=8).digest()

    options = list(question.options)
    if question.shuffle is Shuffle.ALL:
        options.sort(key=place)
    elif question.shuffle is Shuffle.ALL_BUT_LAST:
        options = [*sorted(options[:-1], key=place), options[-1]]
    return tuple(ReasonPoint(one.key, _worded(one.text)) for one in options)


def _worded(text: dict[str, str]) -> Worded:
    return Worded(*pick(text, current_reader().tag))
