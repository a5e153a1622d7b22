"""Mail addresses that stand for a link: case+ or unsub+ and its id in base32, since local parts get lower-cased."""

from base64 import b32decode, b32encode
from binascii import Error as Base32Error
from typing import Final

from feedback.links.models import Link
from feedback.links.purposes import Purpose
from feedback.settings import Settings

#: What stands before the plus, and what a link behind it must be for.
PURPOSES: Final = {"case": Purpose.CASE, "unsub": Purpose.UNSUBSCRIBE}
_KEY_LENGTH = 12


def mailbox(kind: str, key: bytes) -> str:
    """The local part for a link: five letters and 20 more, far from the 64 octets that one may have (RFC 5321)."""
    return f"{kind}+{b32encode(key).decode().rstrip('=').lower()}"


def opened(local_part: str) -> tuple[Purpose, bytes] | None:
    """What a local part names, whatever its case; None for one that is not ours. Whether it exists is the row's."""
    kind, plus, name = local_part.strip().lower().partition("+")
    if not plus or kind not in PURPOSES or not name.isascii():
        return None
    try:
        key = b32decode(name.upper() + "=" * (-len(name) % 8))
    except Base32Error:
        return None
    return (PURPOSES[kind], key) if len(key) == _KEY_LENGTH else None


def case_mailbox(settings: Settings, link: Link) -> str:
    """The address to which an answer about a case is sent; it says which case, and nobody's identity."""
    return f"{mailbox('case', link.key)}@{settings.mail_domain}"


def unsubscribe_mailbox(settings: Settings, link: Link) -> str:
    """The address whose every mail stops what the link stops (standards U-12)."""
    return f"{mailbox('unsub', link.key)}@{settings.mail_domain}"
