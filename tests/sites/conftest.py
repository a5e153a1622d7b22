"""The town and console that the tests of staff use."""

from tests.staff.conftest import app, browser, town

__all__ = ["app", "browser", "town"]
