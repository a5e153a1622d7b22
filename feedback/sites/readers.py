"""How somebody reads what a site sends them: language, zone, digits and calendar."""

from feedback.i18n.negotiation import fullest_tag, language_of
from feedback.rendering import Reader
from feedback.sites.models import Site


def reader_at(site: Site, tag: str | None, time_zone: str | None = None) -> Reader:
    """A reader of a site's pages and mails: their language and zone where known, with its digits and calendar."""
    language = language_of(tag or site.locale)
    theme = site.theme
    return Reader(
        fullest_tag(language, tag, site.locale),
        time_zone=time_zone or site.time_zone,
        country=site.country,
        digits="latn" if theme.get("digits") == "latn" else "native",
        calendar="gregorian" if theme.get("calendar") == "gregorian" else None,
        bikram_sambat=bool(theme.get("bikram_sambat")),
    )
