"""Signing in: what the door lets through, what it says, and how long it makes people wait."""

import re
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from feedback import clock
from feedback.audit import AuditRow
from feedback.staff.models import SignInFailure, StaffMember, StaffSession
from feedback.staff.sessions import hash_of
from tests.helpers.console import HERE, PASSWORD, Browser, Town


def test_signing_in_leads_to_the_cases_of_the_first_site(browser: Browser) -> None:
    reply = browser.sign_in("asha@example.com")
    assert (reply.status_code, reply.location) == (303, "/console/")
    assert browser.get("/console/").location == "/console/shop/cases/"
    assert browser.get("/console/shop/cases/").status_code == 200


def test_the_address_is_taken_in_any_case_and_the_password_exactly(browser: Browser) -> None:
    assert browser.sign_in("  ASHA@Example.com ", PASSWORD.upper()).status_code == 422
    assert browser.sign_in("  ASHA@Example.com ", PASSWORD + " ").status_code == 422
    assert browser.sign_in("  ASHA@Example.com ").status_code == 303


def test_only_a_hash_of_the_cookie_is_kept(browser: Browser, town: Town) -> None:
    browser.sign_in("asha@example.com")
    assert browser.cookie is not None
    with town.database.read() as session:
        kept = session.scalars(select(StaffSession)).one()
        assert kept.token_hash == hash_of(browser.cookie)
        assert kept.agent == "Firefox, Linux"
        assert browser.cookie not in str(vars(kept))


def test_the_cookie_is_for_this_host_only_and_out_of_reach_of_scripts(browser: Browser) -> None:
    header = browser.sign_in("asha@example.com").headers["Set-Cookie"]
    assert header.startswith("fb_session=")
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(header.split("; "))
    assert "Domain" not in header


def test_a_stranger_who_looks_gets_no_cookie_and_writes_nothing(browser: Browser, town: Town) -> None:
    for path in ("/console/sign-in", "/console/forgot", "/console/", "/console/shop/cases/"):
        assert "Set-Cookie" not in browser.get(path).headers
    with town.database.read() as session:
        assert session.scalar(select(func.count()).select_from(StaffSession)) == 0


def test_a_token_planted_before_signing_in_is_worth_nothing_after(browser: Browser) -> None:
    browser.client.set_cookie("fb_session", "A" * 43, domain="127.0.0.1")
    browser.sign_in("asha@example.com")
    assert browser.cookie != "A" * 43
    first = browser.cookie
    second = Browser(browser.app)
    second.client.set_cookie("fb_session", first or "", domain="127.0.0.1")
    browser.get("/console/profile")
    form = browser.form("/console/profile")
    assert form.fields["csrf_token"]


def test_signing_in_again_ends_the_session_that_the_browser_had(browser: Browser, town: Town) -> None:
    browser.sign_in("asha@example.com")
    old = browser.cookie or ""
    token = Browser(browser.app).form("/console/sign-in").fields["fb_token"][0]
    reply = browser.post(
        "/console/sign-in", {"email": "lulu@example.com", "password": PASSWORD, "fb_token": token, "next": ""}
    )
    assert reply.status_code == 303
    thief = Browser(browser.app)
    thief.client.set_cookie("fb_session", old, domain="127.0.0.1")
    assert thief.get("/console/profile").status_code == 303
    assert b"Lulu" in browser.get("/console/profile").data


def test_wrong_password_unknown_address_and_disabled_account_look_the_same(browser: Browser, town: Town) -> None:
    with town.database.write() as session:
        session.scalars(select(StaffMember).where(StaffMember.name == "Lulu")).one().disabled_at = clock.now()
    town.add_staff("Mary", "shop", password=None)
    tries = [
        ("asha@example.com", "wrong wrong wrong"),
        ("nobody@example.com", PASSWORD),
        ("lulu@example.com", PASSWORD),
        ("mary@example.com", ""),
        ("", ""),
        ("x" * 5000, "y" * 5000),
    ]
    seen = {(reply.status_code, _told(reply.text)) for reply in (browser.sign_in(*one) for one in tries)}
    assert seen == {
        (422, "Email and password don&#39;t match. Check both, or ask for a new password."),
    }


@pytest.mark.usefixtures("real_hasher")
def test_an_unknown_address_costs_a_hash_too(browser: Browser, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    import feedback.staff.hashing as hashing  # noqa: PLC0415 - counted from within

    town.add_staff("Rehema", "shop", password="kettle drum forest twice")
    checked: list[str] = []
    real = hashing._HASHER.verify

    class Counting:
        def __getattr__(self, name: str) -> object:
            return getattr(real.__self__, name)  # type: ignore[attr-defined]

        def verify(self, kept: str, password: str) -> bool:
            checked.append(kept)
            return real(kept, password)

    monkeypatch.setattr(hashing, "_HASHER", Counting())
    browser.sign_in("nobody@example.com", "wrong wrong wrong")
    browser.sign_in("rehema@example.com", "wrong wrong wrong")
    assert len(checked) == 2
    assert all(kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for kept in checked)


def test_after_five_failures_one_waits_and_the_wait_doubles(browser: Browser) -> None:
    with time_machine.travel("2026-06-10T09:00:00+00:00", tick=False) as traveller:
        for _ in range(6):
            assert browser.sign_in("asha@example.com", "wrong wrong wrong").status_code == 422
        refused = browser.sign_in("asha@example.com")
        assert refused.status_code == 429
        assert refused.headers["Retry-After"] == "2"
        assert "Too many attempts" in refused.text
        traveller.shift(timedelta(seconds=2))
        assert browser.sign_in("asha@example.com", "wrong wrong wrong").status_code == 422
        assert browser.sign_in("asha@example.com").headers["Retry-After"] == "3"
        traveller.shift(timedelta(minutes=16))
        assert browser.sign_in("asha@example.com").status_code == 303


def test_unknown_addresses_wait_just_like_known_ones(browser: Browser) -> None:
    with time_machine.travel("2026-06-10T09:00:00+00:00", tick=False):
        statuses = [browser.sign_in("nobody@example.com", "wrong wrong wrong").status_code for _ in range(8)]
    assert statuses == [422] * 6 + [429] * 2


def test_trying_while_waiting_does_not_make_the_wait_longer(browser: Browser) -> None:
    with time_machine.travel("2026-06-10T09:00:00+00:00", tick=False) as traveller:
        for _ in range(12):
            browser.sign_in("asha@example.com", "wrong wrong wrong")
        traveller.shift(timedelta(seconds=2))
        assert browser.sign_in("asha@example.com").status_code == 303


def test_somebody_elsewhere_can_still_sign_in_to_an_account_under_attack(browser: Browser, app: Flask) -> None:
    with time_machine.travel("2026-06-10T09:00:00+00:00", tick=False):
        for _ in range(8):
            browser.sign_in("asha@example.com", "wrong wrong wrong")
        elsewhere = Browser(app)
        elsewhere.client.environ_base["REMOTE_ADDR"] = "203.0.113.9"
        assert elsewhere.sign_in("asha@example.com").status_code == 303


def test_success_forgets_the_failures(browser: Browser, town: Town) -> None:
    for _ in range(3):
        browser.sign_in("asha@example.com", "wrong wrong wrong")
    browser.sign_in("asha@example.com")
    with town.database.read() as session:
        whos = set(session.scalars(select(SignInFailure.who)))
    assert len(whos) == 2  # the network and everybody still remember the three that failed


def test_neither_address_nor_network_is_kept_in_clear(browser: Browser, town: Town) -> None:
    browser.sign_in("asha@example.com", "wrong wrong wrong")
    with town.database.read() as session:
        kept = list(session.scalars(select(SignInFailure.who)))
    assert len(kept) == 4
    assert all(re.fullmatch("[0-9a-f]{64}", who) for who in kept)


def test_sign_in_and_failure_are_on_the_audit_trail(browser: Browser, town: Town) -> None:
    browser.sign_in("asha@example.com", "wrong wrong wrong")
    browser.sign_in("asha@example.com")
    with town.database.read() as session:
        rows = session.execute(
            select(AuditRow.action, AuditRow.actor_kind).where(AuditRow.action.like("staff.sign-in%"))
        ).all()
    assert [tuple(row) for row in rows] == [("staff.sign-in-failed", "system"), ("staff.sign-in", "staff")]


@pytest.mark.usefixtures("real_hasher")
def test_old_parameters_are_renewed_at_sign_in(browser: Browser, town: Town) -> None:
    from argon2 import PasswordHasher  # noqa: PLC0415 - only here

    old = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    with town.database.write() as session:
        session.scalars(select(StaffMember).where(StaffMember.name == "Asha")).one().password_hash = old
    assert browser.sign_in("asha@example.com").status_code == 303
    with town.database.read() as session:
        kept = session.scalars(select(StaffMember.password_hash).where(StaffMember.name == "Asha")).one()
    assert kept is not None
    assert "m=19456,t=2,p=1" in kept


def test_a_form_that_was_open_for_a_day_is_shown_again_with_the_address(browser: Browser) -> None:
    with time_machine.travel("2026-06-10T09:00:00+00:00") as traveller:
        form = browser.form("/console/sign-in")
        traveller.shift(timedelta(hours=25))
        reply = browser.post("/console/sign-in", {**form.fields, "email": "asha@example.com", "password": PASSWORD})
    assert reply.status_code == 422
    assert "open for a long time" in reply.text
    assert "asha@example.com" in reply.text


@pytest.mark.parametrize("token", ["", "x", None])
def test_without_the_forms_token_nobody_gets_in(browser: Browser, token: str | None) -> None:
    data = {"email": "asha@example.com", "password": PASSWORD} | ({} if token is None else {"fb_token": token})
    assert browser.post("/console/sign-in", data).status_code == 422
    assert browser.cookie is None


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
    ],
)
def test_another_site_cannot_sign_a_browser_in(browser: Browser, headers: dict[str, str]) -> None:
    form = browser.form("/console/sign-in")
    data = {**form.fields, "email": "asha@example.com", "password": PASSWORD}
    assert browser.post("/console/sign-in", data, headers).status_code == 403


def test_the_sign_in_page_speaks_the_browsers_language(browser: Browser) -> None:
    reply = browser.client.get("/console/sign-in", base_url=HERE, headers={"Accept-Language": "fa-IR,en;q=0.5"})
    assert '<html lang="fa" dir="rtl">' in reply.text
    assert '<html lang="hy" dir="ltr">' in browser.get("/console/sign-in?lang=hy&next=/console/shop/cases/").text


def _told(page: str) -> str:
    inside = page.partition('role="alert"')[2]
    return inside.partition("<li>")[2].partition("</li>")[0]
