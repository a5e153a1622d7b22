"""Rule: how a CSV file of any make becomes numbered records; what the cells mean is not its business."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from feedback.errors import Invalid, Problem
from feedback.i18n.text import N_

DELIMITERS = ",;\t"
MAX_LINES_PER_RECORD = 30
MAX_LINE_BYTES = 100_000
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the file: where it starts (1 is the header), its text as it stood, and its cells.

    ``problem`` says why it could not even be cut into cells; then there are none.
    """

    line: int
    raw: str
    cells: tuple[str, ...]
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """An opened file: its column names, trimmed and in lower case, and the records, read as you go."""

    columns: tuple[str, ...]
    delimiter: str
    records: Iterator[Record]


def open_sheet(lines: Iterable[bytes]) -> Sheet:
    """Read the header and hand back the rest as a stream, in memory that does not grow with the file.

    The delimiter is whichever of comma, semicolon and tab the header has most of. Raises Invalid when there
    is no usable header.
    """
    numbered = _Lines(lines)
    first = numbered.take()
    if first is None:
        raise Invalid([Problem("", "empty", N_("The file is empty."))])
    try:
        header = first.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Invalid([Problem("", "not_utf8", N_("The file is not UTF-8 text."))]) from error
    delimiter = max(DELIMITERS, key=header.count)
    columns = tuple(name.strip().lower() for name in _cells(header, delimiter) or ())
    twice = sorted({name for name in columns if columns.count(name) > 1 and name})
    if twice:
        problem = Problem("", "column_twice", N_("The column %(column)s appears twice."), {"column": twice[0]})
        raise Invalid([problem])
    return Sheet(columns, delimiter, _records(numbered, delimiter, len(columns)))


class _Lines:
    """Lines with a number and the possibility of putting some back."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._source = iter(lines)
        self._returned: list[bytes] = []
        self.number = 0

    def take(self) -> bytes | None:
        line = self._returned.pop() if self._returned else next(self._source, None)
        if line is not None:
            self.number += 1
        return line

    def put_back(self, lines: list[bytes]) -> None:
        self._returned.extend(reversed(lines))
        self.number -= len(lines)


def _records(numbered: _Lines, delimiter: str, width: int) -> Iterator[Record]:
    while (first := numbered.take()) is not None:
        start = numbered.number
        taken = [first]
        while _quote_is_open(taken) and len(taken) < MAX_LINES_PER_RECORD:
            more = numbered.take()
            if more is None:
                break
            taken.append(more)
        if _quote_is_open(taken):
            # One forgotten quotation mark must not swallow the customers below it.
            numbered.put_back(taken[1:])
            yield _broken(start, first, "open_quote", N_("A quotation mark is never closed."))
            continue
        record = _record(start, b"".join(taken), delimiter, width)
        if record is not None:
            yield record


def _record(line: int, raw: bytes, delimiter: str, width: int) -> Record | None:
    if len(raw) > MAX_LINE_BYTES:
        return _broken(line, raw, "too_long", N_("The row is too long."))
    try:
        text = raw.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        return _broken(line, raw, "not_utf8", N_("The row is not UTF-8 text."))
    cells = _cells(text, delimiter)
    if cells is None:
        return _broken(line, raw, "unreadable", N_("The row can't be read as CSV."))
    if not any(cell.strip() for cell in cells):
        return None
    if len(cells) != width:
        return _broken(
            line,
            raw,
            "wrong_width",
            N_("The row has %(found)s cells where the header has %(wanted)s."),
            {"found": len(cells), "wanted": width},
        )
    return Record(line, text, cells)


def _broken(line: int, raw: bytes, code: str, message: str, params: dict[str, int] | None = None) -> Record:
    text = raw[:MAX_LINE_BYTES].decode("utf-8", errors="replace").rstrip("\r\n")
    return Record(line, text, (), Problem("", code, message, params or {}))


def _quote_is_open(lines: list[bytes]) -> bool:
    return sum(line.count(b'"') for line in lines) % 2 == 1


def _cells(text: str, delimiter: str) -> tuple[str, ...] | None:
    try:
        rows = list(csv.reader([text], delimiter=delimiter, strict=False))
    except csv.Error:
        return None
    if len(rows) != 1:
        return () if not rows else None
    return tuple(rows[0])
