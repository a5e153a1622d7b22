"""Setting a password by a link: invitations and resets work once, by a POST, for whom they were made."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Thread

import pytest
import time_machine
from sqlalchemy import select

from feedback.actors import SYSTEM
from feedback.events import PasswordResetAsked, StaffInvited, _reactions
from feedback.links.actions import issue_staff_link
from feedback.links.purposes import Purpose
from feedback.links.urls import join_url, reset_url
from feedback.settings import Settings
from feedback.staff.models import StaffMember
from tests.helpers.console import HERE, Browser, Town

NEW = "copper lantern seven hills"


@pytest.fixture
def told() -> Iterator[list[object]]:
    """What was told to whoever sends mails."""
    heard: list[object] = []

    def listen(_session: object, fact: object) -> None:
        heard.append(fact)

    for kind in (PasswordResetAsked, StaffInvited):
        _reactions.setdefault(kind, []).append(listen)
    yield heard
    for kind in (PasswordResetAsked, StaffInvited):
        _reactions[kind].remove(listen)


def _link(town: Town, settings: Settings, name: str, purpose: Purpose) -> str:
    with town.database.write() as session:
        link = issue_staff_link(session, SYSTEM, town.sites["shop"], purpose, staff_id=town.staff[name][0], locale="en")
    url = join_url(settings, link) if purpose is Purpose.STAFF_JOIN else reset_url(settings, link)
    return url.removeprefix(HERE)


def test_an_invitation_sets_a_password_and_lets_in(browser: Browser, town: Town, settings: Settings) -> None:
    town.add_staff("Mary", "shop", password=None)
    address = _link(town, settings, "Mary", Purpose.STAFF_JOIN)
    assert "Welcome, Mary" in browser.get(address).text
    assert browser.fill(address, password=NEW).location == "/console/"
    assert b"Mary" in browser.get("/console/profile").data
    assert Browser(browser.app).sign_in("mary@example.com", NEW).status_code == 303


def test_looking_never_uses_a_link_up(browser: Browser, town: Town, settings: Settings) -> None:
    address = _link(town, settings, "Asha", Purpose.STAFF_RESET)
    for _ in range(5):
        assert browser.get(address).status_code == 200
        assert browser.client.head(address, base_url=HERE).status_code == 200
    assert browser.fill(address, password=NEW).status_code == 303


def test_a_reset_works_once(browser: Browser, town: Town, settings: Settings) -> None:
    address = _link(town, settings, "Asha", Purpose.STAFF_RESET)
    form = browser.form(address)
    assert browser.post(address, {**form.fields, "password": NEW}).status_code == 303
    again = browser.post(address, {**form.fields, "password": "another hill of lanterns"})
    assert again.status_code == 404
    assert "no longer works" in again.text
    assert Browser(browser.app).sign_in("asha@example.com", NEW).status_code == 303


def test_two_at_once_set_one_password(browser: Browser, town: Town, settings: Settings) -> None:
    address = _link(town, settings, "Asha", Purpose.STAFF_RESET)
    form = browser.form(address)
    statuses: list[int] = []

    def send(number: int) -> None:
        one = Browser(browser.app)
        statuses.append(one.post(address, {**form.fields, "password": f"{NEW} {number}"}).status_code)

    threads = [Thread(target=send, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [303, 404, 404, 404]


def test_a_reset_signs_out_everywhere(browser: Browser, town: Town, settings: Settings) -> None:
    other = Browser(browser.app)
    other.sign_in("asha@example.com")
    browser.fill(_link(town, settings, "Asha", Purpose.STAFF_RESET), password=NEW)
    assert other.get("/console/profile").status_code == 303
    assert browser.get("/console/profile").status_code == 200


def test_a_weak_password_leaves_the_link_working(browser: Browser, town: Town, settings: Settings) -> None:
    address = _link(town, settings, "Asha", Purpose.STAFF_RESET)
    for weak in ("short", "password1234", "asha@example.com", "x" * 2000):
        assert browser.fill(address, password=weak).status_code == 422
    assert browser.fill(address, password=NEW).status_code == 303


def test_a_link_for_one_thing_does_nothing_else(browser: Browser, town: Town, settings: Settings) -> None:
    join = _link(town, settings, "Asha", Purpose.STAFF_JOIN)
    reset = _link(town, settings, "Asha", Purpose.STAFF_RESET)
    assert browser.get(join.replace("/join/", "/reset/")).status_code == 404
    assert browser.get(reset.replace("/reset/", "/join/")).status_code == 404
    assert browser.get("/console/reset/nonsense").status_code == 404


def test_links_get_old(browser: Browser, town: Town, settings: Settings) -> None:
    with time_machine.travel("2026-06-10T09:00:00+00:00", tick=False) as traveller:
        reset = _link(town, settings, "Asha", Purpose.STAFF_RESET)
        join = _link(town, settings, "Lulu", Purpose.STAFF_JOIN)
        traveller.shift(timedelta(minutes=31))
        assert browser.get(reset).status_code == 404
        assert browser.get(join).status_code == 200
        traveller.shift(timedelta(hours=72))
        assert browser.get(join).status_code == 404


def test_a_newer_link_replaces_the_older_one(browser: Browser, town: Town, settings: Settings) -> None:
    old = _link(town, settings, "Asha", Purpose.STAFF_RESET)
    _link(town, settings, "Asha", Purpose.STAFF_RESET)
    assert browser.get(old).status_code == 404


def test_a_disabled_account_cannot_come_back_by_a_link(browser: Browser, town: Town, settings: Settings) -> None:
    address = _link(town, settings, "Asha", Purpose.STAFF_RESET)
    with town.database.write() as session:
        member = session.scalars(select(StaffMember).where(StaffMember.name == "Asha")).one()
        member.disabled_at = member.created_at
    assert browser.get(address).status_code == 404


def test_forgetting_says_the_same_whoever_asks(browser: Browser, told: list[object]) -> None:
    known = browser.fill("/console/forgot", email="asha@example.com")
    unknown = browser.fill("/console/forgot", email="nobody@example.com")
    assert known.status_code == unknown.status_code == 200
    assert known.text.replace("asha@", "nobody@") == unknown.text
    assert [type(fact).__name__ for fact in told] == ["PasswordResetAsked"]


def test_nobody_is_buried_in_reset_mails(browser: Browser, told: list[object]) -> None:
    with time_machine.travel("2026-06-10T09:00:00+00:00", tick=False):
        replies = [browser.fill("/console/forgot", email="asha@example.com") for _ in range(10)]
    assert {reply.status_code for reply in replies} == {200}
    assert len(told) == 4


def test_the_address_in_the_mail_is_ours_whatever_the_host_header_says(town: Town, settings: Settings) -> None:
    assert _link(town, settings, "Asha", Purpose.STAFF_RESET).startswith("/console/reset/")
