"""The pages of escalation: who may, adding, changing, the dry run, switching, two people at once, what is refused."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import delete, select

from feedback.audit import AuditRow
from feedback.cases.jobs import escalate
from feedback.cases.models import EscalationStep
from feedback.cases.queries.overdue import steps_of_site
from feedback.jobs import JobContext
from feedback.settings import Settings
from tests.cases.world import NOON
from tests.helpers.console import HERE, Browser
from tests.helpers.desk import Desk
from tests.helpers.forms import forms, soup

STEPS = "/console/shop/cases/escalation/"


def stored(desk: Desk, site: str = "shop") -> list[EscalationStep]:
    """The steps of a site in their order."""
    with desk.database.read() as session:
        found = list(steps_of_site(session, desk.site(site)))
        session.expunge_all()
    return found


def press(browser: Browser, path: str, action: str) -> int:
    """Press a button of a page."""
    form = next(one for one in forms(browser.get(path).text, HERE) if one.action.endswith(action))
    return browser.post(form.action.removeprefix(HERE), dict(form.fields)).status_code


def words(page: str, selector: str) -> list[str]:
    """What stands there, white space made even."""
    return [" ".join(one.get_text(" ").split()) for one in soup(page).select(selector)]


def test_a_lead_finds_the_usual_steps_in_the_order_of_their_time(lulu: Browser, desk: Desk) -> None:
    page = lulu.get(STEPS).text
    assert words(page, "table.list tbody tr") == [
        "4 working hours Raise the priority to high Off Try and switch on",
        "8 working hours Give it to a lead Off Try and switch on",
    ]
    assert words(page, ".nav a[aria-current]") == ["Escalation"]
    made = lulu.fill(STEPS + "new", after_hours="۱٫۵", priority="normal", to_lead="y", queue=" retention ")
    assert made.status_code == 303
    step = stored(desk)[0]
    assert (made.location or "").startswith(f"{STEPS}{step.public_id}/trial")
    assert (step.after_minutes, step.priority, step.to_lead, step.queue, step.enabled) == (
        90,
        "normal",
        True,
        "retention",
        False,
    )
    first = words(lulu.get(STEPS).text, "table.list tbody tr .list__main")[0]
    assert (
        first == "1.5 working hours Raise the priority to normal · Give it to a lead · Put it in the queue “retention”"
    )
    assert lulu.form(f"{STEPS}{step.public_id}").fields["after_hours"] == ["1.5"]


def test_agents_look_at_cases_but_not_at_steps(asha: Browser, desk: Desk) -> None:
    step = stored(desk)[0].public_id
    for path in ("", "new", step, f"{step}/trial"):
        assert asha.get(STEPS + path).status_code == 403, path
    for path in ("new", "usual", step, f"{step}/switch", f"{step}/delete"):
        assert asha.post(STEPS + path, {"csrf_token": asha.csrf(), "enabled": "1"}).status_code == 403, path
    assert "Escalation" not in words(asha.get("/console/shop/cases/").text, ".nav a")


REFUSED = [
    ({"after_hours": "0"}, "after_hours"),
    ({"after_hours": "10000"}, "after_hours"),
    ({"after_hours": "-4"}, "after_hours"),
    ({"after_hours": "1e999"}, "after_hours"),
    ({"after_hours": "nan"}, "after_hours"),
    ({"after_hours": "four"}, "after_hours"),
    ({"after_hours": ""}, "after_hours"),
    ({"priority": "low"}, "priority"),
    ({"queue": "q" * 61}, "queue"),
    ({"priority": "", "queue": "  "}, None),
]


def test_what_is_wrong_with_a_step_is_said_at_its_field_and_nothing_is_lost(lulu: Browser, desk: Desk) -> None:
    for sent, field in REFUSED:
        refused = lulu.fill(STEPS + "new", **{"after_hours": "4", "priority": "high", **sent})
        assert refused.status_code == 422, sent
        page = soup(refused.text)
        if field is None:
            assert words(refused.text, ".summary-of-errors li") == ["Choose at least one thing for the step to do."]
        else:
            assert page.select_one(f"#{field}-error") is not None, sent
    assert page.select_one("#after_hours")["value"] == "4"  # type: ignore[index]
    assert len(stored(desk)) == 2


@pytest.fixture
def late(desk: Desk, settings: Settings) -> Any:
    """Three cases of which two are overdue by four working hours, on a Friday."""
    with time_machine.travel(NOON, tick=False) as traveller:
        for name in ("Neema", "Baraka"):
            desk.answer(name, 0)
        traveller.shift(timedelta(days=1, hours=5))
        desk.answer("Zuri", 50)
        traveller.move_to(NOON + timedelta(days=2))
        yield traveller


def test_switching_on_goes_through_what_it_would_have_done(
    lulu: Browser, desk: Desk, late: time_machine.Traveller, settings: Settings
) -> None:
    step = stored(desk)[0].public_id
    page = lulu.get(f"{STEPS}{step}/trial").text
    assert words(page, ".figure") == ["2 cases in the last 30 days"]
    assert words(page, "table.list tbody tr") == [
        "#2 New Juma yesterday, 11:00 14 working hours",
        "#1 New Asha yesterday, 11:00 14 working hours",
    ]
    assert words(page, "table.bars tbody tr") == ["11 Jun 2026 2"]
    assert "only the promised time" in page
    assert not stored(desk)[0].enabled, "looking changed nothing"
    buttons = [one for one in forms(page, HERE) if one.action.endswith("/switch")]
    assert len(buttons) == 1
    assert press(lulu, f"{STEPS}{step}/trial", "/switch") == 303
    assert stored(desk)[0].enabled_at == NOON + timedelta(days=2)
    context = JobContext(desk.database, settings, {})
    escalate(context)
    assert {case.priority for case in desk.cases()} == {"high", "normal"}
    late.shift(timedelta(days=4))
    escalate(context)
    assert desk.case().priority == "high"
    told = lulu.get(f"/console/shop/cases/{desk.case().public_id}").text
    assert "Overdue by 4 working hours: priority raised to high" in " ".join(words(told, "ol.timeline"))
    assert press(lulu, STEPS, f"{step}/switch") == 303
    assert not stored(desk)[0].enabled
    with desk.database.read() as session:
        steps = select(AuditRow.action).where(AuditRow.subject == "escalation_step").order_by(AuditRow.id)
        told = list(session.scalars(steps))
    assert told[-2:] == ["escalation.switch", "escalation.switch"]


def test_the_dry_run_is_told_in_persian_too(parisa: Browser, desk: Desk) -> None:
    step = stored(desk, "bank")[1].public_id
    page = parisa.get(f"/console/bank/cases/escalation/{step}/trial").text
    assert words(page, ".figure") == ["۰ پرونده در ۳۰ روز گذشته"]
    assert "۸ ساعت کاری گذشته از مهلت" in page


def test_a_changed_step_is_off_until_it_is_looked_at_again(lulu: Browser, desk: Desk) -> None:
    step = stored(desk)[0].public_id
    assert press(lulu, f"{STEPS}{step}/trial", "/switch") == 303
    assert lulu.fill(STEPS + step).location == STEPS, "nothing was changed"
    assert stored(desk)[0].enabled
    assert (lulu.fill(STEPS + step, after_hours="2").location or "").startswith(f"{STEPS}{step}/trial")
    assert (stored(desk)[0].after_minutes, stored(desk)[0].enabled) == (120, False)


def test_the_second_of_two_sees_what_is_stored_and_keeps_what_was_typed(lulu: Browser, desk: Desk) -> None:
    step = stored(desk)[0].public_id
    form = lulu.form(STEPS + step)
    switch = next(one for one in forms(lulu.get(f"{STEPS}{step}/trial").text, HERE) if "/switch" in one.action)
    assert lulu.fill(STEPS + step, after_hours="3").status_code == 303
    slower = lulu.post(STEPS + step, {**form.fields, "after_hours": "6"})
    assert slower.status_code == 409
    assert "3 working hours" in words(slower.text, ".notice--warn")[0]
    again = next(one for one in forms(slower.text, HERE) if one.action.endswith(step))
    assert again.fields["after_hours"] == ["6"]
    assert lulu.post(STEPS + step, dict(again.fields)).status_code == 303
    reply = lulu.post(switch.action.removeprefix(HERE), dict(switch.fields))
    assert reply.status_code == 409
    assert "Somebody else changed the steps meanwhile" in reply.text
    assert [one.enabled for one in stored(desk)] == [False, False]


def test_a_site_without_steps_is_offered_the_usual_two(lulu: Browser, desk: Desk) -> None:
    for step in stored(desk):
        assert press(lulu, STEPS + step.public_id, "/delete") == 303
    with desk.database.write() as session:
        session.execute(delete(EscalationStep).where(EscalationStep.site_id == desk.site()))
    assert lulu.get(STEPS).status_code == 200
    assert stored(desk) == [], "opening the page adds nothing"
    assert press(lulu, STEPS, "/usual") == 303
    assert [(step.after_minutes, step.enabled) for step in stored(desk)] == [(240, False), (480, False)]
    assert lulu.post(STEPS + "usual", {"csrf_token": lulu.csrf()}).status_code == 303
    assert len(stored(desk)) == 2


def test_another_sites_steps_are_404(lulu: Browser, desk: Desk) -> None:
    foreign = stored(desk, "bank")[0].public_id
    token = lulu.csrf()
    for site in ("shop", "bank"):
        start = f"/console/{site}/cases/escalation/{foreign}"
        assert lulu.get(start).status_code == lulu.get(start + "/trial").status_code == 404
        for move in ("", "/switch", "/delete"):
            sent = {"csrf_token": token, "version": "1", "enabled": "1", "after_hours": "2", "priority": "high"}
            assert lulu.post(start + move, sent).status_code == 404, move
    assert [(one.after_minutes, one.enabled) for one in stored(desk, "bank")] == [(240, False), (480, False)]
