"""A site's pages: settings, hours, holidays and origins, also with two people at once."""

from sqlalchemy import select

from feedback.audit import AuditRow
from feedback.sites.models import Site, SiteHoliday, SiteOrigin
from tests.helpers.console import Browser, Town

HOURS = "/console/shop/sites/hours"
SETTINGS = "/console/shop/sites/"
HOLIDAYS = "/console/shop/sites/holidays"
ORIGINS = "/console/shop/widget/origins"


def _shop(town: Town) -> Site:
    with town.database.read() as session:
        return session.scalars(select(Site).where(Site.key == "shop")).one()


def test_hours_are_shown_in_the_order_of_the_readers_week(browser: Browser, town: Town) -> None:
    town.add_staff("Reza", "bank", locale="fa")
    browser.sign_in("parisa@example.com")
    page = browser.get("/console/bank/sites/hours").text
    days = [page.index(f'name="d{day}_0_from"') for day in (5, 6, 0, 1, 2, 3, 4)]
    assert days == sorted(days)


def test_a_break_at_noon_is_kept(browser: Browser, town: Town) -> None:
    browser.sign_in("lulu@example.com")
    reply = browser.fill(HOURS, d0_0_to="12:00", d0_1_from="13:00", d0_1_to="17:00")
    assert reply.status_code == 303
    assert _shop(town).hours["0"] == [["08:00", "12:00"], ["13:00", "17:00"]]
    assert 'name="d0_2_from"' in browser.get(HOURS).text
    with town.database.read() as session:
        assert session.scalars(select(AuditRow).where(AuditRow.action == "site.hours")).one().actor_label == "Lulu"


def test_hours_that_run_into_each_other_are_said_and_kept_in_the_form(browser: Browser, town: Town) -> None:
    browser.sign_in("lulu@example.com")
    before = _shop(town).hours
    reply = browser.fill(HOURS, d0_0_to="12:00", d0_1_from="11:00", d0_1_to="17:00")
    assert reply.status_code == 422
    assert "These hours overlap" in reply.text
    assert 'value="11:00"' in reply.text
    assert _shop(town).hours == before


def test_whoever_comes_second_sees_both_weeks_and_loses_nothing(browser: Browser, town: Town) -> None:
    ada = Browser(browser.app)
    ada.sign_in("ada@example.com")
    browser.sign_in("lulu@example.com")
    form, theirs = browser.form(HOURS), ada.form(HOURS)
    assert ada.post(HOURS, {**theirs.fields, "d0_0_from": "06:30"}).status_code == 303
    second = browser.post(HOURS, {**form.fields, "d0_0_from": "09:15"})
    assert second.status_code == 409
    assert "06:30" in second.text
    assert second.text.count("09:15") >= 2
    assert _shop(town).hours["0"][0][0] == "06:30"
    from tests.helpers.forms import forms  # noqa: PLC0415 - only here

    again = next(one for one in forms(second.text, "http://127.0.0.1:8000" + HOURS) if "d0_0_from" in one.fields)
    assert browser.post(HOURS, again.fields).status_code == 303
    assert _shop(town).hours["0"][0][0] == "09:15"


def test_settings_are_kept_and_audited(browser: Browser, town: Town) -> None:
    browser.sign_in("ada@example.com")
    reply = browser.fill(
        SETTINGS,
        name="Duka la Amani",
        languages=["sw", "en"],
        locale="sw",
        country="KE",
        time_zone="Africa/Nairobi",
        reply_to="habari@duka.example",
        postal_address=" Duka la Amani \r\n\r\nUhuru  St. 5\r\nNairobi",
        has_color="y",
        color="#0b6e4f",
        notice_sw="Tunahifadhi majibu kwa mwaka mmoja.",
    )
    assert reply.status_code == 303
    shop = _shop(town)
    assert (shop.name, shop.languages, shop.locale) == ("Duka la Amani", ["sw", "en"], "sw-TZ")
    assert (shop.country, shop.public_holidays["country"]) == ("KE", "KE")
    assert shop.theme == {"color": "#0b6e4f"}
    assert shop.postal_address == "Duka la Amani\nUhuru St. 5\nNairobi"
    assert shop.privacy_notice == {"sw": "Tunahifadhi majibu kwa mwaka mmoja."}
    with town.database.read() as session:
        row = session.scalars(select(AuditRow).where(AuditRow.action == "site.settings")).one()
    assert row.before is not None
    assert row.before["name"] == "Shop"
    page = browser.get(reply.location or "").text
    assert "Saved." in page
    assert "Duka la Amani" in page


def test_settings_that_cannot_be_are_said_at_their_fields(browser: Browser, town: Town) -> None:
    browser.sign_in("ada@example.com")
    reply = browser.fill(
        SETTINGS,
        name=" ",
        languages=["en"],
        locale="fa",
        reply_to="nobody",
        postal_address="x" * 501,
        time_zone="x",
        country="Q",
    )
    assert reply.status_code == 422
    for field in ("name", "locale", "reply_to", "postal_address", "time_zone", "country"):
        assert f'id="{field}-error"' in reply.text, field
    assert _shop(town).name == "Shop"


def test_two_admins_at_once_see_both_versions(browser: Browser, town: Town) -> None:
    other = Browser(browser.app)
    other.sign_in("ada@example.com")
    browser.sign_in("ada@example.com")
    mine, theirs = browser.form(SETTINGS), other.form(SETTINGS)
    assert other.post(SETTINGS, {**theirs.fields, "name": "Theirs"}).status_code == 303
    second = browser.post(SETTINGS, {**mine.fields, "name": "Mine"})
    assert second.status_code == 409
    assert "Theirs" in second.text
    assert 'value="Mine"' in second.text
    assert _shop(town).name == "Theirs"


def test_words_in_a_site_stay_words(browser: Browser, town: Town) -> None:
    browser.sign_in("ada@example.com")
    nasty = "{{ 7*7 }} {{config}} <script>alert(1)</script> %(x)s"
    browser.fill(SETTINGS, name=nasty, notice_en=nasty)
    page = browser.get(SETTINGS).text
    assert "<script>alert" not in page
    assert "{{ 7*7 }}" in page
    assert _shop(town).name == nasty


def test_own_days_are_added_and_taken_out(browser: Browser, town: Town) -> None:
    browser.sign_in("lulu@example.com")
    assert browser.fill(HOLIDAYS, day="2027-05-03", name="Stock taking", kind="shut").status_code == 303
    assert browser.fill(HOLIDAYS, day="2027-05-03", name="Again", kind="shut").status_code == 422
    assert browser.fill(HOLIDAYS, day="yesterday", kind="shut").status_code == 422
    assert browser.fill(HOLIDAYS, day="0001-01-01", kind="shut").status_code == 422
    assert "Stock taking" in browser.get(HOLIDAYS).text
    assert browser.fill(HOLIDAYS, "/remove").status_code == 303
    with town.database.read() as session:
        assert session.scalars(select(SiteHoliday)).all() == []


def test_a_public_holiday_can_be_worked(browser: Browser, town: Town) -> None:
    browser.sign_in("lulu@example.com")
    page = browser.get(HOLIDAYS).text
    assert "Public holidays: Tanzania" in page
    day = page.partition('name="day" value="')[2].partition('"')[0]
    browser.post(HOLIDAYS, {"csrf_token": browser.csrf(), "day": day, "name": "Eid", "kind": "open"})
    with town.database.read() as session:
        row = session.scalars(select(SiteHoliday)).one()
    assert (row.is_open, row.day.isoformat()) == (True, day)


def test_a_holiday_of_another_site_cannot_be_taken_out(browser: Browser, town: Town) -> None:
    other = Browser(browser.app)
    other.sign_in("parisa@example.com")
    other.fill("/console/bank/sites/holidays", day="2027-05-03", name="x", kind="shut")
    with town.database.read() as session:
        theirs = session.scalars(select(SiteHoliday.id)).one()
    browser.sign_in("lulu@example.com")
    browser.post(f"{HOLIDAYS}/{theirs}/remove", {"csrf_token": browser.csrf()})
    with town.database.read() as session:
        assert session.scalars(select(SiteHoliday.id)).all() == [theirs]


def test_origins_are_checked_added_and_taken_out(browser: Browser, town: Town) -> None:
    browser.sign_in("ada@example.com")
    assert browser.fill(ORIGINS, origin="https://shop.example; script-src *").status_code == 422
    assert browser.fill(ORIGINS, origin="https://Shop.example/").status_code == 303
    assert browser.fill(ORIGINS, origin="https://shop.example").status_code == 303
    with town.database.read() as session:
        assert session.scalars(select(SiteOrigin.origin)).all() == ["https://shop.example"]
    assert browser.fill(ORIGINS, "/remove").status_code == 303
    with town.database.read() as session:
        assert session.scalars(select(SiteOrigin.origin)).all() == []


def test_the_rail_shows_where_one_is_also_after_a_refused_form(browser: Browser) -> None:
    browser.sign_in("ada@example.com")
    for reply, shown in (
        (browser.get(SETTINGS), SETTINGS),
        (browser.get("/console/shop/sites/leaving"), SETTINGS),
        (browser.get(HOURS), HOURS),
        (browser.fill(HOURS, d0_0_to=""), HOURS),
    ):
        assert reply.text.count('aria-current="page"') == 1
        assert f'href="{shown}" aria-current="page"' in reply.text
