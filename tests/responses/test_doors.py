"""Links that lead nowhere, posts from elsewhere, "not me", and the address that is open to anybody."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from feedback.actors import SYSTEM
from feedback.audit import AuditRow
from feedback.cases.models import Case
from feedback.customers.actions import erase_customer
from feedback.links.actions import revoke_link
from feedback.links.queries import token_of
from feedback.links.signing import keyring, open_form, sign_form, sign_staff_join
from feedback.links.tokens import FormToken
from feedback.responses.models import Answer
from feedback.sites.actions import add_origin
from feedback.surveys.models import Survey
from tests.links.test_signing import DAMAGE
from tests.responses.shop import NOON, Shop

OWN = "http://127.0.0.1:8000"


@pytest.mark.parametrize("damage", [one for one in DAMAGE if "\r" not in one])
def test_what_a_mail_program_did_to_the_address_does_no_harm(shop: Shop, damage: str) -> None:
    path, _ = shop.link("satisfied", "fa")
    token = path.removeprefix("/s/")
    page = Page = shop.open("/s/" + damage.format(token).replace("%20", "%2520").replace("?", "%3F"))
    assert page.status == 200, Page.text
    assert page.soup.select_one("#survey")["action"] == path
    shop.send_json("/s/" + damage.format(token), {"score": "1"})
    assert shop.count() == 1


def test_every_token_that_opens_nothing_looks_alike(shop: Shop) -> None:
    path, link = shop.link("satisfied", "fa")
    token = path.removeprefix("/s/")
    ring = keyring(shop.settings)
    unknown = token_of(link)._replace(key=bytes(12))
    from feedback.links.signing import sign_survey  # noqa: PLC0415 - one more than the list above may take

    bad = [
        "x" * 53,
        token[:-2] + "AA",
        token[:20],
        "x" * 5000,
        sign_staff_join(ring, token_of(link)),
        sign_survey(ring, unknown),
        sign_survey(ring, unknown._replace(site_id=99)),
    ]
    pages = {shop.open("/s/" + one, headers={"Accept-Language": "fa"}).response.get_data() for one in bad}
    assert len(pages) == 1
    page = shop.open("/s/" + bad[0], headers={"Accept-Language": "fa"})
    assert page.status == 404
    assert page.soup.html["lang"] == "fa"
    assert {shop.client.post("/s/" + one).status_code for one in bad} == {404}
    reply = shop.send_json("/s/" + bad[0], {})
    assert (reply.status_code, reply.mimetype) == (404, "application/problem+json")


@pytest.mark.parametrize("lang", ["sw", "ne", "fa", "mn", "hy"])
def test_an_expired_link_says_so_in_its_language_and_where_to_write(shop: Shop, noon: Any, lang: str) -> None:
    path, _ = shop.link("satisfied", lang)
    noon.shift(timedelta(days=91))
    page = shop.open(path, headers={"Accept-Language": "en"})
    assert page.status == 410
    assert page.soup.html["lang"] == lang
    assert page.soup.select_one("main a")["href"] == f"/message/shop?lang={lang}"
    assert shop.post(path, {"score": "1"}).status == 410
    assert shop.count() == 0


def test_a_revoked_link_and_a_closed_survey_say_so(shop: Shop) -> None:
    path, link = shop.link("nps", "en")
    other, _ = shop.link("satisfied", "en")
    with shop.database.write() as session:
        revoke_link(session, SYSTEM, shop.site_id, link.id)
        session.execute(
            update(Survey).where(Survey.site_id == shop.site_id, Survey.slug == "satisfied").values(archived_at=NOON)
        )
    page = shop.open(path)
    assert (page.status, "no longer works" in page.text) == (410, True)
    page = shop.open(other)
    assert (page.status, "This survey is closed" in page.text) == (410, True)
    assert shop.open("/survey/shop/satisfied").status == 410
    assert shop.post(other, {"score": "1"}).status == 410
    assert shop.count() == 0


def test_the_link_of_an_erased_customer_is_quiet(shop: Shop) -> None:
    path, link = shop.link("support-csat", "en")
    shop.send_json(path, {"score": "1", "words": "My name is Asha"})
    other, _ = shop.link("support-csat", "en")
    shop.fill(shop.open(other), score="1")
    with shop.database.write() as session:
        erase_customer(session, SYSTEM, shop.site_id, link.customer_id or 0)
    for address in (path, other):
        page = shop.open(address)
        assert (page.status, "Nothing more will be sent" in page.text) == (200, True)
        assert shop.post(address, {"score": "2"}).status == 200
        told = shop.send_json(address, {"score": "2"})
        assert (told.status_code, told.get_json()["done"]) == (200, "erased")
    assert shop.draft() is None
    assert shop.count() == 1
    assert shop.response(link).score == 0
    with shop.database.read() as session:
        texts = session.scalars(select(Answer.text).where(Answer.site_id == shop.site_id)).all()
    assert set(texts) == {None}


def test_saying_that_it_was_not_me_takes_the_answer_out_and_tells_staff(shop: Shop) -> None:
    path, link = shop.link("support-csat", "en")
    shop.send_json(path, {"score": "1"})
    page = shop.open(path + "/not-me")
    assert page.status == 200
    assert shop.response(link).state == "complete"
    for _ in range(2):
        page = shop.post(page.form["action"] if page.form else path + "/not-me", {})
        assert "this was not you" in page.text
    assert shop.response(link).state == "disowned"
    assert "this was not you" in shop.open(path).text
    assert shop.send_json(path, {"score": "5"}).status_code == 410
    assert shop.response(link).state == "disowned"
    assert shop.response(link).score == 0
    with shop.database.read() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.action == "response.disown")).all()
        case = session.scalars(select(Case).where(Case.site_id == shop.site_id)).one()
    assert len(rows) == 1
    assert case.version > 1


def test_not_me_before_an_answer_drops_what_was_half_finished(shop: Shop) -> None:
    path, _ = shop.link("support-csat", "en")
    shop.fill(shop.open(path), score="1")
    assert shop.post(path + "/not-me", {}).status == 200
    assert shop.draft() is None
    assert shop.open(path).status == 410
    assert shop.send_json(path, {"score": "5"}).status_code == 410
    assert "this was not you" in shop.open(path + "/not-me").text
    assert shop.count() == 0


ORIGINS = [
    # origin, sec-fetch-site, taken with a link, taken in the open
    (None, None, True, True),
    (None, "same-origin", True, True),
    (None, "none", True, True),
    (None, "cross-site", False, False),
    (OWN, None, True, True),
    (OWN, "same-origin", True, True),
    ("http://localhost", "same-origin", True, True),
    (OWN, "cross-site", False, False),
    ("null", None, True, False),
    ("null", "same-origin", True, True),
    ("null", "cross-site", False, False),
    ("https://evil.example", None, False, False),
    ("https://evil.example", "same-site", False, False),
    ("https://evil.example", "cross-site", False, False),
    ("https://127.0.0.1:8000.evil.example", None, False, False),
    ("http://[", None, False, False),
    ("https://partner.example", None, True, True),
    ("https://partner.example", "cross-site", False, False),
    ("https://partner.example.evil.example", None, False, False),
]


@pytest.mark.parametrize(("origin", "fetch_site", "by_link", "in_the_open"), ORIGINS)
def test_a_form_is_taken_from_our_own_pages_only(
    shop: Shop, origin: str | None, fetch_site: str | None, by_link: bool, in_the_open: bool
) -> None:
    with shop.database.write() as session:
        add_origin(session, SYSTEM, shop.site_id, "https://partner.example")
    headers = {"Accept": "application/json"}
    if origin:
        headers["Origin"] = origin
    if fetch_site:
        headers["Sec-Fetch-Site"] = fetch_site
    path, _ = shop.link("nps")
    reply = shop.client.post(path, data={"score": "9"}, headers=headers)
    assert reply.status_code == (200 if by_link else 403)
    fields = shop.open("/survey/shop/nps").fields
    reply = shop.client.post("/survey/shop/nps", data={**fields, "score": "9"}, headers=headers)
    assert reply.status_code == (200 if in_the_open else 403)
    assert shop.count() == by_link + in_the_open


def test_a_form_of_another_link_site_or_survey_is_shown_again_and_not_stored(shop: Shop) -> None:
    path, link = shop.link("nps", "en")
    _, other = shop.link("nps", "en")
    ring = keyring(shop.settings)
    form, fresh = open_form(ring, shop.open(path).fields["fb_token"][0])
    assert fresh
    assert form.link_id == link.id
    for wrong in (
        form._replace(link_id=other.id),
        form._replace(site_id=99),
        form._replace(version_id=form.version_id + 1),
        FormToken(0, 0, 0, bytes(12), 0),
    ):
        page = shop.post(path, {"fb_token": sign_form(ring, wrong), "fb_step": "page", "score": "7"})
        assert page.status == 422
        assert page.fields["score"] == ["7"]
    assert shop.post(path, {"fb_token": "forged", "score": "7"}).status == 422
    assert shop.count() == 0


def test_a_form_that_was_open_for_more_than_a_day_is_kept_and_sent_again(shop: Shop, noon: Any) -> None:
    path, link = shop.link("support-csat", "en")
    page = shop.fill(shop.open(path), score="1")
    page = shop.fill(page, why=["slow"])
    noon.shift(timedelta(hours=25))
    late = shop.fill(page, words="A long story")
    assert late.status == 422
    assert "open for a long time" in late.text
    assert late.fields["words"] == ["A long story"]
    done = shop.fill(shop.fill(late), contact="yes")
    assert done.status == 200
    assert shop.said(shop.response(link)) == {
        "score": [1], "why": ["slow"], "words": ["A long story"], "contact": ["yes"],
    }  # fmt: skip


def test_the_message_form_opens_a_case(shop: Shop, noon: Any) -> None:
    page = shop.open("/message/shop", headers={"Accept-Language": "sw"})
    assert page.soup.html["lang"] == "sw"
    noon.shift(timedelta(seconds=10))
    while page.form is not None and page.asked:
        answers: dict[str, Any] = {}
        for field in page.soup.select("textarea, input[type=text], input[type=email]"):
            if not field["name"].startswith("fb_") and "." not in field["name"]:
                answers[field["name"]] = "a@example.com" if field.get("type") == "email" else "Habari zenu"
        for radio in page.soup.select("input[type=radio]"):
            answers[radio["name"]] = radio["value"]
        page = shop.fill(page, **answers)
        assert page.status == 200, page.text
    with shop.database.read() as session:
        case = session.scalars(select(Case).where(Case.site_id == shop.site_id)).one()
    assert case.kind == "message"
    assert shop.response().assurance == "anonymous"
    assert shop.response().channel == "message"


def test_there_is_nothing_at_an_unknown_site_or_survey(shop: Shop) -> None:
    for address in ("/survey/other/nps", "/survey/shop/other", "/survey/shop/%00", "/privacy/other"):
        assert shop.open(address).status == 404
        assert shop.client.post(address).status_code in (404, 405)


def test_how_answers_are_handled_is_said_in_the_site_s_own_words_where_it_has_some(shop: Shop) -> None:
    assert "Duka" in shop.open("/privacy/shop?lang=ne").text
    from feedback.sites.models import Site  # noqa: PLC0415 - only here

    with shop.database.write() as session:
        site = session.scalars(select(Site).where(Site.id == shop.site_id)).one()
        site.privacy_notice = {"en": "We read it.\n\nThen we burn it."}
    assert "Then we burn it." in shop.open("/privacy/shop").text
    path, _ = shop.link("satisfied", "en")
    assert "We read it." in shop.open(path).text
