"""What staff see of whoever left: what was stopped, the task, no way to write; and the settings of the site."""

from datetime import timedelta

import pytest
import time_machine

from feedback import clock
from feedback.actors import Role
from feedback.events import TimelineOf, gather
from tests.helpers.console import Browser, Town
from tests.helpers.forms import soup
from tests.preferences.conftest import Unsub
from tests.preferences.leaving import cases, leaver
from tests.preferences.test_blank import KEY, want, work
from tests.preferences.test_unsubscribe import press
from tests.responses.shop import Shop

LEAVING = "/console/shop/sites/leaving"


@pytest.fixture
def lulu(shop: Shop) -> Browser:
    """The admin of the shop."""
    Town(shop.database, sites={"shop": shop.site_id}).add_staff("Lulu", "shop", Role.ADMIN)
    browser = Browser(shop.app)
    assert browser.sign_in("lulu@example.com").status_code == 303
    return browser


def side(browser: Browser, public_id: str) -> str:
    page = soup(browser.get(f"/console/shop/cases/{public_id}").text)
    return " ".join(page.get_text(" ", strip=True).split())


def test_a_case_from_an_opt_out_has_no_composer_and_tells_what_was_stopped(
    shop: Shop, unsub: Unsub, lulu: Browser
) -> None:
    asha = leaver(shop, unsub)
    asha.stop()
    asha.say(reason="competitor", words="Juma is cheaper")
    (case,) = cases(shop)
    text = side(lulu, case.public_id)
    assert "has not allowed us to contact them" in text
    assert "Stopped: News and offers" in text
    assert "on the page behind a link" in text
    assert "And: Questions about our service" in text
    assert "answered “I have moved to another company”" in text
    assert "No: do not write to this customer" in text
    page = soup(lulu.get(f"/console/shop/cases/{case.public_id}").text)
    assert page.select_one("form[action*='/reply']") is None
    assert page.select_one("form[action*='/promise']") is None
    sent = {"csrf_token": lulu.csrf(), "version": "1", "text": "Come back", "go": "send"}
    assert lulu.post(f"/console/shop/cases/{case.public_id}/reply", sent).status_code == 409
    asha.say(reason="competitor", contact="yes")
    page = soup(lulu.get(f"/console/shop/cases/{case.public_id}").text)
    assert page.select_one("form[action*='/reply']") is not None


def test_a_stop_stands_beside_the_customer_in_other_cases_too_and_on_their_timeline(
    shop: Shop, unsub: Unsub, lulu: Browser
) -> None:
    asha = leaver(shop, unsub)
    press(shop, asha.stop(), "That was a mistake")
    asha.one_click()
    shop.send_json(shop.link(customer_id=asha.link.customer_id)[0], {"score": "1"})
    (case,) = cases(shop)
    text = side(lulu, case.public_id)
    assert "by their email program" in text
    assert text.count("undone since") == 1
    assert "May still be sent" not in text
    with shop.database.read() as session:
        later = clock.now() + timedelta(seconds=1)
        told = gather(session, TimelineOf(shop.site_id, asha.link.customer_id or 0, later, 10))
    stops = [one for one in told if one.kind == "preferences.stopped"]
    assert [(one.facts["channel"], one.facts["undone_at"] is None) for one in stops] == [
        ("oneclick", True),
        ("page", False),
    ]


def test_the_task_says_what_to_do_in_the_language_of_whoever_reads(shop: Shop, unsub: Unsub, lulu: Browser) -> None:
    want(shop, KEY)
    asha = leaver(shop, unsub, segment="key")
    asha.stop()
    with time_machine.travel(clock.now() + timedelta(minutes=61), tick=False):
        work(shop)
    (task,) = cases(shop)
    text = side(lulu, task.public_id)
    assert "Left without a reason. Check that everything is in order." in text
    assert "no reason was given" in text
    assert "segment “key”" in text


def test_the_settings_are_off_at_first_kept_and_refused_at_their_field(shop: Shop, lulu: Browser) -> None:
    form = lulu.form(LEAVING)
    assert "enabled" not in form.fields
    assert lulu.fill(LEAVING, enabled="y").status_code == 422
    assert lulu.fill(LEAVING, enabled="y", segments="key", relation_months="lots").status_code == 422
    kept = {"enabled": "y", "segments": "key, gold", "value_at_least": "۵۰۰۰", "one_click": "y"}
    assert lulu.fill(LEAVING, **kept).status_code == 303
    fields = lulu.form(LEAVING).fields
    assert fields["segments"] == ["key, gold"]
    assert fields["value_at_least"] == ["5000"]
    late = lulu.post(LEAVING, {**form.fields, "segments": "silver"})
    assert late.status_code == 409
    assert "key, gold" in late.text


def test_the_rules_of_reasons_are_told_in_the_words_of_the_survey(lulu: Browser) -> None:
    rows = [
        " ".join(row.text.split())
        for row in soup(lulu.get("/console/shop/cases/rules/").text).select("table.list tbody tr")
    ]
    (competitor,) = [row for row in rows if "another company" in row and "survey: Why no more emails?" in row]
    assert "I have moved to another company" in competitor
