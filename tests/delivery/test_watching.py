"""What /metrics tells whoever watches the service: mails and jobs that wait, fail or are given up."""

import re
from datetime import timedelta

from flask import Flask
from sqlalchemy import update

from feedback import clock
from feedback.db import Database
from feedback.delivery.jobs import send
from feedback.delivery.models import OutboxMail
from feedback.jobs import GIVE_UP_AFTER, Job, WorkerBeat
from tests.delivery.outgoing import NOWHERE, due, fail_for_good, invite, one_more, talking_to
from tests.helpers.mail_server import mail_server


def told(app: Flask) -> dict[str, str]:
    """Every metric that isn't counted by requests, with its value."""
    text = app.test_client().get("/metrics").text
    return {name: value for name, value in re.findall(r"^(feedback_(?!request)\S+) (\S+)$", text, re.MULTILINE)}


def test_mails_are_told_by_where_they_stand(app: Flask, database: Database) -> None:
    with mail_server() as server:
        send(talking_to(invite(database), server.url))
    one_more(database)
    fail_for_good(database)
    one_more(database)
    send(talking_to(due(database), NOWHERE))
    one_more(database)
    found = told(app)
    assert {
        state: found[f'feedback_mails{{state="{state}"}}'] for state in ("sent", "failed", "waiting", "withheld")
    } == {
        "sent": "1.0",
        "failed": "1.0",
        "waiting": "2.0",
        "withheld": "0.0",
    }
    assert found["feedback_mails_retrying"] == "1.0"


def test_how_long_the_oldest_mail_is_overdue_is_told(app: Flask, database: Database) -> None:
    assert told(app)["feedback_mails_oldest_due_seconds"] == "0.0"
    invite(database)
    with database.write() as session:
        hour_ago = clock.now() - timedelta(hours=1)
        session.execute(update(OutboxMail).where(OutboxMail.site_id == 1).values(next_at=hour_ago))
    assert 3600 <= float(told(app)["feedback_mails_oldest_due_seconds"]) < 3700


def test_a_job_that_was_given_up_is_no_longer_due(app: Flask, database: Database) -> None:
    assert told(app)["feedback_worker_age_seconds"] == "+Inf"
    with database.write() as session:
        before = clock.now() - timedelta(minutes=5)
        for attempts in (0, 3, GIVE_UP_AFTER):
            session.add(Job(name="x", run_at=before, attempts=attempts, created_at=before))
        session.add(WorkerBeat(name="worker:here:1", seen_at=before))
    found = told(app)
    assert (found["feedback_jobs_due"], found["feedback_jobs_failed"]) == ("2.0", "1.0")
    assert 300 <= float(found["feedback_jobs_oldest_due_seconds"]) < 400
    assert 300 <= float(found["feedback_worker_age_seconds"]) < 400
