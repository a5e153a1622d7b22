"""The switches in the profile: what is ticked is kept, and whoever saves second sees what is there."""

from typing import Any

from sqlalchemy import select

from feedback.actors import Actor, Role
from feedback.audit import AuditRow
from feedback.staff.actions import change_duty
from feedback.staff.models import StaffMember
from tests.helpers.console import Browser, Town

ALL = ["assigned", "customer_replied", "promise_soon", "promise_broken", "daily_list"]

SAID = {
    "en": ("Emails you get", "A case is given to me", "at 08:00 on working days", "between 20:00 and 08:00"),
    "fa": ("ایمیل‌هایی که می‌گیرید", "پرونده‌ای به من سپرده شود", "از ساعت ۲۰:۰۰ تا ۰۸:۰۰"),
    "ne": ("तपाईंलाई आउने इमेल", "राति ८ बजेदेखि बिहान ८ बजेसम्म"),
}


def kept(town: Town, name: str = "Asha") -> dict[str, bool]:
    """What is stored of somebody's switches."""
    with town.database.read() as session:
        found = session.scalar(select(StaffMember.notices).where(StaffMember.id == town.staff[name][0]))
    assert found is not None
    return dict(found)


def ticked(browser: Browser) -> dict[str, Any]:
    """The switches as they stand on the page."""
    fields = browser.form("/console/profile").fields
    return {"notices": fields.get("notices", []), "at_night": "at_night" in fields}


def test_everything_is_on_but_the_night_and_what_is_switched_is_kept(browser: Browser, town: Town) -> None:
    browser.sign_in("asha@example.com")
    assert ticked(browser) == {"notices": ALL, "at_night": False}
    assert kept(town) == {}
    assert browser.fill("/console/profile", name="Asha M.").status_code == 303
    assert kept(town) == {}, "saving what is usual stores nothing"
    browser.fill("/console/profile", notices=["assigned", "promise_broken"], at_night="y")
    off = dict.fromkeys(("customer_replied", "promise_soon", "daily_list"), False)
    assert kept(town) == {**off, "at_night": True}
    assert ticked(browser) == {"notices": ["assigned", "promise_broken"], "at_night": True}
    browser.fill("/console/profile", notices=None, at_night=None)
    assert kept(town) == dict.fromkeys(ALL, False)
    browser.fill("/console/profile", notices=[*ALL, "no_such_thing"])
    assert kept(town) == {}
    with town.database.read() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.action == "staff.profile").order_by(AuditRow.id)).all()
    assert [row.after for row in rows[1:2]] == [{"notices": {**off, "at_night": True}}]


def test_only_leads_are_offered_what_only_they_are_told(browser: Browser, town: Town) -> None:
    browser.sign_in("asha@example.com")
    assert "third_hand_off" not in browser.get("/console/profile").text
    lead = Browser(browser.app)
    lead.sign_in("lulu@example.com")
    assert ticked(lead)["notices"] == [*ALL[:4], "third_hand_off", "daily_list"]
    lead.fill("/console/profile", notices=ALL)
    assert kept(town, "Lulu") == {"third_hand_off": False}


def test_the_page_explains_itself_in_the_readers_language(browser: Browser) -> None:
    browser.sign_in("asha@example.com")
    for locale, words in SAID.items():
        browser.fill("/console/profile", locale=locale)
        page = browser.get("/console/profile").text.replace("\u2068", "").replace("\u2069", "")
        for one in words:
            assert one in page
        assert page.count('id="notices"') == 1, "mails lead there"


def test_what_a_lead_changed_meanwhile_is_shown_and_not_lost(browser: Browser, town: Town) -> None:
    browser.sign_in("asha@example.com")
    form = browser.form("/console/profile")
    with town.database.write() as session:
        change_duty(
            session,
            Actor.staff(town.staff["Lulu"][0], "Lulu"),
            town.sites["shop"],
            town.staff["Asha"][0],
            languages=["fa"],
            away_until=None,
            by=Role.LEAD,
        )
    reply = browser.post("/console/profile", {**form.fields, "notices": ["assigned"]})
    assert reply.status_code == 409
    assert "Somebody else changed this while you were typing" in reply.text
    assert "فارسی" in reply.text.partition("<table")[2].partition("</table>")[0], "what is there now"
    assert kept(town) == {}
    again = browser.post(
        "/console/profile", {**form.fields, "notices": ["assigned"], "version": version_in(reply.text)}
    )
    assert again.status_code == 303
    assert kept(town) == dict.fromkeys(ALL[1:], False)


def version_in(page: str) -> str:
    """The version that the form would send next."""
    tag = next(part for part in page.split("<input") if 'name="version"' in part)
    return tag.partition('value="')[2].partition('"')[0]
