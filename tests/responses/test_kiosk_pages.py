"""The feedback screen as a page: it works without scripts, speaks the site's languages, and leads nowhere else."""

from datetime import timedelta
from typing import Any

import pytest

from feedback import clock
from feedback.actors import SYSTEM
from feedback.surveys.actions import archive
from tests.responses.screens import Tablet, stored
from tests.responses.shop import Page, Shop

DOOR = "/kiosk/shop/support-csat"


def touched(shop: Shop, page: Page, name: str, value: str) -> Page:
    """Touch a button, in a browser without scripts."""
    form = page.soup.select_one(f"#kiosk form:has(button[name={name}])")
    assert form is not None
    assert form.select_one(f"button[name={name}][value='{value}']") is not None
    fields = {one["name"]: one["value"] for one in form.select("input")} | {name: value}
    if form["method"] == "get":
        return shop.open(DOOR, query_string=fields)
    return shop.post(form["action"], fields)


def refresh(page: Page) -> str:
    return str(page.soup.select_one("meta[http-equiv=refresh]")["content"])


def test_without_scripts_a_tap_a_reason_and_thanks_come_one_after_the_other(shop: Shop, noon: Any) -> None:
    tablet = Tablet(shop).pair()
    start = f"{DOOR}?token={tablet.token}"
    page = touched(shop, shop.open(start), "score", "1")
    assert "What went wrong?" in page.text
    assert refresh(page) == f"10;url={start}"
    assert stored(shop)[0].state == "complete"  # whoever walks on now has been heard
    page = touched(shop, page, "why", "rude")
    assert "Thank you for telling us" in page.text
    assert refresh(page) == f"5;url={start}"
    (row,) = stored(shop)
    assert shop.said(row) == {"score": [1], "why": ["rude"]}
    assert (row.place, row.kiosk_id) == ("Main entrance", tablet.row().id)


def test_the_reason_can_be_skipped_and_a_high_answer_needs_none(shop: Shop, noon: Any) -> None:
    page = touched(shop, shop.open(DOOR), "score", "2")
    assert "Thank you" in touched(shop, page, "fb_go", "skip").text
    assert "Thank you. We are glad it went well." in touched(shop, shop.open(DOOR), "score", "5").text
    assert [shop.said(row) for row in stored(shop)] == [{"score": [2]}, {"score": [5]}]


def test_the_same_form_twice_is_one_tap_also_when_it_stood_there_for_days(shop: Shop, noon: Any) -> None:
    tablet = Tablet(shop).pair()
    page = shop.open(f"{DOOR}?token={tablet.token}")
    noon.shift(timedelta(days=3))
    for _ in range(2):
        assert touched(shop, page, "score", "5").status == 200
    (row,) = stored(shop)
    assert (row.state, row.created_at) == ("complete", clock.now())


def test_a_post_without_an_answer_shows_the_question_again(shop: Shop) -> None:
    page = shop.post(DOOR, {"score": "nine"})
    assert page.soup.select_one("#kiosk button[name=score]") is not None
    assert stored(shop) == []


def test_it_speaks_the_site_s_language_whatever_the_tablet_does_and_others_when_touched(shop: Shop) -> None:
    page = shop.open(f"{DOOR}?place=Door", headers={"Accept-Language": "fa"})
    assert page.soup.html["lang"] == "en"
    page = touched(shop, page, "lang", "fa")
    assert (page.soup.html["lang"], page.soup.html["dir"]) == ("fa", "rtl")
    assert refresh(page) == f"10;url={DOOR}?place=Door"
    touched(shop, page, "score", "5")
    assert [(row.locale, row.place) for row in stored(shop)] == [("fa", "Door")]


def test_every_screen_is_in_the_page_in_every_language(shop: Shop) -> None:
    page = shop.open(DOOR)
    found = {(one["data-screen"], one["data-language"]) for one in page.soup.select("template")}
    screens = ("ask", "why-why", "thanks-low", "thanks-high")
    assert found == {(screen, tag) for screen in screens for tag in ("en", "sw", "ne", "fa", "mn", "hy")}
    names = [one.text for one in page.soup.select("#kiosk .languages button")]
    assert names == ["English", "Kiswahili", "नेपाली", "فارسی", "Монгол", "Հայերեն"]


@pytest.mark.parametrize("slug", ["support-csat", "nps", "ces", "happy"])
def test_every_button_says_in_words_or_digits_what_it_is(shop: Shop, slug: str) -> None:
    page = shop.open(f"/kiosk/shop/{slug}?lang=ne")
    buttons = page.soup.select("#kiosk .taps button")
    assert len(buttons) >= 3
    assert all(any(sign.isalnum() for sign in one.get_text(strip=True)) for one in buttons)
    group = page.soup.select_one("#kiosk .taps[role=group]")
    assert page.soup.find(id=group["aria-labelledby"]).get_text(strip=True)
    if slug == "nps":
        assert [one.get_text(strip=True) for one in buttons][:3] == ["०", "१", "२"]
        assert all(page.soup.find(id=buttons[place]["aria-describedby"]) for place in (0, -1))


def test_nothing_on_it_leads_away_or_keeps_words(shop: Shop, noon: Any) -> None:
    page = shop.open(DOOR)
    pages = [page, touched(shop, page, "score", "1"), touched(shop, shop.open(DOOR), "score", "5")]
    for one in pages:
        assert one.soup.select("a, textarea, select, input:not([type=hidden]), iframe") == []
        assert {form.get("action", DOOR) for form in one.soup.select("form")} == {DOOR}


def test_its_policy_allows_its_own_worker_and_manifest_and_no_cookie_is_set(shop: Shop) -> None:
    reply = shop.open(DOOR).response
    policy = reply.headers["Content-Security-Policy"]
    said = dict(part.split(" ", 1) for part in policy.split("; "))
    assert said.pop("style-src").startswith("'self' 'sha256-")
    assert said.pop("img-src") == "'self' data:"
    nothing, own = ("default-src", "base-uri", "frame-ancestors"), ("connect-src", "form-action", "manifest-src")
    assert said == dict.fromkeys(nothing, "'none'") | dict.fromkeys((*own, "script-src", "worker-src"), "'self'")
    assert "Set-Cookie" not in reply.headers
    assert reply.headers["Cache-Control"] == "no-store"
    worker = shop.client.get("/kiosk/worker.js")
    assert (worker.mimetype, worker.headers["Service-Worker-Allowed"]) == ("text/javascript", "/kiosk/")
    assert worker.headers["Cache-Control"] == "no-cache"
    manifest = shop.client.get(f"{DOOR}/manifest.json?place=Back+door").get_json(force=True)
    assert (manifest["start_url"], manifest["scope"]) == (f"{DOOR}?place=Back+door", "/kiosk/")
    assert (manifest["name"], manifest["display"], manifest["id"]) == ("Duka", "fullscreen", manifest["start_url"])
    link = shop.open(f"{DOOR}?token=x").soup.select_one("link[rel=manifest]")["href"]
    assert shop.client.get(link).get_json(force=True)["start_url"] == f"{DOOR}?installed=x"


@pytest.mark.parametrize("slug", ["message", "recovery", "unsubscribe"])
def test_a_survey_without_a_question_for_one_tap_waits_for_another(shop: Shop, slug: str) -> None:
    for page in (shop.open(f"/kiosk/shop/{slug}"), shop.post(f"/kiosk/shop/{slug}", {"score": "1"})):
        assert page.status == 410
        assert "There is no question here at the moment" in page.text
        assert refresh(page).startswith("300;")
    assert stored(shop) == []


def test_a_closed_survey_waits_until_it_is_opened_again(shop: Shop) -> None:
    with shop.database.write() as session:
        archive(session, SYSTEM, shop.site_id, "support-csat")
    assert shop.open(DOOR).status == 410
    told = shop.client.post(DOOR, data={"score": "5"}, headers={"Accept": "application/json"})
    assert (told.status_code, told.get_json()["code"]) == (410, "survey-closed")
    assert shop.client.get("/kiosk/nobody/support-csat").status_code == 404


def test_who_stands_at_an_unpaired_screen_sees_that_it_is_one(shop: Shop) -> None:
    note = "#kiosk .apart"
    assert not shop.open(DOOR).soup.select_one(note).has_attr("hidden")
    tablet = Tablet(shop).pair()
    assert shop.open(f"{DOOR}?token={tablet.token}").soup.select_one(note).has_attr("hidden")


def test_a_poster_s_place_stands_on_the_answer(shop: Shop, noon: Any) -> None:
    page = shop.open("/survey/shop/nps?place=Back%20%20door%0A", headers={"Accept-Language": "en"})
    noon.shift(timedelta(seconds=5))
    shop.fill(page, score="9")
    assert [(row.place, row.channel) for row in stored(shop)] == [("Back door", "link")]
