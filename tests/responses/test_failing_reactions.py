"""What somebody answered is stored whatever goes wrong with what is to follow from it, and that is tried again."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from feedback.cases.models import Case
from feedback.db import Database
from feedback.jobs import Job
from feedback.links.keys import derived_secret
from feedback.worker import Worker
from tests.responses.shop import Shop


@contextmanager
def nobody_finds_the_rules(database: Database) -> Iterator[None]:
    """As when a table is locked away or damaged: whoever asks for the rules meanwhile gets an error."""
    with database.write() as session:
        session.execute(text("ALTER TABLE routing_rule RENAME TO routing_rule_away"))
    try:
        yield
    finally:
        with database.write() as session:
            session.execute(text("ALTER TABLE routing_rule_away RENAME TO routing_rule"))


def test_an_answer_is_kept_when_the_look_for_its_rules_fails_and_its_case_comes_later(shop: Shop) -> None:
    path, link = shop.link()
    with nobody_finds_the_rules(shop.database):
        reply = shop.send_json(path, {"score": "1"})
        assert (reply.status_code, reply.json["status"]) == (200, "stored")
    assert shop.response(link).score == 0
    assert shop.count(Case) == 0
    with shop.database.write() as session:  # at once, not in five seconds
        session.execute(Job.__table__.update().values(run_at=Job.created_at))
    worker = Worker(shop.settings, shop.database, derived_secret(shop.settings, "jobs"))
    worker.drain()
    worker.close()
    assert shop.count(Case) == 1
