"""Cancelling by a link: one tap, with or without a reason; one matched offer; a change of mind; nothing on a look."""

import random
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from feedback.actors import SYSTEM
from feedback.cases.models import Case, Promise, RoutingRule
from feedback.cases.queries.addressee import addressee_of
from feedback.customers.models import CustomerSign
from feedback.events import CancellationCompleted, _reactions
from feedback.responses.models import Answer, ResponseRevision
from feedback.responses.pages import cancelling
from feedback.surveys.actions import archive
from tests.helpers.console import Browser
from tests.helpers.desk import Desk
from tests.helpers.forms import soup
from tests.preferences.test_nothing_changes import AGENTS, HEADERS, METHODS, QUERIES, dump
from tests.responses.cancelling import leaver
from tests.responses.shop import Shop
from tests.responses.test_races import at_once

JSON = {"Accept": "application/json"}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The outcomes that are told, in order."""
    heard: list[str] = []
    monkeypatch.setitem(_reactions, CancellationCompleted, [lambda _session, fact: heard.append(fact.outcome)])
    return heard


@pytest.mark.parametrize("lang", ["en", "sw", "ne", "fa", "mn", "hy"])
def test_one_tap_cancels_without_a_reason_in_every_language(shop: Shop, told: list[str], lang: str) -> None:
    someone = leaver(shop, lang)
    page = someone.look()
    assert (page.status, page.soup.html["lang"]) == (200, lang)
    assert page.soup.select_one(".bar button")["value"] == "cancelled"
    done = someone.press(page, outcome="cancelled")
    assert done.status == 200
    assert someone.said() == {"outcome": ["cancelled"]}
    assert told == ["cancelled"]
    assert shop.response().contact == "not_asked"
    assert "Set-Cookie" not in done.response.headers


def test_a_reason_and_own_words_go_along(shop: Shop) -> None:
    someone = leaver(shop)
    words = {"reason": "other", "reason.other": "We are moving abroad"}
    someone.press(someone.look(), outcome="cancelled", **words)
    with shop.database.read() as session:
        row = session.scalars(select(Answer).where(Answer.site_id == shop.site_id, Answer.option == "other")).one()
        assert row.text == "We are moving abroad"


@pytest.mark.parametrize(
    "sent",
    [
        {"reason": "nonsense"},
        {"reason": ["price", "missing"]},
        {"reason": "other", "reason.other": "x" * 30_000},
        {"contact": "perhaps"},
        {"fb_step": "nonsense", "fb_lang": "xx", "fb_token": "forged", "fb_go": "next"},
        {"offer": "gift"},
        {"offer": "pause"},
    ],
)
def test_nothing_that_is_wrong_elsewhere_stops_it(shop: Shop, sent: dict[str, Any]) -> None:
    someone = leaver(shop)
    assert someone.press(None, outcome="cancelled", **sent).status == 200
    assert someone.said()["outcome"] == ["cancelled"]


def test_another_way_is_the_one_that_fits_and_weighs_the_same(shop: Shop, told: list[str]) -> None:
    someone = leaver(shop)
    page = someone.press(someone.look(), reason="price", fb_go="another")
    buttons = page.soup.select(".pair button")
    assert [(one["name"], one["value"]) for one in buttons] == [("offer", "pause"), ("outcome", "cancelled")]
    assert len({tuple(one.get("class", ())) for one in buttons}) == 1
    assert shop.count() == 0
    someone.press(page, offer="pause")
    assert someone.said() == {"reason": ["price"], "offer": ["pause"], "outcome": ["paused"]}
    assert told == ["paused"]


def test_beside_the_offer_one_tap_cancels_with_the_reason(shop: Shop) -> None:
    someone = leaver(shop)
    page = someone.press(someone.look(), reason="price", fb_go="another")
    someone.press(page, outcome="cancelled")
    assert someone.said() == {"reason": ["price"], "outcome": ["cancelled"]}


@pytest.mark.parametrize("reason", [{}, {"reason": "competitor"}])
def test_where_nothing_is_offered_the_first_screen_says_so_and_keeps_the_answer(
    shop: Shop, reason: dict[str, str]
) -> None:
    someone = leaver(shop)
    page = someone.press(someone.look(), fb_go="another", **reason)
    assert "nothing else to suggest" in page.soup.select_one("[role=status]").text
    assert page.fields.get("reason", []) == list(reason.values())
    assert page.soup.select_one(".bar [value=cancelled]")


def test_keeping_it_takes_one_tap_too(shop: Shop, told: list[str]) -> None:
    someone = leaver(shop)
    page = someone.press(someone.look(), outcome="kept")
    assert "Nothing is cancelled" in page.text
    assert (someone.said(), told) == ({"outcome": ["kept"]}, ["kept"])


def test_whoever_wants_to_talk_is_promised_a_person(shop: Shop) -> None:
    someone = leaver(shop)
    page = someone.press(someone.look(), reason="too_hard", fb_go="another")
    page = someone.press(page, offer="person")
    assert "will get back to you by" in page.text
    assert page.soup.select_one("a[href*='/c/']")
    assert someone.said() == {"reason": ["too_hard"], "offer": ["person"], "outcome": ["kept"]}
    assert shop.response().contact == "yes"
    with shop.database.read() as session:
        case = session.scalars(select(Case).where(Case.site_id == shop.site_id)).one()
        assert (case.kind, case.family, case.priority) == ("message", "feedback", "high")
        assert session.scalars(select(Promise).where(Promise.site_id == shop.site_id)).one().state == "open"
        assert addressee_of(session, shop.site_id, case.id).verdict.allowed
    assert "will get back" not in someone.look().text


def test_a_person_is_promised_also_where_the_site_has_no_rule_for_it(shop: Shop) -> None:
    with shop.database.write() as session:
        for rule in session.scalars(select(RoutingRule).where(RoutingRule.site_id == shop.site_id)):
            session.delete(rule)
    someone = leaver(shop)
    assert someone.press(None, offer="person").soup.select_one("a[href*='/c/']")
    with shop.database.read() as session:
        assert session.scalars(select(Case).where(Case.site_id == shop.site_id)).one().family == "feedback"


@pytest.mark.parametrize(("reason", "kind"), [("price", "price"), ("competitor", "competitor")])
def test_a_reason_opens_the_sites_case_that_nobody_may_write_about_without_the_tick(
    shop: Shop, reason: str, kind: str
) -> None:
    someone = leaver(shop)
    page = someone.press(someone.look(), reason=reason, outcome="cancelled")
    assert "will get back" not in page.text
    with shop.database.read() as session:
        case = session.scalars(select(Case).where(Case.site_id == shop.site_id)).one()
        assert (case.kind, case.family) == (kind, "opt_out")
        assert addressee_of(session, shop.site_id, case.id).verdict.code == "opted_out"
        assert session.scalars(select(Promise).where(Promise.site_id == shop.site_id)).all() == []
        signs = session.scalars(select(CustomerSign.sign).where(CustomerSign.site_id == shop.site_id)).all()
    assert signs == [{"price": "price_question", "competitor": "competitor_mentioned"}[reason]]


def test_with_the_tick_one_person_may_answer(shop: Shop) -> None:
    someone = leaver(shop)
    page = someone.look()
    box = page.soup.select_one("input[type=checkbox][name=contact]")
    assert not box.has_attr("checked")
    page = someone.press(page, contact="yes", outcome="cancelled")
    assert "A person will look into it" in page.text
    with shop.database.read() as session:
        case = session.scalars(select(Case).where(Case.site_id == shop.site_id)).one()
        assert (case.family, addressee_of(session, shop.site_id, case.id).verdict.code) == ("opt_out", "ok")


def test_a_reason_that_no_rule_asks_for_opens_no_case(shop: Shop) -> None:
    someone = leaver(shop)
    someone.press(someone.look(), reason="temporary", outcome="cancelled")
    assert shop.count(Case) == 0


def test_the_same_again_changes_nothing(shop: Shop, told: list[str]) -> None:
    someone = leaver(shop)
    for _ in range(3):
        assert someone.press(None, reason="price", outcome="cancelled").status == 200
    assert (shop.count(), shop.count(ResponseRevision), told) == (1, 0, ["cancelled"])


def test_many_taps_at_once_are_one_cancellation(shop: Shop, told: list[str]) -> None:
    someone = leaver(shop)
    replies = at_once(
        shop, 20, lambda client, _: client.post(someone.path, data={"outcome": "cancelled"}, headers=JSON).get_json()
    )
    assert sorted(one["status"] for one in replies) == ["already"] * 19 + ["stored"]
    assert {one["outcome"] for one in replies} == {"cancelled"}
    assert (shop.count(), shop.count(Answer), told) == (1, 1, ["cancelled"])


def test_different_decisions_at_once_end_in_one_and_the_last_one_told_is_it(shop: Shop, told: list[str]) -> None:
    someone = leaver(shop)
    choices = ("kept", "paused", "cancelled")
    at_once(shop, 9, lambda client, number: client.post(someone.path, data={"outcome": choices[number % 3]}))
    assert (shop.count(), shop.count(Answer)) == (1, 1)
    assert someone.said()["outcome"] == [told[-1]]


def test_a_changed_mind_counts_for_half_an_hour(shop: Shop, noon: Any, told: list[str]) -> None:
    someone = leaver(shop)
    page = someone.press(someone.look(), reason="price", outcome="cancelled")
    assert page.soup.select_one("button[value=kept]")
    noon.shift(timedelta(minutes=29))
    page = someone.press(someone.look(), outcome="kept")
    assert "Nothing is cancelled" in page.text
    assert someone.said() == {"reason": ["price"], "outcome": ["kept"]}
    assert told == ["cancelled", "kept"]


def test_after_half_an_hour_a_cancellation_stands_and_the_page_says_so(shop: Shop, noon: Any, told: list[str]) -> None:
    someone = leaver(shop)
    someone.press(someone.look(), outcome="cancelled")
    noon.shift(timedelta(minutes=31))
    page = someone.look()
    assert page.soup.select_one("button[value=kept]") is None
    page = someone.press(None, outcome="kept")
    assert "It is too late to change this here" in page.text
    assert "Your cancellation is recorded" in page.text
    assert shop.send_json(someone.path, {"outcome": "kept"}).get_json()["outcome"] == "cancelled"
    assert (someone.said(), told) == ({"outcome": ["cancelled"]}, ["cancelled"])


@pytest.mark.parametrize("first", ["kept", "paused"])
def test_whoever_stayed_can_cancel_whenever_they_like(shop: Shop, noon: Any, told: list[str], first: str) -> None:
    someone = leaver(shop)
    someone.press(someone.look(), outcome=first)
    noon.shift(timedelta(days=60))
    page = someone.look()
    assert page.soup.select_one("button[name=outcome]")["value"] == "cancelled"
    someone.press(page, outcome="cancelled")
    assert someone.said() == {"outcome": ["cancelled"]}
    assert told == [first, "cancelled"]


def test_cancelling_is_never_refused_for_being_much(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cancelling, "LINK_STEPS", 4)
    someone = leaver(shop)
    for number in range(4):
        someone.press(None, outcome=("kept", "paused")[number % 2])
    assert someone.press(None, outcome="kept").status == 429
    assert someone.press(None, outcome="cancelled").status == 200
    assert someone.said() == {"outcome": ["cancelled"]}


def test_a_switch_of_language_keeps_screen_and_answers(shop: Shop) -> None:
    someone = leaver(shop)
    page = someone.press(someone.look(), reason="price", fb_go="lang:fa")
    assert (page.soup.html["lang"], page.soup.html["dir"], page.fields["reason"]) == ("fa", "rtl", ["price"])
    page = someone.press(page, fb_go="another")
    page = someone.press(page, fb_go="lang:hy")
    assert page.soup.html["lang"] == "hy"
    assert page.soup.select_one(".pair [name=offer]")["value"] == "pause"
    someone.press(page, outcome="cancelled")
    assert shop.response().locale == "hy"


def test_pressing_enter_or_sending_nothing_decides_nothing(shop: Shop) -> None:
    someone = leaver(shop)
    page = someone.press(someone.look(), reason="other", fb_go="stay")
    assert page.soup.select_one(".bar")
    assert page.soup.select("button[type!=button]")[0]["value"] == "stay"
    assert someone.press(None).status == 200
    reply = shop.send_json(someone.path, {"reason": "price"})
    assert (reply.status_code, reply.get_json()["errors"][0]["field"]) == (422, "outcome")
    assert shop.count() == 0


def test_json_tells_what_became_of_it(shop: Shop) -> None:
    someone = leaver(shop)
    body = {"answers": {"outcome": "cancelled", "reason": "price"}}
    reply = shop.client.post(someone.path, json=body, headers=JSON).get_json()
    response = shop.response()
    assert reply == {
        "status": "stored",
        "response": response.public_id,
        "outcome": "cancelled",
        "follow_up": None,
        "next": None,
    }


def test_without_a_link_of_ones_own_there_is_nothing(shop: Shop) -> None:
    page = shop.open("/survey/shop/cancel")
    assert "You need a personal link" in page.text
    shop.send_json("/survey/shop/cancel", {"outcome": "cancelled"})
    assert shop.count() == 0


def test_a_post_from_somebody_elses_page_cancels_nothing(shop: Shop) -> None:
    someone = leaver(shop)
    reply = shop.client.post(someone.path, data={"outcome": "cancelled"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert reply.status_code == 403
    assert shop.count() == 0


def test_whoever_says_that_it_is_not_them_takes_it_back_and_a_closed_survey_says_so(shop: Shop) -> None:
    someone, other = leaver(shop), leaver(shop)
    someone.press(someone.look(), outcome="cancelled")
    shop.post(f"{someone.path}/not-me", {})
    assert "not you" in someone.look().text
    with shop.database.write() as session:
        archive(session, SYSTEM, shop.site_id, "cancel")
    assert other.look().status == 410


def test_no_look_at_it_changes_anything(shop: Shop) -> None:
    someone, done = leaver(shop), leaver(shop)
    done.press(None, outcome="paused")
    someone.look()
    chosen = random.Random(20261122)
    before = dump(shop.database)
    for _ in range(80):
        path = chosen.choice((someone.path, done.path)) + chosen.choice((*QUERIES, "?outcome=cancelled", "?fb_go=back"))
        headers = {**chosen.choice(HEADERS), "User-Agent": chosen.choice(AGENTS)}
        assert shop.client.open(path, method=chosen.choice(METHODS), headers=headers).status_code < 500
    assert dump(shop.database) == before


def test_staff_see_the_outcome_among_the_answers(app: Any, settings: Any, asha: Browser, desk: Desk) -> None:
    shop = Shop(app, settings, desk.database, desk.site(), app.test_client())
    someone = leaver(shop)
    someone.press(None, reason="price", outcome="paused")
    listed = soup(asha.get("/console/shop/responses/").text)
    assert [one.text for one in listed.select(".tag")] == ["Paused"]
    shown = soup(asha.get(f"/console/shop/responses/{shop.response().public_id}").text)
    facts = shown.select_one("dl.facts")
    assert facts is not None
    assert [one.get_text(" ", strip=True) for one in facts.select("dd")] == ["It is too expensive", "Paused"]
    sums = soup(asha.get("/console/shop/responses/surveys/cancel").text)
    assert "What was decided?" in [one.text for one in sums.select("h2")]


def test_staff_try_the_screens_and_nothing_is_stored(app: Any, settings: Any, lulu: Browser, desk: Desk) -> None:
    address = "/console/shop/responses/preview/cancel"
    page = soup(lulu.get(address).text)
    assert page.select_one(".bar [value=cancelled]")
    csrf = {"csrf_token": page.select("#cancel input[name=csrf_token]")[0]["value"]}
    page = soup(lulu.post(address, {**csrf, "reason": "price", "fb_go": "another"}).text)
    assert page.select_one(".pair [name=offer][value=pause]")
    assert "nothing is stored" in page.select("[role=status]")[0].text
    page = soup(lulu.post(address, {**csrf, "reason": "price", "outcome": "cancelled"}).text)
    assert "It was a preview" in page.select("[role=status]")[0].text
    assert Shop(app, settings, desk.database, desk.site(), app.test_client()).count() == 0
