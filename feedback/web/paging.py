"""Cursors of keyset paging: opaque text for the last row seen; no SQL."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from typing import Any

_LONGEST = 400


def encode_cursor(*values: str | int | None) -> str:
    """The sort values of the last row as text that fits an address."""
    return urlsafe_b64encode(json.dumps(values, separators=(",", ":")).encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, types: tuple[type, ...]) -> tuple[Any, ...] | None:
    """The sort values back, or None for no cursor and for anything that isn't one: then the first page is shown."""
    if not cursor or len(cursor) > _LONGEST:
        return None
    try:
        values = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, Error):
        return None
    if not isinstance(values, list) or len(values) != len(types):
        return None
    if not all(isinstance(value, kind) for value, kind in zip(values, types, strict=True)):
        return None
    return tuple(values)
