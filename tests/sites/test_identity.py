"""Tokens of a site's own back end: what is believed, and everything that must not be."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from feedback.sites.identity import MAX_TOKEN, BadIdentity, Flaw, Identity, Secret, verify

NOW = datetime(2026, 3, 21, 12, tzinfo=UTC)
SHARED = Secret("HS256", "x7Vw2mJt0qQmVb1gk3o9cB5rY8uP6hLsTzNaEfGdKiA")
OTHER = Secret("HS256", "Zr8uQ1yWv5sT3pO7nM9lK2jH4gF6dS0aXcVbNmQwErT")
PRIVATE = Ed25519PrivateKey.generate()
PUBLIC_PEM = PRIVATE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
PRIVATE_PEM = PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PUBLIC = Secret("EdDSA", PUBLIC_PEM)


def claims(**others: Any) -> dict[str, Any]:
    """What a right token says; None leaves a claim out."""
    said = {
        "aud": "shop",
        "sub": "c-1",
        "iat": NOW.timestamp(),
        "exp": (NOW + timedelta(minutes=10)).timestamp(),
    } | others
    return {name: value for name, value in said.items() if value is not None}


def token(said: Any = None, secret: Secret = SHARED, algorithm: str = "HS256", **header: Any) -> str:
    """Signed as a back end would."""
    key = PRIVATE_PEM if algorithm == "EdDSA" else secret.key
    return jwt.encode(claims() if said is None else said, key, algorithm, headers=header or None)


def by_hand(header: dict[str, Any], said: Any, key: bytes) -> str:
    """A token that no library would make."""

    def part(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    body = f"{part(json.dumps(header).encode())}.{part(json.dumps(said).encode())}"
    return f"{body}.{part(hmac.digest(key, body.encode(), hashlib.sha256))}"


def read(given: str, *secrets: Secret, now: datetime = NOW) -> Identity:
    return verify(given, secrets or (SHARED,), audience="shop", now=now)


def flaw(given: str, *secrets: Secret, now: datetime = NOW) -> Flaw:
    """Why a token is not believed."""
    with pytest.raises(BadIdentity) as refused:
        read(given, *secrets, now=now)
    return refused.value.flaw


def test_a_right_token_names_the_customer_and_what_else_is_said_of_them() -> None:
    said = claims(email="asha@duka.example", name="  Asha  ", locale="sw-TZ", segment="gold", time_zone="UTC")
    assert read(token(said)) == Identity(
        "c-1",
        {"email": "asha@duka.example", "name": "Asha", "locale": "sw-TZ", "time_zone": "UTC", "segment": "gold"},
    )


def test_a_key_pair_signs_as_well() -> None:
    assert read(token(algorithm="EdDSA"), PUBLIC).external_id == "c-1"


def test_two_secrets_are_in_use_at_once_whatever_their_kind() -> None:
    for signed in (token(), token(secret=OTHER)):
        assert read(signed, SHARED, OTHER).external_id == "c-1"
    assert read(token(), PUBLIC, SHARED).external_id == "c-1"
    assert read(token(algorithm="EdDSA"), SHARED, PUBLIC).external_id == "c-1"


def test_another_sites_or_a_retired_secret_signs_nothing_here() -> None:
    assert flaw(token(secret=OTHER)) is Flaw.SIGNATURE
    assert flaw(token(), OTHER) is Flaw.SIGNATURE
    with pytest.raises(BadIdentity) as refused:
        verify(token(), (), audience="shop", now=NOW)
    assert refused.value.flaw is Flaw.NO_SECRET


@pytest.mark.parametrize("name", ["none", "None", "NONE", "", None, 0, [], "HS512", "RS256", "EdDSA", "ES256"])
def test_the_token_does_not_choose_how_it_is_checked(name: object) -> None:
    assert flaw(by_hand({"alg": name, "typ": "JWT"}, claims(), SHARED.key.encode())) in (
        Flaw.SIGNATURE,
        Flaw.MALFORMED,
    )


def test_a_token_without_signature_is_refused_even_where_the_header_says_so() -> None:
    for unsigned in (jwt.encode(claims(), None, "none"), token().rpartition(".")[0] + "."):
        assert flaw(unsigned) in (Flaw.SIGNATURE, Flaw.MALFORMED)


@pytest.mark.parametrize("key", [PUBLIC_PEM, PUBLIC_PEM.strip(), PUBLIC_PEM.replace("\n", "\r\n")])
def test_a_public_key_is_never_taken_for_a_shared_secret(key: str) -> None:
    forged = by_hand({"alg": "HS256", "typ": "JWT"}, claims(), key.encode())
    assert flaw(forged, PUBLIC) is Flaw.SIGNATURE
    assert flaw(forged, PUBLIC, SHARED) is Flaw.SIGNATURE


def test_a_signature_of_an_rsa_key_is_not_taken_for_another() -> None:
    key = generate_private_key(65537, 2048)
    signed = jwt.encode(claims(), key, "RS256")
    assert flaw(signed, SHARED) is Flaw.SIGNATURE
    assert flaw(signed, PUBLIC) is Flaw.SIGNATURE


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ({"exp": None}, Flaw.TIMES),
        ({"iat": None}, Flaw.TIMES),
        ({"exp": "soon"}, Flaw.TIMES),
        ({"iat": True}, Flaw.TIMES),
        ({"exp": 10**400}, Flaw.TIMES),
        ({"exp": float("nan")}, Flaw.TIMES),
        ({"iat": -1}, Flaw.TIMES),
        ({"exp": (NOW + timedelta(minutes=61)).timestamp()}, Flaw.LIFETIME),
        ({"exp": NOW.timestamp()}, Flaw.LIFETIME),
        ({"nbf": (NOW + timedelta(minutes=2)).timestamp()}, Flaw.FUTURE),
        ({"aud": None}, Flaw.AUDIENCE),
        ({"aud": "other"}, Flaw.AUDIENCE),
        ({"aud": ["shop", "other"]}, Flaw.AUDIENCE),
        ({"aud": {"shop": 1}}, Flaw.AUDIENCE),
        ({"sub": None}, Flaw.SUBJECT),
        ({"sub": " "}, Flaw.SUBJECT),
        ({"sub": 17}, Flaw.SUBJECT),
        ({"sub": "x" * 121}, Flaw.SUBJECT),
        ({"sub": "a\nb"}, Flaw.SUBJECT),
        ({"sub": "\ud800"}, Flaw.SUBJECT),
    ],
)
def test_claims_that_are_missing_or_wrong_are_refused(others: dict[str, Any], expected: Flaw) -> None:
    signed = by_hand({"alg": "HS256"}, claims(**others), SHARED.key.encode())
    assert flaw(signed) is expected


def test_a_token_works_from_a_minute_before_until_a_minute_after_its_time() -> None:
    given = token()
    assert read(given, now=NOW - timedelta(seconds=60))
    assert flaw(given, now=NOW - timedelta(seconds=61)) is Flaw.FUTURE
    assert read(given, now=NOW + timedelta(minutes=10, seconds=59))
    assert flaw(given, now=NOW + timedelta(minutes=11)) is Flaw.EXPIRED


@pytest.mark.parametrize(
    "junk", [17, None, ["a"], {"a": 1}, "x" * 301, "a\x00b", "\udcff", "   "], ids=lambda junk: repr(junk)[:12]
)
def test_junk_beside_the_name_is_left_out_and_costs_no_answer(junk: object) -> None:
    signed = by_hand({"alg": "HS256"}, claims(email=junk, name="Neda \u200cN", admin=True), SHARED.key.encode())
    assert read(signed) == Identity("c-1", {"name": "Neda \u200cN"})


@pytest.mark.parametrize("said", [[], "shop", 1, None])
def test_a_signed_token_that_says_nothing_is_refused(said: object) -> None:
    assert flaw(by_hand({"alg": "HS256"}, said, SHARED.key.encode())) is Flaw.MALFORMED


def test_what_is_too_long_or_too_deep_is_not_even_read() -> None:
    assert flaw("a" * (MAX_TOKEN + 1)) is Flaw.MALFORMED
    deep = base64.urlsafe_b64encode(b'{"alg":' * 400).rstrip(b"=").decode()
    assert flaw(f"{deep}.e30.AAAA") is Flaw.MALFORMED
    assert flaw(by_hand({"alg": "HS256", "crit": ["exp"], "kid": 3}, claims(), SHARED.key.encode())) is Flaw.MALFORMED


@given(st.one_of(st.text(max_size=60), st.from_regex(r"[A-Za-z0-9_=-]{0,20}(\.[A-Za-z0-9_=-]{0,30}){0,4}")))
def test_no_junk_is_more_than_refused(junk: str) -> None:
    assert flaw(junk) is not None


def test_a_secret_does_not_show_itself() -> None:
    assert SHARED.key not in repr(SHARED)
