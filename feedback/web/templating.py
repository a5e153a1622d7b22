"""Draws templates as pages: what they may call, addresses of static files, and styles inlined by hash."""

import hashlib
import re
import secrets
from base64 import b64encode
from functools import lru_cache
from typing import Any

from flask import Flask, Response, g, request, url_for
from markupsafe import Markup

from feedback.paths import STATIC
from feedback.rendering import current_reader, environment

#: Style sheets that are put into the page, so that first paint needs no second round trip.
INLINED = {"public": ("css/tokens.css", "css/public.css")}
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
