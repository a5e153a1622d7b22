"""What feedback screens send: each tap stored once, what doesn't count kept apart, whatever happens on the way."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from feedback import clock
from feedback.actors import SYSTEM
from feedback.audit import AuditRow
from feedback.cases.actions.rules import add_rule
from feedback.cases.models import Case
from feedback.cases.routing import CaseToOpen
from feedback.cases.stored_rules import parse_conditions
from feedback.responses.actions import kiosks, release
from feedback.responses.queries import survey_counts
from feedback.sites.models import Site
from feedback.surveys.actions import archive
from tests.responses.screens import Tablet, stored, tap
from tests.responses.shop import Shop


@pytest.fixture
def tablet(shop: Shop, noon: Any) -> Tablet:
    paired = Tablet(shop).pair()
    noon.shift(timedelta(days=30))
    return paired


def counted(shop: Shop) -> int:
    """How many answers the measures see."""
    with shop.database.read() as session:
        return sum(one.n for one in survey_counts(session, shop.site_id).values())


def test_a_tap_is_an_answer_of_its_place(shop: Shop, tablet: Tablet) -> None:
    reply = tablet.send(tap(2)).get_json()
    assert reply["paired"] is True
    (row,) = stored(shop)
    assert reply["taps"][0]["response"] == row.public_id
    assert (row.state, row.assurance, row.channel, row.place) == ("complete", "kiosk", "kiosk", "Main entrance")
    assert (row.score, row.kiosk_id, row.locale, row.flags) == (25, tablet.row().id, "en", [])
    assert tablet.row().seen_at == clock.now()
    assert counted(shop) == 1
    assert shop.count(Case) == 0  # whoever tapped has walked on


def test_the_reason_joins_its_tap_and_only_once(shop: Shop, tablet: Tablet, noon: Any) -> None:
    key = "0123456789abcdef"
    assert tablet.told(tap(1, key=key)) == ["stored"]
    noon.shift(timedelta(hours=20))  # the network was away
    assert tablet.told(tap(1, key=key, why="slow")) == ["updated"]
    assert tablet.told(tap(1, key=key, why="rude")) == ["already"]
    assert tablet.told(tap(1, key=key)) == ["already"]
    assert tablet.told(tap(5, key=key)) == ["already"]
    (row,) = stored(shop)
    assert shop.said(row) == {"score": [1], "why": ["slow"]}
    assert row.score == 0
    assert tablet.told(tap(2, waited=60, why="slow")) == ["stored"]
    assert shop.said(stored(shop)[0]) == {"score": [1], "why": ["slow"]}


def test_what_was_tapped_offline_has_the_moment_of_its_tap(shop: Shop, tablet: Tablet) -> None:
    now = clock.now()
    waits = [3600, 86_400, 7 * 86_400, 8 * 86_400, -60]
    tablet.told(*(tap(4, waited=waited) for waited in waits))
    moments = sorted(now - timedelta(seconds=waited) for waited in waits[:3])
    assert [row.created_at for row in stored(shop)] == [*moments, now, now]


def test_of_taps_by_one_hand_the_first_counts(shop: Shop, tablet: Tablet) -> None:
    waits = (20, 19, 17.5, 16, 10)
    assert tablet.told(*(tap(5, waited=one) for one in waits)) == ["stored", *["quarantined"] * 3, "stored"]
    assert [row.flags for row in stored(shop)] == [[], ["mashed"], ["mashed"], ["mashed"], []]
    assert counted(shop) == 2


def test_more_than_thirty_in_a_minute_are_kept_and_marked(shop: Shop, tablet: Tablet) -> None:
    tablet.told(*(tap(5, waited=60 - second * 1.5) for second in range(40)))
    flags = [row.flags for row in stored(shop)]
    assert len(flags) == 40
    assert [flag for flag in flags if "many_taps" in flag] == [["mashed", "many_taps"]] * 10
    assert counted(shop) == 1


def test_a_released_tap_counts(shop: Shop, tablet: Tablet) -> None:
    tablet.told(tap(5, waited=2), tap(1, waited=1))
    with shop.database.write() as session:
        release(session, SYSTEM, shop.site_id, stored(shop)[1].public_id)
    assert counted(shop) == 2


def test_a_screen_that_nobody_paired_is_kept_apart(shop: Shop, noon: Any) -> None:
    reply = Tablet(shop).send(tap(5), place="  Back\tdoor ").get_json()
    assert (reply["paired"], reply["taps"][0]["status"]) == (False, "quarantined")
    (row,) = stored(shop)
    assert (row.state, row.flags, row.place, row.kiosk_id) == ("quarantined", ["unpaired"], "Back door", None)


def test_a_revoked_screen_is_kept_apart_from_that_moment_on(shop: Shop, tablet: Tablet) -> None:
    assert tablet.told(tap(5, waited=60)) == ["stored"]
    with shop.database.write() as session:
        kiosks.revoke(session, SYSTEM, shop.site_id, tablet.key)
    assert tablet.told(tap(5)) == ["quarantined"]
    row = stored(shop)[-1]
    assert (row.flags, row.place, row.kiosk_id) == (["unpaired"], "Main entrance", tablet.row().id)
    with shop.database.read() as session:
        said = session.scalars(select(AuditRow.action).where(AuditRow.action.like("kiosk.%")).order_by(AuditRow.id))
        assert list(said) == ["kiosk.pair", "kiosk.revoke"]


@pytest.mark.parametrize("damage", ["old", "other survey", "tampered"])
def test_a_token_is_good_for_its_screen_and_for_400_days(shop: Shop, tablet: Tablet, noon: Any, damage: str) -> None:
    if damage == "old":
        noon.shift(timedelta(days=371))
    elif damage == "other survey":
        tablet.slug = "happy"
    else:
        tablet.token = tablet.token[:-1] + ("A" if tablet.token[-1] != "A" else "B")
    assert tablet.told(tap("yes" if damage == "other survey" else 5)) == ["quarantined"]
    assert stored(shop)[0].flags == ["unpaired"]


def test_strangers_without_a_screen_are_refused_at_some_point_and_paired_ones_never(
    shop: Shop, tablet: Tablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    from feedback.responses.pages import kiosk  # noqa: PLC0415 - patched below

    monkeypatch.setattr(kiosk, "OPEN_REFUSED", 3)
    stranger = Tablet(shop)
    assert stranger.told(*(tap() for _ in range(3))) == ["quarantined"] * 3
    refused = stranger.send(tap())
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "3600")
    page = shop.post(stranger.path, {"score": "5"})  # without scripts the screen stays a screen
    assert (page.status, page.response.headers["Retry-After"], len(page.soup.select(".taps button"))) == (
        429,
        "3600",
        5,
    )
    assert tablet.told(*(tap(waited=10 * one) for one in range(5, 0, -1))) == ["stored"] * 5


def test_what_can_not_be_taken_holds_nothing_up(shop: Shop, tablet: Tablet) -> None:
    good = tap(4, waited=60)
    bad = [tap(9), tap("x"), tap(key="short"), {"id": "y" * 30}, {"id": 7, "answers": []}, {**tap(), "answers": {}}]
    assert tablet.told(*bad, good) == [*["refused"] * 6, "stored"]
    assert tablet.told({**tap(4), "version": "x", "waited": "y", "language": "xx"}) == ["stored"]
    assert [row.locale for row in stored(shop)] == ["en", "en"]
    assert tablet.send().get_json() == {"taps": [], "paired": True}
    assert shop.client.post(tablet.path, data="[" * 20_000, content_type="application/json").status_code == 400
    assert shop.client.post("/kiosk/shop/nothing", json={"taps": []}).status_code == 404
    foreign = shop.client.post(tablet.path, json={"taps": []}, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403


def test_nobody_writes_anything_at_a_screen(shop: Shop, tablet: Tablet) -> None:
    words = {"words": "Neema was rude", "why.other": "Neema", "why_other": "Neema", "contact": "yes"}
    tablet.told({**tap(1), "answers": {"score": "1", "why": "other", **words}})
    (row,) = stored(shop)
    assert shop.said(row) == {"score": [1], "why": ["other"]}
    assert row.contact == "not_asked"


def test_one_tap_alone_is_answered_as_every_form_is(shop: Shop, tablet: Tablet) -> None:
    one = {**tap(5), "kiosk": tablet.token}
    reply = shop.client.post(tablet.path, json=one).get_json()
    assert (reply["status"], reply["follow_up"], reply["next"]) == ("stored", None, None)
    assert shop.client.post(tablet.path, json=one).get_json()["status"] == "already"
    assert shop.client.post(tablet.path, json={**one, "answers": {}}).status_code == 422


@pytest.mark.parametrize("plain", [False, True])
def test_a_program_s_own_key_or_address_will_do_for_one_tap(shop: Shop, tablet: Tablet, plain: bool) -> None:
    def send(key: str, **fields: str) -> TestResponse:
        headers = {"Accept": "application/json", "Idempotency-Key": key}
        address = f"{tablet.path}?token={tablet.token}&place=Elsewhere"
        return shop.client.post(address, headers=headers, **{"json" if plain else "data": fields})

    assert send("a", score="9").status_code == 422
    first = send("a", score="5").get_json()
    assert (first["status"], send("a", score="5").get_json()["response"]) == ("stored", first["response"])
    assert send("b", score="5").get_json()["status"] == "quarantined"  # by the same hand
    assert [(row.kiosk_id, row.place) for row in stored(shop)] == [(tablet.row().id, "Main entrance")] * 2


def test_two_screens_whose_programs_count_alike_are_two(shop: Shop, tablet: Tablet) -> None:
    for one in (tablet, Tablet(shop, place="Back door").pair(), Tablet(shop)):
        headers = {"Accept": "application/json", "Idempotency-Key": "1"}
        shop.client.post(f"{one.path}?token={one.token}", headers=headers, json={"score": "5"})
    assert [row.place for row in stored(shop)] == ["Main entrance", "Back door", None]


def test_where_everybody_must_be_known_a_tablet_that_was_never_paired_is_refused(shop: Shop, tablet: Tablet) -> None:
    with shop.database.write() as session:
        session.execute(update(Site).where(Site.id == shop.site_id).values(identity_required=True))
    refused = Tablet(shop).send(tap())
    assert (refused.status_code, refused.get_json()["code"]) == (401, "identity-required")
    page = shop.post(tablet.path, {"score": "5"})
    assert (page.status, page.soup.select_one("#kiosk .apart").has_attr("hidden")) == (401, False)
    assert stored(shop) == []
    assert tablet.told(tap()) == ["stored"]
    with shop.database.write() as session:
        kiosks.revoke(session, SYSTEM, shop.site_id, tablet.key)
    assert tablet.told(tap()) == ["quarantined"]  # it was ours: nothing that waited on it is lost


def test_taps_from_before_a_survey_was_closed_are_still_taken(shop: Shop, tablet: Tablet) -> None:
    before = {**tap(3, waited=60), "version": live_version(shop)}
    with shop.database.write() as session:
        archive(session, SYSTEM, shop.site_id, "support-csat")
    assert tablet.told(before) == ["stored"]


def live_version(shop: Shop) -> int:
    return int(shop.open("/kiosk/shop/support-csat").soup.select_one("#kiosk")["data-version"])


def test_a_site_that_wants_cases_of_taps_says_so_by_a_rule(shop: Shop, tablet: Tablet) -> None:
    asked = parse_conditions({"touchpoints": {"channel": ["kiosk"]}, "answers": {"why": ["rude"]}})
    with shop.database.write() as session:
        add_rule(session, SYSTEM, shop.site_id, "Rude at the door", asked, CaseToOpen())
    key = "0123456789abcdef"
    tablet.told(tap(1, key=key))
    assert shop.count(Case) == 0
    tablet.told(tap(1, key=key, why="rude"))
    assert shop.count(Case) == 1


def test_the_same_taps_from_many_requests_at_once_are_stored_once(shop: Shop, tablet: Tablet) -> None:
    batch = [tap(1, waited=10 * one, why="slow") for one in range(5, 0, -1)]

    def send(_: int) -> int:
        client = shop.app.test_client()
        return int(client.post(tablet.path, json={"kiosk": tablet.token, "taps": batch}).status_code)

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(send, range(6))) == [200] * 6
    assert [(row.state, shop.said(row)["why"]) for row in stored(shop)] == [("complete", ["slow"])] * 5


def test_with_the_network_cut_at_random_every_tap_is_stored_once(shop: Shop, tablet: Tablet) -> None:
    cut_at_random(tablet, taps=60, seed=5)
    assert len(stored(shop)) == 60
    assert counted(shop) == 60


def cut_at_random(tablet: Tablet, taps: int, seed: int) -> None:
    """Send as a tablet does while requests and replies get lost."""
    chance = random.Random(seed)
    kept: dict[str, dict[str, Any]] = {}
    for number in range(taps):
        made = tap(chance.randint(1, 5), waited=10 * (taps - number))
        kept[made["id"]] = made
        if chance.random() < 0.5:
            made["answers"]["why"] = "slow"
        while kept and chance.random() < 0.6:
            exchange(tablet, kept, chance)
    while kept:
        exchange(tablet, kept, chance)


def exchange(tablet: Tablet, kept: dict[str, dict[str, Any]], chance: random.Random) -> None:
    batch = list(kept.values())[:50]
    if chance.random() < 0.3:
        return  # the request is lost
    reply = tablet.send(*batch)
    if chance.random() < 0.3:
        return  # it was stored, but the reply is lost
    for one in reply.get_json()["taps"]:
        del kept[one["id"]]
