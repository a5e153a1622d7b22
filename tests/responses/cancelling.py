"""Somebody with a link to cancel, and a site to which they go back."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from sqlalchemy import update

from feedback.actors import SYSTEM
from feedback.links.models import Link
from feedback.sites.actions import add_origin
from feedback.sites.models import Site
from feedback.sites.secrets import add_secret
from tests.responses.shop import Page, Shop

ORIGIN = "https://shop.example"
ACCOUNT = f"{ORIGIN}/account?tab=plan#top"


@dataclass
class Leaver:
    """A customer at the page of their link."""

    shop: Shop
    path: str
    link: Link

    def look(self, **options: Any) -> Page:
        return self.shop.open(self.path, **options)

    def press(self, page: Page | None = None, **fields: str) -> Page:
        """Send the form of a page with these buttons and answers; without a page, these alone."""
        return self.shop.post(self.path, {**(page.fields if page else {}), **fields})

    def said(self) -> dict[str, list[Any]]:
        return self.shop.said(self.shop.response(self.link))


def leaver(shop: Shop, locale: str = "en", **facts: Any) -> Leaver:
    path, link = shop.link("cancel", locale, shop.customer(**facts) if facts else None)
    return Leaver(shop, path, link)


def give_a_way_back(shop: Shop, address: str | None = ACCOUNT) -> str:
    """The site gets an origin, an address to go back to and a secret; gives the secret."""
    with shop.database.write() as session:
        add_origin(session, SYSTEM, shop.site_id, ORIGIN)
        session.execute(update(Site).where(Site.id == shop.site_id).values(return_url=address))
        return add_secret(session, SYSTEM, shop.site_id).key


def verified(address: str, secret: str, issuer: str) -> dict[str, Any]:
    """What the token in an address says, read as the site's back end would."""
    token = parse_qs(urlsplit(address).query)["feedback"][0]
    claims: dict[str, Any] = jwt.decode(
        token,
        secret,
        algorithms=["HS256"],
        audience=ORIGIN,
        issuer=issuer,
        options={"require": ["exp", "iat", "aud", "iss", "sub", "jti"]},
    )
    return claims
