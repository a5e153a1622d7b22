"""Rule: what may stand in the list of origins that may frame a site's surveys; it ends up in a header."""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote, urlsplit

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
#: What stays as it is in an address after the name of the host.
_KEPT: Final = "/%:@!$&'()*+,;=~-._?[]"
_LONGEST_RETURN: Final = 500


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


def covers(registered: Iterable[str], origin: str) -> bool:
    """Whether an origin, as a browser writes it, is among the registered ones; a star stands for any sub-domain."""
    return any(origin == one or _is_below(one, origin) for one in registered)


def checked_return_url(typed: str, registered: Iterable[str], *, allow_local: bool) -> str | None:
    """An address on one of the registered origins, where customers go back to; None for nothing. Raises Invalid.

    Built anew from its parts: what browsers read in several ways (standards S-9) is refused or encoded.
    """
    text = typed.strip()
    if not text:
        return None
    try:
        parts = urlsplit(text)
        origin = checked_origin(f"{parts.scheme}://{parts.netloc}", allow_local=allow_local)
    except (ValueError, Invalid):
        parts, origin = urlsplit(""), ""
    path, query, fragment = (quote(part, safe=_KEPT) for part in (parts.path or "/", parts.query, parts.fragment))
    url = f"{origin}{path}{query and '?' + query}{fragment and '#' + fragment}"
    is_plain = text.isprintable() and not any(sign in text for sign in " \\") and "*" not in origin
    if not origin or not is_plain or len(url) > _LONGEST_RETURN:
        message = N_("An address looks like https://shop.example/account, without spaces.")
        raise Invalid([Problem("return_url", "return-url", message)])
    if not covers(registered, origin):
        message = N_("This is not on one of the addresses above. Add that one first.")
        raise Invalid([Problem("return_url", "return-origin", message)])
    return url


def _is_below(wild: str, origin: str) -> bool:
    """Whether ``https://*.shop.example`` means this origin: same scheme and port, at least one name more."""
    scheme, separator, rest = wild.partition("://*.")
    head, _, host = origin.partition("://")
    return bool(separator) and scheme == head and host.endswith(f".{rest}") and len(host) > len(rest) + 1


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
