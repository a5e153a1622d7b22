"""The way back after cancelling: only to an origin of the site's own, with a token that says what was decided."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import time_machine

from feedback.sites.identity import BadIdentity, Secret, verify
from feedback.sites.returning import LIFE, Said, address_with, origin_of, return_address, signing_secret

OWN = ("https://shop.example", "https://*.wide.example", "http://localhost:3000")
KEY = Secret("HS256", "k" * 43)
NOW = datetime(2026, 3, 18, 9, 0, tzinfo=UTC)
SAID = Said("C-1", "cancelled", "r" * 26, "ORDER-7")
ISSUER = "https://feedback.example"


@pytest.mark.parametrize(
    ("stored", "address"),
    [
        ("https://shop.example", "https://shop.example/"),
        ("https://shop.example/account?a=1#top", "https://shop.example/account?a=1#top"),
        ("https://SHOP.example:443/x", "https://shop.example/x"),
        ("https://www.wide.example/", "https://www.wide.example/"),
        ("https://shop.example/?next=//evil.example", "https://shop.example/?next=//evil.example"),
    ],
)
def test_an_address_on_an_origin_of_its_own_is_followed(stored: str, address: str) -> None:
    assert return_address(stored, OWN, allow_local=False) == address


@pytest.mark.parametrize(
    "stored",
    [
        None,
        "",
        "/account",
        "//shop.example",
        "//evil.example",
        "/\t/evil.example",
        " //evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "https:/evil.example",
        "http:shop.example",
        "https:///evil.example",
        "https://shop.example@evil.example/",
        "https://shop.example:secret@evil.example/",
        "https://evil.example/https://shop.example",
        "https://evil.example#https://shop.example",
        "https://shop.example.evil.example/",
        "https://shop.example\\@evil.example/",
        "https://shop.example\n.evil.example/",
        "https://shop.example\x00/",
        "https://shop.example:444/",
        "http://shop.example/",
        "https://evilshop.example/",
        "https://wide.example/",
        "https://wide.example.evil.example/",
        "https://shop。example.evil.example/",
        "javascript://shop.example/%0aalert(1)",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://shop.example/",
        "https://[::1]/",
        "https://shop.example%2eevil.example/",
        "https://",
    ],
)
def test_everything_else_leads_nowhere(stored: str | None) -> None:
    assert return_address(stored, OWN, allow_local=False) is None


def test_an_origin_that_was_taken_away_takes_the_way_with_it() -> None:
    assert return_address("https://shop.example/account", OWN[1:], allow_local=False) is None


def test_this_computer_will_do_only_while_we_are_on_it_too() -> None:
    assert return_address("http://localhost:3000/x", OWN, allow_local=True) == "http://localhost:3000/x"
    assert return_address("http://localhost:3000/x", OWN, allow_local=False) is None


def test_the_token_says_who_and_what_for_five_minutes() -> None:
    address = address_with("https://shop.example/a?b=1&feedback=old#c", SAID, KEY, issuer=ISSUER, now=NOW, number="n1")
    parts = urlsplit(address)
    assert (parts.netloc, parts.path, parts.fragment) == ("shop.example", "/a", "c")
    query = parse_qs(parts.query)
    assert query["b"] == ["1"]
    [token] = query["feedback"]
    with time_machine.travel(NOW, tick=False):
        claims = jwt.decode(token, KEY.key, algorithms=["HS256"], audience="https://shop.example", issuer=ISSUER)
    assert claims == {
        "iss": ISSUER,
        "aud": "https://shop.example",
        "sub": "C-1",
        "outcome": "cancelled",
        "response": "r" * 26,
        "interaction": "ORDER-7",
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + LIFE,
        "jti": "n1",
    }
    assert LIFE <= 300
    with time_machine.travel(NOW + timedelta(seconds=LIFE + 1), tick=False), pytest.raises(jwt.ExpiredSignatureError):
        jwt.decode(token, KEY.key, algorithms=["HS256"], audience="https://shop.example")
    with time_machine.travel(NOW, tick=False), pytest.raises(jwt.InvalidAudienceError):
        jwt.decode(token, KEY.key, algorithms=["HS256"], audience="https://bank.example")


def test_what_we_signed_is_nobodys_identity() -> None:
    address = address_with("https://shop.example/", SAID, KEY, issuer=ISSUER, now=NOW, number="n1")
    token = parse_qs(urlsplit(address).query)["feedback"][0]
    with pytest.raises(BadIdentity):
        verify(token, [KEY], audience="shop", now=NOW)


def test_the_oldest_shared_secret_signs_and_a_public_key_never() -> None:
    newer, public = Secret("HS256", "n" * 43), Secret("EdDSA", "-----BEGIN PUBLIC KEY-----")
    assert signing_secret([public, KEY, newer]) is KEY
    assert signing_secret([public]) is None
    assert signing_secret([]) is None


def test_an_origin_has_no_user() -> None:
    assert origin_of("https://shop.example:8443/x?y#z") == "https://shop.example:8443"
    assert origin_of("https://me@shop.example/") == ""
    assert origin_of("//shop.example/") == ""
