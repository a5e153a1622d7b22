"""Sessions: how long they live, what ends them, and that there are none outside the console."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask, session
from sqlalchemy import func, select

from feedback.db import Database
from feedback.jobs import JobContext
from feedback.settings import Settings
from feedback.staff.jobs import prune_sessions
from feedback.staff.models import SignInFailure, StaffMember, StaffSession
from feedback.staff.sessions import StaffSessions
from tests.helpers.console import HERE, Browser, Town

START = "2026-06-10T09:00:00+00:00"


def test_eight_hours_without_use_end_a_session(browser: Browser) -> None:
    with time_machine.travel(START, tick=False) as traveller:
        browser.sign_in("asha@example.com")
        traveller.shift(timedelta(hours=7, minutes=59))
        assert browser.get("/console/profile").status_code == 200
        traveller.shift(timedelta(hours=8, minutes=1))
        assert browser.get("/console/profile").location == "/console/sign-in?next=/console/profile"


def test_a_day_ends_a_session_however_busy(browser: Browser) -> None:
    with time_machine.travel(START, tick=False) as traveller:
        browser.sign_in("asha@example.com")
        for _ in range(4):
            traveller.shift(timedelta(hours=5, minutes=59))
            assert browser.get("/console/profile").status_code == 200
        traveller.shift(timedelta(minutes=10))
        assert browser.get("/console/profile").status_code == 303


def test_use_is_noted_every_five_minutes_and_not_more_often(browser: Browser, town: Town) -> None:
    def seen() -> list[object]:
        with town.database.read() as database:
            return list(database.scalars(select(StaffSession.seen_at)))

    with time_machine.travel(START, tick=False) as traveller:
        browser.sign_in("asha@example.com")
        first = seen()
        traveller.shift(timedelta(minutes=4))
        browser.get("/console/profile")
        assert seen() == first
        traveller.shift(timedelta(minutes=1))
        browser.get("/console/profile")
        assert seen() != first


def test_an_ordinary_page_writes_nothing(browser: Browser, town: Town) -> None:
    browser.sign_in("lulu@example.com")
    everything = select(StaffSession.data, StaffSession.seen_at, StaffMember.version).join(
        StaffMember, StaffMember.id == StaffSession.staff_id
    )
    with town.database.read() as database:
        before = database.execute(everything).all()
    for path in ("/console/profile", "/console/sessions", "/console/shop/staff/", "/console/shop/sites/hours"):
        reply = browser.get(path)
        assert reply.status_code == 200
        assert "Set-Cookie" not in reply.headers
        assert reply.headers["Cache-Control"] == "no-store"
    with town.database.read() as database:
        after = database.execute(everything).all()
    assert before == after


def test_signing_out_ends_the_session_for_whoever_kept_the_cookie(browser: Browser) -> None:
    browser.sign_in("asha@example.com")
    kept = browser.cookie or ""
    reply = browser.fill("/console/profile", "/console/sign-out")
    assert reply.location == "/console/sign-in"
    assert browser.cookie is None
    thief = Browser(browser.app)
    thief.client.set_cookie("fb_session", kept, domain="127.0.0.1")
    assert thief.get("/console/profile").status_code == 303


def test_ones_own_sessions_are_listed_and_ended(browser: Browser) -> None:
    phone = Browser(browser.app, agent="Mozilla/5.0 (Linux; Android 14) AppleWebKit Chrome/140.0 Mobile Safari/537.36")
    browser.sign_in("asha@example.com")
    phone.sign_in("asha@example.com")
    listed = browser.get("/console/sessions").text
    assert "Firefox, Linux" in listed
    assert "Chrome, Android" in listed
    browser.fill("/console/sessions", "/end")
    assert phone.get("/console/profile").status_code == 303
    assert browser.get("/console/profile").status_code == 200


def test_everywhere_else_is_one_button(browser: Browser) -> None:
    others = [Browser(browser.app) for _ in range(3)]
    for one in (*others, browser):
        one.sign_in("asha@example.com")
    browser.fill("/console/sessions", "/end-others")
    assert [one.get("/console/profile").status_code for one in others] == [303] * 3
    assert browser.get("/console/profile").status_code == 200


def test_sessions_of_others_are_out_of_reach(browser: Browser, town: Town) -> None:
    other = Browser(browser.app)
    other.sign_in("lulu@example.com")
    browser.sign_in("asha@example.com")
    with town.database.read() as database:
        lulu = town.staff["Lulu"][0]
        theirs = database.scalar(select(StaffSession.id).where(StaffSession.staff_id == lulu))
    browser.post(f"/console/sessions/{theirs}/end", {"csrf_token": browser.csrf()})
    assert other.get("/console/profile").status_code == 200
    none = browser.post(f"/console/sessions/{2**64}/end", {"csrf_token": browser.csrf()})
    assert none.status_code == 404


def test_over_https_the_cookie_is_bound_to_the_host(settings: Settings) -> None:
    secure = Settings(
        data_dir=settings.data_dir, database_url=settings.database_url, public_url="https://feedback.example"
    )
    assert StaffSessions(secure).cookie == "__Host-fb_session"
    assert StaffSessions(secure).is_https


def test_a_public_page_that_touches_the_session_fails(app: Flask, town: Town) -> None:
    seen: list[type[BaseException]] = []

    def public() -> str:
        for touch in (lambda: session["x"], lambda: session.get("x"), lambda: session.update(x=1)):
            with pytest.raises(RuntimeError) as caught:
                touch()
            seen.append(caught.type)
        with pytest.raises(RuntimeError):
            session["x"] = 1
        return "fine"

    app.add_url_rule("/public", view_func=public)
    reply = app.test_client().get("/public", base_url=HERE)
    assert reply.text == "fine"
    assert len(seen) == 3
    assert "Set-Cookie" not in reply.headers
    assert "Cookie" not in reply.headers.get("Vary", "")


def test_old_sessions_and_failures_are_forgotten(browser: Browser, settings: Settings, database: Database) -> None:
    with time_machine.travel(START, tick=False) as traveller:
        browser.sign_in("lulu@example.com", "wrong wrong wrong")
        browser.sign_in("asha@example.com")
        traveller.shift(timedelta(hours=1))
        prune_sessions(JobContext(database, settings, {}))
        assert _counts(database) == (1, 4)
        traveller.shift(timedelta(hours=24))
        prune_sessions(JobContext(database, settings, {}))
        prune_sessions(JobContext(database, settings, {}))
        assert _counts(database) == (0, 0)


def _counts(database: Database) -> tuple[int, int]:
    with database.read() as found:
        return (
            found.scalar(select(func.count()).select_from(StaffSession)) or 0,
            found.scalar(select(func.count()).select_from(SignInFailure)) or 0,
        )
