"""Rule: whether mailbox providers will accept how a mail, of any sender, is unsubscribed; from its bytes alone."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import compat32
from email.utils import getaddresses
from enum import StrEnum
from html import unescape
from typing import Final

from feedback.delivery.inbound.charsets import decoded
from feedback.i18n.text import N_

ONE_CLICK: Final = b"List-Unsubscribe=One-Click"
LONGEST_LINE: Final = 998
#: Octets that the part of an address before its at sign may have (RFC 5321).
LONGEST_MAILBOX: Final = 64
_BOTH: Final = ("list-unsubscribe", "list-unsubscribe-post")
#: What else a signature has to cover, the first by its standard.
_SIGNED: Final = ("from", "to", "subject", "date", "message-id")
_MOST_TEXT: Final = 5_000_000
_END: Final = re.compile(rb"\r?\n\r?\n")
_LIST: Final = re.compile(r"\s*<[^<>\s]+>(?:\s*,\s*<[^<>\s]+>)*\s*")
_LINK: Final = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)
#: How links that unsubscribe call themselves, in their address or right before and within what can be clicked.
_WORDS: Final = re.compile(
    r"unsub|opt[-_]?out|preferenc|email[-_]?settings|abmeld|abbestell|d[eé]sabonn|desinscr|darse de baja|disiscri"
    r"|jiondoe|रोक्नुहोस्|नपठाउनुहोस्|لغو|зогсоо|болих|հրաժար|отпис",
    re.IGNORECASE,
)


class Verdict(StrEnum):
    """``mend``: some provider will not accept it; ``advice``: it is accepted and could be better."""

    GOOD = "good"
    ADVICE = "advice"
    MEND = "mend"


@dataclass(frozen=True, slots=True)
class Line:
    """What one rule says; ``message`` is marked for translation."""

    rule: str
    verdict: Verdict
    message: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Head:
    """The headers in their bytes, by lower-case name, folds included."""

    lines: Sequence[bytes]
    values: Mapping[str, Sequence[bytes]]

    def all(self, name: str) -> Sequence[bytes]:
        return self.values.get(name, ())


def examine(raw: bytes) -> list[Line]:
    """Everything that can be said about a mail, in the order of the headers; never raises."""
    head = _head(raw)
    ways = head.all(_BOTH[0])
    found = [*_ways(ways), *_lengths(head), _post(head.all(_BOTH[1])), *_signatures(head), *_sender(head)]
    return [*found, _link(raw, _addresses(ways)), *_list(head)]


def acceptable(lines: Sequence[Line]) -> bool:
    """Whether nothing must be mended."""
    return all(line.verdict is not Verdict.MEND for line in lines)


def _ways(ways: Sequence[bytes]) -> Iterator[Line]:
    if not ways:
        text = N_("There is no List-Unsubscribe header, so mailbox providers show no button.")
        yield Line("U-1", Verdict.MEND, text)
        return
    if len(ways) > 1:
        text = N_("There are %(count)s List-Unsubscribe headers; there must be one.")
        yield Line("U-1", Verdict.MEND, text, {"count": len(ways)})
    else:
        yield Line("U-1", Verdict.GOOD, N_("There is one List-Unsubscribe header."))
    value = _unfolded(ways[0])
    if "=?" in value or not value.isascii():
        yield Line("U-2", Verdict.MEND, N_("It is encoded or not in ASCII, so mailbox providers can't read it."))
        return
    yield Line("U-2", Verdict.GOOD, N_("It is in ASCII and not encoded."))
    if _LIST.fullmatch(value) is None:
        text = N_("Its addresses must be in angle brackets, with commas between them and no spaces inside.")
        yield Line("U-1", Verdict.MEND, text)
    yield from _order([one.lower() for one in _addresses(ways)])


def _order(addresses: Sequence[str]) -> Iterator[Line]:
    web = [one for one in addresses if one.startswith(("https:", "http:"))]
    mail = [one for one in addresses if one.startswith("mailto:")]
    if len(web) == 1 and web[0].startswith("https://"):
        yield Line("U-1", Verdict.GOOD, N_("It has exactly one web address, by https."))
    else:
        text = N_("It has %(count)s web addresses; there must be exactly one, by https.")
        yield Line("U-1", Verdict.MEND, text, {"count": len(web)})
    if not mail:
        yield Line("U-13", Verdict.ADVICE, N_("It has no mailto address; some email programs know only that."))
        return
    if web and addresses.index(mail[0]) < addresses.index(web[0]):
        yield Line("U-13", Verdict.ADVICE, N_("The https address should come before the mailto address."))
    else:
        yield Line("U-13", Verdict.GOOD, N_("It has a mailto address, after the one by https."))
    if any(len(one[7:].partition("?")[0].rpartition("@")[0]) > LONGEST_MAILBOX for one in mail):
        yield Line("U-12", Verdict.MEND, N_("The mailto address has more than 64 characters before the @."))


def _lengths(head: _Head) -> Iterator[Line]:
    longest = max(map(len, head.lines), default=0)
    if longest > LONGEST_LINE:
        text = N_("A line of the headers has %(length)s octets; at most 998 are allowed.")
        yield Line("U-2", Verdict.MEND, text, {"length": longest})
    else:
        yield Line("U-2", Verdict.GOOD, N_("No line of the headers is longer than 998 octets."))


def _post(values: Sequence[bytes]) -> Line:
    if len(values) == 1 and values[0].removeprefix(b" ") == ONE_CLICK:
        return Line("U-1", Verdict.GOOD, N_("List-Unsubscribe-Post is exactly as it must be."))
    text = N_("List-Unsubscribe-Post must be there once, and be exactly %(value)s")
    return Line("U-1", Verdict.MEND, text, {"value": ONE_CLICK.decode()})


def _signatures(head: _Head) -> Iterator[Line]:
    signatures = [_tags(value) for value in head.all("dkim-signature")]
    if not signatures:
        text = N_("It is not signed by DKIM. If your mail server signs, check an email as it was received.")
        yield Line("U-3", Verdict.MEND, text)
        return
    covering = [tags for tags in signatures if not _missing(tags)]
    if covering:
        text = N_("The DKIM signature of %(domain)s covers both headers.")
        yield Line("U-3", Verdict.GOOD, text, {"domain": covering[0].get("d", "")})
        yield from _rest_of_signature(head, min((_missing(tags, _SIGNED) for tags in covering), key=len))
    else:
        text = N_("No DKIM signature covers both headers. Not signed: %(headers)s")
        nearest = min((len(names), names) for names in map(_missing, signatures))[1]
        yield Line("U-3", Verdict.MEND, text, {"headers": ", ".join(nearest)})
    sender = _domain(head)
    if sender and any(_aligned(sender, tags.get("d", "").lower()) for tags in covering or signatures):
        yield Line(
            "U-13", Verdict.GOOD, N_("It is signed for the domain of its sender, %(domain)s."), {"domain": sender}
        )
    elif sender:
        text = N_("It is not signed for the domain of its sender, %(domain)s, as DMARC requires.")
        yield Line("U-13", Verdict.MEND, text, {"domain": sender})


def _rest_of_signature(head: _Head, missing: Sequence[str]) -> Iterator[Line]:
    if "from" in missing:  # RFC 6376, section 5.4
        yield Line("U-3", Verdict.MEND, N_("The DKIM signature must cover From too, or it is not valid."))
    open_to_change = [name for name in missing if name != "from" and head.all(name)]
    if open_to_change:
        text = N_("The DKIM signature leaves out headers that anybody could then change: %(headers)s")
        yield Line("U-3", Verdict.ADVICE, text, {"headers": ", ".join(open_to_change)})


def _sender(head: _Head) -> Iterator[Line]:
    if not _domain(head):
        yield Line("U-13", Verdict.MEND, N_("There must be one From header with one address."))


def _link(raw: bytes, addresses: Sequence[str]) -> Line:
    texts = list(_texts(raw))
    links = [link for text in texts for link in _LINK.findall(text)]
    own = {one for one in addresses if one.lower().startswith("http")}
    named = any(_WORDS.search(text) for text in texts)
    if own & set(links) or (links and named):
        return Line("U-21", Verdict.GOOD, N_("Its text has a link that unsubscribes."))
    text = N_("Its text has no link that unsubscribes, as far as can be seen.")
    return Line("U-21", Verdict.ADVICE if links else Verdict.MEND, text)


def _list(head: _Head) -> Iterator[Line]:
    if any(re.search(rb"<[^<>@\s]+>", value) for value in head.all("list-id")):
        yield Line("U-21", Verdict.GOOD, N_("It has a List-Id."))
    else:
        yield Line("U-21", Verdict.ADVICE, N_("It has no List-Id, by which people sort their emails."))
    if head.all("precedence"):
        yield Line("U-21", Verdict.ADVICE, N_("The header Precedence helps nobody; leave it out."))


def _head(raw: bytes) -> _Head:
    end = _END.search(raw)
    lines = re.split(rb"\r?\n", raw[: end.start()] if end else raw.rstrip(b"\r\n"))
    values: dict[str, list[bytes]] = {}
    last: list[bytes] | None = None
    for line in lines:
        if line[:1] in (b" ", b"\t"):
            if last is not None:
                last[-1] += b"\n" + line
            continue
        name, colon, value = line.partition(b":")
        last = values.setdefault(name.strip().decode("ascii", "replace").lower(), []) if colon else None
        if last is not None:
            last.append(value)
    return _Head(lines, values)


def _unfolded(value: bytes) -> str:
    return value.replace(b"\n", b"").decode("utf-8", "replace").strip()


def _addresses(ways: Sequence[bytes]) -> list[str]:
    return re.findall(r"<([^<>]*)>", _unfolded(ways[0])) if ways else []


def _tags(value: bytes) -> dict[str, str]:
    pairs = (part.partition("=") for part in re.sub(r"\s+", "", value.decode("ascii", "replace")).split(";"))
    return {name: content for name, equals, content in pairs if equals}


def _missing(tags: Mapping[str, str], wanted: Sequence[str] = _BOTH) -> tuple[str, ...]:
    covered = tags.get("h", "").lower().split(":")
    return tuple(name for name in wanted if name not in covered)


def _domain(head: _Head) -> str:
    """The domain of the only sender, or nothing."""
    values = head.all("from")
    found = getaddresses([_unfolded(value) for value in values]) if len(values) == 1 else []
    return found[0][1].rpartition("@")[2].lower() if len(found) == 1 and "@" in found[0][1] else ""


def _aligned(sender: str, signer: str) -> bool:
    """The same organisation as far as names tell: one within the other, or both within a third that has a dot."""
    if not signer:
        return False
    if f".{sender}".endswith(f".{signer}") or f".{signer}".endswith(f".{sender}"):
        return True
    return sender.count(".") > 1 and sender.split(".")[-2:] == signer.split(".")[-2:]


def _texts(raw: bytes) -> Iterator[str]:
    """What the parts of text say, entities and transfer encodings undone."""
    try:
        for part in message_from_bytes(raw, policy=compat32).walk():
            content = part.get_payload(decode=True) if part.get_content_maintype() == "text" else None
            if isinstance(content, bytes):
                yield unescape(decoded(content[:_MOST_TEXT], part.get_content_charset()))
    except (ValueError, LookupError, RecursionError):
        return
