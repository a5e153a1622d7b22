"""The soak of mails at full size: ``make soak`` runs it and prints what it measured."""

import os

import pytest

from feedback.db import Database
from feedback.settings import Settings
from tests.soak.mails import killed_while_sending

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]


def test_1000_mails_survive_three_kills_and_a_server_that_refuses_a_third(
    settings: Settings, database: Database
) -> None:
    seed = int(os.environ.get("SOAK_SEED", "20261122"))
    killed_while_sending(settings, database, mails=1000, kills=3, seed=seed)
