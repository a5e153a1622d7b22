"""Who reads this request: sets the reader that pages are drawn for; negotiation itself is i18n's."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

from flask import Flask, request

from feedback.i18n.negotiation import DEFAULT, LANGUAGES, fullest_tag, negotiate
from feedback.rendering import Reader, read_as


class Place(Protocol):
    """A site, as far as it decides how its pages are read."""

    @property
    def site_locale(self) -> str: ...
    @property
    def time_zone(self) -> str: ...
    @property
    def country(self) -> str | None: ...
    @property
    def theme(self) -> Mapping[str, Any]: ...


def install(app: Flask) -> None:
    """Before anything else, read as the browser asks; a page that knows better says so later."""
    app.before_request(_as_the_browser_asks)


def asked_for(name: str) -> str | None:
    """A value from the address, also where a mail program wrote the ampersand before it as HTML (L-14)."""
    given = request.args
    return (given.get(name) or given.get(f"amp;{name}")) if given else None


def asked_language() -> str | None:
    """The language that the address asks for, if any; not yet checked."""
    return asked_for("lang")


def negotiated(
    languages: Sequence[str] = LANGUAGES,
    default: str = DEFAULT,
    link_locale: str | None = None,
    asked: str | None = None,
) -> str:
    """The language to answer in, of those offered (standards I-8)."""
    accepted = request.headers.get("Accept-Language")
    return _negotiated(asked or asked_language(), link_locale, accepted, tuple(languages), default)


@lru_cache(maxsize=256)
def _negotiated(
    asked: str | None, link_locale: str | None, accepted: str | None, languages: tuple[str, ...], default: str
) -> str:
    return negotiate(asked, link_locale, accepted, list(languages), default)


def read_at(
    place: Place,
    offered: Sequence[str],
    link_locale: str | None,
    wish: str | None = None,
    *,
    time_zone: str | None = None,
) -> None:
    """Draw what follows in one of the languages on offer, and in the site's way of writing digits and dates.

    ``time_zone`` is the reader's own, where it is known.
    """
    wish = wish or asked_language()
    language = negotiated(offered, place.site_locale, link_locale, wish)
    first = (request.headers.get("Accept-Language") or "").split(",")[0].split(";")[0]
    theme = place.theme
    set_reader(
        Reader(
            fullest_tag(language, wish, link_locale, first, place.site_locale),
            time_zone=time_zone or place.time_zone,
            country=place.country,
            digits="latn" if theme.get("digits") == "latn" else "native",
            calendar="gregorian" if theme.get("calendar") == "gregorian" else None,
            bikram_sambat=bool(theme.get("bikram_sambat")),
        )
    )


def set_reader(reader: Reader) -> None:
    """From now on this request's pages are drawn for this reader."""
    read_as(reader)


def read_as_asked(link_locale: str | None = None) -> None:
    """Draw what follows in the language of the address, the link or the browser, where no site is known."""
    language = negotiated(link_locale=link_locale)
    first = (request.headers.get("Accept-Language") or "").split(",")[0].split(";")[0]
    read_as(Reader(fullest_tag(language, asked_language(), link_locale, first)))


def _as_the_browser_asks() -> None:
    read_as_asked()
