"""Who stands at the door: the link's token, the language to answer in, and whether a post came from our own page."""

from urllib.parse import urlsplit

from flask import request

from feedback.errors import NotAllowed, NotFound
from feedback.i18n.negotiation import fullest_tag, language_of
from feedback.i18n.text import N_
from feedback.links.signing import BadToken, ExpiredToken, LinkToken, keyring, open_survey, repaired
from feedback.rendering import Reader, current_reader
from feedback.responses.queries import AskedSurvey, Door, asked_of_anybody, door_of_link
from feedback.sites.queries import origins_of
from feedback.surveys.definition import SurveyDefinition
from feedback.web.locale import negotiated, set_reader
from feedback.web.transaction import reading, settings


class Expired(NotFound):
    """A right link whose time is over."""

    def __init__(self, site_id: int, locale: str) -> None:
        super().__init__("expired")
        self.site_id = site_id
        self.locale = locale


class Foreign(NotAllowed):
    """A form that was posted from somebody else's page."""

    def __init__(self) -> None:
        super().__init__(
            "foreign-origin",
            N_("This form was sent from another page. Open the survey at its own address and send it there."),
        )


def link_door(token: str) -> tuple[Door, str]:
    """What a link opens, and its token without what mail programs did to it. Raises NotFound or Expired."""
    ring = keyring(settings())
    try:
        try:
            found = open_survey(ring, token)
        except ExpiredToken:
            raise
        except BadToken:
            token = repaired(token)
            found = open_survey(ring, token)
    except ExpiredToken as error:
        raise Expired(error.site_id, error.locale) from error
    return _door(found), token


def _door(token: LinkToken) -> Door:
    return door_of_link(reading(), token.site_id, token.key)


def open_door(site_key: str, slug: str) -> Door:
    """The survey that is open to anybody. Raises NotFound."""
    return Door(asked_of_anybody(reading(), site_key, slug))


def languages_of(asked: AskedSurvey, definition: SurveyDefinition | None) -> tuple[str, ...]:
    """The languages that a page can be switched to: the site's, as far as the survey speaks them."""
    site = tuple(dict.fromkeys(language_of(tag) for tag in asked.site_languages)) or (language_of(asked.site_locale),)
    if definition is None:
        return site
    both = tuple(language for language in site if language in definition.languages)
    return both or definition.languages


def read_in(
    asked: AskedSurvey, definition: SurveyDefinition | None, link_locale: str | None, wish: str | None = None
) -> tuple[str, ...]:
    """Decide the language and format of what follows; gives the languages on offer."""
    offered = languages_of(asked, definition)
    wish = wish or asked_for("lang")
    language = negotiated(offered, asked.site_locale, link_locale, wish)
    first = (request.headers.get("Accept-Language") or "").split(",")[0].split(";")[0]
    theme = asked.theme
    set_reader(
        Reader(
            fullest_tag(language, wish, link_locale, first, asked.site_locale),
            time_zone=asked.time_zone,
            country=asked.country,
            digits="latn" if theme.get("digits") == "latn" else "native",
            calendar="gregorian" if theme.get("calendar") == "gregorian" else None,
            bikram_sambat=bool(theme.get("bikram_sambat")),
        )
    )
    return offered


def asked_for(name: str) -> str | None:
    """A value from the address, also where a mail program wrote the ampersand before it as HTML (L-14)."""
    return request.args.get(name) or request.args.get(f"amp;{name}")


def reader_tag() -> str:
    """The full language tag that is stored with an answer."""
    return current_reader().tag


def refuse_foreign(site_id: int, *, by_link: bool) -> None:
    """Raise Foreign for a post that a browser made from another site's page (standards E-3).

    There is nothing to steal, since no cookie says who somebody is; what says nothing is decided by the token.
    """
    fetch_site = request.headers.get("Sec-Fetch-Site")
    if fetch_site == "cross-site":
        raise Foreign
    origin = request.headers.get("Origin")
    if origin is None:
        return
    if origin == "null":
        if fetch_site != "same-origin" and not by_link:
            raise Foreign
        return
    if urlsplit(origin).netloc.lower() in {request.host.lower(), *settings().hosts}:
        return
    if origin not in origins_of(reading(), site_id):
        raise Foreign
