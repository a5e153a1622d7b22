"""Unsubscribing: a look changes nothing, a POST always stops, what comes after is optional."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from feedback import clock
from feedback.actors import SYSTEM
from feedback.cases.models import Case
from feedback.customers.actions import erase_customer, upsert_customer
from feedback.customers.rows import CustomerFacts
from feedback.links.actions import revoke_link
from feedback.links.keys import rotate_file
from feedback.preferences import pages
from feedback.preferences.actions import Wanted, archive_topic, stop
from feedback.preferences.models import Channel, OptOut, Preference, Suppression
from feedback.preferences.policy import MailClass, Scope
from feedback.preferences.queries import may_send_to
from tests.preferences.conftest import Unsub
from tests.responses.shop import Page, Shop

ONE_CLICK = "List-Unsubscribe=One-Click"
ALREADY = {"status": "already", "response": None, "follow_up": None, "next": None}
BOUNDARY = "=-=-="
MULTIPART = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--{BOUNDARY}--\r\n'
)
BODIES: dict[str, dict[str, Any]] = {
    "urlencoded": {"data": ONE_CLICK, "content_type": "application/x-www-form-urlencoded"},
    "multipart": {"data": MULTIPART, "content_type": f'multipart/form-data; boundary="{BOUNDARY}"'},
    "plain text": {"data": ONE_CLICK, "content_type": "text/plain"},
    "JSON": {"data": '{"List-Unsubscribe": "One-Click"}', "content_type": "application/json"},
    "nothing": {"data": b""},
    "no type": {"data": ONE_CLICK.encode()},
    "broken multipart": {"data": b"--x\r\nbroken", "content_type": "multipart/form-data"},
    "not UTF-8": {"data": b"\xff\xfe=\x80", "content_type": "application/x-www-form-urlencoded; charset=koi8-r"},
    "another form": {"data": "a=b&scope=whole-world", "content_type": "application/x-www-form-urlencoded"},
    "much": {"data": b"x" * 200_000, "content_type": "application/x-www-form-urlencoded"},
}


def reason(shop: Shop, topic: str = "news", email: str = "asha@example.com") -> str:
    with shop.database.read() as session:
        return may_send_to(session, shop.site_id, email, MailClass.MARKETING, topic).reason


def rows(shop: Shop, model: Any) -> list[Any]:
    with shop.database.read() as session:
        return list(session.scalars(select(model).where(model.site_id == shop.site_id).order_by(model.id)))


def press(shop: Shop, page: Page, words: str) -> Page:
    """Press the button with these words, as a browser without JavaScript does."""
    button = next(one for one in page.soup.select("form button") if words in one.get_text())
    form = button.find_parent("form")
    assert form is not None
    fields = {str(one["name"]): str(one.get("value", "")) for one in form.select("input[name]")}
    if button.get("name"):
        fields[str(button["name"])] = str(button.get("value", ""))
    return shop.post(str(form["action"]) or page.response.request.full_path, fields)


@pytest.mark.parametrize("body", BODIES)
def test_a_mail_program_stops_the_topic_with_any_body(shop: Shop, unsub: Unsub, body: str) -> None:
    path, link = unsub()
    for _ in range(2):
        reply = shop.client.post(path, headers={"User-Agent": "scanner/1.0"}, **BODIES[body])
        assert reply.status_code == 200
        assert "Set-Cookie" not in reply.headers
        assert "Location" not in reply.headers
        assert len(reply.get_data()) < 200
        assert "undo" not in reply.get_data(as_text=True)
    assert reason(shop) == "suppressed_topic"
    assert reason(shop, "surveys") == "ok"
    (opt_out,) = rows(shop, OptOut)
    assert (opt_out.channel, opt_out.link_id, opt_out.topic) == ("oneclick", link.id, "news")
    assert opt_out.network == "127.0.0.0/24"


def test_looking_changes_nothing(shop: Shop, unsub: Unsub) -> None:
    path, _ = unsub()
    headers = ({}, {"Sec-Purpose": "prefetch"}, {"Purpose": "prefetch"}, {"X-Moz": "prefetch"})
    for method in ("GET", "HEAD", "OPTIONS", "PROPFIND"):
        for extra in headers:
            reply = shop.client.open(path, method=method, headers=extra)
            assert reply.status_code in (200, 405)
    assert reason(shop) == "ok"
    assert [rows(shop, model) for model in (OptOut, Suppression, Preference)] == [[], [], []]


def test_the_page_has_one_button_and_asks_for_nothing(shop: Shop, unsub: Unsub) -> None:
    path, _ = unsub(locale="fa")
    page = shop.open(path)
    assert page.status == 200
    assert (page.soup.html["lang"], page.soup.html["dir"]) == ("fa", "rtl")  # type: ignore[index]
    assert len(page.soup.select("button.primary")) == 1
    assert page.soup.select("[required], select, textarea") == []
    assert "a•••@e•••.com" in page.text
    assert "asha@example.com" not in page.response.get_data(as_text=True)
    assert "خبرها و پیشنهادها" in page.text
    assert page.response.headers["Cache-Control"] == "no-store"
    assert page.response.headers["Referrer-Policy"] == "same-origin"
    done = press(shop, page, "لغو اشتراک ایمیل")
    assert done.status == 200
    assert "انجام شد" in done.text
    assert reason(shop) == "suppressed_topic"
    assert rows(shop, OptOut)[0].channel == "page"


def test_all_marketing_can_be_stopped_at_once(shop: Shop, unsub: Unsub) -> None:
    path, _ = unsub(locale="en")
    press(shop, shop.open(path), "Stop all marketing emails")
    assert reason(shop) == reason(shop, "surveys") == "suppressed_marketing"


def test_undo_works_once_and_only_from_the_page_that_stopped(shop: Shop, unsub: Unsub) -> None:
    path, _ = unsub(locale="en")
    done = press(shop, shop.open(path), "Unsubscribe")
    again = shop.post(path, {"go": "stop"})
    assert "mistake" not in again.text
    undone = press(shop, done, "That was a mistake")
    assert "Undone" in undone.text
    assert reason(shop) == "ok"
    second = press(shop, done, "That was a mistake")
    assert "Undone" in second.text, "of a double click people see the second reply"
    assert [bool(one.undone_at) for one in rows(shop, OptOut)] == [True]
    shop.client.post(path)
    assert "no longer" in press(shop, done, "That was a mistake").text
    assert reason(shop) == "suppressed_topic"


@pytest.mark.parametrize(("scope", "channel"), [(Scope.TOPIC, Channel.COMPLAINT), (Scope.ADDRESS, Channel.PAGE)])
def test_nobody_is_told_that_mails_come_which_something_else_stops(
    shop: Shop, unsub: Unsub, scope: Scope, channel: Channel
) -> None:
    path, link = unsub(locale="en")
    done = press(shop, shop.open(path), "Unsubscribe")
    assert link.address_key is not None
    with shop.database.write() as session:
        stop(session, shop.site_id, Wanted([link.address_key], scope, "news", channel))
    assert "no longer" in press(shop, done, "That was a mistake").text
    assert "You are unsubscribed" in press(shop, done, "60 days").text
    assert (reason(shop), rows(shop, Preference)) == (f"suppressed_{scope}", [])


@pytest.mark.parametrize(("button", "expected"), [("Send me fewer", "ok"), ("60 days", "paused")])
def test_fewer_or_a_pause_instead_of_nothing(shop: Shop, unsub: Unsub, button: str, expected: str) -> None:
    path, _ = unsub(locale="en")
    stopped = press(shop, shop.open(path), "Unsubscribe")
    for _ in range(2):  # of a double click people see the second reply
        done = press(shop, stopped, button)
        assert done.status == 200
        assert ("Done." in done.text, "You are unsubscribed" in done.text) == (True, False)
    assert reason(shop) == expected
    (wish,) = rows(shop, Preference)
    if expected == "paused":
        assert timedelta(days=59) < wish.paused_until - clock.now() < timedelta(days=61)
    else:
        assert wish.frequency == "monthly"


def test_nobody_is_subscribed_again_without_the_right_of_the_moment(shop: Shop, unsub: Unsub) -> None:
    path, _ = unsub(locale="en")
    shop.client.post(path)
    other, _ = unsub(locale="en", customer_id=shop.customer("C-2", email="juma@example.com"), email="juma@example.com")
    button = shop.post(other, {"go": "stop"}).soup.select_one("input[name=undo]")
    assert button is not None
    for right in ("x" * 60, str(button["value"])):  # none, and another's
        assert shop.post(f"{path}/instead", {"do": "fewer", "undo": right}).status == 200
    assert reason(shop) == reason(shop, email="juma@example.com") == "suppressed_topic"
    assert rows(shop, Preference) == []


def test_an_old_link_still_unsubscribes_after_five_years_and_two_rotations(shop: Shop, unsub: Unsub) -> None:
    path, link = unsub()
    with shop.database.write() as session:
        revoke_link(session, SYSTEM, shop.site_id, link.id)
    first = rotate_file(shop.settings.key_file, None)[0]
    rotate_file(shop.settings.key_file, first.id)
    with time_machine.travel(clock.now() + timedelta(days=5 * 366), tick=False):
        assert shop.open(path).status == 200
        assert shop.client.post(path).status_code == 200
    assert reason(shop) == "suppressed_topic"


def test_the_address_it_was_sent_to_and_the_present_one_are_stopped(shop: Shop, unsub: Unsub) -> None:
    path, _ = unsub()
    with shop.database.write() as session:
        upsert_customer(session, SYSTEM, shop.site_id, CustomerFacts("C-1", email="new@example.com"))
    shop.client.post(path)
    assert reason(shop) == reason(shop, email="new@example.com") == "suppressed_topic"
    assert len(rows(shop, OptOut)) == 1


def test_an_erased_customer_gets_nothing_more_and_is_told_so(shop: Shop, unsub: Unsub) -> None:
    path, _ = unsub(locale="en")
    customer_id = shop.customer()
    with shop.database.write() as session:
        erase_customer(session, SYSTEM, shop.site_id, customer_id)
    page = shop.open(path)
    assert (page.status, "Nothing more will be sent" in page.text) == (200, True)
    assert shop.client.post(path).status_code == 200
    assert reason(shop) == "suppressed_address"


def test_of_an_erased_customer_nothing_is_stored_and_their_stop_holds(shop: Shop, unsub: Unsub) -> None:
    customer_id = shop.customer()
    path, _ = unsub(locale="en", customer_id=customer_id)
    done = press(shop, shop.open(path), "Unsubscribe")
    with shop.database.write() as session:
        erase_customer(session, SYSTEM, shop.site_id, customer_id)
    late = [
        shop.post(f"{path}/reason", {"reason": "price", "words": "Neema, 0712 345 678", "contact": "yes"}),
        press(shop, done, "Send me fewer"),
        press(shop, done, "That was a mistake"),
    ]
    assert [page.status for page in late] == [200, 200, 200]
    assert all("Nothing more will be sent" in page.text for page in late[:2])
    assert "no longer" in late[2].text
    told = shop.client.post(f"{path}/reason", data={"reason": "price"}, headers={"Accept": "application/json"})
    assert told.get_json() == ALREADY | {"done": "erased"}
    assert (shop.count(), rows(shop, Case), rows(shop, Preference)) == (0, [], [])
    assert reason(shop) == "suppressed_address"


@pytest.mark.parametrize("damage", ["{}x", "{}AAAA", "x{}"])
def test_a_wrong_link_says_what_to_do_and_stops_nothing(shop: Shop, unsub: Unsub, damage: str) -> None:
    path, _ = unsub()
    token = path.rpartition("/")[2]
    wrong = "/u/" + damage.format(token[:-1])
    for reply in (shop.client.get(wrong), shop.client.post(wrong)):
        assert reply.status_code == 404
        assert "<h1" in reply.get_data(as_text=True)
    assert reason(shop) == "ok"


def test_a_topic_that_is_no_longer_sent_is_named_and_stopped(shop: Shop, unsub: Unsub) -> None:
    path, _ = unsub(locale="en")
    with shop.database.write() as session:
        archive_topic(session, SYSTEM, shop.site_id, "news")
    page = shop.open(path)
    assert "News and offers" in page.text
    assert "News and offers" in press(shop, page, "Unsubscribe").text
    with shop.database.write() as session:
        archive_topic(session, SYSTEM, shop.site_id, "news", archived=False)
    assert reason(shop) == "suppressed_topic"


def test_a_survey_link_unsubscribes_nobody(shop: Shop) -> None:
    path, _ = shop.link()
    assert shop.client.post("/u/" + path.rpartition("/")[2]).status_code == 404
    assert rows(shop, OptOut) == []


def test_a_program_gets_json(shop: Shop, unsub: Unsub) -> None:
    path, link = unsub()
    headers = {"Accept": "application/json"}
    assert shop.client.post(path, headers=headers).get_json() == ALREADY | {"status": "stored", "done": "stopped"}
    assert shop.client.post(f"{path}/", headers=headers).get_json() == ALREADY | {"done": "stopped"}
    told = shop.client.post(f"{path}/reason", data={"reason": "price"}, headers=headers).get_json()
    assert told == {"status": "stored", "response": shop.response(link).public_id, "follow_up": None, "next": None}


def test_why_is_asked_afterwards_in_one_tap_and_words_may_follow(shop: Shop, unsub: Unsub) -> None:
    path, link = unsub(locale="en")
    done = press(shop, shop.open(path), "Unsubscribe")
    assert [button["value"] for button in done.soup.select(".reasons button")][-1] == "other"
    told = press(shop, done, "I have moved to another company")
    assert "Thank you for telling us why" in told.text
    response = shop.response(link)
    assert shop.said(response)["reason"] == ["competitor"]
    fields = {"reason": "competitor", "words": "Bei nzuri zaidi kwa Juma", "contact": "yes"}
    shop.post(f"{path}/reason", fields)
    assert shop.response(link).contact == "yes"
    assert shop.said(shop.response(link))["words"] == ["Bei nzuri zaidi kwa Juma"]
    assert reason(shop) == "suppressed_topic"


def test_who_switches_the_language_stays_in_it(shop: Shop, unsub: Unsub) -> None:
    path, link = unsub(locale="en")
    switched = shop.open(f"{path}?lang=fa")
    done = press(shop, switched, "لغو اشتراک ایمیل")
    told = press(shop, done, "گران است")
    settings = told.soup.select_one("a[href^='/p/']")
    assert settings is not None
    after = [done, told, press(shop, told, "اشتباه شد"), shop.open(str(settings["href"]))]
    assert [page.soup.select_one("html")["lang"] for page in after] == ["fa"] * 4
    assert shop.response(link).locale == "fa"


def test_a_reason_tapped_after_words_keeps_them(shop: Shop, unsub: Unsub) -> None:
    path, link = unsub(locale="en")
    shop.client.post(path)
    shop.post(f"{path}/reason", {"words": "Too much"})
    shop.post(f"{path}/reason", {"reason": "too_many"})
    assert shop.said(shop.response(link)) == {"words": ["Too much"], "reason": ["too_many"]}


def test_another_reason_counts_whenever_it_comes(shop: Shop, unsub: Unsub) -> None:
    path, link = unsub(locale="en")
    shop.post(f"{path}/reason", {"reason": "too_many"})
    with time_machine.travel(clock.now() + timedelta(days=200), tick=False):
        shop.post(f"{path}/reason", {"reason": "price"})
    assert shop.said(shop.response(link)) == {"reason": ["price"]}


def test_a_link_says_so_often_why_in_an_hour_and_nothing_that_was_typed_is_lost(
    shop: Shop, unsub: Unsub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages.reason, "LINK_STEPS", 2)
    path, link = unsub(locale="en")
    for words in ("First", "Second"):
        assert shop.post(f"{path}/reason", {"reason": "price", "words": words}).status == 200
    page = shop.post(f"{path}/reason", {"reason": "price", "words": "\nThird <b>", "contact": "yes"})
    assert (page.status, "send it again later" in page.text) == (429, True)
    assert page.response.headers["Retry-After"]
    form = page.soup.select_one("details[open] form")
    assert form is not None
    assert form.select_one("textarea").get_text() == "\n\nThird <b>"
    assert form.select_one("input[name=contact][checked]") is not None
    assert form.select_one("input[name=reason]")["value"] == "price"
    told = shop.client.post(f"{path}/reason", data={"reason": "price"}, headers={"Accept": "application/json"})
    assert (told.status_code, told.get_json()["code"]) == (429, "too-many")
    assert shop.said(shop.response(link))["words"] == ["Second"]
    assert shop.client.post(path).status_code == 200
    assert reason(shop) == "suppressed_topic"


@pytest.mark.parametrize("fields", [{"reason": "nonsense"}, {}, {"words": "x" * 20_000}])
def test_a_wrong_reason_is_said_and_costs_nothing(shop: Shop, unsub: Unsub, fields: dict[str, str]) -> None:
    path, _ = unsub(locale="en")
    shop.client.post(path)
    page = shop.post(f"{path}/reason", fields)
    assert page.status == 422
    assert page.soup.select_one(".error") is not None
    assert page.soup.select_one("textarea").get_text().strip() == fields.get("words", "")
    told = shop.client.post(f"{path}/reason", data=fields, headers={"Accept": "application/json"})
    assert (told.status_code, told.mimetype) == (422, "application/problem+json")
    assert [one["field"] for one in told.get_json()["errors"]] == ([*fields] or [""])
    assert reason(shop) == "suppressed_topic"
    assert shop.count() == 0
