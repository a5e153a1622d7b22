"""Half-finished answers: kept, gone on with, stored as partial when they rest."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from feedback.cases.models import Case
from feedback.jobs import JobContext, function_named, periodic
from feedback.responses.models import Draft
from tests.responses.shop import NOON, Shop


def work(shop: Shop, name: str, **args: Any) -> None:
    """Do one piece of the worker's work."""
    function_named(name)(JobContext(shop.database, shop.settings, args, shop.site_id))


def test_a_link_goes_on_where_it_was_left_and_shows_nothing_that_was_said(shop: Shop) -> None:
    path, _ = shop.link("support-csat", "en")
    page = shop.fill(shop.open(path), score="1")
    shop.fill(page, why=["slow", "other"], **{"why.other": "a secret"})
    later = shop.open(path)
    assert later.asked == ["words"]
    assert "back" not in later.buttons
    assert "a secret" not in later.response.get_data(as_text=True)
    draft = shop.draft()
    assert draft is not None
    assert draft.values == {"score": ["1"], "why": ["slow", "other"], "why.other": ["a secret"]}


def test_going_on_in_another_browser_keeps_what_was_answered_before(shop: Shop) -> None:
    path, link = shop.link("support-csat", "en")
    page = shop.fill(shop.open(path), score="1")
    shop.fill(page, why=["rude"])
    page = shop.fill(shop.open(path), words="It was rude")
    shop.fill(page, contact="yes")
    assert shop.said(shop.response(link)) == {
        "score": [1], "why": ["rude"], "words": ["It was rude"], "contact": ["yes"],
    }  # fmt: skip
    assert shop.draft() is None


def test_an_angry_first_tap_reaches_somebody_after_an_hour(shop: Shop, noon: Any) -> None:
    path, link = shop.link("support-csat", "sw")
    shop.fill(shop.open(path), score="1")
    noon.shift(timedelta(minutes=59))
    work(shop, "responses.store_resting")
    assert shop.count() == 0
    noon.shift(timedelta(minutes=2))
    work(shop, "responses.store_resting")
    work(shop, "responses.store_resting")
    response = shop.response(link)
    assert (response.state, response.score, response.locale) == ("partial", 0, "sw")
    assert shop.count(Case) == 1


def test_whoever_comes_back_finishes_the_same_answer(shop: Shop, noon: Any) -> None:
    path, link = shop.link("support-csat", "en")
    shop.fill(shop.open(path), score="1")
    noon.shift(timedelta(hours=2))
    work(shop, "responses.store_resting")
    page = shop.open(path)
    assert page.asked == ["why"]
    page = shop.fill(page, why=["slow"])
    page = shop.fill(page, words="I came back")
    page = shop.fill(page, contact="yes")
    assert "get back to you" in page.text
    response = shop.response(link)
    assert (response.state, response.score) == ("complete", 0)
    assert shop.said(response)["words"] == ["I came back"]
    assert shop.count() == shop.count(Case) == 1
    assert shop.draft() is None


def test_going_on_a_little_updates_the_partial_answer_after_another_hour(shop: Shop, noon: Any) -> None:
    path, link = shop.link("support-csat", "en")
    shop.fill(shop.open(path), score="1")
    noon.shift(timedelta(hours=2))
    work(shop, "responses.store_resting")
    shop.fill(shop.open(path), why=["slow"])
    noon.shift(timedelta(hours=2))
    work(shop, "responses.store_resting")
    assert shop.response(link).state == "partial"
    assert shop.said(shop.response(link)) == {"score": [1], "why": ["slow"]}


def test_a_draft_without_its_score_is_never_stored(shop: Shop, noon: Any) -> None:
    path, _ = shop.link("message", "en")
    page = shop.open(path)
    if page.go == "next":
        shop.fill(page, **{page.asked[0]: "hello"})
    noon.shift(timedelta(hours=5))
    work(shop, "responses.store_resting")
    assert shop.count() == 0
    noon.shift(timedelta(days=91))
    work(shop, "responses.forget_drafts")
    assert shop.draft() is None


def test_a_draft_that_a_slow_tab_wrote_after_the_end_is_cleaned_away(shop: Shop, noon: Any) -> None:
    path, link = shop.link()
    shop.send_json(path, {"score": "1"})
    with shop.database.write() as session:
        session.add(
            Draft(
                site_id=shop.site_id, link_id=link.id, version_id=shop.response(link).version_id, locale="sw",
                values={"score": ["2"]}, step="why", scored=True, touched_at=NOON,
            )
        )  # fmt: skip
    noon.shift(timedelta(hours=2))
    work(shop, "responses.store_resting")
    assert shop.response(link).score == 0
    assert shop.draft() is None
    with shop.database.write() as session:
        session.add(
            Draft(
                site_id=shop.site_id, link_id=link.id, version_id=shop.response(link).version_id, locale="sw",
                values={"score": ["2"]}, step="why", scored=True, touched_at=NOON,
            )
        )  # fmt: skip
    work(shop, "responses.after", response_id=shop.response(link).id)
    assert shop.draft() is None


def test_the_worker_looks_for_resting_drafts_every_minute() -> None:
    assert periodic()["responses.store_resting"] == timedelta(minutes=1)
    assert periodic()["responses.forget_drafts"] == timedelta(days=1)


def test_each_answer_leaves_one_job_for_afterwards(shop: Shop) -> None:
    from feedback.jobs import Job  # noqa: PLC0415 - the row, beside the functions above

    path, link = shop.link()
    shop.send_json(path, {"score": "5"})
    with shop.database.read() as session:
        jobs = session.scalars(select(Job).where(Job.name == "responses.after")).all()
    assert [job.args for job in jobs] == [{"response_id": shop.response(link).id}]
