"""“On your pages”: the code to copy, addresses, the check, who sees a survey, identity, robots."""

from datetime import timedelta
from html import unescape

from flask import Flask
from sqlalchemy import select

from feedback import clock
from feedback.audit import AuditRow
from feedback.responses.models import Response
from feedback.sites.models import Site, SiteOrigin, SiteSecret
from feedback.widget.files import built
from feedback.widget.models import Placement, Sighting
from tests.helpers.console import Browser, Town
from tests.helpers.forms import soup

HERE = "/console/shop/widget"
SURVEY = "support-csat"


def _shop(town: Town) -> Site:
    with town.database.read() as session:
        return session.scalars(select(Site).where(Site.key == "shop")).one()


def _audited(town: Town, action: str) -> list[AuditRow]:
    with town.database.read() as session:
        return list(session.scalars(select(AuditRow).where(AuditRow.action == action).order_by(AuditRow.id)))


def _register(browser: Browser, *origins: str) -> None:
    for origin in origins:
        assert browser.fill(f"{HERE}/origins", origin=origin).status_code == 303


def _seen(town: Town, origin: str, days: int = 0) -> None:
    moment = clock.now() - timedelta(days=days)
    with town.database.write() as session:
        session.add(
            Sighting(site_id=town.sites["shop"], origin=origin, times=12, first_seen_at=moment, last_seen_at=moment)
        )


def test_only_admins_find_it(app: Flask, ada: Browser) -> None:
    lulu = Browser(app)
    lulu.sign_in("lulu@example.com")
    assert f'href="{HERE}/"' in ada.get("/console/shop/sites/hours").text
    assert f'href="{HERE}/"' not in lulu.get("/console/shop/sites/hours").text
    for page in ("/", "/origins", "/placements", f"/placements/{SURVEY}", "/check", "/identity", "/robots"):
        assert ada.get(HERE + page).status_code == 200, page
        assert lulu.get(HERE + page).status_code == 403, page


def test_the_code_is_that_of_what_was_chosen_and_the_survey_stands_beside_it(ada: Browser) -> None:
    page = soup(ada.get(f"{HERE}/?survey={SURVEY}&shape=popover&lang=fa&own_color=1&color=%230B6E4F").text)
    code = unescape(page.find(id="snippet-page").text)
    assert 'src="http://127.0.0.1:8000/widget/v1.js" data-site="shop"' in code
    assert f'data-feedback-survey="{SURVEY}" data-feedback-mode="popover"' in code
    assert 'data-feedback-locale="fa"' in code
    assert f'<noscript><a href="http://127.0.0.1:8000/survey/shop/{SURVEY}?lang=fa"' in code
    assert 'color: "#0b6e4f"' in page.find(id="snippet-script").text
    preview = ada.get(page.iframe["src"])
    assert preview.status_code == 200
    assert "frame-ancestors 'self'" in preview.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in preview.headers
    assert 'lang="fa"' in preview.text
    assert "#0b6e4f" in preview.text


def test_a_preview_stores_nothing_and_nobody_else_may_frame_it(ada: Browser, town: Town) -> None:
    address = soup(ada.get(f"{HERE}/?survey={SURVEY}").text).iframe["src"]
    sent = {"csrf_token": ada.csrf(), "fb_step": "score", "fb_lang": "en", "score": "1", "fb_go": "next"}
    reply = ada.post(soup(ada.get(address).text).find(id="survey")["action"], sent)
    assert reply.status_code == 200
    assert "Step 2" in reply.text
    assert "frame-ancestors 'self'" in reply.headers["Content-Security-Policy"]
    with town.database.read() as session:
        assert session.scalars(select(Response)).all() == []
    plain = ada.get(f"/console/shop/responses/preview/{SURVEY}")
    assert "frame-ancestors 'none'" in plain.headers["Content-Security-Policy"]


def test_what_nobody_could_have_chosen_changes_nothing(ada: Browser) -> None:
    nasty = '"><script>alert(1)</script>'
    reply = ada.client.get(
        f"{HERE}/",
        base_url="http://127.0.0.1:8000",
        query_string={"survey": nasty, "shape": nasty, "lang": nasty, "own_color": "1", "color": nasty},
    )
    assert reply.status_code == 200
    assert "alert(1)" not in reply.text


def test_a_survey_that_is_asked_by_link_only_is_not_offered(ada: Browser) -> None:
    offered = [option["value"] for option in soup(ada.get(f"{HERE}/").text).find(id="survey").find_all("option")]
    assert SURVEY in offered
    assert "message" in offered
    assert not {"recovery", "unsubscribe"} & set(offered)


def test_the_way_back_lies_on_an_address_of_the_site(ada: Browser, town: Town) -> None:
    form, path = "/origins/back", f"{HERE}/origins"
    _register(ada, "https://shop.example")
    assert ada.fill(path, form, return_url="https://evil.example/").status_code == 422
    assert ada.fill(path, form, return_url="https://shop.example@evil.example/").status_code == 422
    assert ada.fill(path, form, return_url="https://shop.example/account").status_code == 303
    assert _shop(town).return_url == "https://shop.example/account"
    assert _audited(town, "site.return-url")[-1].actor_label == "Ada"
    stale = ada.form(path, form).fields
    assert ada.fill(path, form, return_url="").status_code == 303
    second = ada.post(path + "/back", {**stale, "return_url": "https://shop.example/other"})
    assert second.status_code == 409
    assert _shop(town).return_url is None


def test_the_check_tells_where_the_widget_was_seen_and_what_to_look_for_where_not(ada: Browser, town: Town) -> None:
    _register(ada, "https://shop.example", "https://*.shop.example", "https://new.example")
    _seen(town, "https://www.shop.example", days=2)
    _seen(town, "https://shop.example")
    page = ada.get(f"{HERE}/check").text
    assert page.count("Never seen</span>") == 1
    assert "Look for this" in page
    assert "Seen where it isn" not in page


def test_a_page_that_is_ours_after_all_is_allowed_with_one_button(ada: Browser, town: Town) -> None:
    _seen(town, "https://blog.example")
    _seen(town, "http://plain.example")
    page = ada.get(f"{HERE}/check").text
    assert page.count('name="origin"') == 1
    assert ada.fill(f"{HERE}/check", f"{HERE}/check").status_code == 303
    with town.database.read() as session:
        assert session.scalars(select(SiteOrigin.origin)).all() == ["https://blog.example"]
    refused = ada.post(f"{HERE}/check", {"csrf_token": ada.csrf(), "origin": "http://plain.example"})
    assert refused.status_code == 422


def test_the_lines_that_a_page_has_to_allow_name_this_service(ada: Browser) -> None:
    page = soup(ada.get(f"{HERE}/check").text)
    here = "http://127.0.0.1:8000"
    assert page.find(id="policy-listed").text.strip() == f"script-src {here}; frame-src {here}"
    assert "'strict-dynamic'" in page.find(id="policy-nonce").text
    loader = built()["loader"]
    assert f'src="{here}{loader.path}" data-site="shop"' in page.find(id="pinned").text
    assert f'integrity="{loader.integrity}" crossorigin="anonymous"' in page.find(id="pinned").text


def test_who_sees_a_survey_is_kept_and_audited(ada: Browser, town: Town) -> None:
    path = f"{HERE}/placements/{SURVEY}"
    reply = ada.fill(path, paths="/checkout/*\n/thanks", sample="۲۵", again_days="120", live=None)
    assert reply.status_code == 303
    with town.database.read() as session:
        row = session.scalars(select(Placement)).one()
    assert (row.live, row.sample, row.again_days, row.paths) == (False, 25, 120, ["/checkout/*", "/thanks"])
    assert "/checkout/*" in ada.get(f"{HERE}/placements").text
    assert ada.fill(path).status_code == 303
    audited = _audited(town, "survey.place")
    assert len(audited) == 1
    assert audited[0].before == {"live": True, "sample": 100, "again_days": 90, "paths": []}


def test_a_visitor_can_be_made_up_and_it_says_why_they_would_not_see_it(ada: Browser) -> None:
    path = f"{HERE}/placements/{SURVEY}"
    ada.fill(path, paths="/checkout/*", sample="25", again_days="120")
    for visitor, reason in (
        ("path=/checkout/done", "25 of a hundred"),
        ("path=/about", "not-here"),
        ("path=/checkout/done&asked=119", "asked-before"),
        ("path=/checkout/done&asked=۱۲۰&other=29", "quiet-time"),
        ("path=/checkout/done&asked=120&other=30", "ok"),
    ):
        told = soup(ada.get(f"{path}?{visitor}").text).find(id="trial").find(role="status").text
        assert reason in told, visitor
    ada.fill(path, sample="0")
    assert "not-drawn" in ada.get(f"{path}?path=/checkout/x").text
    ada.fill(path, live=None)
    assert "not-live" in ada.get(f"{path}?path=/checkout/x").text


def test_what_cannot_be_placed_is_said_at_its_field(ada: Browser, town: Town) -> None:
    reply = ada.fill(f"{HERE}/placements/{SURVEY}", paths="checkout", sample="101", again_days="soon")
    assert reply.status_code == 422
    for field in ("paths", "sample", "again_days"):
        assert f'id="{field}-error"' in reply.text, field
    with town.database.read() as session:
        assert session.scalars(select(Placement)).all() == []


def test_two_who_place_a_survey_at_once_see_both_versions(ada: Browser, town: Town) -> None:
    path = f"{HERE}/placements/{SURVEY}"
    stale = ada.form(path).fields
    assert ada.fill(path, sample="40").status_code == 303
    first = ada.form(path).fields
    second = ada.post(path, {**stale, "sample": "60"})
    assert second.status_code == 409
    assert ">40<" in second.text
    assert ada.fill(path, sample="50").status_code == 303
    assert ada.post(path, {**first, "sample": "70"}).status_code == 409
    with town.database.read() as session:
        assert session.scalars(select(Placement.sample)).one() == 50


def test_the_days_without_a_second_survey_hold_for_the_site(ada: Browser, town: Town) -> None:
    path = f"{HERE}/placements"
    assert 'value="30"' in ada.get(path).text
    stale = ada.form(path).fields
    assert ada.fill(path, quiet_days="-1").status_code == 422
    assert ada.fill(path, quiet_days="7").status_code == 303
    assert _shop(town).widget == {"quiet_days": 7}
    assert ada.post(path, {**stale, "quiet_days": "60"}).status_code == 409


def test_a_survey_of_another_site_is_not_there(ada: Browser) -> None:
    assert ada.get(f"/console/bank/widget/placements/{SURVEY}").status_code == 404
    assert ada.get(f"{HERE}/placements/no-such-survey").status_code == 404


def test_a_secret_is_shown_once_and_two_can_be_in_use(ada: Browser, town: Town) -> None:
    path = f"{HERE}/identity"
    reply = ada.fill(path, "/identity/secrets")
    with town.database.read() as session:
        key = session.scalars(select(SiteSecret.key)).one()
    assert key in reply.text
    assert key not in ada.get(path).text
    assert ada.fill(path, "/identity/secrets").status_code == 200
    assert '/identity/secrets"' not in ada.get(path).text
    assert ada.post(f"{path}/secrets", {"csrf_token": ada.csrf()}).status_code == 422
    assert ada.fill(path, "/retire").status_code == 303
    assert '/identity/secrets"' in ada.get(path).text
    added = _audited(town, "site.secret-add")
    assert len(added) == 2
    assert all(key not in str((row.before, row.after)) for row in added)


def test_a_pasted_key_has_to_be_the_public_half(ada: Browser, town: Town) -> None:
    reply = ada.fill(f"{HERE}/identity", "/identity/keys", public_key="-----BEGIN PRIVATE KEY-----")
    assert reply.status_code == 422
    assert 'id="public_key-error"' in reply.text


def test_answers_of_unknown_people_are_only_refused_once_somebody_can_be_known(ada: Browser, town: Town) -> None:
    path, form = f"{HERE}/identity", "/identity/required"
    assert ada.fill(path, form, required="y").status_code == 422
    assert not _shop(town).identity_required
    ada.fill(path, "/identity/secrets")
    stale = ada.form(path, form).fields
    assert ada.fill(path, form, required="y").status_code == 303
    assert _shop(town).identity_required
    assert _audited(town, "site.identity-required")[0].after == {"required": True}
    assert ada.post(f"{HERE}/identity/required", stale).status_code == 409
    ada.fill(path, "/retire")
    assert "nobody can answer without a link" in ada.get(path).text


def test_akismet_can_only_be_asked_where_it_is_set_up(ada: Browser, town: Town) -> None:
    path = f"{HERE}/robots"
    assert 'name="akismet"' not in ada.get(path).text
    stale = ada.form(path).fields
    assert ada.fill(path, proof_of_work="y", akismet="y").status_code == 303
    assert _shop(town).spam == {"proof_of_work": True, "akismet": False}
    assert ada.post(path, stale).status_code == 409
