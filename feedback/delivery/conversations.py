"""Talking to a mail server: conversations stay open for a little while, and a mail is handed over in one of them."""

import atexit
import os
import re
import smtplib
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from feedback.delivery.refusals import ADDRESS, DROPPED, NO_TLS, SERVER, SILENT, TLS, UNREACHABLE
from feedback.delivery.smtp import HandOverFailed, Message, header_text
from feedback.observability.logging import redact

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_DOTS = re.compile(rb"(?m)^\.")
_GOING_AWAY = 421


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. Everything up to the last full stop takes at most ``all_told``, then the server may think.

    RFC 5321 (4.5.3.2.6) wants long patience after the last full stop: whoever leaves then sends a second copy.
    Together they are shorter than a mail's lease, so that nobody else takes it up meanwhile.
    """

    answer: float = 20
    all_told: float = 120
    taking: float = 120
    idle: float = 20
    #: Idle for longer than this, a conversation is asked whether it is still one.
    unasked: float = 2
    mails: int = 300


class _Lost(Exception):
    """The conversation broke before the mail could be taken: another one may be tried at once."""

    def __init__(self, failure: HandOverFailed) -> None:
        super().__init__(failure.reason)
        self.failure = failure


@dataclass(slots=True)
class _Conversation:
    server: smtplib.SMTP
    mails: int = 0
    used_at: float = 0.0

    def close(self) -> None:
        """Say goodbye if somebody listens, and hang up."""
        with suppress(smtplib.SMTPException, OSError, ValueError):
            if self.server.sock is not None:
                self.server.sock.settimeout(1)
            self.server.quit()
        self.server.close()


@dataclass
class Conversations:
    """Conversations with one server, each used by one thread at a time; as many as threads send at the same moment."""

    smtp_url: str
    own_name: str = "localhost"
    patience: Patience = field(default_factory=Patience)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[_Conversation] = []
        self._tidying: threading.Thread | None = None
        self._closing = threading.Event()

    def hand_over(self, message: Message) -> None:
        """Hand over one mail. Raises HandOverFailed; after any error that conversation is over.

        A conversation that was kept may have ended meanwhile: what breaks before the mail's text is sent is
        tried once more in a new one. After it, nobody knows whether the mail was taken: it fails, and goes
        again later under the same Message-ID.
        """
        until = time.monotonic() + self.patience.all_told
        kept = self._take()
        if kept is not None:
            try:
                self._hand_over_in(kept, message, until)
            except _Lost:
                pass
            else:
                return
        try:
            self._hand_over_in(_Conversation(self._connect(until)), message, until)
        except _Lost as error:
            raise error.failure from error

    def close(self) -> None:
        """End what is open and not in use. It may be used again afterwards."""
        with self._lock:
            idle, self._idle = self._idle, []
        self._closing.set()
        for conversation in idle:
            conversation.close()

    def _hand_over_in(self, conversation: _Conversation, message: Message, until: float) -> None:
        try:
            _say(conversation.server, message, self.patience, until)
        except BaseException:
            conversation.server.close()
            raise
        conversation.mails += 1
        self._put_back(conversation)

    def _take(self) -> _Conversation | None:
        """The conversation used last, if it is still one."""
        while True:
            with self._lock:
                if not self._idle:
                    return None
                conversation = self._idle.pop()
            if _still_there(conversation, self.patience):
                return conversation
            conversation.close()

    def _put_back(self, conversation: _Conversation) -> None:
        conversation.used_at = time.monotonic()
        if conversation.mails >= self.patience.mails:
            conversation.close()
            return
        with self._lock:
            self._idle.append(conversation)
            if self._tidying is None:
                self._tidying = threading.Thread(target=self._tidy, name="mail-conversations", daemon=True)
                self._tidying.start()

    def _tidy(self) -> None:
        """Close what nobody uses; ends when nothing is left."""
        while True:
            self._closing.wait(self.patience.idle / 4)
            self._closing.clear()
            with self._lock:
                old = [one for one in self._idle if time.monotonic() - one.used_at >= self.patience.idle]
                self._idle = [one for one in self._idle if one not in old]
                if not self._idle:
                    self._tidying = None
            for conversation in old:
                conversation.close()
            if self._tidying is not threading.current_thread():
                return

    def _connect(self, until: float) -> smtplib.SMTP:
        """A new conversation, signed in. Plain ``smtp://`` turns to TLS where the server offers it; a password is
        only ever told over TLS or to this machine."""
        parts = urlsplit(self.smtp_url)
        host, own, timeout = parts.hostname or "localhost", self.own_name, _left(self.patience.answer, until)
        server: smtplib.SMTP
        try:
            if parts.scheme == "smtps":
                server = smtplib.SMTP_SSL(host, parts.port or 465, own, timeout=timeout, context=_tls())
            else:
                server = smtplib.SMTP(host, parts.port or 25, own, timeout=timeout)
        except smtplib.SMTPException as error:
            raise _failure(error) from error
        except OSError as error:
            raise _failure(error, UNREACHABLE) from error
        try:
            self._introduce(server, host, until)
        except HandOverFailed:
            server.close()
            raise
        except (smtplib.SMTPException, OSError, ValueError) as error:
            server.close()
            raise _failure(error) from error
        return server

    def _introduce(self, server: smtplib.SMTP, host: str, until: float) -> None:
        parts = urlsplit(self.smtp_url)
        private = parts.scheme == "smtps" or host in _LOOPBACK
        _wait_at_most(server, self.patience, until)
        server.ehlo_or_helo_if_needed()
        if not private and server.has_extn("starttls"):
            server.starttls(context=_tls())
            _wait_at_most(server, self.patience, until)
            server.ehlo()
            private = True
        if parts.username:
            if not private:
                raise HandOverFailed(f"{NO_TLS}: the server offers no TLS, so it is not told the password")
            server.login(unquote(parts.username), unquote(parts.password or ""))


def _say(server: smtplib.SMTP, message: Message, patience: Patience, until: float) -> None:
    """One mail: MAIL, RCPT, DATA, the text. Raises HandOverFailed, or _Lost while another try can do no harm."""
    if message.beyond_ascii and not server.has_extn("smtputf8"):
        raise HandOverFailed(f"{ADDRESS}: the server can't take this address", permanent=True)
    content = _DOTS.sub(b"..", message.content)
    try:
        _wait_at_most(server, patience, until)
        # Whoever sends is our own settings' business, not the customer's: never for good.
        options = [f"SIZE={len(content)}"] if server.has_extn("size") else []
        options += ["SMTPUTF8"] if message.beyond_ascii else []
        _expect(server.mail(message.sender, options), 250, for_good=False)
        _wait_at_most(server, patience, until)
        _expect(server.rcpt(message.recipient), 250, 251)
        _wait_at_most(server, patience, until)
        _expect(server.docmd("DATA"), 354)
    except (smtplib.SMTPException, OSError) as error:
        raise _Lost(_failure(error)) from error
    try:
        server.send(content + b".\r\n")
        _socket(server).settimeout(patience.taking)
        _expect(server.getreply(), 250, may_retry=False)
    except (smtplib.SMTPException, OSError) as error:
        raise _failure(error) from error


def _expect(answer: tuple[int, bytes], *wanted: int, for_good: bool = True, may_retry: bool = True) -> None:
    code, text = answer
    if code in wanted:
        return
    failure = HandOverFailed(_said(code, text), permanent=for_good and 500 <= code < 600)
    raise _Lost(failure) if may_retry and code == _GOING_AWAY else failure


def _still_there(conversation: _Conversation, patience: Patience) -> bool:
    idle = time.monotonic() - conversation.used_at
    if idle >= patience.idle:
        return False
    if idle < patience.unasked:
        return True
    with suppress(smtplib.SMTPException, OSError, ValueError):
        _socket(conversation.server).settimeout(patience.unasked)
        return conversation.server.noop()[0] == 250
    return False


def _wait_at_most(server: smtplib.SMTP, patience: Patience, until: float) -> None:
    _socket(server).settimeout(_left(patience.answer, until))


def _left(answer: float, until: float) -> float:
    left = min(answer, until - time.monotonic())
    if left <= 0:
        raise TimeoutError("timed out")
    return left


def _socket(server: smtplib.SMTP) -> socket.socket:
    if server.sock is None:
        raise smtplib.SMTPServerDisconnected("not connected")
    return server.sock


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """Made once: reading the certificates that this machine trusts takes far longer than a mail."""
    return ssl.create_default_context()


def _failure(error: Exception, otherwise: str = DROPPED) -> HandOverFailed:
    """What went wrong in a line that ``refusals`` can put into words; never for good, since no server said so."""
    if isinstance(error, smtplib.SMTPResponseException):
        # Sign-in or greeting refused: our own settings are wrong, not the customer's address.
        return HandOverFailed(_said(error.smtp_code, error.smtp_error))
    if isinstance(error, ssl.SSLError):
        kind = TLS
    elif isinstance(error, TimeoutError) or "timed out" in str(error):
        kind = UNREACHABLE if otherwise == UNREACHABLE else SILENT
    elif isinstance(error, smtplib.SMTPServerDisconnected | ConnectionResetError):
        kind = DROPPED
    elif isinstance(error, OSError):
        kind = otherwise
    else:
        kind = SERVER
    return HandOverFailed(header_text(f"{kind}: {type(error).__name__}: {error}"))


def _said(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", errors="replace") if isinstance(text, bytes) else text
    return header_text(redact(f"{code} {words}"))  # servers like to repeat the address


_open: dict[tuple[int, str, str], Conversations] = {}
_opening = threading.Lock()


def conversations(smtp_url: str, own_name: str) -> Conversations:
    """This process's conversations with a server. ``own_name`` is how we greet: asking the network takes seconds."""
    key = (os.getpid(), smtp_url, own_name)
    with _opening:
        if key not in _open:
            _open[key] = Conversations(smtp_url, own_name)
        return _open[key]


@atexit.register
def close_all() -> None:
    """Say goodbye to every server; whoever sends afterwards greets it again."""
    for (process, *_), found in list(_open.items()):
        if process == os.getpid():
            found.close()
