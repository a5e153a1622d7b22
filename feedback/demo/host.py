"""A small web server of its own with the pages of two invented shops, on another origin than the service.

It knows nothing of the service but its address, the sites' keys and their secrets, as any host page's server does; it
runs beside ``feedback demo``, is told what it needs as JSON on its input, and stops with it.
"""

import json
import os
import sys
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import jwt

from feedback import clock
from feedback.demo.shop import SHOPS, Words
from feedback.paths import STATIC
from feedback.rendering import Reader, render

#: Another site than 127.0.0.1 in a browser's eyes, so that frames are third parties here as on real host pages.
NAME: Final = "localhost"
LIFE: Final = 600
_FILES: Final = {"/host.css": "text/css", "/host.js": "text/javascript"}


@dataclass(frozen=True, slots=True)
class Company:
    """A site of the service as its own server knows it, with the customer who can sign in there."""

    site: str
    name: str
    secret: str
    customer_id: str
    customer: str


@dataclass(frozen=True, slots=True)
class Host:
    """Where the service is, where these pages are, and whose they are."""

    service: str
    port: int
    parent: int
    companies: tuple[Company, ...]

    @property
    def origin(self) -> str:
        """What is registered with the sites."""
        return f"http://{NAME}:{self.port}"

    def as_json(self) -> str:
        """For the process that serves the pages."""
        companies = [{name: getattr(one, name) for name in Company.__slots__} for one in self.companies]
        return json.dumps({"service": self.service, "port": self.port, "parent": self.parent, "companies": companies})


def host_from(text: str) -> Host:
    """The same read again."""
    raw: dict[str, Any] = json.loads(text)
    return Host(raw["service"], raw["port"], raw["parent"], tuple(Company(**one) for one in raw["companies"]))


def policy(service: str) -> str:
    """A strict policy of a host page: all that it allows for the widget are two mentions of the service."""
    return (
        f"default-src 'none'; script-src 'self' {service}; frame-src {service}; style-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    )


def shop_page(host: Host, words: Words, asked: dict[str, list[str]]) -> str:
    """A shop's page for somebody unknown, or for its customer."""
    company = next(one for one in host.companies if one.site == words.site)
    signed_in = "customer" in asked
    other = next(one for one in SHOPS if one is not words)
    return render(
        "demo/host.html",
        Reader(words.language, "UTC"),
        words=words,
        company=company,
        service=host.service,
        policy=policy(host.service),
        identity=_signed(company) if signed_in else "",
        outcome=_told(host, company, asked.get("feedback", [""])[0]),
        other=other,
        here=f"/{words.language}/",
        there=f"/{other.language}/",
    )


def _signed(company: Company) -> str:
    """What a back end does for whoever is signed in: ten minutes, for this site only."""
    now = int(clock.now().timestamp())
    claims = {"aud": company.site, "sub": company.customer_id, "iat": now, "exp": now + LIFE, "name": company.customer}
    return jwt.encode(claims, company.secret, algorithm="HS256")


def _told(host: Host, company: Company, token: str) -> str:
    """What the service says about somebody who comes back from cancelling, if it was the service."""
    try:
        claims = jwt.decode(token, company.secret, algorithms=["HS256"], audience=host.origin)
    except jwt.PyJWTError:
        return ""
    return str(claims.get("outcome", ""))


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, host: Host) -> None:
        self.host = host
        super().__init__(("127.0.0.1", host.port), _Handler)

    def service_actions(self) -> None:
        """Stop when the demonstration has stopped, however that was."""
        if os.getppid() != self.host.parent:
            raise KeyboardInterrupt


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        words = next((one for one in SHOPS if parts.path == f"/{one.language}/"), None)
        if words is not None:
            page = shop_page(self.server.host, words, parse_qs(parts.query))
            self._send(200, "text/html", page.encode())
        elif parts.path in _FILES:
            self._send(200, _FILES[parts.path], (STATIC / "demo" / parts.path[1:]).read_bytes())
        elif parts.path == "/favicon.ico":
            self._send(204, "image/x-icon", b"")
        elif parts.path == "/":
            self.send_response(303)
            self.send_header("Location", f"/{SHOPS[0].language}/")
            self.end_headers()
        else:
            self._send(404, "text/plain", b"")

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", policy(self.server.host.service))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing: the service's log is enough."""


def main() -> None:
    """Serve until the parent stops, or Ctrl-C."""
    with _Server(host_from(sys.stdin.read())) as server:
        try:
            server.serve_forever(poll_interval=0.5)
        except KeyboardInterrupt:
            return
