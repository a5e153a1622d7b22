"""How many requests a key has in a minute, counted on this machine or in Redis (standards S-15)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from feedback import clock
from feedback.settings import Settings
from feedback.web.shared_counts import SharedCounts

log = logging.getLogger(__name__)

#: A bulk question counts once, whatever it asks.
QUOTA: Final = 600
WINDOW: Final = 60


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of the minute, and for how many seconds that is so."""

    left: int
    seconds: int
    refused: bool

    @property
    def headers(self) -> dict[str, str]:
        """As draft-ietf-httpapi-ratelimit-headers writes it."""
        told = {
            "RateLimit-Policy": f'"default";q={QUOTA};w={WINDOW}',
            "RateLimit": f'"default";r={self.left};t={self.seconds}',
        }
        return {**told, "Retry-After": str(self.seconds)} if self.refused else told


class Counter(Protocol):
    """Counts within a minute of the clock."""

    def add(self, key_id: int, minute: int) -> int:
        """How often ``key_id`` asked in this minute, this time included."""


class MachineCounter:
    """Counts for all processes of this machine that were forked after it was made."""

    def __init__(self) -> None:
        self._counts = SharedCounts(WINDOW)

    def add(self, key_id: int, minute: int) -> int:
        return self._counts.add(str(key_id))


class RedisCounter:
    """Counts for all processes and machines. While Redis can't be reached nothing is limited."""

    def __init__(self, url: str) -> None:
        import redis  # noqa: PLC0415 - a tenth of a second of start-up that most installations don't need

        self._redis: Any = redis.Redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5)
        self._errors: Any = redis.RedisError

    def add(self, key_id: int, minute: int) -> int:
        name = f"fb:api:{key_id}:{minute}"
        try:
            with self._redis.pipeline() as pipe:
                pipe.incr(name)
                pipe.expire(name, 2 * WINDOW)
                return int(pipe.execute()[0])
        except self._errors as error:
            log.warning("limits: %s", type(error).__name__)
            return 0


_counters: dict[tuple[str | None, Path], Counter] = {}


def counter(settings: Settings) -> Counter:
    """The counter of these settings; made with the application, before it forks, so that all its processes share it."""
    where = settings.redis_url, settings.data_dir
    found = _counters.get(where)
    if found is None:
        new = RedisCounter(settings.redis_url) if settings.redis_url else MachineCounter()
        found = _counters.setdefault(where, new)
    return found


def count(settings: Settings, key_id: int) -> Allowance:
    """Count one request of a key."""
    minute, gone = divmod(int(clock.now().timestamp()), WINDOW)
    used = counter(settings).add(key_id, minute)
    return Allowance(max(0, QUOTA - used), WINDOW - gone, used > QUOTA)
