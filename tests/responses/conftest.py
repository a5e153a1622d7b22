"""Fixtures of responses: the time, and staff who look at them."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.helpers.desk_fixtures import asha, desk, juma, lulu, parisa  # noqa: F401 - fixtures
from tests.responses.shop import NOON


@pytest.fixture
def noon() -> Iterator[time_machine.Traveller]:
    """It is noon on a working day in Dar es Salaam, and stays so until moved."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller
