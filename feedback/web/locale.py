"""Who reads this request: sets the reader that pages are drawn for; negotiation itself is i18n's."""

from collections.abc import Sequence

from flask import Flask, request

from feedback.i18n.negotiation import DEFAULT, LANGUAGES, fullest_tag, negotiate
from feedback.rendering import Reader, read_as


def install(app: Flask) -> None:
    """Before anything else, read as the browser asks; a page that knows better says so later."""
    app.before_request(_as_the_browser_asks)


def asked_language() -> str | None:
    """The language that the address asks for, if any; not yet checked."""
    return request.args.get("lang")


def negotiated(
    languages: Sequence[str] = LANGUAGES,
    default: str = DEFAULT,
    link_locale: str | None = None,
    asked: str | None = None,
) -> str:
    """The language to answer in, of those offered (standards I-8)."""
    return negotiate(
        asked or asked_language(),
        link_locale,
        request.headers.get("Accept-Language"),
        list(languages),
        default,
    )


def set_reader(reader: Reader) -> None:
    """From now on this request's pages are drawn for this reader."""
    read_as(reader)


def _as_the_browser_asks() -> None:
    language = negotiated()
    first = (request.headers.get("Accept-Language") or "").split(",")[0].split(";")[0]
    read_as(Reader(fullest_tag(language, asked_language(), first)))
