"""The survey inside somebody else's page: who may frame it, what it carries along, and that every reply stays there."""

import random
import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
import time_machine

from feedback import clock
from feedback.actors import SYSTEM
from feedback.links.actions import revoke_link
from feedback.sites.actions import add_origin
from feedback.sites.theme import DARK_CARD, PAPER, TEXT, contrast
from tests.responses.shop import Page, Shop

HOST = "https://duka.example"
DOOR = "/embed/shop/support-csat"
FROM_HOST = f"{DOOR}?host={quote(HOST, safe='')}&mode=popover"


@pytest.fixture
def framing(shop: Shop) -> Shop:
    """The shop, whose surveys two origins may frame."""
    with shop.database.write() as session:
        for origin in (HOST, "https://*.duka.example"):
            add_origin(session, SYSTEM, shop.site_id, origin)
    return shop


def ancestors(page: Page) -> str:
    """Who may frame it, by its headers."""
    policy = page.response.headers["Content-Security-Policy"]
    return policy.rpartition("frame-ancestors ")[2]


def stays_framed(page: Page) -> None:
    """The headers that every reply of the frame has, whatever it says."""
    headers = page.response.headers
    assert ancestors(page) == f"https://*.duka.example {HOST}"
    assert "X-Frame-Options" not in headers
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in headers
    assert "Access-Control-Allow-Origin" not in headers


def root(page: Page) -> Any:
    return page.soup.html


def test_only_the_sites_origins_may_frame_it_and_without_any_nobody(shop: Shop) -> None:
    page = shop.open(DOOR)
    assert page.status == 200
    assert ancestors(page) == "'none'"
    assert "X-Frame-Options" not in page.response.headers


def test_the_page_in_the_frame_is_the_same_survey_with_the_hosts_name_on_it(framing: Shop) -> None:
    page = framing.open(FROM_HOST + "&lang=fa")
    stays_framed(page)
    assert (root(page)["lang"], root(page)["dir"]) == ("fa", "rtl")
    assert (root(page)["data-host"], root(page)["data-mode"]) == (HOST, "popover")
    assert [script["src"].split("?")[0] for script in page.soup.select("script")] == [
        "/static/js/survey.js",
        "/static/js/frame.js",
    ]
    assert "embedded" in page.soup.body["class"]
    assert page.fields["fb_identity"] == [""]
    assert framing.open(FROM_HOST).form["action"].startswith(FROM_HOST)


HOSTS = [
    (HOST, True),
    ("https://a.duka.example", True),
    ("https://a.b.duka.example", True),
    ("https://*.duka.example", False),
    ("http://duka.example", False),
    ("https://duka.example:8443", False),
    ("https://duka.example/", False),
    ("https://DUKA.example", False),
    ("https://duka.example.evil.example", False),
    ("https://evilduka.example", False),
    ("https://evil.example:1.duka.example", False),
    ("https://u@a.duka.example", False),
    ("null", False),
    ("", False),
    ('"><script>', False),
]


def test_messages_go_to_a_registered_origin_or_to_nobody(framing: Shop) -> None:
    for host, known in HOSTS:
        page = framing.open(f"{DOOR}?host={quote(host, safe='')}")
        stays_framed(page)
        assert root(page).get("data-host") == (host if known else None), host


def test_without_script_and_without_host_it_is_answered_step_by_step_in_the_frame(framing: Shop) -> None:
    page = framing.open(DOOR, headers={"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site"})
    while page.form and "fb_step" in page.fields:
        stays_framed(page)
        answers = {"score": "1", "words": "Slow"}
        page = framing.fill(page, **{name: value for name, value in answers.items() if name in page.asked})
    stays_framed(page)
    assert page.soup.select_one("[data-frame=done]")
    stored = framing.response()
    assert (stored.channel, stored.assurance, stored.state, stored.score) == ("embed", "anonymous", "complete", 0)


def test_what_is_asked_is_kept_through_every_step_back_and_change_of_language(framing: Shop) -> None:
    address = FROM_HOST + "&color=0b6e4f"
    page = framing.open(address)
    styled = page.soup.style.text
    for go, answers in (("next", {"score": "2"}), ("lang:fa", {}), ("back", {}), ("next", {"score": "9"})):
        page = framing.fill(page, go=go, **answers)
        stays_framed(page)
        assert page.form["action"] == address
        assert root(page)["data-host"] == HOST
        assert page.soup.style.text == styled
    assert page.status == 422


def test_a_links_token_makes_it_that_customers_survey(framing: Shop) -> None:
    path, link = framing.link()
    token = path.removeprefix("/s/")
    page = framing.open(f"{FROM_HOST}&token={token}")
    stays_framed(page)
    assert "a•••@e•••.com" in page.text
    leaving = page.soup.select_one(f'a[href="{path}/not-me"]')
    assert leaving is not None
    assert (leaving["target"], leaving["rel"]) == ("_blank", ["noreferrer"])
    page = framing.post(page.form["action"], {**page.fields, "score": "5", "words": "Fine", "contact": "yes"})
    stays_framed(page)
    assert framing.response(link).assurance == "link"
    assert framing.response(link).channel == "embed"
    again = framing.open(f"{FROM_HOST}&lang=en&token={token}")
    stays_framed(again)
    assert "already answered" in again.text


def test_a_token_of_another_survey_or_of_none_opens_nothing(framing: Shop) -> None:
    token = framing.link("nps")[0].removeprefix("/s/")
    for wrong in (token, "x", token[:-1] + "A"):
        for page in (framing.open(f"{DOOR}?token={wrong}"), framing.post(f"{DOOR}?token={wrong}", {"score": "1"})):
            stays_framed(page)
            assert page.status == 404
            assert page.soup.select_one("[data-frame=error]")
    assert framing.count() == 0


def test_an_expired_or_revoked_link_says_so_in_the_frame_and_leads_to_the_message_form_there(framing: Shop) -> None:
    path, link = framing.link()
    address = f"{FROM_HOST}&token={path.removeprefix('/s/')}"
    with time_machine.travel(clock.now() + timedelta(days=91)):
        expired = framing.open(address)
    with framing.database.write() as session:
        revoke_link(session, SYSTEM, framing.site_id, link.id)
    for page in (expired, framing.open(address), framing.post(address, {"score": "1"})):
        stays_framed(page)
        assert page.status == 410
        onward = page.soup.select_one("main a.button")["href"]
        assert onward.startswith("/embed/shop/message?host=")
        assert "token=" not in onward
        assert framing.open(onward).status == 200
        switch = page.soup.select_one(".languages a")["href"]
        assert re.match(r"\?host=.+&token=.+&lang=", switch)


def test_a_survey_that_is_not_there_is_told_in_the_frame(framing: Shop) -> None:
    for page in (framing.open("/embed/shop/nothing"), framing.post("/embed/shop/nothing", {"score": "1"})):
        stays_framed(page)
        assert page.status == 404
        assert page.soup.select_one("[data-frame=error]")
    nowhere = framing.open("/embed/nowhere/nothing")
    assert (nowhere.status, ancestors(nowhere)) == (404, "'none'")


def test_what_is_refused_stays_in_the_frame_too(framing: Shop) -> None:
    for headers, status in (
        ({"Origin": "https://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 422),
    ):
        page = framing.post(DOOR, {"score": "1"}, headers=headers)
        assert page.status == status
        stays_framed(page)
    page = framing.post(DOOR, {"words": "x" * 300_000})
    assert page.status == 413
    stays_framed(page)
    asked = framing.send_json(DOOR, {"score": "1"})
    assert asked.status_code == 422
    assert ancestors(Page(asked)) == f"https://*.duka.example {HOST}"


def test_the_way_to_the_case_opens_beside_the_host_page(framing: Shop) -> None:
    path, _ = framing.link()
    page = framing.open(f"{FROM_HOST}&token={path.removeprefix('/s/')}")
    page = framing.post(page.form["action"], {**page.fields, "score": "1", "why": "slow", "contact": "yes"})
    way = page.soup.select_one("a.button.primary")
    assert "/c/" in way["href"]
    assert (way["target"], way["rel"]) == ("_blank", ["noreferrer"])
    assert page.soup.select_one("form.edit")["action"].startswith(FROM_HOST)


def test_the_hosts_colour_is_made_readable_whatever_it_is(framing: Shop) -> None:
    plain = framing.open(DOOR).soup.style.text
    some = random.Random(1)
    for color in ("ffff00", "FFFFFF", "000000", *(f"{some.randrange(2**24):06x}" for _ in range(20))):
        style = framing.open(f"{DOOR}?color={color}").soup.style.text
        light, dark = (re.findall(rf"--brand-{name}:(#[0-9a-f]{{6}})", style)[-1] for name in ("light", "dark"))
        assert contrast(light, PAPER) >= TEXT, color
        assert contrast(dark, DARK_CARD) >= TEXT, color
        assert style != plain


def test_a_survey_in_a_page_that_cannot_be_dark_stays_light_through_every_step(framing: Shop) -> None:
    for scheme, light in (("normal", True), ("light", True), ("", True), ("light dark", False), ("dark", False)):
        page = framing.open(f"{FROM_HOST}&scheme={quote(scheme)}")
        for shown in (page, framing.fill(page, score="5")):
            assert (root(shown).get("data-scheme") == "light") is light, scheme
            told = shown.soup.find("meta", attrs={"name": "color-scheme"})["content"]
            assert told == ("light" if light else "light dark"), scheme
    assert root(framing.open("/survey/shop/support-csat")).get("data-scheme") is None


def test_what_is_no_colour_and_no_way_of_showing_changes_nothing(framing: Shop) -> None:
    plain = framing.open(DOOR)
    for junk in ("#fff", "fff", "red", "12345g", "#12345", "abc   ", "0b6e4f;}", "٠٠٠٠٠٠"):
        page = framing.open(f"{DOOR}?color={quote(junk)}&mode={quote(junk)}")
        assert page.soup.style.text == plain.soup.style.text
        assert page.form["action"] == plain.form["action"]
        assert root(page)["data-mode"] == "inline"
