"""Headers of every response: content policy, framing, referrer, caching; and compression of what is drawn."""

import gzip
from collections.abc import Sequence

from flask import Flask, Response, abort, g, request

from feedback.settings import Settings

_COMPRESS_FROM = 700
_ANY_HOST = ("/healthz", "/readyz")
_COMPRESSIBLE = ("text/html", "application/json", "application/problem+json", "text/plain", "text/javascript")
_PERMISSIONS = ", ".join(
    f"{name}=()"
    for name in (
        "camera",
        "microphone",
        "geolocation",
        "payment",
        "usb",
        "midi",
        "serial",
        "display-capture",
    )
)


def _with_key(headers: dict[str, str]) -> tuple[tuple[str, str, str], ...]:
    return tuple((name, name.lower(), value) for name, value in headers.items())


_ALWAYS = _with_key(
    {
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "Permissions-Policy": _PERMISSIONS,
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
)
#: Before the others: what these say of a page in somebody else's frame goes.
_FRAMED = _with_key({"Cross-Origin-Resource-Policy": "cross-origin", "Cross-Origin-Embedder-Policy": "require-corp"})
_UNFRAMED = _with_key({"X-Frame-Options": "DENY"})
_NEVER_KEPT = _with_key({"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"})
_HTTPS = _with_key({"Strict-Transport-Security": "max-age=31536000; includeSubDomains"})


def install(app: Flask, settings: Settings) -> None:
    """Answer only our own hosts, and add the headers to every response; one that already has one keeps it."""
    always = _ALWAYS + (_HTTPS if settings.is_https else ())
    hosts = frozenset(settings.hosts)

    @app.before_request
    def check_address() -> None:
        if request.host.lower() not in hosts and request.path not in _ANY_HOST:
            abort(400)
        if "\0" in request.path:  # nothing of ours has one in its name, and PostgreSQL can't even be asked
            abort(404)

    @app.after_request
    def secure(response: Response) -> Response:
        headers, path, framed_by = response.headers, request.path, g.get("framed_by")
        there = {name.lower() for name, _ in headers}  # looked at once: each look goes through all of them
        if "content-security-policy" not in there:
            headers.add("Content-Security-Policy", _policy(path, framed_by))
        if framed_by is None and "frame-ancestors 'none'" in headers["Content-Security-Policy"]:
            wanted = _UNFRAMED + always
        else:
            wanted = always if framed_by is None else _FRAMED + always
        for name, key, value in wanted if path.startswith("/static/") else wanted + _NEVER_KEPT:
            if key not in there:
                headers.add(name, value)
                there.add(key)
        return _compressed(response)


def let_frame(origins: Sequence[str]) -> None:
    """Whatever this request is answered with, errors too, may stand in frames of these origins' pages (E-1)."""
    g.framed_by = tuple(origins)


def _policy(path: str, framed_by: Sequence[str] | None) -> str:
    if path.startswith("/console") and framed_by is None:
        return _console_policy()
    return public_policy(framed_by or ())


def public_policy(frame_ancestors: Sequence[str] = ()) -> str:
    """The content policy of a customer's page; ``frame_ancestors`` are the origins that may frame it."""
    styles = " ".join(("'self'", *sorted(g.get("style_hashes", ()))))
    return (
        "default-src 'none'; script-src 'self'; "
        f"style-src {styles}; img-src 'self' data:; connect-src 'self'; worker-src 'self'; "
        "form-action 'self'; base-uri 'none'; "
        f"frame-ancestors {' '.join(frame_ancestors) or chr(39) + 'none' + chr(39)}"
    )


def _console_policy() -> str:
    nonce = g.get("csp_nonce")
    script = f"'nonce-{nonce}'" if nonce else "'none'"
    return (
        f"default-src 'none'; script-src {script}; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "frame-src 'self'; trusted-types htmx; require-trusted-types-for 'script'"
    )


def _compressed(response: Response) -> Response:
    if response.mimetype not in _COMPRESSIBLE or response.direct_passthrough or response.is_streamed:
        return response
    if response.headers.get("Content-Encoding") is not None:
        return response
    response.vary.add("Accept-Encoding")
    if "gzip" not in request.headers.get("Accept-Encoding", "") or (response.content_length or 0) < _COMPRESS_FROM:
        return response
    response.set_data(gzip.compress(response.get_data(), compresslevel=6, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    return response
