"""Whatever fetches an unsubscribe or preference link changes nothing: a dump of every table stays as it was."""

import random
from typing import Any

import pytest
from sqlalchemy import text

from feedback.db import Base, Database
from tests.preferences.conftest import Unsub
from tests.responses.shop import Shop

AGENTS = (
    "Mozilla/5.0 (Linux; Android 9) Chrome/120 Mobile",
    "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.1)",
    "Barracuda Sentinel (EE)",
    "Mimecast-URL-Protect",
    "GoogleImageProxy",
    "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
    "python-requests/2.32",
    "",
)
HEADERS: tuple[dict[str, str], ...] = (
    {},
    {"Sec-Purpose": "prefetch"},
    {"Sec-Purpose": "prefetch;prerender"},
    {"Purpose": "prefetch"},
    {"X-Moz": "prefetch"},
    {"X-Purpose": "preview"},
    {"Range": "bytes=0-99"},
    {"Accept": "application/json"},
    {"Accept": "*/*"},
    {"Cookie": "fb_session=x; other=y"},
    {"X-HTTP-Method-Override": "POST"},
    {"If-None-Match": '"x"'},
    {"Content-Type": "application/x-www-form-urlencoded"},
)
QUERIES = (
    "",
    "?lang=fa",
    "?List-Unsubscribe=One-Click",
    "?go=stop&scope=address",
    "?_method=POST",
    "?utm_source=mail",
    "?score=1",
)
METHODS = ("GET", "GET", "GET", "HEAD", "OPTIONS", "PROPFIND")


def dump(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, and where every sequence stands."""
    with database.read() as session:
        found = {
            table.name: sorted(map(tuple, session.execute(text(f'SELECT * FROM "{table.name}"'))), key=repr)
            for table in Base.metadata.sorted_tables
        }
        if database.settings.is_sqlite:
            found["sequences"] = [(session.execute(text("PRAGMA user_version")).scalar(),)]
        else:
            query = text("SELECT sequencename, last_value FROM pg_sequences ORDER BY sequencename")
            found["sequences"] = [tuple(row) for row in session.execute(query)]
    return found


@pytest.mark.parametrize("requests", [150, pytest.param(1000, marks=pytest.mark.soak)])
def test_a_corpus_of_looks_leaves_every_table_as_it_was(shop: Shop, unsub: Unsub, requests: int) -> None:
    path, _ = unsub()
    addresses = [path, f"{path}.", f"{path}%20", path[:-1], f"{path}/reason", f"{path}/instead", "/undo/x"]
    chosen = random.Random(20261122)
    shop.client.get(path)  # what is kept after a first look is kept now
    before = dump(shop.database)
    for _ in range(requests):
        reply = shop.client.open(
            chosen.choice(addresses) + chosen.choice(QUERIES),
            method=chosen.choice(METHODS),
            headers={**chosen.choice(HEADERS), "User-Agent": chosen.choice(AGENTS)},
        )
        assert reply.status_code < 500
        assert "Set-Cookie" not in reply.headers
    assert dump(shop.database) == before
