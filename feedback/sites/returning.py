"""Rule: where somebody goes back to after cancelling (standards S-9), and the token that says what they decided."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from feedback.errors import Invalid
from feedback.sites.identity import Secret
from feedback.sites.origins import checked_return_url

#: The parameter of the address that carries the token.
PARAMETER: Final = "feedback"
#: A token lives this long, in seconds.
LIFE: Final = 300
_ALGORITHM: Final = "HS256"


@dataclass(frozen=True, slots=True)
class Said:
    """What a token says: whose decision it is, and which; numbers are the site's own, ``response`` is ours."""

    customer: str
    outcome: str
    response: str
    interaction: str | None = None


def return_address(stored: str | None, registered: Iterable[str], *, allow_local: bool) -> str | None:
    """The address if following it surely leads to one of the registered origins, else None.

    It was checked when it was stored, and is again: the origins may have changed since. What comes back is built
    anew from its parts, and the parser must read it as the origin that was found.
    """
    try:
        address = checked_return_url(stored or "", registered, allow_local=allow_local)
    except Invalid:
        return None
    return address if address is not None and origin_of(address) else None


def origin_of(address: str) -> str:
    """Scheme, host and port of an address; empty if it has a user, or is none."""
    parts = urlsplit(address)
    plain = parts.scheme in ("https", "http") and parts.netloc and "@" not in parts.netloc
    return f"{parts.scheme}://{parts.netloc}" if plain else ""


def signing_secret(secrets: Iterable[Secret]) -> Secret | None:
    """The secret that tokens are signed with: the oldest one in use, which a back end knows until it is retired.

    Of EdDSA we have the public half only, which signs nothing.
    """
    return next((one for one in secrets if one.algorithm == _ALGORITHM), None)


def address_with(address: str, said: Said, secret: Secret, *, issuer: str, now: datetime, number: str) -> str:
    """The address with a token that is good for five minutes and this origin; ``number`` tells it from all others."""
    import jwt  # noqa: PLC0415 - a tenth of a second of start-up that only cancelling needs

    issued_at = int(now.timestamp())
    claims: dict[str, Any] = {
        "iss": issuer,
        "aud": origin_of(address),
        "sub": said.customer,
        "outcome": said.outcome,
        "response": said.response,
        "interaction": said.interaction,
        "iat": issued_at,
        "exp": issued_at + LIFE,
        "jti": number,
    }
    token = jwt.encode(claims, secret.key, algorithm=_ALGORITHM)
    parts = urlsplit(address)
    others = [one for one in parts.query.split("&") if one and one.partition("=")[0] != PARAMETER]
    return parts._replace(query="&".join([*others, f"{PARAMETER}={token}"])).geturl()
