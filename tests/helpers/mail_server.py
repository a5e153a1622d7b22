"""A mail server that does as it is told: takes mails, refuses them, falls silent or hangs up at any point."""

import re
import socket
import socketserver
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

SELF_SIGNED = Path(__file__).resolve().parents[1] / "data" / "self_signed.pem"
_VERB = re.compile(rb"[A-Za-z]+")

#: What a plan may say instead of an answer.
HANG_UP = "hang up"
FALL_SILENT = "fall silent"

#: Told the place in the conversation (hello, EHLO, MAIL, RCPT, DATA, half, text) and how many mails this
#: conversation has carried, gives an answer, one of the words above, or None for the usual.
Plan = Callable[[str, int], str | None]

_USUAL = {
    "hello": "220 test",
    "EHLO": "250-test\r\n250 SIZE 10000000",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go on",
    "text": "250 taken",
    "NOOP": "250 here",
    "RSET": "250 ok",
    "QUIT": "221 bye",
}


def usual(_place: str, _mails: int) -> str | None:
    """Takes everything."""
    return None


@dataclass
class MailServer:
    """A running server. ``taken`` has each text that it said yes to, or had wholly received before it hung up."""

    plan: Plan = usual
    offers_tls: bool = False
    port: int = 0
    host: str = "127.0.0.1"
    taken: list[bytes] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    conversations: int = 0
    open: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """For the setting."""
        return f"smtp://{self.host}:{self.port}"

    def messages(self) -> list[EmailMessage]:
        """What was taken, read again."""
        return [cast(EmailMessage, message_from_bytes(text, policy=policy.default)) for text in self.taken]

    def ids(self) -> Counter[str]:
        """How often each Message-ID was taken."""
        return Counter(str(message["Message-ID"]) for message in self.messages())


class _HangUp(Exception):
    pass


class _Talk(socketserver.BaseRequestHandler):
    server: Any

    def handle(self) -> None:
        ours: MailServer = self.server.ours
        with ours.lock:
            ours.conversations += 1
            ours.open += 1
        self.mails = 0
        self.lines = self.request.makefile("rb")
        try:
            with suppress(_HangUp, OSError):
                self._say("hello")
                while line := self.lines.readline():
                    self._hear(line)
        finally:
            with ours.lock:
                ours.open -= 1

    def _hear(self, line: bytes) -> None:
        ours: MailServer = self.server.ours
        found = _VERB.match(line)
        verb = found[0].decode().upper() if found else "?"
        with ours.lock:
            ours.heard.append(verb)
        if verb == "STARTTLS":
            self._turn_to_tls()
        elif verb == "DATA":
            if self._say("DATA").startswith("354"):
                self._take_text()
        else:
            self._say(verb)
            if verb == "QUIT":
                raise _HangUp

    def _take_text(self) -> None:
        ours: MailServer = self.server.ours
        text = b""
        while (line := self.lines.readline()) not in (b".\r\n", b""):
            if not text:
                self._do(self._planned("half"))
            text += line[1:] if line.startswith(b"..") else line
        planned = self._planned("text")
        if planned in (None, HANG_UP) or str(planned).startswith("2"):
            with ours.lock:
                ours.taken.append(text)
            self.mails += 1
        self._say("text", planned or _USUAL["text"])

    def _planned(self, place: str) -> str | None:
        ours: MailServer = self.server.ours
        return ours.plan(place, self.mails)

    def _say(self, place: str, planned: str | None = None) -> str:
        ours: MailServer = self.server.ours
        planned = planned or self._planned(place)
        self._do(planned)
        answer = planned or _USUAL.get(place, "500 what?")
        if place == "EHLO" and ours.offers_tls and planned is None:
            answer = "250-test\r\n250 STARTTLS"
        self.request.sendall(answer.encode() + b"\r\n")
        return answer

    def _do(self, planned: str | None) -> None:
        if planned == HANG_UP:
            # Closed at once and not in order, as by a crash.
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            self.request.close()
            raise _HangUp
        if planned == FALL_SILENT:
            time.sleep(5)
            raise _HangUp

    def _turn_to_tls(self) -> None:
        self.request.sendall(b"220 go on\r\n")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(SELF_SIGNED)
        self.request = context.wrap_socket(self.request, server_side=True)
        self.lines = self.request.makefile("rb")


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64


@contextmanager
def mail_server(plan: Plan = usual, *, offers_tls: bool = False, host: str = "127.0.0.1") -> Iterator[MailServer]:
    """A server on a port of its own. On 127.0.0.2 it looks like another machine: TLS is then asked for."""
    with _Server((host, 0), _Talk) as server:
        ours = MailServer(plan, offers_tls, server.server_address[1], host)
        server.ours = ours  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield ours
        finally:
            server.shutdown()
