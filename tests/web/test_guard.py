"""The guard: every console address by every role, forged forms, foreign sites, and where a sign-in leads on to."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import IntegerConverter, Rule

from feedback.actors import Role
from feedback.web.destinations import console_path, inner_path
from feedback.web.guard import access_of
from feedback.web.throttle import Patience, network_of
from tests.helpers.console import HERE, PASSWORD, Browser, Town
from tests.staff.conftest import browser, town

__all__ = ["browser", "town"]

PEOPLE = {None: None, Role.AGENT: "asha@example.com", Role.LEAD: "lulu@example.com", Role.ADMIN: "ada@example.com"}


def _rules(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/console/"):
            for method in (rule.methods or set()) - {"OPTIONS", "HEAD"}:
                yield rule, method


def _address(app: Flask, rule: Rule, site: str = "shop") -> str:
    values = {
        name: site if name == "site" else 1 if isinstance(rule._converters[name], IntegerConverter) else "x" * 26
        for name in rule.arguments
    }
    with app.test_request_context(base_url=HERE):
        return app.url_map.bind("127.0.0.1").build(rule.endpoint, values)


def _call(one: Browser, path: str, method: str, csrf: str = "") -> int:
    return (one.get(path) if method == "GET" else one.post(path, {"csrf_token": csrf})).status_code


def test_every_console_view_says_who_may_open_it(app: Flask) -> None:
    rules = list(_rules(app))
    assert rules
    for rule, _ in rules:
        access = access_of(app.view_functions[rule.endpoint])
        assert access is not None, rule.endpoint
        assert ("site" in rule.arguments) == (access.role is not None), rule.endpoint


@pytest.mark.parametrize("role", PEOPLE)
def test_each_role_opens_what_is_theirs_and_nothing_else(app: Flask, town: Town, role: Role | None) -> None:
    one = Browser(app)
    if PEOPLE[role]:
        one.sign_in(PEOPLE[role] or "")
    csrf = one.csrf() if role else ""
    for rule, method in sorted(_rules(app), key=lambda pair: ("sign_out" in pair[0].endpoint, str(pair))):
        access = access_of(app.view_functions[rule.endpoint])
        assert access is not None
        status = _call(one, _address(app, rule), method, csrf)
        if not access.signed_in:
            assert status in (200, 302, 404, 422), (rule.endpoint, method, status)
        elif role is None:
            assert status == 303, (rule.endpoint, method, status)
        elif access.role is not None and not role.covers(access.role):
            assert status == 403, (rule.endpoint, method, status)
        else:
            # 409: a form that doesn't say which version it was drawn from is taken for an old one.
            assert status in (200, 302, 303, 404, 409, 422), (rule.endpoint, method, status)


def test_every_site_address_is_404_for_staff_of_another_site(app: Flask, town: Town) -> None:
    one = Browser(app)
    one.sign_in("ada@example.com")
    csrf = one.csrf()
    foreign = [(rule, method) for rule, method in _rules(app) if "site" in rule.arguments]
    assert len(foreign) > 10
    for rule, method in foreign:
        for site in ("bank", "nowhere"):
            assert _call(one, _address(app, rule, site), method, csrf) == 404, (rule.endpoint, site)


def test_every_form_of_the_console_needs_the_sessions_token(app: Flask, town: Town) -> None:
    one, other = Browser(app), Browser(app)
    one.sign_in("ada@example.com")
    other.sign_in("ada@example.com")
    for rule, method in _rules(app):
        access = access_of(app.view_functions[rule.endpoint])
        if method != "POST" or access is None or not access.signed_in:
            continue
        for csrf in ("", "x", other.csrf()):
            assert _call(one, _address(app, rule), method, csrf) == 400, rule.endpoint


def test_what_no_database_takes_is_refused_before_it_is_asked(app: Flask, browser: Browser) -> None:
    browser.sign_in("ada@example.com")
    for rule in app.url_map.iter_rules():
        if rule.arguments & {"site", "name"} and "GET" in (rule.methods or ()):
            address = re.sub("<[^>]+>", "a%00b", rule.rule)
            assert browser.get(address).status_code == 404, rule.rule
    assert browser.get("/console/shop/cases/?q=a%00b").status_code == 400
    assert browser.post("/console/profile", {"csrf_token": browser.csrf(), "name": "A\0da"}).status_code == 400


def test_forms_of_the_console_are_not_taken_as_json(browser: Browser) -> None:
    for document in ('{"email": 1, "token": 2}', "1", "[" * 20_000):
        sent = {"base_url": HERE, "data": document, "content_type": "application/json"}
        assert browser.client.post("/console/sign-in", **sent).status_code == 415


def test_a_form_of_another_origin_is_refused_even_with_the_token(browser: Browser) -> None:
    browser.sign_in("ada@example.com")
    data = {"csrf_token": browser.csrf()}
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "", "Origin": "null"},
        {"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
    ):
        assert browser.post("/console/sign-out", data, headers).status_code == 403
    assert browser.get("/console/profile").status_code == 200


def test_an_old_browser_that_sends_no_origin_is_let_in_by_the_token(browser: Browser) -> None:
    browser.sign_in("ada@example.com")
    reply = browser.client.post("/console/sign-out", base_url=HERE, data={"csrf_token": browser.csrf()})
    assert reply.status_code == 303


def test_a_view_that_forgot_to_say_is_closed(app: Flask, town: Town) -> None:
    app.add_url_rule("/console/open-by-mistake", "mistake", lambda: "secrets")
    one = Browser(app)
    one.sign_in("ada@example.com")
    assert one.get("/console/open-by-mistake").status_code == 404


def test_after_signing_in_one_goes_on_where_one_wanted(browser: Browser) -> None:
    wanted = browser.get("/console/shop/cases/?state=open&page=2").location or ""
    assert wanted.startswith("/console/sign-in?next=")
    assert browser.sign_in("asha@example.com", path=wanted).location == "/console/shop/cases/?state=open&page=2"


def test_htmx_is_told_to_load_the_sign_in_page(browser: Browser) -> None:
    reply = browser.client.get("/console/shop/cases/", base_url=HERE, headers={"HX-Request": "true"})
    assert reply.status_code == 401
    assert reply.headers["HX-Redirect"].startswith("/console/sign-in?next=")


HOSTILE = [
    "//evil.example",
    "///evil.example",
    "////evil.example/",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/ /evil.example",
    "https://evil.example",
    "https:evil.example",
    "http:evil",
    "HTTPS://evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "@evil.example",
    "/console/../../evil",
    "/console//evil.example",
    "/console/\r\nLocation: https://evil.example",
    "/console/\n",
    "/console/\x00",
    "/console/\u2028",
    "//evil.example/console/",
    "/console.evil.example",
    "/console/%0d%0aSet-Cookie:x" + "y" * 1000,
    "/\u200b/evil.example",
    "/。evil",
    "/u/token",
    "",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_next_leads_nowhere_else(hostile: str) -> None:
    assert console_path(hostile) is None


def test_a_hostile_next_is_dropped_at_sign_in(browser: Browser) -> None:
    for hostile in HOSTILE[:12]:
        form = browser.form("/console/sign-in")
        data = {**form.fields, "email": "asha@example.com", "password": PASSWORD, "next": hostile}
        assert browser.post("/console/sign-in", data).location == "/console/"
        browser.fill("/console/profile", "/console/sign-out")


@pytest.mark.parametrize("fine", ["/console/shop/cases/", "/console/shop/cases/?q=a%20b&state=new", "/console/profile"])
def test_our_own_addresses_are_kept(fine: str) -> None:
    assert console_path(fine) == inner_path(fine) == fine


def test_waiting_doubles_and_ends() -> None:
    from datetime import timedelta  # noqa: PLC0415 - only here

    patience = Patience(5, timedelta(minutes=15))
    assert [patience.wait(count).total_seconds() for count in (0, 5, 6, 7, 10, 16, 500)] == [0, 0, 1, 2, 16, 900, 900]


def test_neighbours_in_a_network_count_as_one() -> None:
    assert network_of("203.0.113.77") == network_of("203.0.113.1") == "203.0.113.0/24"
    assert network_of("2001:db8:1:2ff::1") == network_of("2001:db8:1:200::9") == "2001:db8:1:200::/56"
    assert network_of("::ffff:203.0.113.77") == "203.0.113.0/24"
    assert network_of("fe80::1%eth0") == "fe80::/56"
    assert network_of("nonsense") == network_of(None) == ""
