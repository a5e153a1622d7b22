"""A town of two sites and the console on it."""

from collections.abc import Iterator

import pytest
from flask import Flask

from feedback.actors import Role
from feedback.db import Database
from feedback.staff import hashing
from tests.conftest import REAL_HASHER
from tests.helpers.console import Browser, Town
from tests.helpers.kept import poured


def furnished(database: Database) -> tuple[dict[str, int], dict[str, tuple[int, str]]]:
    """Two sites: shop with one of each role, and bank with somebody of its own; both by their names."""
    found = Town(database)
    found.add_site("shop")
    found.add_site("bank", country="IR")
    found.add_staff("Asha", "shop", Role.AGENT)
    found.add_staff("Lulu", "shop", Role.LEAD)
    found.add_staff("Ada", "shop", Role.ADMIN)
    found.add_staff("Parisa", "bank", Role.ADMIN, locale="fa")
    return found.sites, found.staff


@pytest.fixture
def town(database: Database) -> Town:
    """The town in a database of the test's own."""
    return Town(database, *poured(database, "town", furnished))


@pytest.fixture
def browser(app: Flask, town: Town) -> Browser:
    """A browser that isn't signed in."""
    return Browser(app)


@pytest.fixture
def real_hasher(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Passwords cost what they cost in production."""
    hashing._nobody.cache_clear()
    monkeypatch.setattr(hashing, "_HASHER", REAL_HASHER)
    yield
    hashing._nobody.cache_clear()
