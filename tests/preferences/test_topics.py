"""The page of topics: adding, naming in each language, ordering and archiving, and two people at once."""

import json
from typing import Any

from sqlalchemy import select

from feedback.actors import Actor
from feedback.audit import AuditRow
from feedback.preferences.actions import change_topic
from feedback.preferences.models import Topic
from feedback.preferences.policy import MailClass
from feedback.preferences.queries import may_send_to, topic_by_key, topics_of
from tests.helpers.console import Browser
from tests.helpers.desk import Desk
from tests.helpers.desk_fixtures import asha, desk, lulu, parisa  # noqa: F401 - fixtures
from tests.helpers.forms import soup

LIST = "/console/shop/topics/"


def order(desk: Desk) -> list[str]:
    with desk.database.read() as session:
        return [one.key for one in topics_of(session, desk.site())]


def stored(desk: Desk, key: str) -> Topic:
    with desk.database.read() as session:
        found = topic_by_key(session, desk.site(), key)
        session.expunge_all()
    return found


def audited(desk: Desk) -> list[tuple[str, str]]:
    with desk.database.read() as session:
        query = select(AuditRow).where(AuditRow.subject == "topic").order_by(AuditRow.id)
        return [(row.action, row.actor_label) for row in session.scalars(query)]


def test_a_topic_is_added_named_in_each_language_and_offered_at_once(lulu: Browser, desk: Desk) -> None:
    said = {"key": "Offers ", "name_en": "Offers", "name_sw": " Ofa \n za wiki", "frequencies": ["each", "weekly"]}
    assert lulu.fill(LIST + "_new", **said).headers["Location"].endswith("/topics/?done=topic_saved")
    topic = stored(desk, "offers")
    assert topic.name == {"en": "Offers", "sw": "Ofa za wiki"}
    assert topic.frequencies == ["each", "weekly"]
    assert order(desk) == ["surveys", "news", "offers"]
    assert audited(desk) == [("topic.add", "Lulu")]
    row = soup(lulu.get(LIST).text).select("table.list tbody tr")[-1].get_text(" ")
    assert "Each one and At most once a week" in " ".join(row.split())


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"key": "news"}, "key"),
    ({"key": "two words"}, "key"),
    ({"name_en": " "}, "name_sw"),
    ({"name_sw": "x" * 121}, "name_sw"),
    ({"frequencies": ["hourly"]}, "frequencies"),
]


def test_what_can_not_be_used_is_said_at_its_field_and_nothing_is_stored(lulu: Browser, desk: Desk) -> None:
    for change, field in WRONG:
        reply = lulu.fill(LIST + "_new", **{"key": "offers", "name_en": "Offers", **change})
        assert reply.status_code == 422
        assert soup(reply.text).select_one(f".summary-of-errors a[href='#{field}']") is not None, change
    assert order(desk) == ["surveys", "news"]


def test_a_topic_is_renamed_and_names_in_other_languages_stay(lulu: Browser, desk: Desk) -> None:
    with desk.database.write() as session:
        change_topic(session, Actor.command(), desk.site(), "news", name={"en": "News", "de": "Neues"}, frequencies=[])
    assert lulu.fill(LIST + "news", name_en="Our news", frequencies=["each", "monthly"]).status_code == 303
    topic = stored(desk, "news")
    assert (topic.name, topic.frequencies) == ({"en": "Our news", "de": "Neues"}, ["each", "monthly"])


def test_who_is_slower_sees_both_versions_and_loses_nothing(lulu: Browser, desk: Desk) -> None:
    form = lulu.form(LIST + "news")
    with desk.database.write() as session:
        fresh = {"en": "Fresh news"}
        change_topic(session, Actor.command(), desk.site(), "news", name=fresh, frequencies=["each", "weekly"])
    path, data = form.action.removeprefix("http://127.0.0.1:8000"), {**form.fields, "name_en": "Mine"}
    reply = lulu.post(path, data)
    assert reply.status_code == 409
    page = soup(reply.text)
    shown = page.select_one("[role=alert]")
    assert shown is not None
    assert "Fresh news" in shown.text
    assert "Each one and At most once a week" in shown.text
    typed = page.select_one("#name_en")
    assert typed is not None
    assert typed["value"] == "Mine"
    assert stored(desk, "news").name == {"en": "Fresh news"}
    version = page.select_one("input[name=version]")
    assert version is not None
    assert lulu.post(path, {**data, "version": str(version["value"])}).status_code == 303
    assert stored(desk, "news").name["en"] == "Mine"


def test_topics_are_ordered_by_buttons_as_customers_see_them(lulu: Browser, desk: Desk) -> None:
    assert lulu.fill(LIST, "news/move", way="up").status_code == 303
    assert order(desk) == ["news", "surveys"]
    assert lulu.fill(LIST, "news/move", way="up").status_code == 303
    assert order(desk) == ["news", "surveys"]
    form = lulu.form(LIST, "news/move")
    assert lulu.fill(LIST, "news/move", way="down").status_code == 303
    old = lulu.post(form.action.removeprefix("http://127.0.0.1:8000"), {**form.fields, "way": "down"})
    assert (old.status_code, "Somebody else changed the topics meanwhile" in old.text) == (409, True)
    assert order(desk) == ["surveys", "news"]


def test_nothing_of_an_archived_topic_is_sent_until_it_is_offered_again(lulu: Browser, desk: Desk) -> None:
    def reason() -> str:
        with desk.database.read() as session:
            return may_send_to(session, desk.site(), "neema@example.com", MailClass.MARKETING, "news").reason

    assert reason() == "ok"
    assert lulu.fill(LIST, "news/archive").headers["Location"].endswith("done=topic_archived")
    assert reason() == "unknown_topic"
    assert order(desk) == ["surveys"]
    assert lulu.get(LIST + "news").status_code == 200
    assert lulu.fill(LIST, "news/archive").headers["Location"].endswith("done=topic_offered")
    assert reason() == "ok"
    assert [action for action, _ in audited(desk)] == ["topic.archive", "topic.restore"]


def test_a_name_that_is_missing_in_a_language_of_the_site_is_pointed_out(
    lulu: Browser, parisa: Browser, desk: Desk
) -> None:
    with desk.database.write() as session:
        change_topic(session, Actor.command(), desk.site(), "news", name={"en": "News"}, frequencies=[])
    row = soup(lulu.get(LIST).text).select("table.list tbody tr")[-1].get_text(" ")
    assert "No name yet:" in row
    assert "Kiswahili" in row
    assert "فارسی" in json.dumps(parisa.get("/console/bank/topics/news").text, ensure_ascii=False)


def test_agents_and_other_sites_have_no_say(asha: Browser, parisa: Browser, desk: Desk) -> None:
    token = {"csrf_token": asha.csrf(), "version": "1"}
    assert asha.get(LIST).status_code == 403
    assert asha.post(LIST + "news", {**token, "name_en": "Mine"}).status_code == 403
    assert asha.post(LIST + "news/archive", {**token, "archived": "1"}).status_code == 403
    assert parisa.get(LIST + "news").status_code == 404
    assert order(desk) == ["surveys", "news"]
