"""The schema is what the migrations make, on both databases, and it is what the models say."""

from feedback.db import Database
from feedback.migrations import runner
from feedback.settings import Settings
from feedback.worker import make_huey


def test_the_migrated_schema_has_all_that_the_models_have(database: Database) -> None:
    assert runner.current(database) == runner.head()
    assert runner.differences(database) is None


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    runner.upgrade(database)
    assert runner.current(database) == runner.head()


def test_the_tables_of_the_job_store_are_nobody_elses_business(settings: Settings, database: Database) -> None:
    huey = make_huey(settings, "a secret for tests")
    huey.pending_count()
    assert runner.differences(database) is None
    huey.storage.close()
