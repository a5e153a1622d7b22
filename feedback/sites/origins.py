"""Rule: what may stand in the list of origins that may frame a site's surveys; it ends up in a header."""

import re
from typing import Final
from urllib.parse import urlsplit

from feedback.errors import Invalid, Problem
from feedback.i18n.text import N_

_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST: Final = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}")
_WILD: Final = re.compile(rf"\*\.(?:{_LABEL}\.)+{_LABEL}")
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
_PORT: Final = re.compile(r"[1-9][0-9]{0,4}")
_USUAL_PORT: Final = {"https": "443", "http": "80"}
_LONGEST: Final = 300
_MAX_PORT: Final = 65_535


def checked_origin(typed: str, *, allow_local: bool) -> str:
    """An origin as browsers write it: scheme, host, port; no path, no user, no bare star. Raises Invalid.

    Only https, but for this very computer where ``allow_local`` (we are not on https ourselves). ``https://*.x.example``
    is allowed, since somebody wrote that star on purpose. Built anew from its parts: nothing else gets into a header.
    """
    text = typed.strip().rstrip("/")
    scheme, separator, rest = text.partition("://")
    scheme = scheme.lower()
    if not separator or len(text) > _LONGEST or scheme not in _USUAL_PORT:
        raise _refused()
    host, port = _split(rest)
    local = host in _LOCAL
    if not (local or _HOST.fullmatch(host) or _WILD.fullmatch(host)):
        raise _refused()
    if scheme == "http" and not (local and allow_local):
        raise Invalid([Problem("origin", "origin-https", N_("Only pages with https may show surveys."))])
    if port is not None and (not _PORT.fullmatch(port) or int(port) > _MAX_PORT):
        raise _refused()
    origin = f"{scheme}://{host}" if port in (None, _USUAL_PORT[scheme]) else f"{scheme}://{host}:{port}"
    if urlsplit(origin.replace("*.", "any.")).netloc != origin.replace("*.", "any.").partition("://")[2]:
        raise _refused()
    return origin


def _split(rest: str) -> tuple[str, str | None]:
    if rest.startswith("["):
        host, bracket, after = rest.partition("]")
        return f"{host}{bracket}".lower(), after[1:] if after.startswith(":") else (after or None)
    host, colon, port = rest.partition(":")
    return _ascii(host), port if colon else None


def _ascii(host: str) -> str:
    """The host in ASCII: browsers compare international names in that form."""
    wild = host.startswith("*.")
    try:
        name = host.removeprefix("*.").encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
    return f"*.{name}" if wild else name


def _refused() -> Invalid:
    message = N_("An address looks like https://shop.example: nothing before it, and nothing after the name.")
    return Invalid([Problem("origin", "origin", message)])
