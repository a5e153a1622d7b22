"""How a site handles answers."""

from flask import Response

from feedback.rendering import current_reader
from feedback.responses.drawing import languages_view, localized, site_view
from feedback.responses.pages.arrival import read_in
from feedback.responses.pages.blueprint import pages
from feedback.responses.queries import site_at
from feedback.responses.view import PrivacyView
from feedback.web.templating import page
from feedback.web.transaction import reading


@pages.get("/privacy/<site>")
def privacy(site: str) -> Response:
    """The site's own notice, or the standard one."""
    asked, reply_to = site_at(reading(), site)
    offered = read_in(asked, None, None)
    own = asked.privacy_notice or {}
    view = PrivacyView(
        site=site_view(asked),
        languages=languages_view(offered),
        notice=localized(own, current_reader(), asked) if any(own.values()) else None,
        reply_to=reply_to,
    )
    return page("public/privacy.html", view=view)
