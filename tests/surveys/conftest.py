"""Sites to try surveys on."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from feedback.sites.models import Site
from tests.helpers.desk_fixtures import asha, desk, juma, lulu, parisa  # noqa: F401 - fixtures


def add_site(session: Session, key: str = "shop") -> Site:
    """A site as other features find it."""
    site = Site(key=key, name=key.title(), salt="s" * 32, created_at=datetime.now(UTC), languages=["en"])
    session.add(site)
    session.flush()
    return site


@pytest.fixture
def site(session: Session) -> Site:
    """A site without surveys."""
    return add_site(session)
