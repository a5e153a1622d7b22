"""Turning passwords into argon2id hashes and checking them, few at a time; not which ones are good."""

import secrets
import threading
from functools import lru_cache
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

#: OWASP's floor: 19 MiB, two passes, one lane. RFC 9106's 64 MiB would take down a small machine under load.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, hash_len=32, type=Type.ID)
#: More at a time would only make each other slower and eat memory.
_TURN: Final = threading.BoundedSemaphore(2)


def hash_password(password: str) -> str:
    """The hash to keep. Takes about 50 ms: never call it within a transaction."""
    with _TURN:
        return _HASHER.hash(password)


def verify_password(kept: str | None, password: str) -> bool:
    """Whether the password, exactly as received, is the one behind the hash.

    Takes the same time where there is no hash, so that nobody learns which accounts exist.
    """
    against = kept or _nobody()
    with _TURN:
        try:
            right = _HASHER.verify(against, password)
        except (VerificationError, InvalidHashError):
            return False
    return right and kept is not None


def needs_rehash(kept: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(kept)


@lru_cache(maxsize=1)
def _nobody() -> str:
    with _TURN:
        return _HASHER.hash(secrets.token_hex(32))
