"""Rule: HTML as the text that a reader saw, quoted parts marked by "> "; nothing of it is ever shown as HTML."""

import re
from html.parser import HTMLParser
from typing import Final


def _named(names: str) -> frozenset[str]:
    return frozenset(names.split())


#: Beyond these a parser that builds a tree takes minutes; no mail program writes it.
MAX_CHARACTERS: Final = 500_000
MAX_DEPTH: Final = 1_000
MAX_QUOTES: Final = 5

_BLOCKS: Final = _named(
    "address article aside blockquote center dd div dl dt figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav "
    "ol p pre section table tr ul"
)
_KEPT: Final = _BLOCKS | {"a", "br", "img", "td", "th"}
_DROPPED_WHOLE: Final = {"script", "style", "head", "title", "template", "noscript", "select", "textarea", "object"}
_AIRY: Final = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6"})
_NEVER_DEEP: Final = _named(
    "area base br col embed hr img input link meta param source track wbr p li td th tr option dd dt"
)
_QUOTE_CLASSES: Final = (
    "gmail_attr",
    "yahoo_quoted",
    "moz-cite-prefix",
    "protonmail_quote",
    "zmail_extra",
    "ms-outlook-mobile-reference-message",
)
#: A block that only moves its text to the right, as Gmail's button does, quotes nobody.
_INDENTS: Final = re.compile(r"border\s*:\s*(?:none|0)|margin\s*:\s*0\w*\s+0\w*\s+0\w*\s+40px", re.IGNORECASE)
#: They carry no words, and a parser must open them again in every paragraph.
_LOOKS: Final = re.compile(
    r"</?(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?:\s[^<>]*)?/?>", re.IGNORECASE
)
_DATA: Final = re.compile(r"data:[\w/+.-]{1,100};base64,[A-Za-z0-9+/=\s%]*")
#: One that begins no entity; the parser takes quadratic time for them.
_BARE_AMPERSAND: Final = re.compile(r"&(?!#[0-9xX]|[A-Za-z][A-Za-z0-9]{1,31};)")
_TAG: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
_SPACES: Final = re.compile("[ \t\n\r\f\u00a0]+")


class TooDeep(ValueError):
    """HTML so nested that nobody wrote it."""


def as_text(html: str) -> tuple[str, bool]:
    """The words of a page, and whether its end was left out for its length. Raises TooDeep."""
    import nh3  # noqa: PLC0415 - memory that the web process, which never reads mail, does without

    html = _LOOKS.sub("", _DATA.sub("data:", html))
    cut = len(html) > MAX_CHARACTERS
    html = _BARE_AMPERSAND.sub("&#38;", html[:MAX_CHARACTERS])
    if _depth(html) > MAX_DEPTH:
        raise TooDeep
    clean = nh3.clean(
        html,
        tags=set(_KEPT),
        clean_content_tags=_DROPPED_WHOLE,
        attributes={"*": {"class", "id"}, "a": {"href"}, "img": {"alt"}, "blockquote": {"type", "style"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )
    words = _Words()
    words.feed(clean)
    words.close()
    return words.text(), cut


def _depth(html: str) -> int:
    """How many elements are open at the same time, at most; those that close by themselves don't count."""
    open_now: dict[str, int] = {}
    depth = deepest = 0
    for found in _TAG.finditer(html):
        name = found.group(2).lower()
        if name in _NEVER_DEEP:
            continue
        if not found.group(1):
            open_now[name] = open_now.get(name, 0) + 1
            depth += 1
            deepest = max(deepest, depth)
        elif open_now.get(name):
            open_now[name] -= 1
            depth -= 1
    return deepest


class _Words(HTMLParser):
    """Collects lines from what nh3 left: well-formed, a few tags, no scripts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.line: list[str] = []
        self.open: list[tuple[str, bool]] = []  # the element, and whether it quotes
        self.lists: list[int] = []  # the number of the last entry; -1 has none
        self.quotes = 0
        self.pre = 0
        self.air = False
        self.link: tuple[str, int] | None = None

    def text(self) -> str:
        self._end_line()
        return "\n".join(self.lines).strip("\n")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "br":
            self._end_line(even_empty=True)
        elif tag == "img":
            self._add(_picture(given.get("alt", "")))
        elif tag == "a":
            self.link = (given.get("href", ""), len(self.line))
        elif tag in ("td", "th"):
            self._add(" ")
        if tag in _BLOCKS:
            self._start_block(tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self.link:
            self._tell_link(*self.link)
            self.link = None
        if tag not in _BLOCKS or tag == "hr":
            return
        self._end_line()
        while self.open:
            name, quotes = self.open.pop()
            self.quotes -= quotes
            if name == tag:
                break
        self.pre = max(0, self.pre - (tag == "pre"))
        self.air = self.air or tag in _AIRY
        if tag in ("ul", "ol") and self.lists:
            self.lists.pop()

    def handle_data(self, data: str) -> None:
        if not self.pre:
            self._add(_SPACES.sub(" ", data))
            return
        first, *others = data.split("\n")
        self._add(first)
        for line in others:
            self._end_line(even_empty=True)
            self._add(line)

    def _start_block(self, tag: str, given: dict[str, str]) -> None:
        self._end_line()
        if tag == "hr":
            return
        airy = tag in _AIRY and not given.get("class", "").startswith("Mso")  # Word's paragraphs are lines
        self.air = self.air or airy
        quotes = _quotes(tag, given)
        self.open.append((tag, quotes))
        self.quotes += quotes
        self.pre += tag == "pre"
        if tag in ("ul", "ol"):
            self.lists.append(0 if tag == "ol" else -1)
        elif tag == "li":
            self._start_entry()

    def _start_entry(self) -> None:
        if self.lists and self.lists[-1] >= 0:
            self.lists[-1] += 1
            self._add(f"{self.lists[-1]}. ")
        else:
            self._add("- ")

    def _add(self, text: str) -> None:
        if text:
            self.line.append(text)

    def _end_line(self, *, even_empty: bool = False) -> None:
        words = "".join(self.line)
        words = words.rstrip() if self.pre else " ".join(part for part in words.split(" ") if part)
        self.line = []
        self.link = (self.link[0], 0) if self.link else None
        if not words and not even_empty:
            return
        marks = "> " * min(self.quotes, MAX_QUOTES)
        if words and self.air and self.lines and self.lines[-1].strip("> "):
            self.lines.append(marks.rstrip())
        self.air = False
        self.lines.append((marks + words).rstrip(" "))

    def _tell_link(self, address: str, since: int) -> None:
        """Where a link leads, unless its words say so."""
        words = "".join(self.line[since:]).strip()
        bare = address.removeprefix("mailto:").removeprefix("tel:")
        if bare and bare not in words and words not in bare and len(bare) <= 500:
            self._add(f" <{bare}>")


def _picture(alt: str) -> str:
    """An emoji drawn as a picture; other pictures are named among the attachments, or are nobody's words."""
    return alt if 0 < len(alt) <= 8 and not any(c.isalnum() or c.isspace() for c in alt) else ""


def _quotes(tag: str, given: dict[str, str]) -> bool:
    classes = given.get("class", "")
    if any(name in classes for name in _QUOTE_CLASSES):
        return tag in ("div", "blockquote")
    return tag == "blockquote" and (
        "gmail_quote" in classes or given.get("type") == "cite" or not _INDENTS.search(given.get("style", ""))
    )
