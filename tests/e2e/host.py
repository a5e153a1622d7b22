"""Somebody else's pages on other origins, under the content policies that are about, with our widget in them."""

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SITE = "soko"
NONCE = "aG9zdHBhZ2U"
#: What the host's own style sheet says; the place of an inline survey is reserved, as the README tells.
STYLE = """body {margin: 0; font: 16px/1.5 sans-serif} main {max-width: 40rem; margin: 0 auto}
[data-feedback-survey] {min-height: 60rem} .long {height: 200vh}"""
_SHUT = "default-src 'none'; base-uri 'none'; img-src 'self'; style-src 'self'; frame-src {fb}"
#: The names of the policies, and the headers of a host that has them.
POLICIES: dict[str, dict[str, str]] = {
    "plain": {},
    "strict": {"Content-Security-Policy": _SHUT + "; script-src 'self' {fb}"},
    "trusted-types": {
        "Content-Security-Policy": _SHUT
        + "; script-src 'self' {fb}; require-trusted-types-for 'script'; trusted-types 'none'"
    },
    "nonce": {"Content-Security-Policy": _SHUT + f"; script-src 'nonce-{NONCE}' 'strict-dynamic'"},
    "isolated": {
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Opener-Policy": "same-origin",
    },
}


@dataclass(frozen=True, slots=True)
class Host:
    """Pages in memory, served to every name of this computer: ``origin`` and ``second`` are the site's."""

    service: str
    port: int
    served: dict[str, tuple[str, bytes, dict[str, str]]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def origin(self) -> str:
        """The origin that may show the site's surveys."""
        return f"http://localhost:{self.port}"

    @property
    def second(self) -> str:
        """Another origin that may show them."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def foreign(self) -> str:
        """An origin that nobody registered, with the same pages."""
        return f"http://foreign.localhost:{self.port}"

    def page(
        self,
        body: str,
        *,
        policy: str = "plain",
        script: str = "",
        site: str = SITE,
        loader: str = '<script async src="{fb}/widget/v1.js" data-site="{site}"{nonce}></script>',
        lang: str = "en",
    ) -> str:
        """The path of a new page: ``script`` runs before the loader, ``body`` stands between other things."""
        number = next(self.numbers)
        nonce = f' nonce="{NONCE}"' if policy == "nonce" else ""
        headers = {name: value.format(fb=self.service) for name, value in POLICIES[policy].items()}
        own = ""
        if script:
            self.put(f"/{number}.js", "text/javascript", script)
            own = f'<script src="/{number}.js"{nonce}></script>'
        loading = loader.format(fb=self.service, site=site, nonce=nonce)
        self.put(
            f"/{number}",
            "text/html",
            f"""<!doctype html><html lang="{lang}"><meta charset="utf-8"><title>A shop</title>
            <meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/host.css">{own}{loading}
            <body><header><button id="before">Menu</button></header><main><h1>A shop</h1><p>Welcome.</p>{body}
            <p id="after">What stands below.</p><button id="below">Buy</button><div class="long"></div></main>""",
            headers,
        )
        return f"/{number}"

    def put(self, path: str, kind: str, text: str, headers: dict[str, str] | None = None) -> None:
        """Serve a text under a path."""
        self.served[path] = (kind, text.encode(), headers or {})


@contextmanager
def running_host(service: str) -> Iterator[Host]:
    """A host that shows surveys of the service at this address."""

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = host.served.get(self.path.partition("?")[0])
            kind, body, headers = found or ("text/plain", b"", {})
            self.send_response(200 if found else 204)
            for name, value in {"Content-Type": f"{kind}; charset=utf-8", **headers}.items():
                self.send_header(name, value)
            if found:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    host = Host(service, server.server_address[1])
    host.put("/host.css", "text/css", STYLE)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
