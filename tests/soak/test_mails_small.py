"""The soak of mails in small, in every test run."""

from feedback.db import Database
from feedback.settings import Settings
from tests.soak.mails import killed_while_sending


def test_no_mail_is_lost_when_the_server_refuses_a_third_and_the_worker_is_killed(
    settings: Settings, database: Database
) -> None:
    killed_while_sending(settings, database, mails=60, kills=1, seed=11)
