"""Whether a post came from one of our own pages, or from somebody else's; which origins a site allows is the site's."""

from collections.abc import Callable, Collection
from urllib.parse import urlsplit

from flask import request

from feedback.errors import NotAllowed
from feedback.i18n.text import N_
from feedback.web.transaction import settings


class Foreign(NotAllowed):
    """A form that was posted from somebody else's page; answered with 403."""

    def __init__(self) -> None:
        super().__init__(
            "foreign-origin",
            N_("This form was sent from another page. Open it at its own address and send it there."),
        )


def refuse_foreign(*, by_link: bool, allowed: Callable[[], Collection[str]] = tuple) -> None:
    """Raise Foreign for a post that a browser made from another site's page (standards E-3).

    There is nothing to steal, since no cookie says who somebody is; what says nothing is decided by the token.
    ``by_link``: the address holds a token that only whoever was sent it knows. ``allowed`` is asked for the origins
    besides our own only if it matters.
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
    if origin not in allowed():
        raise Foreign
