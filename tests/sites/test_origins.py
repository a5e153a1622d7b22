"""Which origins may frame a site's surveys: what is refused never reaches a header."""

import pytest

from feedback.errors import Invalid
from feedback.sites.origins import checked_origin, checked_return_url, covers


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://shop.example", "https://shop.example"),
        ("  HTTPS://Shop.Example/  ", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("https://shop.example:8443", "https://shop.example:8443"),
        ("https://*.shop.example", "https://*.shop.example"),
        ("https://دکان.example", "https://xn--mgbp4e7t.example"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://127.0.0.1", "http://127.0.0.1"),
        ("http://[::1]:5000", "http://[::1]:5000"),
    ],
)
def test_an_origin_is_kept_as_browsers_write_it(typed: str, kept: str) -> None:
    assert checked_origin(typed, allow_local=True) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "*",
        "https://*",
        "https://*.",
        "https://*.example",
        "https://shop.*",
        "https://a.*.example",
        "shop.example",
        "//shop.example",
        "https:shop.example",
        "https:///shop.example",
        "https://shop",
        "https://shop.example/path",
        "https://shop.example?x",
        "https://shop.example#x",
        "https://user@shop.example",
        "https://user:pass@shop.example",
        "https://shop.example:0",
        "https://shop.example:99999",
        "https://shop.example:",
        "https://shop.example:80:80",
        "https://shop.example; script-src *",
        "https://shop.example\nX-Evil: 1",
        "https://shop.example https://evil.example",
        "https://shop.example,https://evil.example",
        "https://-shop.example",
        "https://shop..example",
        "https://shop_.example",
        "https://shop.example\\evil",
        "https://[::1",
        "https://[evil.example]",
        "http://[::1]x",
        "ftp://shop.example",
        "data:text/html,x",
        "javascript://shop.example/%0aalert(1)",
        "'none'",
        "'self'",
        "https://" + "a." * 200 + "example",
        "null",
    ],
)
def test_anything_else_is_refused(typed: str) -> None:
    with pytest.raises(Invalid) as caught:
        checked_origin(typed, allow_local=True)
    assert caught.value.problems[0].code in ("origin", "origin-https")


@pytest.mark.parametrize("typed", ["http://shop.example", "http://localhost.evil.example"])
def test_without_https_only_this_computer_may(typed: str) -> None:
    with pytest.raises(Invalid) as caught:
        checked_origin(typed, allow_local=True)
    assert caught.value.problems[0].code == "origin-https"


def test_a_service_on_https_is_not_shown_on_http_at_all() -> None:
    with pytest.raises(Invalid):
        checked_origin("http://localhost:3000", allow_local=False)
    assert checked_origin("https://localhost:3000", allow_local=False) == "https://localhost:3000"


REGISTERED = ("https://shop.example", "https://*.duka.example", "http://localhost:8001")


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("https://shop.example", True),
        ("https://www.shop.example", False),
        ("http://shop.example", False),
        ("https://shop.example:8443", False),
        ("https://a.duka.example", True),
        ("https://a.b.duka.example", True),
        ("https://duka.example", False),
        ("https://.duka.example", False),
        ("http://a.duka.example", False),
        ("https://a.duka.example:8443", False),
        ("https://evil-duka.example", False),
        ("https://duka.example.evil.example", False),
        ("null", False),
        ("", False),
    ],
)
def test_a_star_stands_for_sub_domains_and_nothing_else(origin: str, expected: bool) -> None:
    assert covers(REGISTERED, origin) is expected


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("https://shop.example", "https://shop.example/"),
        (" https://Shop.example:443/a?b=c#d ", "https://shop.example/a?b=c#d"),
        ("https://a.duka.example/حساب", "https://a.duka.example/%D8%AD%D8%B3%D8%A7%D8%A8"),
        ("http://localhost:8001/en/", "http://localhost:8001/en/"),
        ("", None),
    ],
)
def test_customers_go_back_to_a_page_of_a_registered_origin(typed: str, stored: str | None) -> None:
    assert checked_return_url(typed, REGISTERED, allow_local=True) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "//shop.example/",
        "/account",
        "shop.example/account",
        "https:shop.example",
        "https:///shop.example",
        "https://shop.example@evil.example/",
        "https://shop.example:x@evil.example/",
        "https://shop.example\\@evil.example/",
        "https://shop.example\\.evil.example/",
        "https://shop.example/\\evil.example",
        "https://shop.example/\r\nSet-Cookie: a=b",
        "https://shop.example/\u202eexample.live",
        "https://shop.example /",
        "https://evil.example/https://shop.example/",
        "https://evil.example#@shop.example/",
        "https://*.duka.example/",
        "https://duka.example/",
        "http://shop.example/",
        "javascript://shop.example/%0aalert(1)",
        "data:text/html,shop.example",
        "https://shop.example/" + "a" * 500,
        "https://[::1/",
    ],
)
def test_nobody_is_led_anywhere_else(typed: str) -> None:
    with pytest.raises(Invalid) as caught:
        checked_return_url(typed, REGISTERED, allow_local=True)
    assert caught.value.problems[0].field == "return_url"
