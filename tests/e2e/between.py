"""What stands between a tablet and the service, and at times answers in its stead or not at all."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

#: What is answered instead: a status and where it leads; None lets a request through, status 0 hangs up.
Trouble = Callable[[str], tuple[int, str] | None]


@dataclass
class Between:
    """``url`` is what the tablet knows; ``trouble`` is asked about the path of each request."""

    url: str
    trouble: Trouble = field(default=lambda _path: None)


@contextmanager
def standing_between(service: str) -> Iterator[Between]:
    """Passes everything on, under the service's own name, unless there is trouble."""
    behind = urlsplit(service).netloc

    class Passing(BaseHTTPRequestHandler):
        def _pass(self) -> None:
            trouble = found.trouble(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if trouble is None:
                asked = http.client.HTTPConnection(behind, timeout=20)
                headers = {**self.headers, "Host": behind}
                if "Origin" in headers:
                    headers["Origin"] = service
                asked.request(self.command, self.path, body, headers)
                reply = asked.getresponse()
                told, status, text = reply.getheaders(), reply.status, reply.read()
            else:
                status, told, text = trouble[0], [("Location", trouble[1])] if trouble[1] else [], b"Sign in first"
            if not status:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in told:
                if name.lower() not in ("connection", "content-length", "transfer-encoding", "cache-control"):
                    self.send_header(name, value)
            self.send_header("Cache-Control", "no-store")  # what is kept is what our own script keeps
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(text)

        do_GET = do_POST = do_HEAD = _pass

        def log_message(self, *_args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Passing)
    found = Between(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()
