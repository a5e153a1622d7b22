"""The topics of a site: its first two, adding, changing and archiving them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback import audit, clock
from feedback.actors import Actor
from feedback.db import insert_once, new_public_id
from feedback.errors import Conflict, Invalid, Problem
from feedback.i18n.text import N_
from feedback.preferences.models import Topic
from feedback.preferences.policy import Frequency
from feedback.preferences.queries import topic_by_key

TOPICS: Final = Topic.metadata.tables["topic"]
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
        "mn": "Мэдээ ба санал",
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
    """A new topic. Invalid names ``key`` or ``name``; Conflict carries the one that has the key."""
    key = key.strip().lower()
    problems = []
    if not _KEY.fullmatch(key):
        problems.append(Problem("key", "form", N_("Use a-z, 0-9 and -, at most 40 of them, such as news.")))
    if not any(text.strip() for text in name.values()):
        problems.append(Problem("name", "required", N_("Give the topic a name.")))
    if any(one not in set(Frequency) for one in frequencies):
        problems.append(Problem("frequencies", "unknown", N_("Choose each, weekly or monthly.")))
    if problems:
        raise Invalid(problems)
    last = session.scalar(select(func.max(Topic.position)).where(Topic.site_id == site_id))
    if _insert(session, site_id, key, name, frequencies, (last or 0) + 1) is None:
        raise Conflict(present=topic_by_key(session, site_id, key))
    topic = topic_by_key(session, site_id, key)
    _record(session, actor, topic, "topic.add")
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
    """Other names or frequencies. Raises NotFound, Conflict with the present topic."""
    topic = topic_by_key(session, site_id, key)
    if expected_version is not None and topic.version != expected_version:
        raise Conflict(present=topic)
    topic.name, topic.frequencies = dict(name), list(frequencies)
    session.flush()
    _record(session, actor, topic, "topic.change")
    return topic


def archive_topic(session: Session, actor: Actor, site_id: int, key: str, *, archived: bool = True) -> Topic:
    """Offer a topic no longer; links that name it keep working. Raises NotFound."""
    topic = topic_by_key(session, site_id, key)
    if (topic.archived_at is not None) != archived:
        topic.archived_at = clock.now() if archived else None
        session.flush()
        _record(session, actor, topic, "topic.archive" if archived else "topic.restore")
    return topic


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


def _record(session: Session, actor: Actor, topic: Topic, action: str) -> None:
    after = {"key": topic.key, "name": dict(topic.name), "frequencies": list(topic.frequencies)}
    audit.record(
        session, actor, action, site_id=topic.site_id, subject="topic", subject_id=topic.public_id, after=after
    )
