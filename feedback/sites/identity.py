"""Rule: whom a token of a site's own back end names, and whether it may be believed (standards L-13, RFC 7519)."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from unicodedata import category

from feedback.errors import DomainError, Invalid, Problem
from feedback.i18n.text import N_

#: Nothing longer is looked at.
MAX_TOKEN: Final = 4096
MAX_SUBJECT: Final = 120
MAX_CLAIM: Final = 300
#: A token lives an hour at most, in seconds, and clocks may differ by a minute.
LONGEST_LIFE: Final = 3600
SKEW: Final = 60
#: What a token may say about somebody besides who it is.
CLAIMS: Final = ("email", "name", "locale", "time_zone", "segment")
_ALGORITHMS: Final = frozenset({"HS256", "EdDSA"})
_MAX_PEM: Final = 1000
_LAST_MOMENT: Final = 2**53


class Flaw(StrEnum):
    """Why a token is not believed; developers see the word."""

    MALFORMED = "malformed"
    SIGNATURE = "signature"
    NO_SECRET = "no-secret"  # noqa: S105 - a reason, not a secret
    NO_CRYPTOGRAPHY = "no-cryptography"
    AUDIENCE = "audience"
    SUBJECT = "subject"
    TIMES = "times"
    LIFETIME = "lifetime"
    EXPIRED = "expired"
    FUTURE = "future"


class BadIdentity(DomainError):
    """A token that proves nothing."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw


@dataclass(frozen=True, slots=True)
class Secret:
    """What one of a site's back ends signs with: a shared secret of HS256, or the public key of EdDSA as PEM."""

    algorithm: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Identity:
    """A customer by the site's own number, and what else the token says about them, unchecked but short texts."""

    external_id: str
    claims: Mapping[str, str] = field(default_factory=dict)


def verify(token: str, secrets: Iterable[Secret], *, audience: str, now: datetime) -> Identity:
    """Whom the token names. ``secrets`` are the site's own, ``audience`` is its key. Raises BadIdentity.

    The algorithm is the secret's, never the token's: what says ``none``, or asks for another kind of key, is refused.
    """
    if not token or len(token) > MAX_TOKEN or not token.isascii():
        raise BadIdentity(Flaw.MALFORMED)
    claims = _signed(token, tuple(secrets))
    _check_times(claims, now.timestamp())
    if claims.get("aud") not in (audience, [audience]):
        raise BadIdentity(Flaw.AUDIENCE)
    subject = _text(claims.get("sub"), MAX_SUBJECT)
    if not subject:
        raise BadIdentity(Flaw.SUBJECT)
    said = {name: value for name in CLAIMS if (value := _text(claims.get(name), MAX_CLAIM))}
    return Identity(subject, said)


def checked_public_key(typed: str) -> str:
    """An Ed25519 public key as PEM, written anew from what was read. Raises Invalid."""
    if not has_cryptography():
        message = N_("EdDSA needs one more package: pip install 'feedback-service[eddsa]'.")
        raise Invalid([Problem("public_key", "no-cryptography", message)])
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - optional, and slow to import
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        Encoding,
        PublicFormat,
        load_pem_public_key,
    )

    try:
        found = load_pem_public_key(typed.strip().encode()) if len(typed) <= _MAX_PEM else None
    except (ValueError, UnsupportedAlgorithm):
        found = None
    if not isinstance(found, Ed25519PublicKey):
        message = N_("This is not the public half of an Ed25519 key, which begins with -----BEGIN PUBLIC KEY-----.")
        raise Invalid([Problem("public_key", "public-key", message)])
    return found.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def has_cryptography() -> bool:
    """Whether the optional package is there that EdDSA needs."""
    from jwt.algorithms import has_crypto  # noqa: PLC0415 - see _signed

    return bool(has_crypto)


def _signed(token: str, secrets: tuple[Secret, ...]) -> dict[str, Any]:
    """What the token says, if one of the secrets signed it."""
    # A tenth of a second of start-up that only signed answers need.
    from jwt import PyJWS  # noqa: PLC0415
    from jwt.exceptions import InvalidSignatureError, PyJWTError  # noqa: PLC0415

    reader, flaw = PyJWS(), Flaw.NO_SECRET
    try:
        asked = reader.get_unverified_header(token).get("alg")
        for secret in secrets:
            if secret.algorithm != asked or asked not in _ALGORITHMS:
                flaw = Flaw.SIGNATURE
                continue
            if asked == "EdDSA" and not has_cryptography():
                raise BadIdentity(Flaw.NO_CRYPTOGRAPHY)
            try:
                claims = json.loads(reader.decode(token, secret.key, algorithms=[secret.algorithm]))
            except InvalidSignatureError:
                flaw = Flaw.SIGNATURE
                continue
            if isinstance(claims, dict):
                return claims
            raise BadIdentity(Flaw.MALFORMED)
    except (PyJWTError, ValueError, RecursionError) as error:
        raise BadIdentity(Flaw.MALFORMED) from error
    raise BadIdentity(flaw)


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    issued, ends = _moment(claims, "iat"), _moment(claims, "exp")
    begins = _moment(claims, "nbf") if "nbf" in claims else issued
    if not 0 < ends - issued <= LONGEST_LIFE:
        raise BadIdentity(Flaw.LIFETIME)
    if max(issued, begins) > now + SKEW:
        raise BadIdentity(Flaw.FUTURE)
    if ends <= now - SKEW:
        raise BadIdentity(Flaw.EXPIRED)


def _moment(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _LAST_MOMENT:
        raise BadIdentity(Flaw.TIMES)
    return float(value)


def _text(value: object, limit: int) -> str:
    """A claim that is a short text with nothing invisible but joiners; else nothing."""
    if not isinstance(value, str) or len(value) > limit or any(category(one) in ("Cc", "Cs") for one in value):
        return ""
    return value.strip()
