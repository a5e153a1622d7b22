"""Whether a post came from one of our own pages, or from somebody else's; which origins a site allows is the site's."""

from collections.abc import Callable
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


def refuse_foreign(*, by_link: bool, allowed: Callable[[str], bool] = lambda _origin: False) -> None:
    """Raise Foreign for a post that a browser made from another site's page (standards E-3).

    There is nothing to steal, since no cookie says who somebody is; what says nothing is decided by the token.
    ``by_link``: the address holds a token that only whoever was sent it knows. ``allowed`` is asked about
    another origin than our own only if it matters.
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
    if _host_of(origin) in {request.host.lower(), *settings().hosts}:
        return
    if not allowed(origin):
        raise Foreign


def _host_of(origin: str) -> str:
    """Host and port; empty for what no browser writes."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
