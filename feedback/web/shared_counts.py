"""Counts that the web processes of one machine share: memory that is made before they fork, and forgets by itself.

A name's hash says where it is counted, twice, and the smaller of the two counts: it is never too small, and too large
only where others that are counted much stand in both of its places. No process waits for another: of two that count
in the same millionth of a second one may be lost, which is nothing to a limit, and one that is killed leaves no lock.
"""

import mmap
import secrets
import threading
from hashlib import blake2b
from typing import Final

from feedback import clock

_PLACES: Final = 1 << 15
_MOST: Final = (1 << 16) - 1
_HEAD: Final = 64


def slot(seconds: int) -> int:
    """Which stretch of so many seconds it is now."""
    return int(clock.now().timestamp()) // seconds


class SharedCounts:
    """How often something was counted in this stretch of ``seconds``."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        memory = memoryview(mmap.mmap(-1, _HEAD + 2 * 2 * _PLACES))
        self._now = memory[:8].cast("Q")
        self._counts = memory[_HEAD:].cast("H")
        self._now[0] = slot(seconds)

    def count(self, name: str) -> int:
        """How often ``name`` was counted."""
        with self._lock:
            return min(self._counts[place] for place in self._places(name))

    def add(self, name: str) -> int:
        """Count ``name`` once more; how often that makes."""
        with self._lock:
            places = self._places(name)
            for place in places:
                self._counts[place] = min(self._counts[place] + 1, _MOST)
            return min(self._counts[place] for place in places)

    def _places(self, name: str) -> tuple[int, int]:
        now = slot(self._seconds)
        if self._now[0] != now:
            self._counts[:] = memoryview(bytes(self._counts.nbytes)).cast("H")
            self._now[0] = now
        digest = blake2b(name.encode(), digest_size=8).digest()
        first, second = int.from_bytes(digest[:4]), int.from_bytes(digest[4:])
        return first % _PLACES, _PLACES + second % _PLACES


class SharedSalt:
    """Random bytes that are others in each stretch of ``seconds``; those before are gone."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        memory = memoryview(mmap.mmap(-1, _HEAD))
        self._now = memory[:8].cast("Q")
        self._salt = memory[8:40]

    def bytes(self) -> bytes:
        """Those of now."""
        with self._lock:
            now = slot(self._seconds)
            if self._now[0] != now:
                self._salt[:] = secrets.token_bytes(len(self._salt))
                self._now[0] = now
            return bytes(self._salt)
