"""Erasing, whoever does it: what the customer's links say from then on holds, and storing answers goes on meanwhile."""

import threading
import time
from datetime import timedelta

import time_machine
from sqlalchemy import select, text

from feedback import clock
from feedback.actors import SYSTEM
from feedback.customers.actions import erase_customer
from feedback.customers.queries import customer_by_id
from feedback.db import Database
from feedback.preferences.actions import lift
from feedback.preferences.models import OptOut, Suppression
from feedback.preferences.queries import key_of_address
from feedback.responses.actions import Submission, submit
from feedback.responses.drafts import save_draft
from feedback.responses.filling import fill
from feedback.responses.models import Assurance, Draft, Response
from feedback.surveys.queries import live_survey
from tests.preferences.conftest import Postbox, Unsub
from tests.preferences.test_unsubscribe import reason
from tests.responses.shop import Shop

ASHA = "asha@example.com"


def erase(shop: Shop, customer_id: int) -> None:
    with shop.database.write() as session:
        erase_customer(session, SYSTEM, shop.site_id, customer_id)


def test_nothing_is_sent_to_whoever_was_erased_by_staff_also_when_they_are_imported_again(
    shop: Shop, unsub: Unsub, post: Postbox
) -> None:
    path, _ = unsub(locale="en")
    erase(shop, shop.customer_id())
    assert "Nothing more will be sent" in shop.open(path).text
    shop.customer("C-2", email=ASHA.upper())
    assert reason(shop) == reason(shop, "surveys") == "suppressed_address"
    with shop.database.read() as session:
        key = key_of_address(session, shop.site_id, ASHA)
        (row,) = session.scalars(select(Suppression).where(Suppression.address_key == key)).all()
        (evidence,) = session.scalars(select(OptOut).where(OptOut.address_key == key)).all()
    assert (row.email, row.reason, evidence.channel, evidence.customer_id) == ("", "erasure", "staff", None)
    with shop.database.write() as session:
        lift(session, shop.site_id, row.public_id, by="Grace", because="They came back and asked for it")
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
        post.new()  # what came late is erased now; that is no second erasing
    assert reason(shop) == "ok"


def test_an_address_that_somebody_else_has_too_goes_on_as_it_was(shop: Shop, unsub: Unsub) -> None:
    unsub()
    shop.customer("C-2", email=ASHA)
    erase(shop, shop.customer_id("C-1"))
    assert reason(shop) == "ok"
    erase(shop, shop.customer_id("C-2"))
    assert reason(shop) == "suppressed_address"


def blocked(database: Database) -> bool:
    """Whether somebody waits for a lock."""
    with database.read() as session:
        query = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(session.execute(query).scalar_one())


def test_an_answer_that_is_being_stored_while_its_customer_is_erased_is_stored(shop: Shop) -> None:
    """On PostgreSQL both used to wait for each other, and one of them, mostly the answer, was thrown away."""
    customer_id = shop.customer()
    _, link = shop.link("nps", customer_id=customer_id)
    with shop.database.write() as session:
        survey = live_survey(session, shop.site_id, "nps")
        kept = {"locale": "en", "step": "why", "scored": True, "version_id": survey.version_id}
        save_draft(session, shop.site_id, link.id, values={"score": ["1"]}, **kept)
    answers = fill(survey.definition, {"score": ["1"]}).answers
    whose = (shop.site_id, survey.survey_id, survey.slug, survey.version_id)
    given = Submission(*whose, answers, 10, "en", Assurance.LINK, link_id=link.id, customer_id=customer_id)
    erasing = threading.Thread(target=erase, args=(shop, customer_id))
    with shop.database.write() as session:
        submit(session, SYSTEM, given)
        erasing.start()
        if not shop.settings.is_sqlite:
            deadline = time.monotonic() + 30
            while not blocked(shop.database):
                assert time.monotonic() < deadline, "erasing waits for the answer"
                time.sleep(0.02)
        save_draft(session, shop.site_id, link.id, values={"score": ["2"]}, **kept)
    erasing.join(30)
    with shop.database.read() as session:
        assert session.scalars(select(Draft).where(Draft.site_id == shop.site_id)).all() == []
        response = session.scalars(select(Response).where(Response.site_id == shop.site_id)).one()
        assert (response.score, customer_by_id(session, shop.site_id, customer_id).erased_at is None) == (10, False)
