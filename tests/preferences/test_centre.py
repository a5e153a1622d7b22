"""The preference centre: what is there, what is saved at once, and what waits for a mail to be answered."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup

from feedback import clock
from feedback.actors import SYSTEM, Actor
from feedback.customers.actions import erase_customer
from feedback.customers.queries import customer_by_id
from feedback.preferences.actions import Wanted, change_topic, stop
from feedback.preferences.models import Channel, OptOut, Preference, PreferenceRequest, Suppression
from feedback.preferences.policy import Scope
from feedback.preferences.queries import key_of_address
from tests.preferences.conftest import Postbox, Unsub, link_in
from tests.preferences.test_unsubscribe import press, reason, rows
from tests.responses.shop import Page, Shop

Centre = Callable[..., str]


def fields_of(page: Page) -> dict[str, list[str]]:
    """What a browser would send with the form that saves."""
    form = page.soup.select_one("form:has(button[value=save])")
    assert form is not None
    found: dict[str, list[str]] = {"do": ["save"]}
    for one in form.select("input[name]"):
        if one.get("type") != "checkbox" or one.has_attr("checked"):
            found.setdefault(str(one["name"]), []).append(str(one.get("value", "")))
    for one in form.select("select[name]"):
        chosen = one.select_one("option[selected]")
        assert chosen is not None
        found[str(one["name"])] = [str(chosen["value"])]
    return found


def said(page: Page) -> str:
    """What the live region says."""
    status = page.soup.select_one("[role=status]")
    assert status is not None
    return status.get_text(" ", strip=True)


def ticked(page: Page) -> list[str]:
    return [str(one["value"]) for one in page.soup.select("input[name=topic][checked]")]


def test_it_shows_what_comes_and_nothing_about_the_person(shop: Shop, centre: Centre) -> None:
    page = shop.open(centre())
    assert page.status == 200
    assert ticked(page) == ["surveys", "news"]
    assert next(button["value"] for button in page.soup.select("button[name=do]")) == "stop"
    html = page.response.get_data(as_text=True)
    assert "a•••@e•••.com" in html
    assert [word for word in ("Asha", "asha@example.com", "C-1") if word in html] == []
    assert page.soup.select("[required], script") == []
    assert page.response.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in page.response.headers


def test_a_topic_that_is_taken_off_stops_at_once_with_evidence(shop: Shop, centre: Centre) -> None:
    path = centre()
    fields = fields_of(shop.open(path))
    page = shop.post(path, {**fields, "topic": ["surveys"]})
    assert (page.status, said(page), ticked(page)) == (200, "Saved.", ["surveys"])
    assert (reason(shop), reason(shop, "surveys")) == ("suppressed_topic", "ok")
    (opt_out,) = rows(shop, OptOut)
    assert (opt_out.topic, opt_out.channel, opt_out.network) == ("news", "page", "127.0.0.0/24")


def test_saving_what_is_there_changes_nothing(shop: Shop, centre: Centre) -> None:
    path = centre()
    shop.post(path, fields_of(shop.open(path)))
    kept = (OptOut, Suppression, Preference, PreferenceRequest)
    assert [rows(shop, model) for model in kept] == [[], [], [], []]


def test_everything_can_be_stopped_and_taken_back_at_once(shop: Shop, centre: Centre) -> None:
    path = centre()
    page = press(shop, shop.open(path), "Stop everything")
    assert "From now on we will only send you what you ask us for" in said(page)
    assert (reason(shop), reason(shop, "surveys"), ticked(page)) == ("suppressed_address", "suppressed_address", [])
    assert "mistake" not in shop.open(path).text
    press(shop, page, "That was a mistake")
    assert reason(shop) == "ok"


def test_what_was_stopped_comes_again_only_once_the_mail_was_answered(
    shop: Shop, centre: Centre, post: Postbox
) -> None:
    path = centre()
    press(shop, shop.open(path), "Stop everything")
    fields = fields_of(shop.open(path))
    page = shop.post(path, {**fields, "topic": ["surveys"]})
    assert "we have sent an email to a•••@e•••.com" in said(page)
    assert ticked(page) == []
    assert reason(shop, "surveys") == "suppressed_address"
    mail = post.one()
    assert mail["To"] == "asha@example.com"
    assert mail["List-Unsubscribe"] is None
    confirm = link_in(mail, "/mine/")
    for _ in range(2):
        assert shop.open(confirm).status == 200
    assert reason(shop, "surveys") == "suppressed_address"
    done = press(shop, shop.open(confirm), "Yes, send them again")
    assert "will come again" in done.text
    assert (reason(shop, "surveys"), reason(shop)) == ("ok", "suppressed_topic")
    assert shop.client.post(confirm).status_code == shop.client.get(confirm).status_code == 410


def test_what_a_complaint_closed_stays_closed(shop: Shop, centre: Centre, post: Postbox) -> None:
    path = centre()
    with shop.database.write() as session:
        key = key_of_address(session, shop.site_id, "asha@example.com")
        stop(session, shop.site_id, Wanted([key], Scope.MARKETING, "", Channel.COMPLAINT))
    shop.post(path, {**fields_of(shop.open(path)), "topic": ["news"]})
    page = press(shop, shop.open(link_in(post.one(), "/mine/")), "Yes, send them again")
    assert "stay stopped" in page.text
    assert reason(shop) == "suppressed_marketing"


def test_how_often_and_a_pause_are_kept_and_a_pause_can_be_ended(shop: Shop, centre: Centre) -> None:
    with shop.database.write() as session:
        change_topic(
            session, SYSTEM, shop.site_id, "news", name={"en": "News"}, frequencies=["each", "weekly", "monthly"]
        )
    path = centre()
    fields = fields_of(shop.open(path))
    page = shop.post(path, {**fields, "frequency.news": "weekly", "pause": "60"})
    assert "Paused until" in page.text
    assert reason(shop) == reason(shop, "surveys") == "paused"
    assert fields_of(page)["frequency.news"] == ["weekly"]
    whole = next(row for row in rows(shop, Preference) if row.topic == "")
    assert timedelta(days=59) < whole.paused_until - clock.now() < timedelta(days=61)
    shop.post(path, {**fields_of(page), "pause": "end"})
    assert reason(shop) == "ok"
    assert shop.post(path, {**fields, "pause": "31"}).status == 422


def test_language_and_zone_are_remembered_for_later_mails(shop: Shop, centre: Centre) -> None:
    path = centre(customer_id=shop.customer())
    fields = fields_of(shop.open(path))
    assert (fields["language"], fields["time_zone"]) == (["sw"], ["Africa/Dar_es_Salaam"])
    page = shop.post(path, {**fields, "language": "fa", "time_zone": "Asia/Tehran"})
    assert page.soup.html is not None
    assert page.soup.html["lang"] == "fa"
    shop.post(path, {**fields, "language": "xx", "time_zone": "Mars/Olympus"})
    with shop.database.read() as session:
        customer = customer_by_id(session, shop.site_id, shop.customer_id("C-1"))
        assert (customer.locale, customer.time_zone) == ("fa", "Asia/Tehran")


def test_what_was_asked_for_is_mailed_in_the_language_of_their_mails(shop: Shop, centre: Centre, post: Postbox) -> None:
    path = centre(customer_id=shop.customer())  # the link of an English mail; since then they have chosen Swahili
    shop.post(path, {"do": "export"})
    shop.post(f"{path}?lang=fa", {"do": "erase"})
    shop.post(path, {"do": "save", "shown": "news"})
    shop.post(path, {"do": "save", "shown": "news", "topic": "news"})
    mails = post.new()
    assert sorted(str(mail["Content-Language"]) for mail in mails) == ["fa", "sw", "sw"]


def test_programs_get_json(shop: Shop, centre: Centre) -> None:
    path, headers = centre(), {"Accept": "application/json"}
    state = shop.client.get(path, headers=headers).get_json()
    assert [(one["key"], one["on"]) for one in state["topics"]] == [("surveys", True), ("news", True)]
    asked = {"do": "save", "shown": ["news"]}
    reply = shop.client.post(path, data=asked, headers=headers).get_json()
    assert (reply["done"], [one["on"] for one in reply["topics"]]) == ("saved", [True, False])
    assert shop.client.post(path, data={}, headers=headers).status_code == 422


def test_an_erased_customer_is_told_that_nothing_more_is_sent(shop: Shop, centre: Centre) -> None:
    path = centre()
    with shop.database.write() as session:
        erase_customer(session, Actor.command(), shop.site_id, shop.customer_id("C-1"))
    for reply in (shop.client.get(path), shop.client.post(path, data={"do": "stop"})):
        assert reply.status_code == 200
        assert "Nothing more will be sent" in BeautifulSoup(reply.get_data(as_text=True), "html.parser").get_text()


@pytest.mark.parametrize("path", ["/p/x", "/mine/x"])
def test_a_wrong_link_says_what_to_do(shop: Shop, path: str) -> None:
    for reply in (shop.client.get(path), shop.client.post(path, data={"do": "stop"})):
        assert reply.status_code == 404
        assert "Copy the whole address" in reply.get_data(as_text=True)


def test_a_token_of_the_other_purpose_is_not_one_of_this(shop: Shop, unsub: Unsub, centre: Centre) -> None:
    path, _ = unsub()
    token = path.rpartition("/")[2]
    assert shop.client.get(f"/p/{token}").status_code == 404
    assert shop.client.post("/u/" + centre().rpartition("/")[2]).status_code == 404
    assert rows(shop, OptOut) == []
