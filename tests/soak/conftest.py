"""One running service per kind of database for all soaks of a process."""

from collections.abc import Iterator

import pytest

from tests.conftest import kind_of_database
from tests.helpers.server import Service, running_service


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Web and worker as processes of their own, with an own database."""
    folder = tmp_path_factory.mktemp(f"service-{request.param}")
    with kind_of_database(request.param) as address, running_service(folder, address) as found:
        yield found
