"""Rule: the code that a site puts on its pages for a survey, and what those pages' own policy has to allow."""

from dataclasses import dataclass
from enum import StrEnum
from html import escape
from typing import Final
from urllib.parse import quote, urlencode

from feedback.i18n.text import N_


class Shape(StrEnum):
    """How a survey comes onto a page."""

    INLINE = "inline"
    QUESTION = "question"
    POPOVER = "popover"
    TAB = "tab"
    DIALOG = "dialog"
    FRAME = "frame"
    LINK = "link"
    MESSAGE = "message"


#: Marked names, in the order in which they are offered, each with what happens on the page.
SHAPES: Final = {
    Shape.INLINE: (N_("In the page"), N_("The survey appears in your page, where you put it.")),
    Shape.QUESTION: (
        N_("One question in the page"),
        N_("The first question appears in your page; after the first tap the rest opens below it."),
    ),
    Shape.POPOVER: (
        N_("Small window in the corner"),
        N_("It appears in a corner after 20 seconds, and never gets in the way of the page."),
    ),
    Shape.TAB: (N_("Tab at the edge"), N_("A small tab at the edge of the page opens the survey.")),
    Shape.DIALOG: (N_("Dialog behind a button"), N_("Your own button opens the survey over the page.")),
    Shape.FRAME: (N_("Plain frame"), N_("Works without our script. Its height is fixed.")),
    Shape.LINK: (N_("Plain link"), N_("Works everywhere, in emails and documents too.")),
    Shape.MESSAGE: (N_("Message form"), N_("“Send us your message” behind a tab at the edge, and as a link.")),
}
#: What a frame may do. Scripts together with its own origin are safe, because that origin is never the page's.
SANDBOX: Final = "allow-forms allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox"
_QUEUE: Final = "window.feedback ||= Object.assign((...call) => feedback.q.push(call), { q: [] });"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is to be shown: ``base`` is our public address, ``color`` one of ``#rrggbb`` or None for the site's own."""

    base: str
    site: str
    slug: str
    title: str
    shape: Shape
    language: str | None = None
    color: str | None = None


@dataclass(frozen=True, slots=True)
class Snippet:
    """What goes into the page, and what into a script of the site's own, if anything."""

    page: str
    script: str = ""


@dataclass(frozen=True, slots=True)
class Allowing:
    """What a page's Content-Security-Policy has to name, by the two ways in which policies are written."""

    listed: str
    nonced: str


def snippet(chosen: Chosen) -> Snippet:
    """The code for one survey in one shape."""
    match chosen.shape:
        case Shape.LINK:
            return Snippet(_link(chosen))
        case Shape.FRAME:
            return Snippet(_frame(chosen))
        case Shape.DIALOG:
            button = f'<button type="button" id="open-feedback">{escape(chosen.title)}</button>'
            below = f"{button}\n{_noscript(chosen)}"
        case Shape.MESSAGE:
            below = _mount(chosen, mode="tab")
        case Shape.POPOVER:
            below = _mount(chosen, mode="popover", delay="20")
        case Shape.QUESTION:
            below = _mount(chosen, mode="inline", inline="question")
        case _:
            below = _mount(chosen, mode=chosen.shape.value)
    return Snippet(f"{loader_line(chosen.base, chosen.site)}\n{below}", _script(chosen))


def loader_line(base: str, site: str) -> str:
    """The script tag that every page needs once."""
    return f'<script async src="{escape(base)}/widget/v1.js" data-site="{escape(site)}"></script>'


def pinned_line(base: str, site: str, path: str, integrity: str) -> str:
    """The same with a file that never changes, whose bytes the browser checks."""
    return (
        f'<script async src="{escape(base)}{escape(path)}" data-site="{escape(site)}"\n'
        f'  integrity="{escape(integrity)}" crossorigin="anonymous"></script>'
    )


def allowing(base: str) -> Allowing:
    """What has to stand in a page's policy. Styles, images and connections need nothing."""
    return Allowing(
        listed=f"script-src {base}; frame-src {base}",
        nonced=f"script-src 'nonce-…' 'strict-dynamic'; frame-src {base}",
    )


def _address(chosen: Chosen, door: str) -> str:
    """Where the survey is asked behind one of our doors."""
    way = f"{chosen.base}/{door}/{quote(chosen.site, safe='')}"
    if door != "message":
        way = f"{way}/{quote(chosen.slug, safe='')}"
    color = chosen.color.removeprefix("#") if chosen.color and door == "embed" else None
    asked = {name: value for name, value in (("lang", chosen.language), ("color", color)) if value}
    return f"{way}?{urlencode(asked)}" if asked else way


def _link(chosen: Chosen) -> str:
    door = "message" if chosen.shape is Shape.MESSAGE else "survey"
    language = f' hreflang="{escape(chosen.language)}"' if chosen.language else ""
    return f'<a href="{escape(_address(chosen, door))}"{language}>{escape(chosen.title)}</a>'


def _noscript(chosen: Chosen) -> str:
    return f"<noscript>{_link(chosen)}</noscript>"


def _mount(chosen: Chosen, **asked: str) -> str:
    if chosen.language:
        asked["locale"] = chosen.language
    attributes = "".join(f' data-feedback-{name}="{escape(value)}"' for name, value in asked.items())
    return f'<div data-feedback-survey="{escape(chosen.slug)}"{attributes}>\n  {_noscript(chosen)}\n</div>'


def _frame(chosen: Chosen) -> str:
    return (
        f'<iframe src="{escape(_address(chosen, "embed"))}" title="{escape(chosen.title)}"\n'
        f'  width="100%" height="480" loading="lazy" referrerpolicy="strict-origin" allow=""\n'
        f'  sandbox="{SANDBOX}"></iframe>'
    )


def _script(chosen: Chosen) -> str:
    """What only a script can say: a colour of the page's own, and which button opens the survey."""
    lines = []
    if chosen.color:
        lines.append(f'feedback("setup", {{ color: "{chosen.color}" }});')
    if chosen.shape is Shape.DIALOG:
        locale = f', locale: "{chosen.language}"' if chosen.language else ""
        lines += [
            'document.getElementById("open-feedback").addEventListener("click", () =>',
            f'  feedback("show", "{chosen.slug}", {{ mode: "dialog"{locale} }}),',
            ");",
        ]
    return "\n".join((_QUEUE, *lines)) if lines else ""
