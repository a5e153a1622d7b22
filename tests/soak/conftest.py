"""One running service per kind of database for all soaks of a process."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import NO_POSTGRES, POSTGRES, on_server, postgres_url
from tests.helpers.server import Service, running_service


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Web and worker as processes of their own, with an own database."""
    folder: Path = tmp_path_factory.mktemp(f"service-{request.param}")
    if request.param == "sqlite":
        with running_service(folder) as found:
            yield found
        return
    if not POSTGRES:
        pytest.skip(NO_POSTGRES)
    name = f"feedback_soak_{uuid.uuid4().hex[:12]}"
    on_server(f"CREATE DATABASE {name}")
    try:
        with running_service(folder, postgres_url(name)) as found:
            yield found
    finally:
        on_server(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
