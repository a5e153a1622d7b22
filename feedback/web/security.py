"""Headers of every response: content policy, framing, referrer, caching; and compression of what is drawn."""

import gzip
from collections.abc import Sequence

from flask import Flask, Response, abort, g, request

from feedback.settings import Settings

_COMPRESS_FROM = 700
_ANY_HOST = ("/healthz", "/readyz")
_COMPRESSIBLE = ("text/html", "application/json", "application/problem+json", "text/plain")
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


def install(app: Flask, settings: Settings) -> None:
    """Answer only our own hosts, and add the headers to every response; one that already has one keeps it."""

    @app.before_request
    def check_host() -> None:
        if request.host.lower() not in settings.hosts and request.path not in _ANY_HOST:
            abort(400)

    @app.after_request
    def secure(response: Response) -> Response:
        console = request.path.startswith("/console")
        headers = response.headers
        headers.setdefault("Content-Security-Policy", _console_policy() if console else public_policy())
        if "frame-ancestors 'none'" in headers["Content-Security-Policy"]:
            headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Permissions-Policy", _PERMISSIONS)
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        if not request.path.startswith("/static/"):
            headers.setdefault("Cache-Control", "no-store")
            headers.setdefault("X-Robots-Tag", "noindex, nofollow")
        if settings.is_https:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        return _compressed(response)


def public_policy(frame_ancestors: Sequence[str] = ()) -> str:
    """The content policy of a customer's page; ``frame_ancestors`` are the origins that may frame it."""
    styles = " ".join(("'self'", *sorted(g.get("style_hashes", ()))))
    return (
        "default-src 'none'; script-src 'self'; "
        f"style-src {styles}; img-src 'self' data:; connect-src 'self'; "
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
    if (
        response.direct_passthrough
        or response.is_streamed
        or response.mimetype not in _COMPRESSIBLE
        or "Content-Encoding" in response.headers
    ):
        return response
    response.vary.add("Accept-Encoding")
    if "gzip" not in request.headers.get("Accept-Encoding", "") or (response.content_length or 0) < _COMPRESS_FROM:
        return response
    response.set_data(gzip.compress(response.get_data(), compresslevel=6, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    return response
