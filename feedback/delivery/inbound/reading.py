"""Rule: the bytes of a mail as what its sender said; whatever they are, something is read and nothing is raised."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesFeedParser
from email.policy import Compat32, compat32
from typing import Any, Final

from feedback.delivery.inbound import markup, sorting
from feedback.delivery.inbound.charsets import decoded
from feedback.delivery.inbound.headers import headers_of, message_id_of, one_line, sender_of, subject_of, words
from feedback.delivery.inbound.plain import cleaned, shortened, unarmoured, unflowed
from feedback.delivery.inbound.quoting import parted, without_links
from feedback.delivery.inbound.reports import Report, report_of

#: Bytes of UTF-8 that are kept of a text, and of what it quotes.
TEXT_LIMIT: Final = 1_000_000
QUOTED_LIMIT: Final = 100_000
#: A text part may be four times as long in its own charset.
_PART_BYTES: Final = 4 * TEXT_LIMIT
#: Mails beyond these are made to harm, and are kept unread.
MAX_DEPTH: Final = 20
MAX_PARTS: Final = 500
MAX_LINES: Final = 500_000
_FILE_NAME_LIMIT: Final = 120
_MOST_ATTACHMENTS: Final = 50
#: A picture within the text that is smaller is a logo or a pixel; a larger one may be a screenshot and is named.
_LOGO_BYTES: Final = 20_000
_REPORTS: Final = frozenset(
    {"message/delivery-status", "message/disposition-notification", "message/feedback-report", "text/rfc822-headers"}
)
#: Parts that say nothing to a person.
_WORDLESS: Final = frozenset(
    {
        "application/pgp-encrypted",
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
    }
)
#: How a picture within the text is named by programs that show none; those worth a look are among the attachments.
_PLACE_OF_A_PICTURE: Final = re.compile(r"\[cid:[^\]\s]{1,200}\]")
_META_CHARSET: Final = re.compile(rb"<meta[^<>]{0,200}charset=[\"']?([\w-]{1,40})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ReadMail:
    """A mail as it was read. ``kind`` is one of ``sorting``'s; of an unreadable one only the headers are known.

    ``text`` has neither quotes nor links of ours; ``quoted`` is what was taken out. ``message_id`` is the mail's
    own or made of its content, so that the same mail always has the same. ``answers``: a program answers a mail of
    ours. ``report`` is what it says about one, where it was made for that.
    """

    sender: str
    sender_name: str
    subject: str
    text: str
    kind: str
    attachments: tuple[str, ...]
    cut: bool
    message_id: str
    quoted: str = ""
    answers: bool = False
    report: Report | None = None


class MadeToHarm(ValueError):
    """More parts, deeper ones or more lines than anybody writes."""


@dataclass(slots=True)
class _Body:
    text: str = ""
    rich: bool = False
    cut: bool = False
    attachments: list[str] = field(default_factory=list)
    types: set[str] = field(default_factory=set)

    def add_text(self, text: str) -> None:
        if text.strip():
            self.text = f"{self.text}\n\n{text}" if self.text else text

    def take_in(self, other: "_Body") -> None:
        """Everything of another but its text."""
        self.cut = self.cut or other.cut
        self.attachments += [name for name in other.attachments if name not in self.attachments]
        self.types |= other.types


class _Part(Message):
    """A part that knows how deep it stands."""

    depth = 0

    def attach(self, payload: Any) -> None:
        payload.depth = self.depth + 1
        if payload.depth > MAX_DEPTH:
            raise MadeToHarm("deep")
        super().attach(payload)


def read(raw: bytes, *, envelope_sender: str | None = None, public_url: str = "") -> ReadMail:
    """What a mail says. ``envelope_sender`` is "" for the null sender, None if unknown; never raises."""
    headers = headers_of(raw)
    sender_name, sender = sender_of(headers)
    subject = without_links(subject_of(headers), public_url)
    message_id = message_id_of(headers, raw)
    try:
        message = _parsed(raw)
        body = _body(message)
        kind = sorting.kind_of(headers, body.types, sender, envelope_sender)
        answers = sorting.is_an_answer(headers, body.types, envelope_sender)
        found = parted(body.text)
        text, cut = shortened(without_links(found.text, public_url), TEXT_LIMIT)
        quoted, _ = shortened(without_links(found.quoted, public_url), QUOTED_LIMIT)
    except Exception:  # a parser's flaw may cost the text, never the mail: its bytes are kept
        return ReadMail(sender, sender_name, subject, "", sorting.UNREADABLE, (), False, message_id)
    names = tuple(body.attachments[:_MOST_ATTACHMENTS])
    return ReadMail(
        sender,
        sender_name,
        subject,
        text,
        kind,
        names,
        cut or body.cut,
        message_id,
        quoted,
        answers,
        report_of(message),
    )


def _parsed(raw: bytes) -> Message:
    """The mail with its parts. Raises MadeToHarm before they cost much."""
    if raw.count(b"\n") + raw.count(b"\r") - raw.count(b"\r\n") > MAX_LINES:
        raise MadeToHarm("lines")
    made = 0

    def new_part(policy: Compat32 = compat32) -> _Part:
        nonlocal made
        made += 1
        if made > MAX_PARTS:
            raise MadeToHarm("parts")
        return _Part(policy=policy)

    parser: BytesFeedParser[Any] = BytesFeedParser(new_part, policy=compat32)
    parser.feed(raw)
    message: Message = parser.close()
    return message


def _body(part: Message) -> _Body:
    body = _Body()
    _add(body, part)
    return body


def _add(body: _Body, part: Message) -> None:
    kind = part.get_content_type()
    body.types.add(kind)
    if kind in _REPORTS:
        return
    if kind.startswith("message/"):
        body.attachments.append(_name(part) or _passed_on(part))
    elif kind == "multipart/alternative":
        _add_best(body, _children(part))
    elif part.is_multipart():
        for child in _children(part):
            _add(body, child)
    else:
        _add_leaf(body, part, kind)


def _add_best(body: _Body, choices: Sequence[Message]) -> None:
    """The plain one of several versions of a text, else the last, which its sender thought the best (RFC 2046)."""
    versions = [_body(choice) for choice in choices]
    spoken = [version for version in versions if version.text]
    best = next((version for version in spoken if not version.rich), spoken[-1] if spoken else None)
    for version in versions:
        body.take_in(version)
    if best is not None:
        body.add_text(best.text)
        body.rich = body.rich or best.rich


def _add_leaf(body: _Body, part: Message, kind: str) -> None:
    name = _name(part)
    attached = part.get_content_disposition() == "attachment" or bool(name and body.text)
    if kind in ("text/plain", "text/html") and not attached:
        data = _bytes(part)
        body.cut = body.cut or len(data) > _PART_BYTES
        text, cut = _rich(part, data) if kind == "text/html" else (_plain(part, data), False)
        body.cut = body.cut or cut
        body.rich = body.rich or kind == "text/html"
        body.add_text(text)
    elif kind == "application/ms-tnef":
        body.attachments.append(name or "winmail.dat")
    elif kind not in _WORDLESS and not _is_logo(part, kind):
        body.attachments.append(name or kind)


def _plain(part: Message, data: bytes) -> str:
    text = cleaned(decoded(data[:_PART_BYTES], part.get_content_charset()))
    if str(part.get_param("format") or "").lower() == "flowed":
        text = unflowed(text, delsp=str(part.get_param("delsp") or "").lower() == "yes")
    return _PLACE_OF_A_PICTURE.sub("", unarmoured(text))


def _rich(part: Message, data: bytes) -> tuple[str, bool]:
    meta = _META_CHARSET.search(data, 0, 2_000)
    charset = part.get_content_charset() or (meta.group(1).decode("ascii") if meta else None)
    text, cut = markup.as_text(decoded(data[:_PART_BYTES], charset))
    return cleaned(text), cut


def _is_logo(part: Message, kind: str) -> bool:
    return kind.startswith("image/") and "content-id" in part and len(_bytes(part)) < _LOGO_BYTES


def _name(part: Message) -> str:
    """What a file is called, without the folders it came from."""
    name = one_line(words(part.get_filename() or ""), 1_000).replace("\\", "/").rpartition("/")[2].strip()
    if len(name) <= _FILE_NAME_LIMIT:
        return name
    stem, dot, ending = name.rpartition(".")
    return f"{stem[: _FILE_NAME_LIMIT - 12]}….{ending[:10]}" if dot else f"{name[: _FILE_NAME_LIMIT - 1]}…"


def _passed_on(part: Message) -> str:
    """A mail in a mail goes by its subject."""
    inner = next(iter(_children(part)), None)
    subject = one_line(words(str(inner["subject"])), _FILE_NAME_LIMIT - 4) if inner and inner["subject"] else ""
    return f"{subject or 'mail'}.eml"


def _children(part: Message) -> list[Message]:
    inner = part.get_payload()
    return [child for child in inner if isinstance(child, Message)] if isinstance(inner, list) else []


def _bytes(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""
