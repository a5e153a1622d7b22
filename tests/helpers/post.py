"""A post office: a real SMTP server that keeps every mail, and a way to answer one as a person's mail program would."""

import re
import smtplib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from typing import Any, cast

from aiosmtpd.controller import Controller

from tests.helpers.server import free_port


@dataclass(frozen=True)
class Delivered:
    """A mail as the reader's server got it."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed."""
        return cast(EmailMessage, message_from_bytes(self.raw, policy=policy.default))

    @property
    def text(self) -> str:
        """The plain part."""
        body = self.message.get_body(("plain",))
        assert body is not None
        return str(body.get_content())

    @property
    def html(self) -> str:
        """The HTML part."""
        body = self.message.get_body(("html",))
        assert body is not None
        return str(body.get_content())

    def link(self, path: str) -> str:
        """The first address in the plain part whose path begins so."""
        found = re.search(rf"https?://[^\s<>]+?{re.escape(path)}[^\s<>]*", self.text)
        assert found, (path, self.text)
        return found[0]


@dataclass
class PostOffice:
    """Everything that was delivered, in order."""

    port: int
    mails: list[Delivered] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    @property
    def url(self) -> str:
        """For FEEDBACK_SMTP_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Keep one mail."""
        with self.arrived:
            self.mails.append(Delivered(envelope.mail_from, tuple(envelope.rcpt_tos), envelope.content))
            self.arrived.notify_all()
        return "250 kept"

    def to(self, address: str) -> list[Delivered]:
        """What came for somebody."""
        return [mail for mail in list(self.mails) if address in mail.recipients]

    def wait(
        self, address: str, matches: Callable[[Delivered], bool] = lambda _mail: True, seconds: float = 90
    ) -> Delivered:
        """The first mail for somebody that matches, as soon as it is there."""
        end = time.monotonic() + seconds
        with self.arrived:
            while True:
                for mail in self.to(address):
                    if matches(mail):
                        return mail
                left = end - time.monotonic()
                subjects = [str(mail.message["Subject"]) for mail in self.to(address)]
                assert left > 0, f"no such mail for {address} in {seconds} s; there are {subjects}"
                self.arrived.wait(left)


@contextmanager
def post_office() -> Iterator[PostOffice]:
    """A post office that is open for the block."""
    office = PostOffice(free_port())
    controller = Controller(office, hostname="127.0.0.1", port=office.port, ready_timeout=30)
    controller.start()
    try:
        yield office
    finally:
        controller.stop()


def answer(mail: Delivered, text: str, *, lmtp: int, sender: str | None = None) -> None:
    """Answer a mail as people do: above the quoted letter, to its Reply-To, handed over by LMTP as an MTA would."""
    original = mail.message
    to = parseaddr(str(original["Reply-To"]))[1]
    reply = EmailMessage(policy=policy.SMTP)
    reply["From"] = sender or mail.recipients[0]
    reply["To"] = to
    reply["Subject"] = f"Re: {original['Subject']}"
    reply["Date"] = formatdate()
    reply["Message-ID"] = make_msgid(domain="mail.example")
    reply["In-Reply-To"] = str(original["Message-ID"])
    quoted = "\n".join(f"> {line}" for line in mail.text.splitlines())
    reply.set_content(f"{text}\n\nOn Tue, 10 Nov 2026 at 09:14, {original['From']} wrote:\n{quoted}\n")
    with smtplib.LMTP("127.0.0.1", lmtp) as server:
        server.send_message(reply, from_addr=sender or mail.recipients[0], to_addrs=[to])
