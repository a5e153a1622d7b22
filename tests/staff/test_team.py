"""The team of a site: who may change whom, and what is kept of it."""

from typing import Any

import pytest
from sqlalchemy import select

from feedback.actors import Role
from feedback.audit import AuditRow
from feedback.events import StaffInvited, _reactions
from feedback.staff.managing import grantable, may_manage
from feedback.staff.models import StaffMember, StaffRole
from tests.helpers.console import Browser, Town


def _role(town: Town, name: str, site: str = "shop") -> str | None:
    with town.database.read() as session:
        return session.scalar(
            select(StaffRole.role).where(
                StaffRole.site_id == town.sites[site], StaffRole.staff_id == town.staff[name][0]
            )
        )


def _change(browser: Browser, town: Town, name: str, what: str, **values: Any) -> int:
    path = f"/console/shop/staff/{town.staff[name][1]}/{what}"
    return browser.post(path, {"csrf_token": browser.csrf(), **values}).status_code


def test_leads_manage_up_to_their_own_role() -> None:
    assert not may_manage(Role.AGENT, None, Role.AGENT)
    assert may_manage(Role.LEAD, Role.AGENT, Role.LEAD)
    assert not may_manage(Role.LEAD, Role.AGENT, Role.ADMIN)
    assert not may_manage(Role.LEAD, Role.ADMIN, Role.AGENT)
    assert may_manage(Role.ADMIN, Role.ADMIN, None)
    assert grantable(Role.LEAD) == [Role.AGENT, Role.LEAD]


def test_the_team_is_listed_without_that_of_other_sites(browser: Browser) -> None:
    browser.sign_in("lulu@example.com")
    page = browser.get("/console/shop/staff/").text
    assert all(name in page for name in ("Asha", "Lulu", "Ada"))
    assert "Parisa" not in page


def test_inviting_somebody_new_mails_them_and_is_audited(browser: Browser, town: Town) -> None:
    heard: list[StaffInvited] = []

    def listen(_session: object, fact: StaffInvited) -> None:
        heard.append(fact)

    _reactions.setdefault(StaffInvited, []).append(listen)
    try:
        browser.sign_in("lulu@example.com")
        reply = browser.fill(
            "/console/shop/staff/", email="mary@example.com", name="Mary", role="agent", languages=["sw", "fa"]
        )
    finally:
        _reactions[StaffInvited].remove(listen)
    assert reply.status_code == 303
    page = browser.get(reply.location or "").text
    assert "Mary" in page
    assert "Invited" in page
    assert len(heard) == 1
    with town.database.read() as session:
        mary = session.scalars(select(StaffMember).where(StaffMember.name == "Mary")).one()
        row = session.scalars(select(AuditRow).where(AuditRow.subject_id == mary.public_id)).one()
    assert (mary.languages, mary.locale, mary.time_zone) == (["sw", "fa"], "sw", "Africa/Dar_es_Salaam")
    assert (row.action, row.site_id, row.after) == ("staff.add", town.sites["shop"], {"role": "agent"})
    assert row.actor_label == "Lulu"


def test_an_account_of_another_site_joins_without_saying_so(browser: Browser, town: Town) -> None:
    browser.sign_in("lulu@example.com")
    reply = browser.fill("/console/shop/staff/", email="PARISA@example.com", name="Somebody", role="agent")
    assert reply.status_code == 303
    assert _role(town, "Parisa") == "agent"
    assert _role(town, "Parisa", "bank") == "admin"
    with town.database.read() as session:
        assert session.scalar(select(StaffMember.name).where(StaffMember.id == town.staff["Parisa"][0])) == "Parisa"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"email": "no address", "name": "Mary", "role": "agent"}, "email"),
        ({"email": "mary@example.com", "name": " ", "role": "agent"}, "name"),
        ({"email": "mary@example.com", "name": "Mary", "role": "owner"}, "role"),
        ({"email": "mary@example.com", "name": "Mary", "role": "admin"}, "role"),
        ({"email": "asha@example.com", "name": "Asha", "role": "agent"}, "email"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(browser: Browser, values: dict[str, str], field: str) -> None:
    browser.sign_in("lulu@example.com")
    reply = browser.fill("/console/shop/staff/", **values)
    assert reply.status_code == 422
    assert f'id="{field}-error"' in reply.text
    assert values["email"] in reply.text


def test_a_lead_changes_agents_but_not_admins_nor_themselves(browser: Browser, town: Town) -> None:
    browser.sign_in("lulu@example.com")
    assert _change(browser, town, "Asha", "role", role="lead") == 303
    assert _role(town, "Asha") == "lead"
    assert _change(browser, town, "Asha", "role", role="admin") == 422
    assert _change(browser, town, "Ada", "role", role="agent") == 422
    assert _change(browser, town, "Ada", "remove") == 422
    assert _change(browser, town, "Ada", "disable") == 422
    assert _change(browser, town, "Ada", "duty", languages="fa") == 422
    assert _change(browser, town, "Lulu", "role", role="agent") == 422
    assert (_role(town, "Asha"), _role(town, "Ada"), _role(town, "Lulu")) == ("lead", "admin", "lead")


def test_a_site_keeps_at_least_one_admin(browser: Browser, town: Town) -> None:
    town.add_staff("Omar", "shop", Role.ADMIN)
    browser.sign_in("omar@example.com")
    assert _change(browser, town, "Ada", "role", role="agent") == 303
    town_admin = Browser(browser.app)
    town_admin.sign_in("omar@example.com")
    assert _change(town_admin, town, "Omar", "remove") == 422
    assert _role(town, "Omar") == "admin"


def test_whoever_is_taken_off_a_site_is_out_at_the_next_click(browser: Browser, town: Town) -> None:
    asha = Browser(browser.app)
    asha.sign_in("asha@example.com")
    assert asha.get("/console/shop/cases/").status_code == 200
    browser.sign_in("lulu@example.com")
    assert _change(browser, town, "Asha", "remove") == 303
    assert asha.get("/console/shop/cases/").status_code == 404
    assert "You don&#39;t belong to any site yet" in asha.get("/console/").text


def test_disabling_signs_out_at_once_and_enabling_lets_in_again(browser: Browser, town: Town) -> None:
    asha = Browser(browser.app)
    asha.sign_in("asha@example.com")
    browser.sign_in("ada@example.com")
    assert _change(browser, town, "Asha", "disable") == 303
    assert asha.get("/console/shop/cases/").status_code == 303
    assert asha.sign_in("asha@example.com").status_code == 422
    assert _change(browser, town, "Asha", "enable") == 303
    assert asha.sign_in("asha@example.com").status_code == 303


def test_an_account_with_other_sites_is_not_disabled_from_one_of_them(browser: Browser, town: Town) -> None:
    town.add_staff("Parisa", "shop", Role.AGENT)
    browser.sign_in("ada@example.com")
    assert _change(browser, town, "Parisa", "disable") == 422
    assert _change(browser, town, "Parisa", "remove") == 303


def test_a_lead_says_who_is_away_and_who_reads_what(browser: Browser, town: Town) -> None:
    browser.sign_in("lulu@example.com")
    assert _change(browser, town, "Asha", "duty", languages=["ne", "sw"], away_until="2027-01-04") == 303
    with town.database.read() as session:
        asha = session.scalars(select(StaffMember).where(StaffMember.name == "Asha")).one()
    assert asha.languages == ["ne", "sw"]
    assert asha.away_until is not None
    assert asha.away_until.isoformat() == "2027-01-03T21:00:00+00:00"  # midnight in Nairobi
    assert _change(browser, town, "Asha", "duty", languages=["xx"]) == 422


def test_staff_of_another_site_are_not_there(browser: Browser, town: Town) -> None:
    browser.sign_in("ada@example.com")
    assert browser.get(f"/console/shop/staff/{town.staff['Parisa'][1]}").status_code == 404
    for what in ("role", "duty", "remove", "disable", "enable"):
        assert _change(browser, town, "Parisa", what, role="agent") == 404
