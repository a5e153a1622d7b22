"""The topics of a site: its first two, adding, changing, ordering and archiving them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback import audit, clock
from feedback.actors import Actor
from feedback.db import insert_once, new_public_id
from feedback.errors import Conflict, Invalid, Problem
from feedback.i18n.text import N_
from feedback.preferences.models import Topic
from feedback.preferences.policy import Frequency
from feedback.preferences.queries import topic_by_key, topics_of
from feedback.versions import as_read, store

TOPICS: Final = Topic.metadata.tables["topic"]
LONGEST_NAME: Final = 120
_KEY: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")

#: What each site begins with: our own invitations, and whatever else it sends.
FIRST: Final[dict[str, dict[str, str]]] = {
    "surveys": {
        "en": "Questions about our service",
        "sw": "Maswali kuhusu huduma yetu",
        "ne": "हाम्रो सेवाबारे प्रश्नहरू",
        "fa": "پرسش‌هایی درباره خدمات ما",
        "mn": "Манай үйлчилгээний талаарх асуултууд",
        "hy": "Հարցեր մեր սպասարկման մասին",
    },
    "news": {
        "en": "News and offers",
        "sw": "Habari na ofa",
        "ne": "समाचार र छुट",
        "fa": "خبرها و پیشنهادها",
        "mn": "Мэдээ, урамшуулал",
        "hy": "Նորություններ և առաջարկներ",
    },
}


def create_first_topics(session: Session, site_id: int) -> None:
    """Give a site the topics that it begins with, each once."""
    for position, (key, name) in enumerate(FIRST.items()):
        _insert(session, site_id, key, name, (), position)


def add_topic(
    session: Session, actor: Actor, site_id: int, key: str, name: Mapping[str, str], frequencies: Sequence[str] = ()
) -> Topic:
    """A new topic, the last in order. Invalid names ``key``, ``name`` (or ``name.<language>``) or ``frequencies``;
    Conflict carries the one that has the key.
    """
    key = key.strip().lower()
    problems = _problems(name, frequencies)
    if not _KEY.fullmatch(key):
        problems.insert(0, Problem("key", "form", N_("Use a-z, 0-9 and -, at most 40 of them, such as news.")))
    if problems:
        raise Invalid(problems)
    if _insert(session, site_id, key, _filled(name), frequencies, _last(session, site_id) + 1) is None:
        raise Conflict(present=topic_by_key(session, site_id, key))
    topic = topic_by_key(session, site_id, key)
    audit.record_row(session, actor, "topic.add", "topic", topic, None, _content(topic))
    return topic


def change_topic(
    session: Session,
    actor: Actor,
    site_id: int,
    key: str,
    *,
    name: Mapping[str, str],
    frequencies: Sequence[str],
    expected_version: int | None = None,
) -> Topic:
    """Other names or frequencies. Raises NotFound, Invalid as ``add_topic``, Conflict with the present topic."""
    topic = as_read(topic_by_key(session, site_id, key), expected_version)
    problems = _problems(name, frequencies)
    if problems:
        raise Invalid(problems)
    before = _content(topic)
    topic.name, topic.frequencies = _filled(name), list(frequencies)
    if _content(topic) != before:
        store(session)
        audit.record_row(session, actor, "topic.change", "topic", topic, before, _content(topic))
    return topic


def move_topic(
    session: Session, actor: Actor, site_id: int, key: str, *, up: bool, expected_version: int | None = None
) -> Topic:
    """Show a topic one place earlier or later among those offered; at either end nothing happens.

    Raises NotFound, Conflict with the present topic.
    """
    topic = as_read(topic_by_key(session, site_id, key), expected_version)
    order = list(topics_of(session, site_id))
    if topic not in order:
        raise Conflict(present=topic)
    place = order.index(topic)
    other = place - 1 if up else place + 1
    if 0 <= other < len(order):
        order[place], order[other] = order[other], order[place]
        before = {"position": topic.position}
        for position, one in enumerate(order):
            one.position = position
        store(session)
        audit.record_row(session, actor, "topic.move", "topic", topic, before, {"position": topic.position})
    return topic


def archive_topic(
    session: Session,
    actor: Actor,
    site_id: int,
    key: str,
    *,
    archived: bool = True,
    expected_version: int | None = None,
) -> Topic:
    """Offer a topic no longer, or again; links that name it keep working. Raises NotFound, Conflict."""
    topic = as_read(topic_by_key(session, site_id, key), expected_version)
    if (topic.archived_at is not None) != archived:
        if not archived:
            topic.position = _last(session, site_id) + 1
        topic.archived_at = clock.now() if archived else None
        store(session)
        audit.record_row(
            session, actor, "topic.archive" if archived else "topic.restore", "topic", topic, None, {"key": key}
        )
    return topic


def _last(session: Session, site_id: int) -> int:
    return session.scalar(select(func.max(Topic.position)).where(Topic.site_id == site_id)) or 0


def _problems(name: Mapping[str, str], frequencies: Sequence[str]) -> list[Problem]:
    problems = []
    if not _filled(name):
        problems.append(Problem("name", "required", N_("Give the topic a name.")))
    message = N_("Too long: at most %(max)s characters.")
    for language, text in _filled(name).items():
        if len(text) > LONGEST_NAME:
            problems.append(Problem(f"name.{language}", "too_long", message, {"max": LONGEST_NAME}))
    if any(one not in set(Frequency) for one in frequencies):
        problems.append(Problem("frequencies", "unknown", N_("Choose each, weekly or monthly.")))
    return problems


def _filled(name: Mapping[str, str]) -> dict[str, str]:
    """Names on one line each; a language without one is left out."""
    lines = {language: " ".join(text.split()) for language, text in name.items()}
    return {language: text for language, text in lines.items() if text}


def _insert(
    session: Session, site_id: int, key: str, name: Mapping[str, str], frequencies: Sequence[str], position: int
) -> int | None:
    values = {
        "public_id": new_public_id(),
        "site_id": site_id,
        "key": key,
        "name": dict(name),
        "frequencies": list(frequencies),
        "position": position,
        "created_at": clock.now(),
        "version": 1,
    }
    return insert_once(session, TOPICS, values, ["site_id", "key"])


def _content(topic: Topic) -> dict[str, Any]:
    return {"key": topic.key, "name": dict(topic.name), "frequencies": list(topic.frequencies)}
