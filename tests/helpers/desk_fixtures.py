"""Fixtures of console tests, for the conftest of a feature to import: the desk, the app and signed-in browsers."""

import pytest
from flask import Flask

from feedback.app import create_app
from feedback.db import Database
from feedback.settings import Settings
from tests.helpers.console import Browser
from tests.helpers.desk import Desk


@pytest.fixture
def desk(database: Database) -> Desk:
    """A shop and a bank with staff."""
    return Desk(database)


@pytest.fixture
def console(settings: Settings, database: Database) -> Flask:
    """The whole program."""
    return create_app(settings, database)


def _signed_in(app: Flask, name: str) -> Browser:
    browser = Browser(app)
    assert browser.sign_in(f"{name}@example.com").status_code == 303
    return browser


@pytest.fixture
def asha(console: Flask, desk: Desk) -> Browser:
    """An agent of the shop."""
    return _signed_in(console, "asha")


@pytest.fixture
def juma(console: Flask, desk: Desk) -> Browser:
    """Another agent of the shop."""
    return _signed_in(console, "juma")


@pytest.fixture
def lulu(console: Flask, desk: Desk) -> Browser:
    """The lead of the shop."""
    return _signed_in(console, "lulu")


@pytest.fixture
def parisa(console: Flask, desk: Desk) -> Browser:
    """The admin of the bank, who reads Persian."""
    return _signed_in(console, "parisa")
