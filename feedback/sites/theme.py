"""Rule: a site's brand colour becomes colours that can be read in light and dark pages; draws nothing."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

#: What ``static/css/tokens.css`` has behind and on top of the brand; a test holds the two together.
PAPER: Final = "#f6f6f4"
INK: Final = "#1b1f24"
DARK_CARD: Final = "#1b1e21"
DARK_INK: Final = "#e9ebed"
ON_LIGHT: Final = "#ffffff"
ON_DARK: Final = "#0c0f12"
#: Ink blue, for sites that have no colour of their own or one that we can't read.
DEFAULT: Final = "#2b59c3"

#: WCAG 2.2: text 1.4.3, parts of controls 1.4.11.
TEXT: Final = 4.5
PART: Final = 3.0

Triple = tuple[float, float, float]
_HEX = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Theme:
    """Four colours: the brand in a light and in a dark page, each with the tint behind what is chosen.

    ``color`` carries white text and is itself readable on the page; ``dark_color`` carries near-black text.
    """

    color: str
    soft: str
    dark_color: str
    dark_soft: str

    @property
    def on_color(self) -> str:
        """Text on ``color``."""
        return ON_LIGHT

    @property
    def dark_on_color(self) -> str:
        """Text on ``dark_color``."""
        return ON_DARK

    def variables(self) -> dict[str, str]:
        """The custom properties that ``tokens.css`` reads, without their leading dashes."""
        return {
            "brand-light": self.color,
            "brand-light-soft": self.soft,
            "brand-dark": self.dark_color,
            "brand-dark-soft": self.dark_soft,
        }


@lru_cache(maxsize=256)
def theme_of(brand: str | None) -> Theme:
    """The theme of a brand colour (``#rgb`` or ``#rrggbb``); hue stays, lightness moves little."""
    color = parse(brand or "") or _read(DEFAULT)
    light = _moved(color, -0.01, lambda hex_: contrast(hex_, PAPER) >= TEXT)
    dark = _moved(color, 0.01, lambda hex_: contrast(hex_, DARK_CARD) >= TEXT)
    return Theme(light, _mixed(light, ON_LIGHT, 0.1), dark, _mixed(dark, DARK_CARD, 0.14))


def parse(text: str) -> Triple | None:
    """Red, green and blue of 0 to 1, or None for what isn't a colour."""
    found = _HEX.fullmatch(text.strip())
    if found is None:
        return None
    digits = found[1]
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    red, green, blue = (int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4))
    return red, green, blue


def _read(hex_: str) -> Triple:
    color = parse(hex_)
    if color is None:
        raise ValueError(hex_)
    return color


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2, 1 to 21; ValueError for what isn't a colour."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(hex_: str) -> float:
    red, green, blue = map(_linear, _read(hex_))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _moved(color: Triple, step: float, readable: Callable[[str], bool]) -> str:
    """The nearest colour of the same hue, lighter or darker, that passes; black and white always do."""
    if readable(_hex(color)):
        return _hex(color)
    lightness, a, b = _to_oklab(color)
    for _ in range(100):
        lightness = min(max(lightness + step, 0.0), 1.0)
        candidate = _hex(_fitted(lightness, a, b))
        if readable(candidate):
            return candidate
    return "#000000" if step < 0 else "#ffffff"


def _fitted(lightness: float, a: float, b: float) -> Triple:
    """The most colourful version of this lightness and hue, no more than asked, that a screen can show."""
    for tenth in range(20, -1, -1):
        color = _from_oklab((lightness, a * tenth / 20, b * tenth / 20))
        if all(-0.0005 <= part <= 1.0005 for part in color):
            break
    red, green, blue = (min(max(part, 0.0), 1.0) for part in color)
    return red, green, blue


def _mixed(hex_: str, ground: str, share: float) -> str:
    over, under = _read(hex_), _read(ground)
    red, green, blue = (share * top + (1 - share) * low for top, low in zip(over, under, strict=True))
    return _hex((red, green, blue))


def _hex(color: Triple) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in color)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _encoded(part: float) -> float:
    if part <= 0.0031308:
        return 12.92 * part
    return float(1.055 * part ** (1 / 2.4) - 0.055)


# Oklab (Björn Ottosson, 2020): equal steps of lightness look equal, and hue stays put while lightness moves.


def _to_oklab(color: Triple) -> Triple:
    red, green, blue = map(_linear, color)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def _from_oklab(lab: Triple) -> Triple:
    lightness, a, b = lab
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _encoded(4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short),
        _encoded(-1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short),
        _encoded(-0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short),
    )
