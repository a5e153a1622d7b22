"""Answering by a link: steps, one page, keeping what was typed, thanks."""

import pytest
from sqlalchemy import select

from feedback.cases.models import Case
from feedback.jobs import Job
from feedback.responses.models import Answer, Draft
from tests.responses.shop import Shop


def test_a_low_answer_in_steps_is_stored_with_its_words_and_thanked_with_a_time(shop: Shop) -> None:
    path, link = shop.link("support-csat", "sw")
    page = shop.open(path)
    assert page.status == 200
    assert page.asked == ["score"]
    assert page.soup.html["lang"] == "sw"
    page = shop.fill(page, score="1")
    assert page.asked == ["why"]
    page = shop.fill(page, why=["slow", "other"], **{"why.other": "Foleni"})
    assert page.asked == ["words"]
    page = shop.fill(page, words="Nimesubiri sana\r\nsiku tatu")
    assert page.asked == ["contact"]
    assert page.go == "send"
    page = shop.fill(page, contact="yes")
    assert page.status == 200
    assert "Timu yetu itawasiliana nawe" in page.text
    stored = shop.response(link)
    assert (stored.state, stored.score, stored.locale, stored.contact) == ("complete", 0, "sw", "yes")
    assert shop.said(stored) == {
        "score": [1],
        "why": ["slow", "other"],
        "words": ["Nimesubiri sana\nsiku tatu"],
        "contact": ["yes"],
    }
    assert shop.draft() is None


def test_a_high_answer_skips_what_is_only_asked_after_a_low_one(shop: Shop) -> None:
    path, link = shop.link("support-csat", "en")
    page = shop.fill(shop.open(path), score="5")
    assert "why" not in page.asked
    while page.form is not None and page.asked:
        page = shop.fill(page)
    assert shop.response(link).score == 100
    assert set(shop.said(shop.response(link))) == {"score"}
    assert "We are glad it went well." in page.text


@pytest.mark.parametrize("digits", ["1", "۱", "१"])
def test_numbers_are_taken_in_any_digits(shop: Shop, digits: str) -> None:
    path, link = shop.link("nps")
    assert shop.send_json(path, {"score": digits}).status_code == 200
    assert shop.said(shop.response(link))["score"] == [1]


def test_a_program_sends_everything_at_once(shop: Shop) -> None:
    path, link = shop.link("support-csat")
    reply = shop.send_json(path, {"score": "2", "why": ["rude"], "words": "Hapana", "contact": "yes"})
    assert reply.status_code == 200
    told = reply.get_json()
    assert told["status"] == "stored"
    assert told["response"] == shop.response(link).public_id
    assert set(told["follow_up"]) == {"by", "who", "url"}
    assert told["next"] is None
    assert shop.said(shop.response(link))["why"] == ["rude"]


def test_a_json_body_is_taken_as_well(shop: Shop) -> None:
    path, link = shop.link("support-csat")
    reply = shop.client.post(
        path, json={"answers": {"score": 1, "why": ["slow"]}}, headers={"Accept": "application/json"}
    )
    assert reply.get_json()["status"] == "stored"
    assert shop.said(shop.response(link)) == {"score": [1], "why": ["slow"]}


def test_a_client_that_fills_in_everything_on_the_first_step_is_understood(shop: Shop) -> None:
    path, link = shop.link("support-csat")
    page = shop.open(path)
    page = shop.post(path, {**page.fields, "score": "1", "words": "Hapana"})
    assert shop.said(shop.response(link)) == {"score": [1], "words": ["Hapana"]}
    plain, other = shop.link("support-csat")
    shop.post(plain, {"score": "4"})
    assert shop.said(shop.response(other)) == {"score": [4]}


def test_other_words_may_come_under_a_name_without_a_dot(shop: Shop) -> None:
    path, link = shop.link("support-csat")
    shop.send_json(path, {"score": "1", "why": ["other"], "why_other": "Mvua"})
    with shop.database.read() as session:
        words = session.execute(
            select(Answer.text).where(Answer.site_id == shop.site_id, Answer.option == "other")
        ).scalar_one()
    assert words == "Mvua"
    assert shop.said(shop.response(link))["why"] == ["other"]


def test_what_is_wrong_is_said_beside_the_question_and_everything_is_kept(shop: Shop) -> None:
    path, _ = shop.link("support-csat", "en")
    page = shop.fill(shop.open(path))
    assert page.status == 422
    assert "Please choose an answer." in page.text
    page = shop.fill(page, score="1")
    page = shop.fill(page, why=["slow"])
    page = shop.fill(page, words="x" * 2001)
    assert page.status == 422
    assert page.fields["words"] == ["x" * 2001]
    assert shop.count() == 0


def test_programs_get_every_problem_with_its_code(shop: Shop) -> None:
    path, _ = shop.link("support-csat")
    reply = shop.send_json(path, {"score": "9", "why": ["slow"]})
    assert reply.status_code == 422
    assert reply.mimetype == "application/problem+json"
    assert [(one["field"], one["code"]) for one in reply.get_json()["errors"]] == [("score", "answer.unknown")]
    assert shop.count() == 0


def test_back_shows_what_this_browser_sent_and_forward_again_keeps_it(shop: Shop) -> None:
    path, link = shop.link("support-csat")
    page = shop.fill(shop.open(path), score="2")
    page = shop.fill(page, why=["rude"])
    page = shop.fill(page, go="back", words="imeanza")
    assert page.asked == ["why"]
    assert page.fields["why"] == ["rude"]
    page = shop.fill(page, go="back")
    assert page.fields["score"] == ["2"]
    assert "back" not in page.buttons
    page = shop.fill(shop.fill(page))
    assert page.fields["words"] == ["imeanza"]
    shop.fill(shop.fill(page))
    assert shop.said(shop.response(link)) == {"score": [2], "why": ["rude"], "words": ["imeanza"]}


def test_a_changed_earlier_answer_drops_what_it_no_longer_leads_to(shop: Shop) -> None:
    path, link = shop.link("support-csat")
    page = shop.fill(shop.open(path), score="1")
    page = shop.fill(page, why=["rude"])
    page = shop.fill(page, go="back")
    page = shop.fill(page, go="back")
    page = shop.fill(page, score="5")
    assert page.asked == ["words"]
    while page.form is not None and page.asked:
        page = shop.fill(page)
    assert shop.said(shop.response(link)) == {"score": [5]}


def test_switching_the_language_keeps_what_was_typed_and_stores_nothing(shop: Shop) -> None:
    path, _ = shop.link("support-csat", "sw")
    page = shop.fill(shop.open(path), score="1")
    page = shop.fill(page, why=["slow", "other"], **{"why.other": "Foleni"})
    page = shop.fill(page, words="Nimesubiri")
    page = shop.fill(page, go="back", contact="")
    page = shop.fill(page, go="lang:fa", words="Nimesubiri mno")
    assert page.soup.html["lang"] == "fa"
    assert page.soup.html["dir"] == "rtl"
    assert page.fields["words"] == ["Nimesubiri mno"]
    page = shop.fill(page, go="back")
    assert page.soup.html["lang"] == "fa"
    assert page.fields["why"] == ["slow", "other"]
    assert page.fields["why.other"] == ["Foleni"]
    assert shop.count() == 0


@pytest.mark.parametrize("lang", ["en", "sw", "ne", "fa", "mn", "hy"])
def test_the_link_speaks_its_language_and_an_address_can_ask_for_another(shop: Shop, lang: str) -> None:
    path, _ = shop.link("satisfied", lang)
    assert shop.open(path).soup.html["lang"] == lang
    assert shop.open(path, headers={"Accept-Language": "en"}).soup.html["lang"] == lang
    assert shop.open(path + "?lang=hy").soup.html["lang"] == "hy"
    page = shop.open(path + "?score=1&amp;lang=ne")
    assert page.soup.html["lang"] == "ne"
    assert shop.open(path + "?lang=../x").soup.html["lang"] == lang


def test_what_a_page_leads_to_speaks_its_language_whatever_the_browser_prefers(shop: Shop) -> None:
    english = {"Accept-Language": "en"}
    path, _ = shop.link(locale="fa")
    notice = shop.open(path, headers=english).soup.select_one("footer a[href^='/privacy/']")
    shop.post(path, {"score": "5", "fb_go": "send"}, headers=english)
    message = shop.open(path, headers=english).soup.select_one("main a[href^='/message/']")
    for link in (notice, message):
        assert link is not None
        page = shop.open(str(link["href"]), headers=english)
        assert page.soup.select_one("html[lang=fa][dir=rtl]") is not None, link


def test_a_score_in_the_address_only_preselects(shop: Shop) -> None:
    path, _ = shop.link("nps")
    for score in [*range(11), "x", "99", "", "１"]:
        page = shop.open(f"{path}?score={score}")
        assert page.status == 200
        if score in range(11):
            assert page.fields["score"] == [str(score)]
        for method in ("head", "options"):
            getattr(shop.client, method)(f"{path}?score={score}")
    assert shop.count() == shop.count(Draft) == shop.count(Job) == shop.count(Case) == 0
    assert shop.open(path + "?score=11").fields.get("score") is None


def test_opening_a_page_changes_no_row_and_sets_no_cookie(shop: Shop) -> None:
    path, _ = shop.link("support-csat")
    page = shop.fill(shop.open(path), score="1")
    for address in (path, path + "?lang=fa", path + "/not-me", "/survey/shop/nps", "/privacy/shop", "/s/x"):
        reply = shop.client.get(address, headers={"Sec-Purpose": "prefetch"})
        assert "Set-Cookie" not in reply.headers
        assert reply.headers["Cache-Control"] == "no-store"
        assert reply.headers["Referrer-Policy"] == "same-origin"
        assert "noindex" in reply.headers["X-Robots-Tag"]
        assert "Accept-Language" in reply.headers["Vary"]
        assert reply.headers["Content-Language"]
    assert "Set-Cookie" not in page.response.headers
    assert shop.count(Draft) == 1


def test_the_notice_says_whose_link_it_is_without_telling(shop: Shop) -> None:
    path, _ = shop.link("satisfied", "en")
    text = shop.open(path).text
    assert "a•••@e•••.com" in text
    assert "asha@example.com" not in text


def test_who_must_not_be_written_to_is_promised_an_answer_on_their_page_of_the_case(shop: Shop) -> None:
    path, link = shop.link("support-csat", "en")
    page = shop.fill(shop.open(path), score="1")
    page = shop.fill(page, why=["slow"])
    page = shop.fill(page, words="Bad")
    page = shop.fill(page, contact="no")
    assert "You will find our answer on this page by" in page.text
    assert "get back to you" not in page.text
    assert shop.response(link).contact == "no"
    other, _ = shop.link("support-csat", "en")
    told = shop.send_json(other, {"score": "1", "contact": "no"}).get_json()
    assert shop.open(told["follow_up"]["url"].removeprefix("http://127.0.0.1:8000")).status == 200


def test_one_page_surveys_are_sent_in_one_go(shop: Shop) -> None:
    path, link = shop.link("satisfied", "en")
    page = shop.open(path)
    assert page.go == "send"
    assert len(page.asked) >= 1
    name = page.asked[0]
    value = page.soup.select(f"input[name={name}]")[0]["value"]
    shop.fill(page, **{name: value})
    assert shop.count() == 1
    assert shop.response(link).state == "complete"
