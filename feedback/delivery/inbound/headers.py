"""Rule: the headers of a mail as text on one line each, whatever was put into them; the parts below are not read."""

import re
from collections.abc import Mapping, Sequence
from email.errors import HeaderParseError
from email.header import decode_header
from email.parser import BytesFeedParser
from email.policy import compat32
from email.utils import parseaddr
from hashlib import sha256
from typing import Final

from feedback.delivery.inbound.charsets import decoded

Headers = Mapping[str, Sequence[str]]

NAME_LIMIT: Final = 200
ADDRESS_LIMIT: Final = 254
SUBJECT_LIMIT: Final = 400
_HEADER_BYTES: Final = 64_000
_VALUE_LIMIT: Final = 2_000
_MOST_ADDRESSES: Final = 20_000
_END: Final = re.compile(rb"\r?\n\r?\n|\r\r")
_FOLD: Final = re.compile(r"[\r\n]+[ \t]*")
_ADDRESS: Final = re.compile(r"[^\s<>,;:\"()\[\]]{1,80}@[^\s<>,;:\"()\[\]]{1,255}")
#: Controls, line ends, and what reorders or hides what stands around it; joiners stay.
_NOT_IN_A_LINE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)


def headers_of(raw: bytes) -> Headers:
    """The mail's own headers by lower-case name, not yet decoded, found without parsing what comes below them."""
    parser = BytesFeedParser(policy=compat32)
    parser.feed(raw[: _end(raw)] + b"\n\n")
    result: dict[str, list[str]] = {}
    for name, value in parser.close().raw_items():
        octets = str(value).encode("ascii", "surrogateescape")
        text = octets.decode() if octets.isascii() else decoded(octets, None)
        result.setdefault(name.lower(), []).append(_FOLD.sub(" ", text).strip())
    return result


def sender_of(headers: Headers) -> tuple[str, str]:
    """Name and address of whom the mail says it is from; either may be empty, and neither is proven."""
    value = next(iter(headers.get("from", ())), "")[:_VALUE_LIMIT]
    try:
        name, address = parseaddr(value)
    except (ValueError, IndexError, RecursionError):
        name, address = "", ""
    found = _ADDRESS.fullmatch(address) or _ADDRESS.search(value)
    return one_line(words(name), NAME_LIMIT), one_line(found.group(0) if found else "", ADDRESS_LIMIT)


def subject_of(headers: Headers) -> str:
    """What the mail says it is about."""
    return one_line(words(next(iter(headers.get("subject", ())), "")), SUBJECT_LIMIT)


def recipients_of(headers: Headers) -> tuple[list[str], list[str]]:
    """Whom a server says that the mail was delivered to, and whom its sender wrote to."""
    return _addresses(headers, "delivered-to", "x-original-to", "envelope-to"), _addresses(headers, "to", "cc")


def message_id_of(headers: Headers, raw: bytes) -> str:
    """The mail's own id; without one, a hash of what stays the same when the mail is delivered again."""
    own = next(iter(headers.get("message-id", ())), "").strip()
    if own:
        return own
    same = sha256()
    for name in ("from", "date", "subject"):
        same.update(repr(headers.get(name)).encode())
    same.update(raw[_end(raw) :])
    return f"sha256:{same.hexdigest()}"


def words(value: str) -> str:
    """With the encoded words of RFC 2047 decoded, those that say a wrong charset too."""
    value = value[:_VALUE_LIMIT]
    try:
        chunks = decode_header(value)
    except (HeaderParseError, ValueError):
        return value
    return "".join(_chunk(chunk, charset) for chunk, charset in chunks)


def one_line(text: str, limit: int) -> str:
    """Without anything that breaks a line or reorders it, at most ``limit`` characters."""
    return " ".join(_NOT_IN_A_LINE.sub(" ", text).split())[:limit].strip()


def _addresses(headers: Headers, *names: str) -> list[str]:
    found = [
        address
        for name in names
        for value in headers.get(name, ())
        for address in _ADDRESS.findall(value[:_MOST_ADDRESSES])
    ]
    return list(dict.fromkeys(found))


def _chunk(chunk: bytes | str, charset: str | None) -> str:
    if isinstance(chunk, str):
        return chunk
    if charset is None:  # how the standard library keeps what stood between encoded words
        return chunk.decode("raw-unicode-escape", errors="replace")
    return decoded(chunk, charset)


def _end(raw: bytes) -> int:
    found = _END.search(raw, 0, _HEADER_BYTES)
    return found.start() if found else min(len(raw), _HEADER_BYTES)
