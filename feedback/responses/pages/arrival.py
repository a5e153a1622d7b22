"""Who stands at the door: the link's token, the language to answer in, and whether a post came from our own page."""

from feedback.errors import NotFound
from feedback.links.signing import keyring, open_survey
from feedback.links.tokens import BadToken, ExpiredToken, LinkToken, repaired
from feedback.rendering import current_reader
from feedback.responses.places import place_of
from feedback.responses.queries import AskedSurvey, Door, asked_of_anybody, door_of_link
from feedback.responses.ways import Way
from feedback.sites.origins import covers
from feedback.sites.queries import origins_of
from feedback.surveys.definition import SurveyDefinition
from feedback.web import origins
from feedback.web.locale import read_at
from feedback.web.transaction import reading, settings


class Expired(NotFound):
    """A right link whose time is over."""

    def __init__(self, site_id: int, locale: str) -> None:
        super().__init__("expired")
        self.site_id = site_id
        self.locale = locale


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


def open_door(site_key: str, slug: str, way: Way = Way.OPEN, place: str | None = None) -> Door:
    """The survey that is open to anybody, at a place if the address names one. Raises NotFound."""
    return Door(asked_of_anybody(reading(), site_key, slug), way, place=place_of(place))


def languages_of(asked: AskedSurvey, definition: SurveyDefinition | None) -> tuple[str, ...]:
    """The languages that a page can be switched to: the site's, as far as the survey speaks them."""
    if definition is None:
        return asked.languages
    both = tuple(language for language in asked.languages if language in definition.languages)
    return both or definition.languages


def read_in(
    asked: AskedSurvey, definition: SurveyDefinition | None, link_locale: str | None, wish: str | None = None
) -> tuple[str, ...]:
    """Decide the language and format of what follows; gives the languages on offer."""
    offered = languages_of(asked, definition)
    read_at(asked, offered, link_locale, wish)
    return offered


def reader_tag() -> str:
    """The full language tag that is stored with an answer."""
    return current_reader().tag


def refuse_foreign(site_id: int, *, by_link: bool) -> None:
    """Raise Foreign for a post from somebody else's page, unless the site lets that page ask its surveys."""
    origins.refuse_foreign(by_link=by_link, allowed=lambda origin: covers(origins_of(reading(), site_id), origin))
