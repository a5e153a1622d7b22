"""Pairing tablets and making posters in the console."""

import re
from datetime import timedelta

import pytest
import segno
import time_machine

from feedback import clock
from feedback.app import create_app
from feedback.db import Database
from feedback.settings import Settings
from tests.helpers.console import HERE, Browser
from tests.helpers.desk import Desk
from tests.helpers.forms import soup

LIST = "/console/shop/responses/kiosks/"
POSTERS = "/console/shop/responses/posters/"
ASKED = "survey=nps&place=Main+entrance&language=en&language=sw&paper=a5"


def paired(browser: Browser, place: str = "Main entrance", survey: str = "support-csat") -> str:
    """Where the console shows the new screen."""
    reply = browser.fill(LIST, place=place, survey=survey)
    assert reply.status_code == 303, reply.text
    return reply.headers["Location"].partition("?")[0]


def address(browser: Browser, path: str) -> str:
    """What the tablet is to open."""
    field = soup(browser.get(path).text).select_one("#address")
    assert field is not None
    return str(field["value"])


def states(browser: Browser) -> list[tuple[str, str]]:
    rows = soup(browser.get(LIST).text).select("table tbody tr")
    return [(row.select_one("bdi").text, row.select_one(".badge").text) for row in rows]  # type: ignore[union-attr]


def test_a_tablet_is_paired_by_its_address_and_seen_at_its_first_tap(lulu: Browser, desk: Desk) -> None:
    assert "No feedback screen yet" in lulu.get(LIST).text
    path = paired(lulu)
    token = address(lulu, path)
    assert token.startswith(f"{HERE}/kiosk/shop/support-csat?token=")
    assert address(lulu, path) == token
    assert states(lulu) == [("Main entrance", "No tap yet")]
    code = lulu.get(f"{path}/qr.svg")
    assert code.mimetype == "image/svg+xml"
    drawn = segno.make(token, error="m", micro=False).svg_inline(border=4)
    squares = re.compile(r'class="qrline"[^>]* d="([^"]+)"')
    assert squares.findall(code.text) == squares.findall(drawn) != []
    tap = {"id": "0" * 20, "answers": {"score": "5"}, "kiosk": token.partition("token=")[2]}
    told = lulu.client.post("/kiosk/shop/support-csat", json=tap, base_url=HERE).get_json()
    assert told["status"] == "stored"
    assert states(lulu) == [("Main entrance", "Active")]
    with time_machine.travel(clock.now() + timedelta(days=401)):
        lulu.sign_in("lulu@example.com")
        assert states(lulu) == [("Main entrance", "Expired")]
        assert soup(lulu.get(path).text).select_one("#address") is None


def test_a_new_address_ends_the_one_before_and_ending_is_told_once(lulu: Browser, desk: Desk) -> None:
    path = paired(lulu)
    old = address(lulu, path)
    reply = lulu.fill(path, f"{path}/anew")
    new = reply.headers["Location"].partition("?")[0]
    assert address(lulu, new) != old
    assert states(lulu) == [("Main entrance", "No tap yet"), ("Main entrance", "Ended")]
    assert lulu.get(f"{path}/qr.svg").status_code == 404
    form = lulu.form(new, f"{new}/revoke")
    assert "done=kiosk_revoked" in lulu.post(f"{new}/revoke", form.fields).headers["Location"]
    for move in ("revoke", "anew"):
        assert "done=kiosk_ended" in lulu.post(f"{new}/{move}", form.fields).headers["Location"]
    tap = {"id": "0" * 20, "answers": {"score": "5"}, "kiosk": old.partition("token=")[2]}
    told = lulu.client.post("/kiosk/shop/support-csat", json=tap, base_url=HERE).get_json()
    assert told["status"] == "quarantined"


def test_a_place_without_a_name_is_refused_and_what_was_typed_stays(lulu: Browser, desk: Desk) -> None:
    for place in ("", " \u202e ", "x" * 121):
        reply = lulu.fill(LIST, place=place, survey="nps")
        assert reply.status_code == 422
    assert lulu.fill(LIST, place="Door", survey="message").status_code == 422
    offered = [one["value"] for one in soup(lulu.get(LIST).text).select("#survey option")]
    assert {"support-csat", "nps", "happy"} <= set(offered)
    assert not {"message", "recovery", "unsubscribe"} & set(offered)


def test_agents_pair_nothing_and_another_site_s_screens_are_nowhere(
    lulu: Browser, asha: Browser, parisa: Browser, desk: Desk
) -> None:
    assert asha.get(LIST).status_code == 403
    path = paired(lulu)
    assert parisa.get(path.replace("/shop/", "/bank/")).status_code == 404
    assert parisa.get(path).status_code == 404


@pytest.mark.parametrize("name", ["", "sheet", "poster.svg", "qr.svg"])
def test_a_poster_says_everything_in_each_language(asha: Browser, desk: Desk, name: str) -> None:
    reply = asha.get(f"{POSTERS}{name}?{ASKED}")
    assert reply.status_code == 200
    if name in ("sheet", "poster.svg"):
        assert "Main entrance" in reply.text
        assert "127.0.0.1:8000/survey/shop/nps?place=Main+entrance" in reply.text
    if name == "sheet":
        assert [one["lang"] for one in soup(reply.text).select("h1")] == ["en", "sw"]
        assert "a5" in soup(reply.text).body["class"]  # type: ignore[index]
    if name == "poster.svg":
        assert reply.headers["Content-Disposition"] == 'attachment; filename="nps-a5.svg"'
        assert 'width="148mm" height="210mm"' in reply.text
        modules = segno.make(f"{HERE}/survey/shop/nps?place=Main%20entrance", error="m", micro=False)
        assert reply.text.count("h1v1h-1z") == sum(row.count(1) for row in modules.matrix)


def test_a_poster_that_can_not_be_made_is_refused_with_what_is_wrong(asha: Browser, desk: Desk) -> None:
    assert asha.get(POSTERS + "?survey=nps").status_code == 200
    for wrong in ("survey=nothing&language=en&paper=a4", "survey=nps&paper=a4", "survey=nps&language=fr&paper=a4"):
        assert asha.get(f"{POSTERS}?{wrong}").status_code == 422
        assert asha.get(f"{POSTERS}sheet?{wrong}").status_code == 404


def test_what_is_typed_as_a_place_never_becomes_markup(asha: Browser, settings: Settings, database: Database) -> None:
    place = "%3Csvg%2Fonload%3Dalert(1)%3E%22'"
    for name in ("", "sheet", "poster.svg"):
        text = asha.get(f"{POSTERS}{name}?survey=nps&language=en&paper=a4&place={place}").text
        assert "onload=alert" in text
        assert "<svg/onload" not in text
    client = create_app(settings, database).test_client()
    assert "<svg/onload" not in client.get(f"/kiosk/shop/nps?place={place}").text
