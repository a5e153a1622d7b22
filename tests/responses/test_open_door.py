"""Answering without a link: one answer per form, robots set apart, what a network may send in an hour."""

import json
import threading
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from feedback.actors import SYSTEM
from feedback.cases.models import Case
from feedback.errors import NotAllowed
from feedback.responses import limits
from feedback.responses.actions import release
from feedback.responses.models import Answer, Draft, Response
from tests.conftest import REDIS
from tests.responses.shop import NOON, Page, Shop

DOOR = "/survey/shop/support-csat"


def opened(shop: Shop, noon: time_machine.Traveller, door: str = DOOR) -> Page:
    """A form that was read for a moment."""
    page = shop.open(door, headers={"Accept-Language": "en"})
    noon.shift(timedelta(seconds=5))
    return page


def test_anybody_can_answer_step_by_step_without_anything_being_kept(shop: Shop, noon: Any) -> None:
    page = opened(shop, noon)
    page = shop.fill(page, score="1")
    page = shop.fill(page, why=["slow", "other"], **{"why.other": "The queue"})
    page = shop.fill(page, go="back", words="typed before going back")
    assert page.fields["why"] == ["slow", "other"]
    assert page.fields["why.other"] == ["The queue"]
    page = shop.fill(page)
    assert page.fields["words"] == ["typed before going back"]
    page = shop.fill(page)
    assert shop.count(Draft) == shop.count() == 0
    page = shop.fill(page)
    assert "You will find our answer on this page by" in page.text
    assert page.soup.select_one("main a.button")["href"].startswith("http://127.0.0.1:8000/c/")
    response = shop.response()
    assert (response.assurance, response.customer_id, response.link_id) == ("anonymous", None, None)
    assert response.state == "complete"
    assert shop.said(response)["why"] == ["slow", "other"]
    assert shop.count(Case) == 1


def test_a_form_is_stored_once_however_often_it_is_sent(shop: Shop, noon: Any) -> None:
    page = opened(shop, noon)
    fields = {**page.fields, "score": "4", "words": "Fine"}
    told = [shop.send_json(DOOR, fields).get_json() for _ in range(3)]
    assert [one["status"] for one in told] == ["stored", "already", "already"]
    assert len({one["response"] for one in told}) == 1
    changed = shop.send_json(DOOR, {**fields, "score": "5"}).get_json()
    assert (changed["status"], changed["response"]) == ("updated", told[0]["response"])
    assert shop.count() == 1
    other = opened(shop, noon)
    assert shop.send_json(DOOR, {**other.fields, "score": "4"}).get_json()["status"] == "stored"
    assert shop.count() == 2


def test_a_key_of_the_program_s_own_makes_two_forms_one(shop: Shop, noon: Any) -> None:
    for _ in range(2):
        page = opened(shop, noon)
        reply = shop.send_json(DOOR, {**page.fields, "score": "4"}, Idempotency_Key="order-1")
        assert reply.status_code == 200
    assert shop.count() == 1
    other = opened(shop, noon, "/survey/shop/nps")
    shop.send_json("/survey/shop/nps", {**other.fields, "score": "4"}, Idempotency_Key="order-1")
    assert shop.count() == 2


def test_a_key_that_a_stranger_guesses_shows_and_changes_nothing(shop: Shop, noon: Any) -> None:
    key = {"Idempotency_Key": "1"}
    mine = {**opened(shop, noon).fields, "score": "1"}
    first = shop.send_json(DOOR, mine, **key).get_json()
    theirs = opened(shop, noon).fields
    same = shop.send_json(DOOR, {**theirs, "score": "1"}, **key).get_json()
    assert (same["status"], same["follow_up"]) == ("already", None)
    page = shop.client.post(DOOR, data={**theirs, "score": "1"}, headers={"Idempotency-Key": "1"}).text
    assert "/c/" not in page
    assert "fb_edit" not in page
    other = shop.send_json(DOOR, {**theirs, "score": "2"}, **key)
    assert (other.status_code, other.get_json()["code"], shop.count()) == (409, "key-used", 1)
    again = shop.send_json(DOOR, mine, **key).get_json()
    assert (again["status"], again["follow_up"]) == ("already", first["follow_up"])
    assert shop.send_json(DOOR, {**mine, "score": "2"}, **key).get_json()["status"] == "updated"


@pytest.mark.parametrize("document", ["[" * 20_000, '{"a":' * 20_000, "{"])
def test_json_that_is_none_is_refused(shop: Shop, noon: Any, document: str) -> None:
    for path in (DOOR, shop.link("cancel")[0], shop.link()[0]):
        assert shop.client.post(path, data=document, content_type="application/json").status_code == 400


def test_half_a_character_costs_nobody_their_words(shop: Shop, noon: Any) -> None:
    """Programs that cut texts by their length send one."""
    fields = {name: values[0] for name, values in opened(shop, noon).fields.items()}
    for at_once in (False, True):
        accept = {"Accept": "application/json"} if at_once else {}
        said = json.dumps({**fields, "score": "4", "words": "Fine \ud83d\ude00 \ud83d"})
        reply = shop.client.post(DOOR, data=said, content_type="application/json", headers=accept)
        assert reply.status_code == 200
    assert shop.said(shop.response())["words"] == ["Fine \U0001f600 ?"]


def test_the_answer_can_be_changed_with_the_button_of_the_reply_only(shop: Shop, noon: Any) -> None:
    page = opened(shop, noon)
    thanks = shop.post(DOOR, {**page.fields, "score": "1", "words": "Bad"})
    again = shop.fill(thanks)
    assert again.fields["score"] == ["1"]
    done = shop.post(DOOR, {**again.fields, "score": "5", "words": "Not so bad"})
    assert "Your changed answer has been saved." in done.text
    assert shop.count() == 1
    assert shop.said(shop.response()) == {"score": [5], "words": ["Not so bad"]}
    noon.shift(timedelta(minutes=40))
    late = shop.fill(done)
    assert "You have already answered" in late.text
    late = shop.post(DOOR, {**again.fields, "score": "2"})
    assert "You have already answered" in late.text
    assert shop.count() == 1


def test_what_counts_is_not_made_spam_by_changing_it(shop: Shop, noon: Any) -> None:
    page, words = opened(shop, noon, "/message/shop"), "Nobody has called me back"
    spam = "Cheap: http://a.example http://b.example http://c.example"
    thanks = shop.fill(page, message=words)
    change = shop.post(thanks.form["action"], thanks.fields)
    for _ in range(2):  # by the button of the reply, and with the first form once more
        assert shop.fill(change, message=spam).status == 200
        assert shop.send_json("/message/shop", page.fields | {"message": spam}).get_json()["status"] != "updated"
    with shop.database.read() as session:
        found = session.scalars(select(Response).where(Response.site_id == shop.site_id).order_by(Response.id)).all()
    assert [(one.state, "links" in one.flags) for one in found] == [("complete", False)] + [("quarantined", True)] * 2
    assert shop.said(found[0]) == {"message": [words]}
    assert shop.count(Case) == 1


def test_an_edit_of_one_survey_changes_no_other(shop: Shop, noon: Any) -> None:
    thanks = shop.post(DOOR, {**opened(shop, noon).fields, "score": "1", "words": "Secret"})
    page = shop.post("/survey/shop/nps", {"fb_edit": thanks.fields["fb_edit"]})
    assert "Secret" not in page.response.get_data(as_text=True)
    assert "You have already answered" in page.text


def test_without_our_form_nothing_is_stored_and_everything_is_kept(shop: Shop) -> None:
    page = shop.post(DOOR, {"score": "2", "words": "Hello"})
    assert page.status == 422
    assert page.fields["score"] == ["2"]
    reply = shop.send_json(DOOR, {"score": "2"})
    assert (reply.status_code, reply.get_json()["code"]) == (422, "form-expired")
    assert shop.count() == 0


def test_a_robot_is_thanked_like_anybody_and_set_apart(shop: Shop, noon: Any) -> None:
    trapped = opened(shop, noon)
    trap = next(one["name"] for one in trapped.soup.select(".trap input"))
    thanks = shop.post(DOOR, {**trapped.fields, trap: "http://spam.example", "score": "1", "words": "Buy this"})
    assert "Thank you" in thanks.text
    with shop.database.read() as session:
        rows = session.scalars(select(Response).order_by(Response.id)).all()
    assert [(row.state, row.flags) for row in rows] == [("quarantined", ["trap"])]
    assert shop.count(Case) == 0
    assert trap_sprung(shop, noon) == ("quarantined", None)


def trap_sprung(shop: Shop, noon: Any) -> tuple[str, Any]:
    """What a program is told whose answer filled in the field that nobody sees."""
    page = opened(shop, noon)
    trap = next(one["name"] for one in page.soup.select(".trap input"))
    said = shop.send_json(DOOR, {**page.fields, trap: "x", "score": "1"}).get_json()
    return said["status"], said["follow_up"]


def test_speed_alone_is_noted_and_holds_nothing_back(shop: Shop, noon: Any) -> None:
    fast = shop.open(DOOR)
    assert shop.send_json(DOOR, {**fast.fields, "score": "1"}).get_json()["status"] == "stored"
    assert shop.response().flags == ["too_fast"]
    assert shop.count(Case) == 1


def test_the_trap_has_another_name_in_each_form_and_links_have_none(shop: Shop) -> None:
    names = {shop.open(DOOR).soup.select_one(".trap input")["name"] for _ in range(5)}
    assert len(names) == 5
    path, _ = shop.link()
    assert shop.open(path).soup.select_one(".trap") is None


def test_an_answer_let_out_of_quarantine_is_routed_then(shop: Shop, noon: Any) -> None:
    trap_sprung(shop, noon)
    with shop.database.write() as session:
        release(session, SYSTEM, shop.site_id, shop.response().public_id)
    assert shop.response().state == "complete"
    assert shop.count(Case) == 1
    with pytest.raises(NotAllowed), shop.database.write() as session:
        release(session, SYSTEM, shop.site_id, shop.response().public_id)


def test_a_network_that_sends_many_is_set_apart_and_at_ten_times_that_refused(
    shop: Shop, noon: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from feedback.responses.pages import storing, suspicion  # noqa: PLC0415 - patched below

    monkeypatch.setattr(suspicion, "OPEN_ANSWERS", 3)
    monkeypatch.setattr(storing, "OPEN_REFUSED", 6)
    statuses = []
    for _ in range(8):
        reply = shop.send_json("/survey/shop/nps", {**opened(shop, noon, "/survey/shop/nps").fields, "score": "9"})
        statuses.append(reply.get_json().get("status"))
    assert statuses == ["stored"] * 3 + ["quarantined"] * 3 + [429] * 2
    assert reply.headers["Retry-After"]
    page = shop.post("/survey/shop/nps", {**opened(shop, noon, "/survey/shop/nps").fields, "score": "9"})
    assert page.status == 429
    assert page.fields["score"] == ["9"]
    path, _ = shop.link("nps")
    assert shop.send_json(path, {"score": "9"}).get_json()["status"] == "stored"
    noon.shift(timedelta(hours=1))
    reply = shop.send_json("/survey/shop/nps", {**opened(shop, noon, "/survey/shop/nps").fields, "score": "9"})
    assert reply.get_json()["status"] == "stored"


def test_a_link_stores_sixty_steps_an_hour_and_retries_do_not_count(
    shop: Shop, noon: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from feedback.responses.pages import storing  # noqa: PLC0415 - patched below

    monkeypatch.setattr(storing, "LINK_STEPS", 4)
    path, _ = shop.link("support-csat", "en")
    for _ in range(10):
        assert shop.send_json(path, {"score": "3"}).status_code == 200
    for score in ("1", "2", "4"):
        assert shop.send_json(path, {"score": score}).get_json()["status"] == "updated"
    assert shop.send_json(path, {"score": "5"}).status_code == 429
    noon.shift(timedelta(hours=1))
    assert shop.open(path).status == 200


COUNTERS = ["machine", pytest.param("redis", marks=pytest.mark.skipif(not REDIS, reason="no Redis"))]


@pytest.mark.parametrize("where", COUNTERS)
def test_counts_start_again_with_the_hour_and_salts_with_the_day(where: str, noon: Any) -> None:
    counter = limits.MachineCounter() if where == "machine" else limits.RedisCounter(str(REDIS))
    key = f"test-{id(counter)}"
    assert counter.count(key) == 0
    counter.add(key)
    counter.add(key)
    assert counter.count(key) == 2
    today = counter.salt()
    assert counter.salt() == today
    noon.shift(timedelta(hours=1))
    assert counter.count(key) == 0
    noon.shift(timedelta(days=1))
    assert counter.salt() != today


def test_networks_are_counted_by_a_hash_of_what_they_share() -> None:
    counter = limits.MachineCounter()

    def key(address: str | None) -> str:
        return limits.network_key(counter, 1, address)

    assert key("192.0.2.7") == key("192.0.2.200") == key("::ffff:192.0.2.1") != key("192.0.3.7")
    assert key("2001:db8:1:2::5") == key("2001:db8:1:2:ffff::1") != key("2001:db8:1:3::5")
    assert "192.0.2" not in key("192.0.2.7")
    assert key(None) == key("nonsense")


def test_while_redis_is_away_answers_come_first() -> None:
    counter = limits.RedisCounter("redis://127.0.0.1:1/0")
    assert counter.count("x") == 0
    counter.add("x")
    assert limits.network_key(counter, 1, "192.0.2.7")


def test_many_threads_with_one_form_store_one_answer(shop: Shop) -> None:
    with time_machine.travel(NOON, tick=True):
        fields = shop.open("/survey/shop/nps").fields
    replies: list[str] = []
    barrier = threading.Barrier(12)

    def send() -> None:
        client = shop.app.test_client()
        barrier.wait()
        reply = client.post("/survey/shop/nps", data={**fields, "score": "9"}, headers={"Accept": "application/json"})
        replies.append(reply.get_json().get("status"))

    with time_machine.travel(NOON + timedelta(seconds=5), tick=True):
        threads = [threading.Thread(target=send) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(replies) == ["already"] * 11 + ["stored"]
    assert shop.count() == shop.count(Answer) == 1
