"""The pages of rules: their order, switching, changing, who may, and two people at once."""

from typing import Any

import pytest
from sqlalchemy import select, update

from feedback.actors import SYSTEM
from feedback.audit import AuditRow
from feedback.cases import actions
from feedback.cases.models import RoutingRule
from feedback.errors import Conflict
from tests.helpers.console import HERE, Browser
from tests.helpers.desk import Desk
from tests.helpers.forms import forms, soup

RULES = "/console/shop/cases/rules/"


def stored(desk: Desk, site: str = "shop") -> list[RoutingRule]:
    """The rules of a site in their order."""
    with desk.database.read() as session:
        query = select(RoutingRule).where(RoutingRule.site_id == desk.site(site))
        found = list(session.scalars(query.order_by(RoutingRule.position)))
        session.expunge_all()
    return found


def press(browser: Browser, action: str, **more: Any) -> int:
    """Press a button of the list."""
    found = forms(browser.get(RULES).text, HERE)
    form = next(one for one in found if one.action.endswith(action))
    return browser.post(form.action.removeprefix(HERE), {**form.fields, **more}).status_code


def test_the_list_tells_what_each_rule_asks_for(lulu: Browser) -> None:
    rows = [" ".join(row.text.split()) for row in soup(lulu.get(RULES).text).select("table.list tbody tr")]
    assert [row[:3] for row in rows] == ["Mes", "Low", "Mid", *["Uns"] * 6, *["Can"] * 4]
    assert "score from 0 to 40" in rows[1]
    assert "due after 4 hours of working time" in rows[1]
    assert "survey: Send us your message" in rows[0]


def test_agents_look_at_cases_but_not_at_rules(asha: Browser, desk: Desk) -> None:
    rule = stored(desk)[0].public_id
    assert asha.get(RULES).status_code == 403
    assert asha.get(RULES + rule).status_code == 403
    for move in ("", "/move", "/switch", "/delete"):
        assert asha.post(f"{RULES}{rule}{move}", {"csrf_token": asha.csrf()}).status_code == 403


def test_a_rule_moves_up_is_switched_off_and_no_longer_opens_cases(lulu: Browser, desk: Desk) -> None:
    low = stored(desk)[1]
    assert press(lulu, f"{low.public_id}/move", way="up") == 303
    assert [rule.name for rule in stored(desk)][:3] == ["Low score", "Message", "Middling score"]
    assert press(lulu, f"{low.public_id}/switch", enabled="0") == 303
    desk.answer("Neema", 0)
    assert desk.cases() == []
    assert press(lulu, f"{low.public_id}/switch", enabled="1") == 303
    desk.answer("Neema", 0)
    assert desk.case().rule_name == "Low score"
    with desk.database.read() as session:
        told = list(session.scalars(select(AuditRow.action).where(AuditRow.subject == "rule").order_by(AuditRow.id)))
    assert told == ["rule.move", "rule.switch", "rule.switch"]


def test_a_new_rule_is_read_in_any_digits_and_opens_a_case(lulu: Browser, desk: Desk) -> None:
    made = lulu.fill(
        RULES + "new",
        name="Angry in Arusha",
        score_min="۰",
        score_max="100",
        languages=["sw"],
        surveys=["support-csat"],
        answers="why = rude, slow\n\nscore = 1",
        place="Arusha, Dodoma",
        due_hours="1,5",
        priority="high",
        kind="price",
        queue="retention",
    )
    assert made.status_code == 303, made.text
    rule = stored(desk)[-1]
    assert rule.conditions == {
        "surveys": ["support-csat"],
        "score_min": 0,
        "score_max": 100,
        "answers": {"why": ["rude", "slow"], "score": ["1"]},
        "languages": ["sw"],
        "touchpoints": {"place": ["Arusha", "Dodoma"]},
    }
    assert rule.outcome == {"kind": "price", "priority": "high", "due_minutes": 90, "queue": "retention"}
    page = lulu.get(RULES + rule.public_id)
    assert soup(page.text).select_one("#due_hours")["value"] == "1.5"  # type: ignore[index]
    assert lulu.fill(RULES + rule.public_id, name="Angry", queue="").status_code == 303
    changed = stored(desk)[-1]
    assert (changed.name, changed.conditions) == ("Angry", rule.conditions)


def test_what_is_wrong_with_a_rule_is_said_at_its_field_and_nothing_is_lost(lulu: Browser, desk: Desk) -> None:
    sent = {"name": "X", "score_min": "60", "score_max": "40", "due_hours": "soon", "answers": "why slow"}
    there = len(stored(desk))
    refused = lulu.fill(RULES + "new", **sent)
    assert refused.status_code == 422
    page = soup(refused.text)
    for field in ("score_max", "due_hours", "answers"):
        assert page.select_one(f"#{field}-error") is not None, field
    assert page.select_one("#due_hours")["value"] == "soon"  # type: ignore[index]
    assert page.select_one("#answers").text.strip() == "why slow"  # type: ignore[union-attr]
    for hostile in ("1e999", "nan", "-5", "999999999999", "٫"):
        assert lulu.fill(RULES + "new", name="X", due_hours=hostile).status_code == 422
    assert lulu.fill(RULES + "new", name="X", due_hours="1", score_min="9" * 9).status_code == 422
    assert len(stored(desk)) == there


def test_the_second_of_two_sees_what_is_stored_and_keeps_what_was_typed(lulu: Browser, desk: Desk) -> None:
    rule = stored(desk)[1]
    form = lulu.form(RULES + rule.public_id)
    assert lulu.fill(RULES + rule.public_id, name="Low, first", score_max="30").status_code == 303
    late = lulu.post(RULES + rule.public_id, {**form.fields, "name": "Low, second", "surveys": [], "languages": []})
    assert late.status_code == 409
    assert "Low, first" in soup(late.text).select_one(".notice--warn").text  # type: ignore[union-attr]
    again = next(one for one in forms(late.text, HERE) if one.action.endswith(rule.public_id))
    assert again.fields["name"] == ["Low, second"]
    assert lulu.post(RULES + rule.public_id, dict(again.fields)).status_code == 303
    assert stored(desk)[1].name == "Low, second"


def test_a_stale_button_shows_the_rules_as_they_are(lulu: Browser, desk: Desk) -> None:
    rule = stored(desk)[1]
    found = forms(lulu.get(RULES).text, HERE)
    form = next(one for one in found if one.action.endswith(f"{rule.public_id}/switch"))
    assert press(lulu, f"{rule.public_id}/switch", enabled="0") == 303
    reply = lulu.post(form.action.removeprefix(HERE), {**form.fields, "enabled": "1"})
    assert reply.status_code == 409
    assert "Somebody else changed the rules meanwhile" in reply.text
    assert not stored(desk)[1].enabled


def test_a_rule_is_deleted_and_its_cases_keep_its_name(lulu: Browser, desk: Desk) -> None:
    desk.answer("Neema", 0)
    rule = stored(desk)[1]
    assert lulu.fill(RULES + rule.public_id, f"{RULES}{rule.public_id}/delete").status_code == 303
    assert [one.name for one in stored(desk)][:2] == ["Message", "Middling score"]
    assert "Rule “Low score”" in lulu.get(f"/console/shop/cases/{desk.case().public_id}").text


def test_a_default_name_stays_in_everybodys_own_language(parisa: Browser, desk: Desk) -> None:
    rule = stored(desk, "bank")[1]
    page = f"/console/bank/cases/rules/{rule.public_id}"
    assert parisa.form(page).fields["name"] == ["امتیاز پایین"]
    assert parisa.fill(page, score_max="۳۰").status_code == 303
    assert stored(desk, "bank")[1].name == "Low score"
    assert stored(desk, "bank")[1].conditions["score_max"] == 30


def test_another_sites_rules_are_404(lulu: Browser, desk: Desk) -> None:
    foreign = stored(desk, "bank")[0].public_id
    token = lulu.csrf()
    for site in ("shop", "bank"):
        start = f"/console/{site}/cases/rules/{foreign}"
        assert lulu.get(start).status_code == 404
        for move in ("/move", "/switch", "/delete", ""):
            sent = {"csrf_token": token, "version": "1", "way": "up", "enabled": "0", "name": "x", "due_hours": "1"}
            assert lulu.post(start + move, {**sent, "kind": "price", "priority": "low"}).status_code == 404, move
    assert all(rule.enabled for rule in stored(desk, "bank"))


def test_a_rule_that_changes_between_reading_and_storing_is_a_conflict(desk: Desk) -> None:
    rule = stored(desk)[1]
    with pytest.raises(Conflict), desk.database.write() as session:
        there = select(RoutingRule).where(RoutingRule.site_id == rule.site_id, RoutingRule.id == rule.id)
        read = session.scalars(there).one()
        faster = update(RoutingRule).where(RoutingRule.site_id == rule.site_id, RoutingRule.id == rule.id)
        session.execute(faster.values(version=rule.version + 1).execution_options(synchronize_session=False))
        actions.switch_rule(session, SYSTEM, rule.site_id, read.public_id, enabled=False, expected_version=rule.version)
