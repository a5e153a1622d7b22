"""Draws templates as pages: what they may call, addresses of static files, and styles inlined by hash."""

import hashlib
import re
import secrets
from base64 import b64encode
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import Flask, Response, g, request, url_for
from markupsafe import Markup, escape

from feedback.paths import STATIC
from feedback.rendering import current_reader, environment

#: Style sheets that are put into the page, so that first paint needs no second round trip.
INLINED = {
    "public": ("css/tokens.css", "css/faces.css", "css/public.css"),
    "preferences": ("css/tokens.css", "css/faces.css", "css/public.css", "css/preferences.css"),
    "case": ("css/tokens.css", "css/faces.css", "css/public.css", "css/case.css"),
    "frame": ("css/tokens.css", "css/faces.css", "css/public.css", "css/frame.css"),
    "kiosk": ("css/tokens.css", "css/faces.css", "css/kiosk.css"),
    "cancel": ("css/tokens.css", "css/faces.css", "css/public.css", "css/cancel.css"),
}
_HOLE = re.compile("\ue000([0-9]+)\ue001")
_MOST_MOULDS = 200


@dataclass(frozen=True, slots=True)
class _Mould:
    """A drawn page cut at its holes, and the styles that it needs allowed."""

    texts: tuple[str, ...]
    holes: tuple[int, ...]
    style_hashes: frozenset[str]


_moulds: dict[Hashable, _Mould] = {}
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


def install(app: Flask) -> None:
    """Give templates ``url_for``, ``static`` and ``inline_css``."""
    jinja = environment()
    jinja.globals.update(
        url_for=url_for, static=static, inline_css=inline_css, csp_nonce=csp_nonce, current_path=current_path
    )
    app.jinja_env = jinja  # type: ignore[assignment]


def page(template: str, status: int = 200, **context: Any) -> Response:
    """A drawn page in the reader's language."""
    reader = current_reader()
    html = environment().get_template(template).render(reader=reader, **context)
    response = Response(html, status=status, mimetype="text/html")
    response.headers["Content-Language"] = reader.language
    return response


def form_page(template: str, status: int = 200, **context: Any) -> Response:
    """A page with forms. In answer to one of them: the address of a form is none to come back to."""
    response = page(template, status, **context)
    if request.method == "POST":
        response.headers["HX-Push-Url"] = "false"
    return response


def hole(number: int) -> Markup:
    """Stands for a value in a page that is drawn once for many: two letters for private use, which no text has."""
    return Markup(f"\ue000{number}\ue001")  # noqa: S704 - no markup in it


def page_for_many(template: str, key: Hashable, values: Sequence[str], **context: Any) -> Response:
    """A page that all who see the same get from one drawing; only ``values`` differ, escaped into its holes.

    ``key`` is everything else that the page is drawn from, the reader excepted. Nothing that somebody typed may be in
    it: moulds are kept, a few hundred of them.
    """
    reader = current_reader()
    known = (template, reader, key)
    mould = _moulds.get(known)
    if mould is None:
        html = environment().get_template(template).render(reader=reader, **context)
        pieces = _HOLE.split(html)
        mould = _Mould(tuple(pieces[::2]), tuple(map(int, pieces[1::2])), frozenset(g.get("style_hashes", ())))
        if len(_moulds) >= _MOST_MOULDS:
            _moulds.clear()
        _moulds[known] = mould
    g.setdefault("style_hashes", set()).update(mould.style_hashes)
    filled = [mould.texts[0]]
    for number, text in zip(mould.holes, mould.texts[1:], strict=True):
        filled += (escape(values[number]), text)
    response = Response("".join(filled), mimetype="text/html")
    response.headers["Content-Language"] = reader.language
    return response


def static(path: str) -> str:
    """The address of a static file, with its content's hash so that it may be cached for ever."""
    return f"/static/{path}?v={_digest(path)}"


def current_path() -> str:
    """This request's path, without its query."""
    return request.path


def csp_nonce() -> str:
    """The nonce of this response for scripts and what htmx may use."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def inline_css(name: str, variables: dict[str, str] | None = None) -> Markup:
    """A ``<style>`` element with a whole style sheet, allowed by its hash.

    ``variables`` are colours set as custom properties; ValueError for anything that isn't ``#rrggbb``.
    """
    css = _sheet(name)
    if variables:
        for value in variables.values():
            if not _COLOR.fullmatch(value):
                raise ValueError(f"not a colour: {value!r}")
        css += ":root{" + ";".join(f"--{key}:{value}" for key, value in sorted(variables.items())) + "}"
    g.setdefault("style_hashes", set()).add(style_hash(css))
    return Markup("<style>{}</style>").format(Markup(css))  # noqa: S704 - our own sheets and checked colours


@lru_cache(maxsize=512)
def style_hash(css: str) -> str:
    """The CSP source of an inline style."""
    return f"'sha256-{b64encode(hashlib.sha256(css.encode()).digest()).decode()}'"


@lru_cache(maxsize=8)
def _sheet(name: str) -> str:
    return minified("\n".join((STATIC / path).read_text(encoding="utf-8") for path in INLINED[name]))


def minified(css: str) -> str:
    """Without comments and without space that means nothing."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    css = re.sub(r"\s+", " ", css)
    css = re.sub(r" ?([{};,]) ?", r"\1", css)
    return re.sub(r":\s+", ":", css).replace(";}", "}").strip()


@lru_cache(maxsize=256)
def _digest(path: str) -> str:
    return hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:10]
