"""Taking signed tokens and addresses out of a text, for logs and whatever else must not repeat them."""

import re

_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{22}(?![A-Za-z0-9_-])")
_API_KEY = re.compile(r"fbk_[a-z]+_[A-Za-z0-9_]{8,}")
_HALF_TOKEN = re.compile(r"(?<=/)[A-Za-z0-9_=%-]{24,}")
_ADDRESS = re.compile(r"[^\s@<>\"'(),:;/?=&]+(?:@|%40)[^\s@<>\"'(),:;/?=&]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def redact(text: str) -> str:
    """The text without signed tokens, API keys, e-mail addresses and control characters."""
    text = _API_KEY.sub("[key]", text)
    text = _TOKEN.sub("[token]", text)
    text = _HALF_TOKEN.sub("[token]", text)
    text = _ADDRESS.sub("[address]", text)
    return _CONTROL.sub(" ", text)


def redact_path(path: str) -> str:
    """A request's path without its query: what an access log may show."""
    return redact(path.split("?", 1)[0])
