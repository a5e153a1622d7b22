"""Rule: what an API key looks like, and how one is told from a typing error without asking anybody (standards S-17)."""

from __future__ import annotations

import hashlib
import secrets
import zlib
from dataclasses import dataclass
from typing import Final

#: What a key can be allowed to do. Scopes join as the addresses that need them do.
SCOPES: Final = ("preferences:read",)

_PREFIX: Final = "fbk_live"
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_NAME, _SECRET, _CHECK = 8, 43, 6


@dataclass(frozen=True, slots=True)
class Key:
    """A key: ``name`` stands in lists and logs, ``text`` is shown once."""

    name: str
    text: str

    @property
    def hash(self) -> str:
        """What is stored. The secret has 256 bits, so that a fast hash keeps it."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def new_key() -> Key:
    """A fresh key."""
    name, secret = _random(_NAME), _random(_SECRET)
    body = f"{_PREFIX}_{name}_{secret}"
    return Key(name, f"{body}_{_checksum(body)}")


def read_key(text: str) -> Key | None:
    """The key that stands there, or None for what can't be one: cut off, mistyped, something else."""
    body, _, check = text.rpartition("_")
    parts = body.split("_")
    if len(parts) != 4 or "_".join(parts[:2]) != _PREFIX:
        return None
    name, secret = parts[2:]
    if len(name) != _NAME or len(secret) != _SECRET or not set(name + secret) <= set(_DIGITS):
        return None
    return Key(name, text) if secrets.compare_digest(check.encode(), _checksum(body).encode()) else None


def _random(length: int) -> str:
    return "".join(secrets.choice(_DIGITS) for _ in range(length))


def _checksum(body: str) -> str:
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(_CHECK):
        number, rest = divmod(number, len(_DIGITS))
        digits = _DIGITS[rest] + digits
    return digits
