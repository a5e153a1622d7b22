"""Who may frame what, and who may read it from another origin: asked of every address there is (E-1, E-4, E-10)."""

from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.routing import IntegerConverter
from werkzeug.test import TestResponse

from feedback.actors import SYSTEM
from feedback.app import create_app
from feedback.db import Database
from feedback.settings import Settings
from feedback.sites.actions import add_origin
from tests.responses.shop import Shop, open_shop

HOST = "https://duka.example"


@pytest.fixture
def shop(settings: Settings, database: Database) -> Shop:
    found = open_shop(create_app(settings, database), settings, database)
    with database.write() as session:
        add_origin(session, SYSTEM, found.site_id, HOST)
    return found


def addresses(shop: Shop) -> Iterator[tuple[str, str]]:
    """Every address with each method, with values that some of them know."""
    token = shop.link("nps")[0].removeprefix("/s/")
    known = {"site": "shop", "slug": "nps", "token": token}
    urls = shop.app.url_map.bind("127.0.0.1:8000")
    for rule in shop.app.url_map.iter_rules():
        integers = {name for name in rule.arguments if isinstance(rule._converters[name], IntegerConverter)}
        values: dict[str, Any] = {name: 1 if name in integers else known.get(name, "x") for name in rule.arguments}
        for method in sorted({"GET", "POST"} & (rule.methods or set())):
            yield method, urls.build(rule.endpoint, values, method)


def ask(shop: Shop, method: str, path: str) -> TestResponse:
    return shop.client.open(path, method=method, headers={"Origin": HOST} if path.startswith("/widget") else {})


def test_only_surveys_can_be_framed_and_only_the_widget_is_read_from_elsewhere(shop: Shop) -> None:
    framable, readable = set(), set()
    for method, path in [*addresses(shop), ("GET", "/nothing"), ("POST", "/survey"), ("GET", "/s/x")]:
        headers = ask(shop, method, path).headers
        policy = headers["Content-Security-Policy"]
        ancestors = policy.rpartition("frame-ancestors ")[2].partition(";")[0].split()
        assert ancestors, path
        if HOST in ancestors:
            assert ancestors == [HOST]
            assert "X-Frame-Options" not in headers
            assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
            framable.add(path)
        else:
            assert ancestors == ["'none'"], path
            assert headers["X-Frame-Options"] == "DENY", path
        if "Access-Control-Allow-Origin" in headers:
            readable.add(path)
        wanted = "cross-origin" if path.startswith(("/widget/", "/embed/")) else "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == wanted, path
        assert headers["Referrer-Policy"] == "same-origin", path
        assert headers["Permissions-Policy"].startswith("camera=()"), path
        assert headers["X-Content-Type-Options"] == "nosniff", path
    assert framable == {"/embed/shop/nps"}
    assert readable
    assert all(path.startswith("/widget/") for path in readable)
