"""One's own account: profile and password."""

from sqlalchemy import select

from feedback.audit import AuditRow
from feedback.staff.models import StaffMember
from tests.helpers.console import PASSWORD, Browser, Town
from tests.helpers.forms import soup

NEW = "copper lantern seven hills"


def _asha(town: Town) -> StaffMember:
    with town.database.read() as session:
        return session.scalars(select(StaffMember).where(StaffMember.id == town.staff["Asha"][0])).one()


def test_the_profile_is_kept_and_the_pages_follow_its_language(browser: Browser, town: Town) -> None:
    browser.sign_in("asha@example.com")
    reply = browser.fill(
        "/console/profile",
        name="  Asha  Mwangi ",
        locale="fa",
        time_zone="Asia/Tehran",
        languages=["fa", "sw"],
        away_until="2027-03-21",
    )
    assert reply.status_code == 303
    page = browser.get(reply.location or "").text
    assert '<html lang="fa" dir="rtl">' in page
    assert 'value="Asha Mwangi"' in page
    chosen = soup(page).select_one("#time_zone option[selected]")
    assert chosen is not None
    assert (chosen["value"], chosen.text) == ("Asia/Tehran", "تهران (UTC+۳:۳۰)")
    asha = _asha(town)
    assert (asha.name, asha.locale, asha.time_zone) == ("Asha Mwangi", "fa", "Asia/Tehran")
    assert asha.away_until is not None
    assert asha.away_until.isoformat() == "2027-03-20T20:30:00+00:00"
    with town.database.read() as session:
        row = session.scalars(select(AuditRow).where(AuditRow.action == "staff.profile")).one()
    assert row.before is not None
    assert row.before["name"] == "Asha"


def test_a_fuller_language_tag_stays_while_its_language_does(browser: Browser, town: Town) -> None:
    town.add_staff("Zarghuna", "shop", locale="fa-AF")
    browser.sign_in("zarghuna@example.com")
    browser.fill("/console/profile", name="Zarghuna K.")
    with town.database.read() as session:
        assert session.scalar(select(StaffMember.locale).where(StaffMember.name == "Zarghuna K.")) == "fa-AF"


def test_what_cannot_be_is_said_and_kept_in_the_form(browser: Browser) -> None:
    browser.sign_in("asha@example.com")
    reply = browser.fill("/console/profile", name="", time_zone="Mars/Olympus", locale="xx", away_until="someday")
    assert reply.status_code == 422
    reply = browser.fill("/console/profile", name="", time_zone="Mars/Olympus", locale="xx")
    assert reply.status_code == 422
    assert reply.text.count("field__error") >= 3


def test_a_new_password_needs_the_present_one_and_signs_out_elsewhere(browser: Browser) -> None:
    other = Browser(browser.app)
    other.sign_in("asha@example.com")
    browser.sign_in("asha@example.com")
    assert browser.fill("/console/password", present="wrong wrong wrong", password=NEW).status_code == 422
    assert browser.fill("/console/password", present=PASSWORD, password="short").status_code == 422
    old_cookie = browser.cookie
    assert browser.fill("/console/password", present=PASSWORD, password=NEW).status_code == 303
    assert browser.cookie != old_cookie
    assert browser.get("/console/profile").status_code == 200
    assert other.get("/console/profile").status_code == 303
    assert other.sign_in("asha@example.com").status_code == 422
    assert other.sign_in("asha@example.com", NEW).status_code == 303


def test_guessing_the_present_password_is_slowed_down_as_well(browser: Browser) -> None:
    browser.sign_in("asha@example.com")
    for _ in range(7):
        reply = browser.fill("/console/password", present="wrong wrong wrong", password=NEW)
    assert "Too many attempts" in reply.text


def test_the_pages_of_the_site_stay_in_view_on_ones_own_pages(browser: Browser, town: Town) -> None:
    town.add_staff("Zawadi", "shop")
    town.add_staff("Zawadi", "bank")
    browser.sign_in("zawadi@example.com")
    address = soup(browser.get("/console/shop/cases/").text).select_one("a[href^='/console/profile']")
    assert address is not None
    page = soup(browser.get(str(address["href"])).text)
    assert page.select_one("nav a[href='/console/shop/cases/']") is not None
    reply = browser.fill(str(address["href"]), name="Zawadi K.")
    assert soup(browser.get(reply.location or "").text).select_one("nav a[href='/console/shop/cases/']") is not None
    elsewhere = soup(browser.get("/console/profile?site=nowhere").text)
    assert elsewhere.select_one("nav a[href='/console/bank/cases/']") is not None
