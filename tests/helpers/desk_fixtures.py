"""Fixtures of console tests, for the conftest of a feature to import: the desk and signed-in browsers."""

import pytest
from flask import Flask

from feedback.db import Database
from tests.helpers.console import Browser
from tests.helpers.desk import Desk


@pytest.fixture
def desk(database: Database) -> Desk:
    """A shop and a bank with staff."""
    return Desk(database)


def _signed_in(app: Flask, name: str) -> Browser:
    browser = Browser(app)
    assert browser.sign_in(f"{name}@example.com").status_code == 303
    return browser


@pytest.fixture
def asha(app: Flask, desk: Desk) -> Browser:
    """An agent of the shop."""
    return _signed_in(app, "asha")


@pytest.fixture
def juma(app: Flask, desk: Desk) -> Browser:
    """Another agent of the shop."""
    return _signed_in(app, "juma")


@pytest.fixture
def lulu(app: Flask, desk: Desk) -> Browser:
    """The lead of the shop."""
    return _signed_in(app, "lulu")


@pytest.fixture
def parisa(app: Flask, desk: Desk) -> Browser:
    """The admin of the bank, who reads Persian."""
    return _signed_in(app, "parisa")
