"""Fixtures of the widget: the town of the console's tests, and its admin in a browser."""

import pytest
from flask import Flask

from tests.helpers.console import Browser, Town
from tests.staff.conftest import town  # noqa: F401 - fixture


@pytest.fixture
def ada(app: Flask, town: Town) -> Browser:
    """The admin of the shop."""
    browser = Browser(app)
    assert browser.sign_in("ada@example.com").status_code == 303
    return browser
