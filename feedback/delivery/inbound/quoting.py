"""Rule: which lines of an answer are the customer's and which are quoted; our own links out of both."""

import re
from dataclasses import dataclass
from typing import Final

from feedback.delivery.inbound.phrases import (
    EDGE,
    ENDS_IN_WROTE,
    FORWARDED,
    HEADER_LINES,
    OPENER,
    ORIGINAL,
    SENT_FROM,
    WROTE,
)

_LONGEST_MARK: Final = 400
_SIGNATURE_LINES: Final = {"-- ": 15, "--": 8}
_WHEN: Final = re.compile(r"\d{1,2}[:.٫h]\d{2}|(?<!\d)\d{4}(?!\d)")
_ADDRESS: Final = re.compile(r"<[^<>@\s]{0,80}@[^<>@\s]{1,120}>|<mailto:[^<>]{1,200}>")
_COLON: Final = (":", "：", "։", "՝", "․")
_DASHES: Final = re.compile(r"[-_—=*\s]{3,}(.{3,80}?)[-_—=*\s]{3,}", re.DOTALL)
_RULE: Final = re.compile(r"[-_—=*]{5,}")
#: A token of ours, wherever it stands: also inside the addresses that protecting gateways make of our links.
_TOKEN: Final = re.compile(r"(?:(?<![\w-])|(?<=2[Ff])|(?<=3[Dd]))[A-Za-z0-9_-]{30}\.[A-Za-z0-9_-]{22}(?![\w-])")
_TOKEN_LENGTH: Final = 53
_MAILBOX: Final = re.compile(r"(?<![\w-])(case|unsub)(\+|%2B)[a-z2-7]{20}(?![a-z2-7])", re.IGNORECASE)
_LEFT_OUT: Final = "…"


@dataclass(frozen=True, slots=True)
class Parted:
    """An answer without what it quotes, and what was taken out of it."""

    text: str
    quoted: str = ""


def parted(text: str) -> Parted:
    """The customer's own lines, wherever between the quotes they stand.

    When nothing would be left, all of it stays: better a quote too much than somebody's words lost.
    """
    lines = text.split("\n")
    end = _original(lines)
    theirs = _unquoted(lines[:end])
    if end < len(lines) and not any(line.strip(EDGE) for line in (lines[i] for i in theirs)):
        end, theirs = len(lines), _unquoted(lines)
    theirs = _unsigned(lines, theirs)
    kept = _joined(lines, theirs)
    if not kept:
        return Parted(_trimmed(lines))
    mine = set(theirs)
    return Parted(kept, _trimmed([line for number, line in enumerate(lines) if number not in mine]))


def without_links(text: str, public_url: str) -> str:
    """Nothing that opens a page of ours: tokens and the addresses that stand for a link are left out."""
    if public_url:
        pattern = rf"({re.escape(public_url)}/[\w/-]{{0,40}}?/)([A-Za-z0-9_.-]{{8,}})(?:=?\n[> ]*([A-Za-z0-9_.-]+))?"
        text = re.sub(pattern, _shortened, text, flags=re.IGNORECASE)
    text = _TOKEN.sub(_LEFT_OUT, text)
    return _MAILBOX.sub(rf"\1\2{_LEFT_OUT}", text)


def _shortened(found: re.Match[str]) -> str:
    """An address of ours as far as its token; programs that break lines may have broken it in two."""
    place, first, rest = found.group(1), found.group(2), found.group(3) or ""
    if len(first) == _TOKEN_LENGTH and _TOKEN.fullmatch(first):
        return place + _LEFT_OUT + found.group(0)[found.end(2) - found.start(0) :]
    if _TOKEN.fullmatch(first + rest):
        return place + _LEFT_OUT
    return found.group(0)


def _original(lines: list[str]) -> int:
    """Where the mail that is answered begins without marks of its own, as Outlook and Yahoo write it, else the end."""
    forwarded = False
    for number, line in enumerate(lines):
        bare = line.strip(EDGE)
        if not bare or len(bare) > _LONGEST_MARK or _is_quoted(bare):
            continue
        if FORWARDED.search(bare) and (_DASHES.fullmatch(bare) or bare.endswith(_COLON)):
            forwarded = True
            continue
        if forwarded:
            continue  # whatever follows was passed on to us
        if _is_original(lines, number) or _begins_unmarked_quote(lines, number):
            return _above(lines, number)
    return len(lines)


def _is_original(lines: list[str], number: int) -> bool:
    bare = lines[number].strip(EDGE)
    dashes = _DASHES.fullmatch(bare)
    if dashes and ORIGINAL.fullmatch(dashes.group(1).strip()):
        return True
    if not HEADER_LINES["from"].match(bare):
        return False
    below = [line.strip(EDGE) for line in lines[number + 1 : number + 9] if line.strip(EDGE)][:5]
    return sum(any(HEADER_LINES[kind].match(line) for line in below) for kind in ("date", "to", "subject")) >= 2


def _begins_unmarked_quote(lines: list[str], number: int) -> bool:
    """ "On … X <x@y> wrote:" with nothing quoted below it."""
    for length in (1, 2, 3):
        end = number + length
        if end > len(lines) or not lines[end - 1].strip(EDGE):
            return False
        joined = " ".join(line.strip(EDGE) for line in lines[number:end])
        if len(joined) > _LONGEST_MARK:
            return False
        if joined.endswith(_COLON):
            following = next((line.strip(EDGE) for line in lines[end:] if line.strip(EDGE)), ">")
            return not _is_quoted(following) and _introduces(joined, marked=False)
    return False


def _introduces(joined: str, *, marked: bool) -> bool:
    """Whether a line says who wrote what comes below, and when; a quote without marks needs more to be one."""
    if not joined.endswith(_COLON) or not _WHEN.search(joined):
        return False
    wrote = (WROTE if marked else ENDS_IN_WROTE).search(joined)
    return bool(_ADDRESS.search(joined)) or bool(OPENER.match(joined) and wrote)


def _above(lines: list[str], number: int) -> int:
    """Where it really begins: some programs write a header before From, a row of dashes and empty lines above."""
    while number and any(pattern.match(lines[number - 1].strip(EDGE)) for pattern in HEADER_LINES.values()):
        number -= 1
    while number and (not lines[number - 1].strip(EDGE) or _RULE.fullmatch(lines[number - 1].strip(EDGE))):
        number -= 1
    return number


def _is_quoted(line: str) -> bool:
    return line.lstrip(EDGE).startswith(">")


def _unquoted(lines: list[str]) -> list[int]:
    """The numbers of the lines that are neither quoted nor introduce a quote."""
    quoted = [_is_quoted(line) for line in lines]
    for number in range(1, len(lines)):
        if quoted[number] and not quoted[number - 1]:
            for above in _introduction(lines, quoted, number):
                quoted[above] = True
    return [number for number, is_quoted in enumerate(quoted) if not is_quoted]


def _introduction(lines: list[str], quoted: list[bool], begin: int) -> range:
    """The lines, at most four, that say whose words the quote below them is."""
    last = begin - 1
    while last >= 0 and begin - last <= 3 and not lines[last].strip(EDGE):
        last -= 1
    if last < 0:
        return range(0)
    joined = ""
    for first in range(last, max(-1, last - 4), -1):
        bare = lines[first].strip(EDGE)
        if quoted[first] or not bare or len(bare) > _LONGEST_MARK:
            break
        joined = f"{bare} {joined}".strip()
        complete = first == last or bool(OPENER.match(bare) or _ADDRESS.search(bare))
        if complete and _introduces(joined, marked=True):
            first -= _goes_on_above(lines, quoted, first)
            return range(first, begin)
    return range(0)


def _goes_on_above(lines: list[str], quoted: list[bool], first: int) -> bool:
    """Whether the same begins a line higher, as in "On Monday 12 May 2026 at" / "10:04 X <x@y> wrote:"."""
    if first == 0 or quoted[first - 1] or (OPENER.match(lines[first].strip(EDGE)) and _ADDRESS.search(lines[first])):
        return False
    above = lines[first - 1].strip(EDGE)
    ends = above.endswith((".", "!", "?", "։", "।", "؟", ":"))
    return bool(above) and not ends and bool(OPENER.match(above)) and bool(_WHEN.search(above))


def _unsigned(lines: list[str], theirs: list[int]) -> list[int]:
    """Without the signature at the end, nor the line that a telephone writes by itself. Where unsure, it stays."""
    for place in range(len(theirs) - 1, -1, -1):
        most = _SIGNATURE_LINES.get(lines[theirs[place]].lstrip(EDGE[1:]))
        if most is None:
            continue
        below = sum(bool(lines[number].strip(EDGE)) for number in theirs[place + 1 :])
        if below <= most and _one_block(theirs[place:]):
            theirs = theirs[:place]
        break
    while theirs:
        last = lines[theirs[-1]].strip(EDGE)
        if last and not (len(last) <= 120 and SENT_FROM.fullmatch(last)):
            break
        theirs = theirs[:-1]
    return theirs


def _one_block(numbers: list[int]) -> bool:
    """Whether no quote stands between the lines: what comes after one is somebody's answer to it."""
    return numbers[-1] - numbers[0] == len(numbers) - 1


def _joined(lines: list[str], numbers: list[int]) -> str:
    """The lines, with one empty line where a quote stood between them."""
    result: list[str] = []
    for before, number in zip([None, *numbers], numbers, strict=False):
        if before is not None and number - before > 1 and result and result[-1]:
            result.append("")
        line = lines[number].rstrip(" \t\u00a0")
        after_a_gap = before is not None and number - before > 1
        if not line and result and not result[-1] and after_a_gap:
            continue
        result.append(line)
    return _trimmed(result)


def _trimmed(lines: list[str]) -> str:
    """Without empty lines at both ends and spaces at the ends of lines."""
    bare = [line.rstrip(" \t\u00a0") for line in lines]
    while bare and not bare[0].strip(EDGE):
        bare.pop(0)
    while bare and not bare[-1].strip(EDGE):
        bare.pop()
    return "\n".join(bare)
