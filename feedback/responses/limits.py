"""How much is taken from one link or one network in an hour, counted on this machine or in Redis; forgets by itself."""

import hashlib
import hmac
import ipaddress
import logging
import secrets
from pathlib import Path
from typing import Any, Protocol

from feedback import clock
from feedback.settings import Settings
from feedback.web.shared_counts import SharedCounts, SharedSalt, slot

log = logging.getLogger(__name__)

#: Steps that one link may store in an hour.
LINK_STEPS = 60
#: Open answers of one network that count in an hour; beyond that they are set aside, at ten times that refused.
OPEN_ANSWERS = 120
OPEN_REFUSED = 10 * OPEN_ANSWERS

HOUR = 3600
DAY = 24 * HOUR


class Counter(Protocol):
    """Counts within hours and days of the clock."""

    def count(self, key: str) -> int:
        """How often ``key`` was counted in this hour."""

    def add(self, key: str) -> None:
        """Count ``key`` once more."""

    def salt(self) -> bytes:
        """Random bytes that are others every day; yesterday's are gone."""


class MachineCounter:
    """Counts for all processes of this machine that were forked after it was made."""

    def __init__(self) -> None:
        self._counts, self._salt = SharedCounts(HOUR), SharedSalt(DAY)

    def count(self, key: str) -> int:
        return self._counts.count(key)

    def add(self, key: str) -> None:
        self._counts.add(key)

    def salt(self) -> bytes:
        return self._salt.bytes()


class RedisCounter:
    """Counts for all processes and machines. While Redis can't be reached nothing is limited: answers come first."""

    def __init__(self, url: str) -> None:
        import redis  # noqa: PLC0415 - a tenth of a second of start-up that most installations don't need

        self._redis: Any = redis.Redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5)
        self._errors: Any = redis.RedisError

    def count(self, key: str) -> int:
        try:
            return int(self._redis.get(f"fb:count:{key}:{slot(HOUR)}") or 0)
        except self._errors as error:
            log.warning("limits: %s", type(error).__name__)
            return 0

    def add(self, key: str) -> None:
        name = f"fb:count:{key}:{slot(HOUR)}"
        try:
            with self._redis.pipeline() as pipe:
                pipe.incr(name)
                pipe.expire(name, HOUR)
                pipe.execute()
        except self._errors as error:
            log.warning("limits: %s", type(error).__name__)

    def salt(self) -> bytes:
        name = f"fb:salt:{slot(DAY)}"
        try:
            self._redis.set(name, secrets.token_bytes(32), nx=True, ex=DAY)
            return bytes(self._redis.get(name) or b"")
        except self._errors as error:
            log.warning("limits: %s", type(error).__name__)
            return b""


def network_of(address: str | None) -> str:
    """The network (/24 or /64) that somebody writes from; "unknown" where that can't be told."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    found = getattr(found, "ipv4_mapped", None) or found
    return str(ipaddress.ip_network(f"{found}/{24 if found.version == 4 else 64}", strict=False))


def network_key(counter: Counter, site_id: int, address: str | None) -> str:
    """A name for the network that somebody writes from: a hash that means nothing tomorrow (G-1)."""
    network = network_of(address)
    return f"open:{site_id}:" + hmac.new(counter.salt(), network.encode(), hashlib.sha256).hexdigest()[:24]


def refused_until(limit: int) -> dict[str, str]:
    """The headers of a 429: when to come back, and how many an hour are taken, as a draft of the IETF writes it."""
    left = HOUR - int(clock.now().timestamp()) % HOUR
    return {
        "Retry-After": str(left),
        "RateLimit-Policy": f'"default";q={limit};w={HOUR}',
        "RateLimit": f'"default";r=0;t={left}',
    }


def link_key(link_id: int) -> str:
    """The name under which a link's steps are counted."""
    return f"link:{link_id}"


def customer_key(site_id: int, external_id: str) -> str:
    """The name under which the answers of a customer are counted whom the site's own back end names."""
    return f"customer:{site_id}:{hashlib.sha256(external_id.encode()).hexdigest()[:24]}"


_counters: dict[tuple[str | None, Path], Counter] = {}


def counter(settings: Settings) -> Counter:
    """The counter of these settings; made with the application, before it forks, so that all its processes share it."""
    where = settings.redis_url, settings.data_dir
    found = _counters.get(where)
    if found is None:
        new = RedisCounter(settings.redis_url) if settings.redis_url else MachineCounter()
        found = _counters.setdefault(where, new)
    return found
