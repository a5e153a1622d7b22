"""Promises on the case page: made by people, kept, put off with a reason, no longer needed; what each shows."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import select

from feedback.cases.forms.promising import moment_of
from feedback.cases.models import Promise
from feedback.delivery.models import OutboxMail
from tests.cases.test_console_case import case_path, stale_form, text_of
from tests.cases.world import NOON
from tests.helpers.console import Browser
from tests.helpers.desk import Desk
from tests.helpers.forms import soup

#: A Wednesday, noon in Nairobi, where staff read their clocks.


@pytest.fixture
def neema(desk: Desk) -> str:
    """The address of a case with an email address, opened at noon."""
    with time_machine.travel(NOON, tick=False):
        desk.answer(None, 0, customer_id=desk.customer("Neema Mushi", email="neema@example.com"))
    return case_path(desk)


def promises(desk: Desk, site: str = "shop") -> list[Promise]:
    """The promises of a site, oldest first."""
    with desk.database.read() as session:
        found = list(session.scalars(select(Promise).where(Promise.site_id == desk.site(site)).order_by(Promise.id)))
        session.expunge_all()
    return found


def mails(desk: Desk) -> list[str]:
    """Names of the mails that wait."""
    with desk.database.read() as session:
        query = select(OutboxMail.name).where(OutboxMail.site_id == desk.site()).order_by(OutboxMail.id)
        return list(session.scalars(query))


def promised(browser: Browser, path: str, what: str = "Pesa zitarudishwa", **more: Any) -> int:
    """Promise something by Friday, 16:00."""
    values = {"day": "2026-06-12", "clock": "16:00", **more}
    return browser.fill(path, f"{path}/promise", what=what, **values).status_code


def test_a_promise_is_made_put_off_and_kept_and_each_is_seen(asha: Browser, desk: Desk, neema: str) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        assert promised(asha, neema) == 303
        first, made = promises(desk)
        assert (first.kind, made.what) == ("first_response", "Pesa zitarudishwa")
        assert made.due_at == datetime(2026, 6, 12, 13, 0, tzinfo=UTC)
        shown = soup(asha.get(neema).text).select(".promise")
        assert "First answer" in shown[0].text
        assert "in 2 days" in shown[1].text
        assert "12 June 2026, 16:00" in shown[1].text
        put_off = f"{neema}/promises/{made.public_id}/put-off"
        assert asha.fill(neema, put_off, day="2026-06-15", clock="10:00", reason="Benki imefungwa").status_code == 303
        assert mails(desk) == ["promise_moved"]
        told = soup(asha.get(neema).text).select(".promise")[1].text
        assert "was 12 June 2026, 16:00, then 15 June 2026, 10:00" in told
        assert "Benki imefungwa" in told
        clock.shift(timedelta(days=1))
        assert asha.fill(neema, f"{neema}/promises/{made.public_id}/keep", note="Imelipwa").status_code == 303
        page = asha.get(neema)
    kept = soup(page.text).select(".promise--kept")
    assert len(kept) == 1
    assert "Kept" in kept[0].text
    assert f"/promises/{made.public_id}/" not in page.text, "what is settled offers nothing more"
    assert "Imelipwa" in text_of(page, ".timeline")


def test_what_is_no_longer_needed_says_why(asha: Browser, desk: Desk, neema: str) -> None:
    with time_machine.travel(NOON, tick=False):
        assert promised(asha, neema, "Simu mpya") == 303
        path = f"{neema}/promises/{promises(desk)[-1].public_id}/give-up"
        refused = asha.fill(neema, path, reason=" ")
        assert refused.status_code == 422
        assert soup(refused.text).select(".promise details[open] .field__error")
        assert asha.fill(neema, path, reason="Amenunua mwenyewe").status_code == 303
        told = text_of(asha.get(neema), ".promise--cancelled")
    assert "No longer needed" in told
    assert "Amenunua mwenyewe" in told


def test_the_first_answer_can_only_be_put_off_or_answered(asha: Browser, desk: Desk, neema: str) -> None:
    with time_machine.travel(NOON, tick=False):
        (first,) = promises(desk)
        offered = {
            str(form["action"]).rpartition("/")[2] for form in soup(asha.get(neema).text).select(".promise form")
        }
        assert offered == {"put-off"}
        path = f"{neema}/promises/{first.public_id}/put-off"
        assert asha.fill(neema, path, day="2026-06-11", clock="12:00", reason="Tunatafuta").status_code == 303
        assert desk.case().due_at == datetime(2026, 6, 11, 9, 0, tzinfo=UTC)


def test_what_is_late_stands_out_and_offers_nothing(asha: Browser, desk: Desk, neema: str) -> None:
    with time_machine.travel(NOON + timedelta(days=9), tick=False):
        page = asha.get(neema)
        assert "Overdue" in text_of(page, ".promise--late")
        assert not soup(page.text).select(".promise form")
        sent = {"csrf_token": asha.csrf(), "version": "1", "seen": "0", "day": "2026-07-01", "clock": "10:00"}
        sent["reason"] = "Tumechelewa"
        late = asha.post(f"{neema}/promises/{promises(desk)[0].public_id}/put-off", sent)
    assert late.status_code == 409
    assert "Tumechelewa" in text_of(late, ".conflict__side:last-child")


def test_two_at_once_the_second_sees_both_and_keeps_the_words(
    asha: Browser, juma: Browser, desk: Desk, neema: str
) -> None:
    with time_machine.travel(NOON, tick=False):
        action, fields = stale_form(juma, neema, "promise")
        assert promised(asha, neema) == 303
        late = juma.post(action, {**fields, "what": "Simu", "day": "2026-06-13", "clock": "09:30"})
        assert late.status_code == 409
        theirs, ours = soup(late.text).select(".conflict__side")
    assert "Pesa zitarudishwa" in theirs.text
    assert "Simu" in ours.text
    assert "13 June 2026" in ours.text
    assert "09:30" in ours.text
    assert [one.what for one in promises(desk)] == ["", "Pesa zitarudishwa"]


def test_a_call_leaves_open_what_is_ticked(asha: Browser, desk: Desk, neema: str) -> None:
    with time_machine.travel(NOON, tick=False):
        assert promised(asha, neema) == 303
        path = f"{neema}/contact"
        assert asha.fill(neema, path, text="Nimempigia", channel="phone").status_code == 303
        assert [one.state for one in promises(desk)] == ["kept", "open"]
        assert asha.fill(neema, path, text="Tayari", channel="phone", still=None).status_code == 303
    assert [one.state for one in promises(desk)] == ["kept", "kept"]


def test_another_sites_promise_is_not_there(asha: Browser, desk: Desk, neema: str) -> None:
    desk.answer("Reza", 0, site="bank", locale="fa")
    (foreign,) = promises(desk, "bank")
    sent = {"csrf_token": asha.csrf(), "version": "1", "seen": "0", "reason": "x", "note": "x", "what": "x"}
    sent |= {"day": "2099-01-01", "clock": "10:00"}
    for what in ("keep", "put-off", "give-up"):
        for case in (neema, case_path(desk, "bank"), neema.replace("/shop/", "/bank/")):
            assert asha.post(f"{case}/promises/{foreign.public_id}/{what}", sent).status_code == 404, (what, case)
    assert asha.post(f"{case_path(desk, 'bank')}/promise", sent).status_code == 404
    assert promises(desk, "bank")[0].state == "open"


@pytest.mark.parametrize(
    ("zone", "day", "clock", "utc"),
    [
        ("Africa/Nairobi", "2026-06-12", "16:00", "2026-06-12T13:00"),
        ("Asia/Tehran", "2026-03-21", "00:00", "2026-03-20T20:30"),
        ("Asia/Kathmandu", "2026-06-12", "09:15", "2026-06-12T03:30"),
        ("Europe/London", "2026-03-29", "00:59", "2026-03-29T00:59"),
        ("Europe/London", "2026-03-29", "01:30", None),
        ("Europe/London", "2026-03-29", "02:00", "2026-03-29T01:00"),
        ("Europe/London", "2026-10-25", "01:30", "2026-10-25T00:30"),
        ("Australia/Lord_Howe", "2026-10-04", "02:15", None),
        ("America/New_York", "2026-11-01", "01:30", "2026-11-01T05:30"),
    ],
)
def test_a_time_typed_is_that_of_the_clock_on_the_wall(zone: str, day: str, clock: str, utc: str | None) -> None:
    moment = moment_of(date.fromisoformat(day), time.fromisoformat(clock), ZoneInfo(zone))
    assert (moment.strftime("%Y-%m-%dT%H:%M") if moment else None) == utc
