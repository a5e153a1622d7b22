"""One answer per link: retries, second tabs, changing within the window, and no more after it."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from feedback.cases.models import Case
from feedback.events import ResponseSubmitted, ResponseUpdated
from feedback.responses.models import Draft, ResponseRevision
from tests.responses.shop import NOON, Shop

LOW = {"score": "1", "words": "Mbaya", "contact": "yes"}
HIGH = {"score": "5", "words": "Nzuri"}


def test_the_same_answer_again_is_stored_once(shop: Shop) -> None:
    path, _ = shop.link()
    first = shop.send_json(path, LOW).get_json()
    again = shop.send_json(path, LOW).get_json()
    assert (first["status"], again["status"]) == ("stored", "already")
    assert first["response"] == again["response"]
    assert first["follow_up"] == again["follow_up"] is not None
    assert shop.count() == shop.count(Case) == 1
    assert shop.count(ResponseRevision) == 0


def test_a_double_click_is_thanked_twice_and_stored_once(shop: Shop) -> None:
    path, _ = shop.link("support-csat", "en")
    page = shop.open(path)
    fields = {**page.fields, **LOW, "fb_go": "send"}
    one, two = shop.post(path, fields), shop.post(path, fields)
    assert one.status == two.status == 200
    assert "get back to you" in one.text
    assert "get back to you" in two.text
    assert shop.count() == 1


def test_two_tabs_end_in_one_answer_that_says_what_was_sent_last(shop: Shop) -> None:
    path, link = shop.link("support-csat", "en")
    one, two = shop.open(path), shop.open(path)
    for page, score in ((one, "1"), (two, "2")):
        page = shop.fill(page, score=score)
        page = shop.fill(page, why=["slow"])
        page = shop.fill(page, words=f"tab {score}")
        page = shop.fill(page, contact="yes")
        assert page.status == 200
    assert shop.count() == 1
    assert shop.said(shop.response(link))["words"] == ["tab 2"]


def test_another_answer_within_the_window_replaces_the_first_and_what_it_said_is_kept(
    shop: Shop, noon: time_machine.Traveller
) -> None:
    path, link = shop.link()
    first = shop.send_json(path, LOW).get_json()
    noon.shift(timedelta(minutes=29))
    reply = shop.send_json(path, HIGH).get_json()
    assert reply["status"] == "updated"
    assert reply["response"] == first["response"]
    response = shop.response(link)
    assert response.score == 100
    assert response.created_at == NOON
    assert response.updated_at == NOON + timedelta(minutes=29)
    assert shop.said(response) == {"score": [5], "words": ["Nzuri"]}
    with shop.database.read() as session:
        before = session.scalars(select(ResponseRevision).where(ResponseRevision.site_id == shop.site_id)).one()
        case = session.scalars(select(Case).where(Case.site_id == shop.site_id)).one()
    assert before.score == 0
    assert before.answers["words"] == [["", None, "Mbaya"]]
    assert (case.state, case.outcome) == ("resolved", "withdrawn")


def test_after_the_window_nothing_changes_and_the_page_says_so(shop: Shop, noon: time_machine.Traveller) -> None:
    path, link = shop.link("support-csat", "en")
    shop.send_json(path, LOW)
    noon.shift(timedelta(minutes=31))
    assert shop.send_json(path, HIGH).get_json()["status"] == "already"
    page = shop.post(path, HIGH)
    assert page.status == 200
    assert "You have already answered" in page.text
    assert shop.response(link).score == 0
    assert shop.count(ResponseRevision) == 0


def test_high_to_low_within_the_window_opens_a_case(shop: Shop, noon: time_machine.Traveller) -> None:
    path, _ = shop.link()
    shop.send_json(path, HIGH)
    assert shop.count(Case) == 0
    reply = shop.send_json(path, LOW).get_json()
    assert reply["status"] == "updated"
    assert reply["follow_up"] is not None
    assert shop.count(Case) == 1


def test_a_later_look_says_answered_and_shows_none_of_the_words(shop: Shop) -> None:
    path, _ = shop.link("support-csat", "en")
    shop.send_json(path, LOW)
    for address in (path, path + "?score=3", path + "?lang=fa"):
        page = shop.open(address)
        assert page.status == 200
        assert page.soup.select_one("#survey") is None
        assert "Mbaya" not in page.response.get_data(as_text=True)
        assert "fb_edit" not in page.response.get_data(as_text=True)
    assert shop.open(path).soup.select_one("main a")["href"] == "/message/shop?lang=en"


def test_only_the_reply_to_the_submit_brings_the_form_back_filled_in(shop: Shop) -> None:
    path, link = shop.link("support-csat", "en")
    thanks = shop.post(path, {**shop.open(path).fields, **LOW, "why": ["slow"]})
    page = shop.fill(thanks)
    assert page.fields["score"] == ["1"]
    assert page.asked == ["score"]
    page = shop.fill(page, score="2")
    assert page.fields["why"] == ["slow"]
    page = shop.fill(page)
    assert page.fields["words"] == ["Mbaya"]
    page = shop.fill(page, words="Si mbaya sana")
    page = shop.fill(page)
    assert "Your changed answer has been saved." in page.text
    assert shop.said(shop.response(link)) == {
        "score": [2], "why": ["slow"], "words": ["Si mbaya sana"], "contact": ["yes"],
    }  # fmt: skip
    assert shop.count(Draft) == 0
    edit = thanks.fields["fb_edit"]
    other, _ = shop.link("support-csat", "en")
    foreign = shop.post(other, {"fb_edit": edit})
    assert "Mbaya" not in foreign.response.get_data(as_text=True)


def test_the_right_to_change_ends_with_the_window(shop: Shop, noon: time_machine.Traveller) -> None:
    path, link = shop.link("support-csat", "en")
    thanks = shop.post(path, {**shop.open(path).fields, **LOW})
    noon.shift(timedelta(minutes=31))
    page = shop.fill(thanks)
    assert "You have already answered" in page.text
    assert shop.response(link).score == 0


def test_going_back_after_sending_and_sending_again_changes_the_same_answer(shop: Shop) -> None:
    path, link = shop.link("support-csat", "en")
    score = shop.open(path)
    why = shop.fill(score, score="1")
    words = shop.fill(why, why=["slow"])
    contact = shop.fill(words, words="Too slow")
    shop.fill(contact, contact="yes")
    again = shop.fill(words, words="Far too slow")  # the browser's back button, twice
    assert shop.count(Draft) == 0
    shop.fill(again, contact="yes")
    assert shop.count() == 1
    assert shop.said(shop.response(link)) == {
        "score": [1], "why": ["slow"], "words": ["Far too slow"], "contact": ["yes"],
    }  # fmt: skip


def test_facts_are_told_once_for_each_change(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from feedback import events  # noqa: PLC0415 - the registry of this process, put back afterwards

    told: list[Any] = []
    for fact in (ResponseSubmitted, ResponseUpdated):
        listeners = [*events._reactions.get(fact, ()), lambda _session, fact: told.append(fact)]
        monkeypatch.setitem(events._reactions, fact, listeners)
    path, _ = shop.link()
    for answers in (LOW, LOW, HIGH, HIGH):
        shop.send_json(path, answers)
    assert [type(fact).__name__ for fact in told] == ["ResponseSubmitted", "ResponseUpdated"]
    assert (told[1].score_before, told[1].score) == (0, 100)
