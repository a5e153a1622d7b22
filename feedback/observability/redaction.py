"""Taking signed tokens and addresses out of a text, for logs and whatever else must not repeat them."""

import re

# Anybody can have a line of any length logged: each pattern begins only at the beginning of a run, or looks a bounded
# way ahead.
_TOKEN = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{22}(?![A-Za-z0-9_-])")
_IDENTITY = re.compile(r"eyJ[A-Za-z0-9_=-]{6,4000}+\.[A-Za-z0-9_=-]{1,4000}+\.[A-Za-z0-9_=-]*")
_API_KEY = re.compile(r"fbk_[a-z]+_[A-Za-z0-9_]{8,}")
_HALF_TOKEN = re.compile(r"(?<=/)[A-Za-z0-9_=%-]{24,}")
_ADDRESS = re.compile(r"""(?<![^\s@<>"'(),:;/?=&])[^\s@<>"'(),:;/?=&]+(?:@|%40)[^\s@<>"'(),:;/?=&]+""")
# What PostgreSQL quotes of a row that it refuses, up to whatever the text of an exception goes on with.
_ROW = re.compile(
    r"^(DETAIL: +)(?:Failing row contains|Key) .*?(?=\n(?:HINT|CONTEXT):|\n\[SQL:|\n\n(?:The above|During)|\Z)",
    re.MULTILINE | re.DOTALL,
)
# The addresses that hold a token: what a mail program has broken up, and we still put together, is all taken out.
_WITH_TOKEN = re.compile(r"^(/+(?:console/(?:join|reset)|mine|undo|[cpsu])/)[^/]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

_UNREADABLE = re.compile(r"^Invalid request from ip=\S*: ([^'\"(:]*).*", re.DOTALL)


def redact(text: str) -> str:
    """The text without signed tokens, identities, API keys, e-mail addresses and control characters."""
    text = _API_KEY.sub("[key]", text)
    text = _IDENTITY.sub("[identity]", text)
    text = _TOKEN.sub("[token]", text)
    text = _HALF_TOKEN.sub("[token]", text)
    text = _ADDRESS.sub("[address]", text)
    return _CONTROL.sub(" ", text)


def redact_lines(text: str) -> str:
    """The same of the text of an exception, and without the rows that a database quotes in it; lines stay lines."""
    return "\n".join(map(redact, _ROW.sub(r"\1[row]", text).splitlines()))


def redact_path(path: str) -> str:
    """A request's path without its query: what an access log may show."""
    return redact(_WITH_TOKEN.sub(r"\1[token]", path.split("?", 1)[0]))


def redact_unreadable(told: str) -> str:
    """Of gunicorn's line about a request that can't be read only what is wrong: no address, no words."""
    return _UNREADABLE.sub(lambda found: f"Invalid request: {found[1].strip()}", told)
