"""One mail as a message, and handing it to a mail server or a file; what it says is not its business."""

import smtplib
import ssl
from dataclasses import dataclass, field
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit

from feedback.i18n.text import strip_bidi, subject_line

#: The standard policy folds and encodes long headers, and List-Unsubscribe stops working for the reader.
MAX_LINE = 998
POLICY = policy.SMTP.clone(max_line_length=MAX_LINE)
TIMEOUT_SECONDS = 20
HEADER_LIMIT = 200
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class HandOverFailed(Exception):
    """The mail was not taken. ``permanent``: trying again would bring the same answer."""

    def __init__(self, reason: str, *, permanent: bool) -> None:
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


def compose(letter: Letter) -> EmailMessage:
    """The letter as a message. Names and subject are cleaned of what could break out of a header (S-11).

    Raises HandOverFailed, permanently, when the address can't stand in a header.
    """
    message = EmailMessage(policy=POLICY)
    message["From"] = address_header(letter.sender, letter.sender_name)
    message["To"] = address_header(letter.recipient)
    if letter.reply_to:
        message["Reply-To"] = address_header(letter.reply_to)
    message["Subject"] = subject_line(letter.language, header_text(letter.subject))
    message["Message-ID"] = letter.message_id
    # Nobody's out-of-office note should answer a machine (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    for name, value in letter.headers.items():
        message[name] = header_text(value, limit=MAX_LINE)
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    # Only now: adding an alternative moves what is called Content-… into the first part.
    message["Content-Language"] = letter.language
    return message


def header_text(text: str, limit: int = HEADER_LIMIT) -> str:
    """Text that is safe inside a header: no control characters, no line ends, cut at ``limit``."""
    kept = "".join(" " if _breaks_header(character) else character for character in text)
    # The standard library decodes encoded words in what it is given, and lets line ends inside them through.
    return " ".join(kept.replace("=?", "= ?").split())[:limit].strip()


def address_header(address: str, name: str = "") -> Address:
    """An address for a header; the display name is quoted or encoded by the standard library, never by us."""
    if any(_breaks_header(character) for character in address) or address.count("@") != 1:
        raise HandOverFailed("the address can't be used", permanent=True)
    local, _, domain = address.strip().partition("@")
    try:
        domain = domain if domain.isascii() else domain.encode("idna").decode("ascii")
        return Address(display_name=header_text(strip_bidi(name)), username=local, domain=domain)
    except (ValueError, IndexError) as error:
        raise HandOverFailed("the address can't be used", permanent=True) from error


def _breaks_header(character: str) -> bool:
    code = ord(character)
    return code < 0x20 or 0x7F <= code <= 0x9F or character in "\u2028\u2029"


def write_file(message: EmailMessage, directory: Path, name: str) -> Path:
    """Put the message where a person can open it; the same mail again replaces the file."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = directory / f"{name}.eml"
    part = path.with_suffix(".part")
    part.write_bytes(message.as_bytes())
    part.chmod(0o600)
    part.replace(path)
    return path


def hand_over(message: EmailMessage, smtp_url: str, own_name: str = "localhost") -> None:
    """Talk to the server of ``smtp://`` or ``smtps://``. Raises HandOverFailed; never in a transaction.

    Plain ``smtp://`` turns to TLS where the server offers it; a password is only ever told over TLS or to
    this machine. ``own_name`` is how we greet: asking the network for it can take seconds.
    """
    try:
        with _connect(smtp_url, own_name) as server:
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        raise HandOverFailed(_said(code, text), permanent=code >= 500) from error
    except smtplib.SMTPNotSupportedError as error:
        raise HandOverFailed("the server can't take this address", permanent=True) from error
    except smtplib.SMTPDataError as error:
        raise HandOverFailed(_said(error.smtp_code, error.smtp_error), permanent=error.smtp_code >= 500) from error
    except smtplib.SMTPResponseException as error:
        # Sign-in, greeting or sender refused: our own settings are wrong, not the customer's address.
        raise HandOverFailed(_said(error.smtp_code, error.smtp_error), permanent=False) from error
    except (smtplib.SMTPException, OSError) as error:
        raise HandOverFailed(f"{type(error).__name__}: {error}"[:200], permanent=False) from error


def _connect(smtp_url: str, own_name: str) -> smtplib.SMTP:
    parts = urlsplit(smtp_url)
    host = parts.hostname or "localhost"
    context = ssl.create_default_context()
    server: smtplib.SMTP
    if parts.scheme == "smtps":
        server = smtplib.SMTP_SSL(host, parts.port or 465, own_name, timeout=TIMEOUT_SECONDS, context=context)
        private = True
    else:
        server = smtplib.SMTP(host, parts.port or 25, own_name, timeout=TIMEOUT_SECONDS)
        private = host in _LOOPBACK
    try:
        server.ehlo()
        if parts.scheme != "smtps" and server.has_extn("starttls") and not private:
            server.starttls(context=context)
            server.ehlo()
            private = True
        if parts.username:
            if not private:
                raise HandOverFailed("the server offers no TLS, so it is not told the password", permanent=False)
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def _said(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", errors="replace") if isinstance(text, bytes) else text
    return header_text(f"{code} {words}")
