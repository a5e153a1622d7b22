"""One mail as a message, or as a file; what it says, and talking to a server, is not its business."""

import re
from binascii import b2a_qp
from dataclasses import dataclass, field
from email import policy
from email.headerregistry import Address
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path
from secrets import token_hex

from email_validator import validate_email

from feedback import clock
from feedback.delivery.refusals import ADDRESS
from feedback.i18n.text import strip_bidi, subject_line

#: The standard policy folds and encodes long headers, and List-Unsubscribe stops working for the reader.
MAX_LINE = 998
POLICY = policy.SMTP.clone(max_line_length=MAX_LINE)
HEADER_LIMIT = 200
_UTF8_POLICY = POLICY.clone(utf8=True)
_LINE_END = re.compile(r"\r\n|\r|\n")
#: An address that needs no quotes.
_SIMPLE = re.compile(r"[A-Za-z0-9!#$%&'*+/?^_`{|}~.-]+@[A-Za-z0-9.-]+")
#: Needs no encoding and, not being longer than this, no folding.
_PLAIN = re.compile(r"(?!.*=\?)[!-~](?:[ -~]{0,900}[!-~])?")


class HandOverFailed(Exception):
    """The mail was not taken. ``permanent``: trying again would bring the same answer; ``reason``: see refusals."""

    def __init__(self, reason: str, *, permanent: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything that one mail consists of, finished and in the reader's language."""

    message_id: str
    sender_name: str
    sender: str
    recipient: str
    subject: str
    text: str
    html: str
    language: str
    reply_to: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """A letter as it goes out: whom the server is told that it is from and for, and its bytes, lines ending in CRLF.

    ``beyond_ascii``: one of the addresses needs a server that knows SMTPUTF8 (RFC 6531).
    """

    sender: str
    recipient: str
    content: bytes
    beyond_ascii: bool = False


def compose(letter: Letter) -> Message:
    """The letter as a message. Names and subject are cleaned of what could break out of a header (S-11).

    Raises HandOverFailed, permanently, when the address can't stand in a header.
    """
    sender, recipient = address_header(letter.sender, letter.sender_name), address_header(letter.recipient)
    beyond_ascii = not (sender.addr_spec.isascii() and recipient.addr_spec.isascii())
    boundary = token_hex(16)
    lines = [
        _own_address("From", letter.sender, letter.sender_name, beyond_ascii),
        _header("To", recipient.addr_spec if _SIMPLE.fullmatch(recipient.addr_spec) else recipient, beyond_ascii),
        _own_address("Reply-To", letter.reply_to, "", beyond_ascii) if letter.reply_to else b"",
        _header("Subject", subject_line(letter.language, header_text(letter.subject))),
        _header("Date", format_datetime(clock.now())),
        _header("Message-ID", header_text(letter.message_id)),
        # Nobody's out-of-office note should answer a machine (RFC 3834).
        b"Auto-Submitted: auto-generated\r\n",
        *(_header(name, header_text(value, limit=MAX_LINE)) for name, value in letter.headers.items()),
        b"MIME-Version: 1.0\r\n",
        _header("Content-Language", letter.language),
        f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n'.encode(),
        _part(boundary, "plain", letter.text),
        _part(boundary, "html", letter.html),
        f"--{boundary}--\r\n".encode(),
    ]
    return Message(sender.addr_spec, recipient.addr_spec, b"".join(lines), beyond_ascii)


def _part(boundary: str, kind: str, text: str) -> bytes:
    """One body. The standard library's own way takes twenty times as long."""
    head = f"--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
    head += "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    lines = _LINE_END.sub("\r\n", text.rstrip("\r\n") + "\n")
    return head.encode() + b2a_qp(lines.encode(), istext=True) + b"\r\n"


def _header(name: str, value: str | Address, beyond_ascii: bool = False) -> bytes:
    """A header, encoded and folded by the standard library where it isn't plain already."""
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return f"{name}: {value}\r\n".encode()
    rules = _UTF8_POLICY if beyond_ascii else POLICY
    return bytes(rules.fold_binary(*rules.header_store_parse(name, value)))


@lru_cache(maxsize=256)
def _own_address(name: str, address: str, display_name: str, beyond_ascii: bool) -> bytes:
    """A header that all mails of a site have."""
    return _header(name, address_header(address, display_name), beyond_ascii)


def header_text(text: str, limit: int = HEADER_LIMIT) -> str:
    """Text that is safe inside a header: no control characters, no line ends, cut at ``limit``."""
    kept = "".join(" " if _breaks_header(character) else character for character in text)
    # The standard library decodes encoded words in what it is given, and lets line ends inside them through.
    return " ".join(kept.replace("=?", "= ?").split())[:limit].strip()


def address_header(address: str, name: str = "") -> Address:
    """An address for a header; the display name is quoted or encoded by the standard library, never by us."""
    if any(_breaks_header(character) for character in address) or address.count("@") != 1:
        raise HandOverFailed(f"{ADDRESS}: it can't be used", permanent=True)
    local, _, domain = address.strip().partition("@")
    try:
        if not domain.isascii():  # as of 2008: the standard library's codec sends straße.de to strasse.de
            domain = validate_email(f"a@{domain}", check_deliverability=False, globally_deliverable=False).ascii_domain
        return Address(display_name=header_text(strip_bidi(name)), username=local, domain=domain)
    except (ValueError, IndexError) as error:
        raise HandOverFailed(f"{ADDRESS}: it can't be used", permanent=True) from error


def _breaks_header(character: str) -> bool:
    code = ord(character)
    return code < 0x20 or 0x7F <= code <= 0x9F or character in "\u2028\u2029"


def write_file(message: Message, directory: Path, name: str) -> Path:
    """Put the message where a person can open it; the same mail again replaces the file."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = directory / f"{name}.eml"
    part = path.with_suffix(".part")
    part.write_bytes(message.content)
    part.chmod(0o600)
    part.replace(path)
    return path
