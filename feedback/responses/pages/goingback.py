"""Back to the site after cancelling: whether there is a way, and its address with the token of what was decided."""

from dataclasses import dataclass
from secrets import token_urlsafe

from flask import Response

from feedback import clock
from feedback.responses.queries import Door
from feedback.responses.queries.returning import known_of
from feedback.sites.identity import Secret
from feedback.sites.returning import Said, address_with, origin_of, return_address, signing_secret
from feedback.web.security import public_policy
from feedback.web.transaction import reading, settings


@dataclass(frozen=True, slots=True)
class WayBack:
    """An address of the site's, what signs the token for it, and by which numbers the site knows who comes."""

    address: str
    secret: Secret
    customer: str
    interaction: str | None

    def with_token(self, outcome: str, response: str) -> str:
        """The address to go to now: its token is made anew each time, since it lives for five minutes."""
        said = Said(self.customer, outcome, response, self.interaction)
        number = token_urlsafe(16)
        return address_with(
            self.address, said, self.secret, issuer=settings().public_url, now=clock.now(), number=number
        )


def way_back(door: Door) -> WayBack | None:
    """The way, if the site has an address for it on an origin of its own, and a secret that can sign.

    None inside a frame: there the page around it is the site's already.
    """
    if door.frame is not None:
        return None
    known = known_of(reading(), door)
    address = return_address(known.url, known.origins, allow_local=not settings().is_https)
    secret = signing_secret(known.secrets)
    if address is None or secret is None or known.customer is None:
        return None
    return WayBack(address, secret, known.customer, known.interaction)


def let_go(response: Response, way: WayBack | None) -> Response:
    """A page whose form may lead there: browsers stop a form's redirect that the page's policy doesn't name."""
    if way is not None:
        policy = public_policy().replace("form-action 'self'", f"form-action 'self' {origin_of(way.address)}")
        response.headers["Content-Security-Policy"] = policy
    return response
