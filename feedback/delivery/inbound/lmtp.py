"""An LMTP server beside the worker, for a mail server to hand answers to: it says 250 only after the commit."""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy.exc import SQLAlchemyError

from feedback.db import Database
from feedback.delivery.inbound import arrival
from feedback.delivery.inbound.receiving import Outcome
from feedback.settings import Settings

log = logging.getLogger(__name__)

_MOST_RECIPIENTS: Final = 100
_LONGEST_LINE: Final = 1_000_000
_BIND_AGAIN_SECONDS: Final = 5.0
_STORING_THREADS: Final = 2

_OK = "250 2.1.5 OK"
_UNKNOWN = "550 5.1.1 There is no such mailbox"
_LATER = "451 4.3.0 Try again later"
_TOO_OFTEN = "451 4.7.1 Too many mails to this address, try again later"
_TOO_MANY_RECIPIENTS = "452 4.5.3 Too many recipients"
_REPLIES: Final = {
    Outcome.STORED: "250 2.0.0 Stored",
    Outcome.AGAIN: "250 2.0.0 Stored before",
    Outcome.IGNORED: "250 2.0.0 Noted",
    Outcome.UNKNOWN: _UNKNOWN,
    Outcome.NOBODY: "550 5.7.1 Nobody reads mails to this address",
    Outcome.TOO_MANY: _TOO_OFTEN,
}


class _Conversation(LMTP):
    """aiosmtpd's LMTP, with what RFC 2033 asks beyond it: after the mail, one reply for each recipient."""

    line_length_limit = _LONGEST_LINE
    replies = 0

    async def smtp_DATA(self, arg: str) -> None:
        self.replies = len(self.envelope.rcpt_tos) if self.envelope else 0
        try:
            await super().smtp_DATA(arg)
        finally:
            self.replies = 0

    async def push(self, status: Any) -> None:
        # What it says by itself about the mail as a whole: too long, or lines too long.
        if self.replies > 1 and isinstance(status, str) and status[:1] in "45" and "\r\n" not in status:
            status = "\r\n".join([status] * self.replies)
        await super().push(status)


class _Post:
    """Answers the commands; everything that waits for the database does so in a thread of its own."""

    def __init__(self, database: Database, settings: Settings, threads: ThreadPoolExecutor) -> None:
        self.database = database
        self.settings = settings
        self.threads = threads

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= _MOST_RECIPIENTS:
            return _TOO_MANY_RECIPIENTS
        try:
            known = await self._apart(partial(arrival.is_known, self.database, self.settings, address))
        except SQLAlchemyError:
            log.exception("the database does not say whether there is such a mailbox")
            return _LATER
        if not known:
            return _UNKNOWN
        envelope.rcpt_tos.append(address)
        return _OK

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.content
        raw = content if isinstance(content, bytes) else (content or "").encode("utf-8", "surrogateescape")
        sender = (envelope.mail_from or "").strip("<> ")  # the null sender comes as <>
        replies = [await self._apart(partial(self._store, address, raw, sender)) for address in envelope.rcpt_tos]
        return "\r\n".join(replies)

    async def handle_exception(self, error: Exception) -> str:
        log.error("a conversation failed: %s", type(error).__name__)
        return _LATER

    def _store(self, address: str, raw: bytes, sender: str) -> str:
        try:
            taken = arrival.take(self.database, self.settings, [address], raw, envelope_sender=sender)
        except (SQLAlchemyError, OSError):
            log.exception("a mail could not be stored; the server that brought it keeps it")
            return _LATER
        return _REPLIES[taken[address]]

    async def _apart(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self.threads, work)


class LmtpServer:
    """The server in a thread. Where another worker of this machine has the address, it waits to take over."""

    def __init__(self, settings: Settings, database: Database) -> None:
        if settings.inbound_lmtp is None:
            raise ValueError("INBOUND_LMTP is not set")
        self.host, self.port = settings.inbound_lmtp
        self.settings = settings
        self.database = database
        self.listening = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lmtp", daemon=True)
        # It tells every command with its addresses, which logs never hold.
        logging.getLogger("mail.log").setLevel(logging.ERROR)

    def start(self) -> None:
        """Begin to listen, now or as soon as the address is free."""
        self._thread.start()
        self._ready.wait(timeout=5)

    def stop(self) -> None:
        """Stop listening. A mail that is being brought is brought again: nobody said that it was taken."""
        if self._loop is not None and self._stop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(timeout=10)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._ready.set()
        with ThreadPoolExecutor(_STORING_THREADS, thread_name_prefix="lmtp-store") as threads:
            post = _Post(self.database, self.settings, threads)
            server = await self._bound(partial(self._conversation, post))
            if server is None:
                return
            log.info("mail is taken in by LMTP at %s:%s", self.host, self.port)
            self.listening.set()
            await self._stop.wait()
            self.listening.clear()
            server.close()

    async def _bound(self, conversation: Callable[[], asyncio.Protocol]) -> asyncio.Server | None:
        """Listening, or None when it was stopped before the address became free."""
        told = False
        while self._loop and self._stop and not self._stop.is_set():
            try:
                return await self._loop.create_server(conversation, self.host, self.port)
            except OSError as error:
                if not told:
                    log.warning("LMTP can't listen at %s:%s yet: %s", self.host, self.port, error.strerror)
                told = True
            try:
                await asyncio.wait_for(self._stop.wait(), _BIND_AGAIN_SECONDS)
            except TimeoutError:
                continue
        return None

    def _conversation(self, post: _Post) -> asyncio.Protocol:
        return _Conversation(
            post,
            data_size_limit=arrival.MOST_BYTES,
            enable_SMTPUTF8=True,
            hostname=self.settings.mail_domain,
            ident="LMTP",
            loop=self._loop,
        )
