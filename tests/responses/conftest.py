"""Fixtures of responses: the app, and a shop with customers."""

from typing import Any

import pytest

from feedback.app import create_app
from feedback.db import Database
from feedback.settings import Settings
from tests.helpers.desk_fixtures import asha, console, desk, juma, lulu, parisa  # noqa: F401 - fixtures
from tests.responses.shop import Shop, open_shop


@pytest.fixture
def app(settings: Settings, database: Database) -> Any:
    """The application on a database of its own."""
    return create_app(settings, database)


@pytest.fixture
def shop(app: Any, settings: Settings, database: Database) -> Shop:
    """A shop in six languages with every shipped survey published."""
    return open_shop(app, settings, database)
