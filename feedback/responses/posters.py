"""Rule: how a poster with a QR code is laid out: its sheet, its faces, its lines of text and the address in letters."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from urllib.parse import quote, quote_plus


class Paper(StrEnum):
    """Sheets that printers have."""

    A4 = "a4"
    A5 = "a5"
    LETTER = "letter"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in millimetres."""
        return _SIZES[self]


_SIZES: Final = {Paper.A4: (210, 297), Paper.A5: (148, 210), Paper.LETTER: (216, 279)}
#: Everything is drawn in thousandths of the sheet's width.
WIDTH: Final = 1000
_MARGIN, _CODE, _SMALLEST_CODE = 70, 500, 260
_FACE, _SMALL_FACE = 110, 80
#: Letters any smaller are hard to read on a wall.
_SMALLEST: Final = 16
#: A letter is about so wide as a share of its height, in the widest of our scripts.
_LETTER: Final = 0.62


@dataclass(frozen=True, slots=True)
class Saying:
    """What the poster says in one language."""

    language: str
    direction: str
    heading: str
    hint: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text: its middle is in the middle of the sheet, ``y`` is where its letters stand."""

    text: str
    y: int
    size: int
    bold: bool
    language: str = ""
    direction: str = "ltr"


@dataclass(frozen=True, slots=True)
class Face:
    """One of the faces of the question; ``size`` is its width and height."""

    mood: int
    x: int
    y: int
    size: int


@dataclass(frozen=True, slots=True)
class Layout:
    """A poster as it is drawn; the code is a square of ``code`` at ``code_y``."""

    height: int
    lines: tuple[Line, ...]
    code_y: int
    code: int
    faces: tuple[Face, ...] = ()


def address_of(public_url: str, site: str, slug: str, place: str | None) -> str:
    """Where a poster's code leads."""
    at = f"?place={quote(place)}" if place else ""
    return f"{public_url}/survey/{site}/{slug}{at}"


def address_in_letters(public_url: str, site: str, slug: str, place: str | None) -> str:
    """The same for somebody who types it; without a place in letters that such an address would jumble."""
    at = f"?place={quote_plus(place)}" if place and place.isascii() else ""
    return f"{public_url}/survey/{site}/{slug}{at}".removeprefix("https://")


def layout(
    paper: Paper,
    site: str,
    sayings: Sequence[Saying],
    place: str | None,
    address: str,
    moods: Sequence[int] = (),
) -> Layout:
    """A sheet with the site's name on top, then what is asked in each language, faces where the answers are some, the
    code, the address, the place.

    So much text that it doesn't fit makes the sheet longer, and everything is printed smaller.
    """
    wide, high = paper.size
    height = WIDTH * high // wide
    size = {1: 78, 2: 60, 3: 50}.get(len(sayings), 40)
    y = _MARGIN + 40
    lines = [Line(one, y, 40, False) for one in broken(site, 40)[:1]]
    y += 40
    for saying in sayings:
        for text in broken(saying.heading, size):
            y += size * 5 // 4
            lines.append(Line(text, y, size, True, saying.language, saying.direction))
        y += size // 4
    faces = tuple(_faces(moods, y + 30, _FACE if len(sayings) < 4 else _SMALL_FACE))
    if faces:
        y += 30 + faces[0].size + 10
    under = list(_under(sayings, place, address))
    room = height - y - 2 * _MARGIN - sum(_step(one) for one in under)
    code = max(_SMALLEST_CODE, min(_CODE, room))
    code_y = y + 30
    y = code_y + code + 20
    for line in under:
        y += _step(line)
        lines.append(replace(line, y=y))
    return Layout(max(height, y + _MARGIN), tuple(lines), code_y, code, faces)


def _faces(moods: Sequence[int], y: int, size: int) -> Iterator[Face]:
    """A row in the middle of the sheet."""
    step = size * 5 // 4
    start = (WIDTH - step * len(moods) + step - size) // 2
    for place, mood in enumerate(moods):
        yield Face(mood, start + step * place, y, size)


def broken(text: str, size: int, width: int = WIDTH - 2 * _MARGIN) -> list[str]:
    """A text in lines that fit; a word that is longer than a line is cut."""
    most = max(int(width / (size * _LETTER)), 1)
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= most:
            lines[-1] += f" {word}"
            continue
        lines += [word[start : start + most] for start in range(0, len(word), most)]
    return lines


def _under(sayings: Sequence[Saying], place: str | None, address: str) -> Iterator[Line]:
    """What stands under the code."""
    small = 28 if len(sayings) < 4 else 22
    for saying in sayings:
        for text in broken(saying.hint, small):
            yield Line(text, 0, small, False, saying.language, saying.direction)
    fitting = max(_SMALLEST, min(26, int((WIDTH - 2 * _MARGIN) / (len(address) * _LETTER))))
    for text in broken(address, fitting):
        yield Line(text, 0, fitting, True)
    for text in broken(place or "", 26)[:2]:
        yield Line(text, 0, 26, False)


def _step(line: Line) -> int:
    return line.size * 3 // 2
