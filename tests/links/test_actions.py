"""Links as rows: the same for the same interaction, used up once, revoked."""

import threading
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from feedback import clock
from feedback.actors import SYSTEM, Actor
from feedback.audit import AuditRow
from feedback.customers.actions import InteractionFacts, record_interaction, upsert_customer
from feedback.customers.rows import CustomerFacts
from feedback.db import Database
from feedback.errors import NotFound
from feedback.links import actions, queries, urls
from feedback.links.models import Link
from feedback.links.purposes import Purpose
from feedback.links.signing import keyring, open_staff_join, open_staff_reset, open_survey
from feedback.sites.actions import add_site
from feedback.surveys.models import Survey

TERMINAL = Actor.command("test")


@pytest.fixture
def place(database: Database) -> dict[str, int]:
    """A site with a customer, an interaction and a survey."""
    with database.write() as session:
        site = add_site(session, SYSTEM, key="shop", name="Duka")
        customer = upsert_customer(session, SYSTEM, site.id, CustomerFacts("C-1"))
        interaction = record_interaction(session, SYSTEM, site.id, customer.id, InteractionFacts("T-1"))
        survey_id = session.scalars(select(Survey.id).where(Survey.site_id == site.id, Survey.slug == "nps")).one()
        return {
            "site_id": site.id,
            "customer_id": customer.id,
            "interaction_id": interaction.id,
            "survey_id": survey_id,
        }


def issue(database: Database, place: dict[str, int], **more: Any) -> Link:
    with database.write() as session:
        keys = {**place, "locale": "sw", **more}
        return actions.issue_survey_link(session, TERMINAL, keys.pop("site_id"), **keys)


def test_the_same_interaction_has_one_link_also_when_asked_at_once(database: Database, place: dict[str, int]) -> None:
    found: list[int] = []
    barrier = threading.Barrier(8)

    def ask() -> None:
        barrier.wait()
        found.append(issue(database, place).id)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    with database.read() as session:
        assert len(session.scalars(select(AuditRow).where(AuditRow.action == "link.issue")).all()) == 1


def test_a_link_whose_time_is_over_begins_anew_for_the_same_interaction(
    database: Database, place: dict[str, int]
) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        first = issue(database, place)
        old = urls.survey_url(database.settings, first)
        traveller.shift(timedelta(days=89))
        assert urls.survey_url(database.settings, issue(database, place)) == old
        traveller.shift(timedelta(days=2))
        again = issue(database, place)
        assert (again.id, again.key) == (first.id, first.key)
        fresh = urls.survey_url(database.settings, again).rpartition("/")[2]
        assert open_survey(keyring(database.settings), fresh).key == first.key
        with pytest.raises(NotFound):
            open_survey(keyring(database.settings), old.rpartition("/")[2])


def test_without_an_interaction_each_link_is_new(database: Database, place: dict[str, int]) -> None:
    one, two = (issue(database, place, interaction_id=None) for _ in range(2))
    assert one.id != two.id
    assert one.key != two.key


def test_an_address_names_nobody_and_comes_from_the_settings(database: Database, place: dict[str, int]) -> None:
    link = issue(database, place)
    address = urls.survey_url(database.settings, link)
    assert address.startswith("http://127.0.0.1:8000/s/")
    assert urls.survey_url(database.settings, link) == address
    token = address.rpartition("/")[2]
    opened = open_survey(keyring(database.settings), token)
    assert (opened.site_id, opened.key, opened.locale) == (place["site_id"], link.key, "sw")
    assert b"C-1" not in link.key
    assert urls.open_survey_url(database.settings, "shop", "nps") == "http://127.0.0.1:8000/survey/shop/nps"
    assert urls.privacy_url(database.settings, "shop").endswith("/privacy/shop")
    assert urls.case_url(database.settings, "shop", "abc").endswith("/console/shop/cases/abc")


def test_a_link_is_used_up_once_whoever_asks_at_the_same_moment(database: Database, place: dict[str, int]) -> None:
    with database.write() as session:
        link = actions.issue_staff_link(session, SYSTEM, place["site_id"], Purpose.STAFF_JOIN, staff_id=1, locale="en")
    won: list[bool] = []
    barrier = threading.Barrier(8)

    def use() -> None:
        barrier.wait()
        with database.write() as session:
            won.append(actions.consume(session, place["site_id"], link.id))

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 7 + [True]
    with database.read() as session, pytest.raises(NotFound):
        queries.open_link_of(session, place["site_id"], Purpose.STAFF_JOIN, link.key)


def test_a_newer_staff_link_ends_the_older_ones_of_its_kind(database: Database, place: dict[str, int]) -> None:
    site_id = place["site_id"]
    with database.write() as session:
        first = actions.issue_staff_link(session, SYSTEM, site_id, Purpose.STAFF_RESET, staff_id=1, locale="en")
        join = actions.issue_staff_link(session, SYSTEM, site_id, Purpose.STAFF_JOIN, staff_id=1, locale="en")
        other = actions.issue_staff_link(session, SYSTEM, site_id, Purpose.STAFF_RESET, staff_id=2, locale="en")
        second = actions.issue_staff_link(session, SYSTEM, site_id, Purpose.STAFF_RESET, staff_id=1, locale="en")
    with database.read() as session:
        with pytest.raises(NotFound):
            queries.open_link_of(session, site_id, Purpose.STAFF_RESET, first.key)
        for kept in (join, other, second):
            assert queries.open_link_of(session, site_id, Purpose(kept.purpose), kept.key).id == kept.id
        with pytest.raises(NotFound):
            queries.open_link_of(session, site_id, Purpose.STAFF_JOIN, second.key)
        with pytest.raises(NotFound):
            queries.open_link_of(session, site_id + 1, Purpose.STAFF_RESET, second.key)
    ring = keyring(database.settings)
    token = urls.reset_url(database.settings, second).rpartition("/console/reset/")[2]
    assert open_staff_reset(ring, token).key == second.key
    token = urls.join_url(database.settings, join).rpartition("/console/join/")[2]
    assert open_staff_join(ring, token).key == join.key
    with time_machine.travel(clock.now() + timedelta(minutes=31)), database.read() as session:
        with pytest.raises(NotFound):
            queries.open_link_of(session, site_id, Purpose.STAFF_RESET, second.key)
        assert queries.open_link_of(session, site_id, Purpose.STAFF_JOIN, join.key).id == join.id
    with pytest.raises(ValueError, match="survey"), database.write() as session:
        actions.issue_staff_link(session, SYSTEM, site_id, Purpose.SURVEY, staff_id=1, locale="en")


def test_a_revoked_link_stays_revoked(database: Database, place: dict[str, int]) -> None:
    link = issue(database, place)
    with database.write() as session:
        actions.revoke_link(session, TERMINAL, place["site_id"], link.id)
    with database.write() as session:
        actions.revoke_link(session, TERMINAL, place["site_id"], link.id)
        with pytest.raises(NotFound):
            actions.revoke_link(session, TERMINAL, place["site_id"] + 1, link.id)
    with database.read() as session:
        found = queries.link_of(session, place["site_id"], Purpose.SURVEY, link.key)
        rows = session.scalars(select(AuditRow).where(AuditRow.action == "link.revoke")).all()
    assert found.revoked_at is not None
    assert len(rows) == 1
