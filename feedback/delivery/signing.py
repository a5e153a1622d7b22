"""DKIM: the last thing that is done to a mail, where a key is set; else the mail server does it, or nobody."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Final

from feedback.delivery.smtp import Message, address_header
from feedback.settings import Settings

#: Nobody may add another one of these: each is signed once more than it is there.
_ONLY: Final = (b"from", b"to", b"subject", b"list-unsubscribe", b"list-unsubscribe-post")
#: What a reader or a mail program goes by; what isn't there can't be added either (standards U-3).
SIGNED: Final = (
    *_ONLY,
    b"date",
    b"message-id",
    b"reply-to",
    b"references",
    b"content-language",
    b"list-id",
    b"mime-version",
    b"content-type",
)


def signed(settings: Settings, message: Message) -> Message:
    """The message with its signature on top; without a key as it is."""
    if settings.dkim_key_file is None or settings.dkim_selector is None:
        return message
    import dkim  # noqa: PLC0415 - an extra, and memory that the web process does without

    signature = dkim.sign(
        message.content,
        settings.dkim_selector.encode(),
        address_header(settings.mail_from).domain.encode(),
        _key(settings.dkim_key_file),
        canonicalize=(b"relaxed", b"relaxed"),
        include_headers=[*SIGNED, *_ONLY],
    )
    return replace(message, content=signature + message.content)


@lru_cache(maxsize=1)
def _key(path: Path) -> bytes:
    return path.read_bytes()
