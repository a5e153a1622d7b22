"""Rule: what a report says about a mail of ours: not delivered (RFC 3464), or marked as spam (RFC 5965)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser, Parser
from email.policy import compat32
from enum import StrEnum
from typing import Final

from feedback.delivery.inbound.headers import one_line

LINE_LIMIT: Final = 300
_MOST: Final = 20
_FAILED: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})
_COMPLAINED: Final = "message/feedback-report"
#: Of the kinds of complaint those that ask for no more mails (RFC 5965, 6430): ``not-spam`` asks for more of them.
_MEANT: Final = frozenset({"abuse", "fraud", "opt-out", "opt-out-list"})
_ORIGINALS: Final = frozenset({"message/rfc822", "message/global"})
_HEADERS_ONLY: Final = frozenset({"text/rfc822-headers", "message/rfc822-headers", "message/global-headers"})
_ID: Final = re.compile(r"<([^<>\s]{3,250})>")
_ADDRESS: Final = re.compile(r"[^\s<>,;:\"()\[\]]{1,80}@[^\s<>,;:\"()\[\]]{1,255}")
_STATUS: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_CODED: Final = re.compile(r"^([245]\d\d)([ -]+)(?!\s*[245]\.\d)")
_BLANK_LINE: Final = re.compile(r"\r?\n[ \t]*\r?\n")


class About(StrEnum):
    """What a report is about."""

    FAILED = "failed"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True)
class Report:
    """``line`` is what a mail server said of the failure, beginning with a number, else empty.

    ``recipients`` are whom the mail was for as the report knows it; ``message_ids`` what it was known by. Neither
    is proven: whoever has the id of a mail of ours had the mail.
    """

    about: About
    line: str
    recipients: tuple[str, ...]
    message_ids: tuple[str, ...]


def report_of(message: Message) -> Report | None:
    """The report, where the whole mail is one; None also for one that says that a mail is late, or did arrive."""
    if message.get_content_type() != "multipart/report":
        return None
    parts = _children(message)
    for part in parts:
        kind = part.get_content_type()
        if kind in _FAILED:
            return _failure(part, parts)
        if kind == _COMPLAINED:
            return _complaint(part, parts)
    return None


def _failure(status: Message, parts: list[Message]) -> Report | None:
    of_mail, *of_recipients = list(_blocks(status)) or [Message()]
    failed = [block for block in of_recipients if _said(block, "Action").lower() == "failed"]
    if not failed:
        return None
    to, ids = _original(parts)
    ids = [*_ID.findall(_said(of_mail, "X-Original-Message-ID")), *ids]
    named = [
        address
        for block in failed
        for name in ("Original-Recipient", "Final-Recipient")
        for address in _in(block, name)
    ]
    return Report(About.FAILED, _line(failed[0]), _few([*named, *to]), _few(ids))


def _complaint(feedback: Message, parts: list[Message]) -> Report | None:
    block = next(_blocks(feedback), Message())
    if _said(block, "Feedback-Type").lower() not in _MEANT:
        return None
    to, ids = _original(parts)
    named = [address for name in ("Original-Rcpt-To", "Removal-Recipient") for address in _in(block, name)]
    return Report(About.COMPLAINT, "", _few([*named, *to]), _few(ids))


def _line(block: Message) -> str:
    """The server's answer with number and status, whatever order the report has them in."""
    kind, _, answer = _said(block, "Diagnostic-Code").partition(";")
    answer, found = answer.strip(), _STATUS.match(_said(block, "Status"))
    status = found[0] if found else ""
    if kind.strip().lower() != "smtp" or not answer[:3].isdigit():
        code = "450" if status.startswith("4") else "550"
        return one_line(f"{code} {status} {answer}", LINE_LIMIT)
    if status:
        answer = _CODED.sub(rf"\g<1> {status} ", answer, count=1)
    return one_line(answer, LINE_LIMIT)


def _original(parts: list[Message]) -> tuple[list[str], list[str]]:
    """Whom the mail that came back was for, and its ids."""
    for part in parts:
        kind = part.get_content_type()
        mail: Message | None = None
        if kind in _ORIGINALS:
            mail = next(iter(_children(part)), None)
        elif kind in _HEADERS_ONLY:
            mail = next(_blocks(part), None)
        if mail is not None:
            return _in(mail, "To"), _ID.findall(_said(mail, "Message-ID"))
    return [], []


def _blocks(part: Message) -> Iterator[Message]:
    """The groups of fields that a report consists of, however the parser took them."""
    children = _children(part)
    if not children:
        data = part.get_payload(decode=True)
        yield BytesParser(policy=compat32).parsebytes(data if isinstance(data, bytes) else b"", headersonly=True)
    for child in children:
        if child.keys():
            yield child
        rest = child.get_payload()
        for text in _BLANK_LINE.split(rest) if isinstance(rest, str) and rest.strip() else ():
            yield Parser(policy=compat32).parsestr(text, headersonly=True)


def _children(part: Message) -> list[Message]:
    inner = part.get_payload()
    return [child for child in inner if isinstance(child, Message)] if isinstance(inner, list) else []


def _said(block: Message, name: str) -> str:
    return one_line(str(block.get(name) or ""), 2_000)


def _in(block: Message, name: str) -> list[str]:
    """Addresses in a field, without the kind of address that stands before them."""
    return _ADDRESS.findall(_said(block, name).rpartition(";")[2])


def _few(found: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))[:_MOST]
