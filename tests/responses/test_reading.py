"""Lists, one response and sums for staff; what is told about a customer, and what is forgotten with them."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from feedback.actors import SYSTEM
from feedback.customers.actions import erase_customer
from feedback.errors import NotFound
from feedback.events import PersonalDataOf, TimelineOf, gather
from feedback.links.models import Link
from feedback.responses.models import ResponseRevision
from feedback.responses.queries import (
    Filter,
    list_responses,
    response_detail,
    survey_counts,
    survey_totals,
)
from feedback.surveys.queries import live_survey
from tests.responses.shop import NOON, Shop

ANSWERS: list[dict[str, Any]] = [
    {"score": "1", "why": ["slow", "rude"], "words": "Mbaya sana"},
    {"score": "2", "why": ["slow"]},
    {"score": "3"},
    {"score": "5", "words": "Nzuri"},
]


@pytest.fixture
def answered(shop: Shop) -> Shop:
    """Four answers in an hour, the first one changed afterwards, and one that was disowned."""
    with time_machine.travel(NOON, tick=False) as noon:
        paths = []
        for number, answers in enumerate(ANSWERS):
            customer_id = shop.customer(f"C-{number}", name=f"Asha {number}", email=f"asha{number}@example.com")
            path, _ = shop.link(locale=["sw-TZ", "fa", "fa-AF", "sw"][number], customer_id=customer_id)
            paths.append(path)
            shop.send_json(path, answers)
            noon.shift(timedelta(minutes=5))
        shop.send_json(paths[0], {**ANSWERS[0], "words": "Mbaya sana kabisa"})
        gone, _ = shop.link(customer_id=shop.customer("C-9"))
        shop.send_json(gone, {"score": "1"})
        shop.post(gone + "/not-me", {})
    return shop


def scores(shop: Shop, wanted: Filter | None = None, **more: Any) -> list[int | None]:
    with shop.database.read() as session:
        return [line.score for line in list_responses(session, shop.site_id, wanted, **more)]


def test_the_list_is_newest_first_and_pages_both_ways(answered: Shop) -> None:
    assert scores(answered) == [0, 100, 50, 25, 0]
    with answered.database.read() as session:
        lines = list_responses(session, answered.site_id)
    place = (lines[1].created_at, lines[1].id)
    assert scores(answered, before=place) == [50, 25, 0]
    assert scores(answered, after=(lines[3].created_at, lines[3].id), limit=2) == [100, 50]
    assert lines[1].words == "Nzuri"
    assert lines[1].customer_name == "Asha 3"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter(language="fa"), [50, 25]),
        (Filter(min_score=25, max_score=50), [50, 25]),
        (Filter(state="disowned"), [0]),
        (Filter(survey="nps"), []),
        (Filter(survey="support-csat", state="complete"), [100, 50, 25, 0]),
        (Filter(since=NOON + timedelta(minutes=5), until=NOON + timedelta(minutes=15)), [50, 25]),
    ],
)
def test_the_list_can_be_narrowed(answered: Shop, wanted: Filter, found: list[int]) -> None:
    assert scores(answered, wanted) == found
    with answered.database.read() as session:
        assert list_responses(session, answered.site_id + 1, wanted) == []


def test_one_response_is_told_with_what_it_said_before(answered: Shop) -> None:
    with answered.database.read() as session:
        line = list_responses(session, answered.site_id)[-1]
        detail = response_detail(session, answered.site_id, line.public_id)
        assert detail.customer is not None
        assert detail.customer.name == "Asha 0"
        assert detail.answers["words"].text == "Mbaya sana kabisa"
        assert [one.answers["words"].text for one in detail.revisions] == ["Mbaya sana"]
        with pytest.raises(NotFound):
            response_detail(session, answered.site_id + 1, line.public_id)


def test_sums_come_from_answers_that_count(answered: Shop) -> None:
    with answered.database.read() as session:
        asked = live_survey(session, answered.site_id, "support-csat")
        totals = survey_totals(session, answered.site_id, asked.survey_id, asked.definition)
        counts = survey_counts(session, answered.site_id)
    assert (totals.n, totals.scored, totals.partial) == (4, 4, 0)
    assert totals.score == pytest.approx(43.75)
    assert counts[asked.survey_id].n == 4
    score, why = totals.questions["score"], totals.questions["why"]
    assert [bar.n for bar in score.bars] == [1, 1, 1, 0, 1]
    assert why.n == 2
    assert {bar.value: bar.n for bar in why.bars if bar.n} == {"slow": 2, "rude": 1}
    assert totals.questions["words"].n == 2


def test_what_is_held_about_a_customer_is_told_and_then_forgotten(answered: Shop) -> None:
    with answered.database.read() as session:
        customer_id = response_detail(
            session, answered.site_id, list_responses(session, answered.site_id)[-1].public_id
        ).customer.id  # type: ignore[union-attr]
        parts = gather(session, PersonalDataOf(answered.site_id, customer_id))
        rows = next(part.rows for part in parts if part.heading == "responses")
        said = {one["question"]: one["text"] for one in rows[0]["answers"]}
        assert said["words"] == "Mbaya sana kabisa"
        assert rows[0]["before"][0]["answers"]["words"] == [["", None, "Mbaya sana"]]
        entries = gather(session, TimelineOf(answered.site_id, customer_id, NOON + timedelta(days=1), 10))
        assert "response" in {entry.kind for entry in entries}
    with answered.database.write() as session:
        erase_customer(session, SYSTEM, answered.site_id, customer_id)
    with answered.database.read() as session:
        rows = next(
            part.rows
            for part in gather(session, PersonalDataOf(answered.site_id, customer_id))
            if part.heading == "responses"
        )
        assert {one["text"] for one in rows[0]["answers"]} == {None}
        assert {one["number"] for one in rows[0]["answers"]} >= {1}
        assert rows[0]["score"] == 0
        assert rows[0]["before"] == []
        assert session.query(ResponseRevision).count() == 0
        links = session.query(Link).filter(Link.customer_id == customer_id).all()
    assert links
    assert all(link.revoked_at for link in links)
