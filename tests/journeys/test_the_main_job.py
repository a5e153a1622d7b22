"""The main job over HTTP: a link, a low answer in the customer's words, a promise, a case, somebody who solves it."""

import re
import time
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import requests
from bs4 import Tag
from sqlalchemy import func, select

from feedback import clock
from feedback.audit import AuditRow
from feedback.cases.models import Case, CaseResponse, Promise
from feedback.i18n.catalogue import translator
from feedback.i18n.formats import Formats
from feedback.jobs import Job
from feedback.links.models import Link
from feedback.links.signing import keyring, open_survey
from feedback.responses.models import Answer, Response
from feedback.staff.models import StaffMember
from tests.helpers.forms import Form, forms, send, soup
from tests.journeys.conftest import READERS, ZONE, Person, Town

LANGUAGES = ("en", "sw", "ne", "fa", "mn", "hy")
#: What people really write: joiners, quotes, punctuation of their own, something that looks like markup.
WORDS = {
    "en": "I waited two weeks & nobody called: “not good” <b>at all</b> – it's O'Brien's %(name)s again",
    "sw": "Nimesubiri wiki mbili bila jibu; ng'ombe wangu hawana maji. 😞",
    "ne": "दुई हप्ता भयो, कसैले केही गर्‍यो भन्ने सुनिएन। किन?",
    "fa": "دو هفته است که منتظرم و هیچ‌کس پاسخ نمی‌دهد؛ «خیلی بد» بود.",
    "mn": "Хоёр долоо хоног хүлээсэн ч хариу ирсэнгүй. Өрөө үнэхээр хүйтэн байна!",
    "hy": "Երկու շաբաթ սպասեցի, բայց ոչ ոք չպատասխանեց։ Ինչո՞ւ։",
}
DIGITS = {"ne": "०१२३४५६७८९", "fa": "۰۱۲۳۴۵۶۷۸۹"}
#: A promise within a week or so names one of these, whenever the test runs.
MONTHS = {
    "en": "January|February|March|April|May|June|July|August|September|October|November|December",
    "sw": "Januari|Februari|Machi|Aprili|Mei|Juni|Julai|Agosti|Septemba|Oktoba|Novemba|Desemba",
    "ne": "जनवरी|फेब्रुअरी|मार्च|अप्रिल|मे|जुन|जुलाई|अगस्ट|सेप्टेम्बर|अक्टोबर|नोभेम्बर|डिसेम्बर",
    "fa": "فروردین|اردیبهشت|خرداد|تیر|مرداد|شهریور|مهر|آبان|آذر|دی|بهمن|اسفند",
    "mn": r"\d{4}\.\d\d\.\d\d",
    "hy": r"\d\d\.\d\d\.\d{4}, ժամը",
}
JSON = {"Accept": "application/json"}


def html_of(page: requests.Response) -> Tag:
    """The root of a page."""
    root = soup(page.text).html
    assert root is not None
    return root


def survey_form(page: requests.Response) -> Form | None:
    """The survey's form, if the page still asks something."""
    return next((form for form in forms(page.text, page.url) if "fb_step" in form.fields), None)


def answer_step_by_step(person: Person, url: str, answers: dict[str, str]) -> list[requests.Response]:
    """Fill in every step, as a browser without JavaScript would, up to the thank-you page."""
    pages = [person.open(url)]
    while (form := survey_form(pages[-1])) is not None:
        assert len(pages) < 10, "the survey doesn't end"
        asked = {name for name in (*form.fields, *form.choices) if not name.startswith("fb_")}
        button = ("fb_go", "send") if ("fb_go", "send") in form.buttons else ("fb_go", "next")
        assert button in form.buttons
        given = {name: answers[name] for name in asked if name in answers}
        for name, value in given.items():
            assert name not in form.choices or value in form.choices[name], (name, form.choices[name])
        pages.append(send(person.http, form, button, **given))
        assert pages[-1].status_code == 200, pages[-1].text[-1500:]
    return pages


def promised_on(page: requests.Response) -> Tag:
    """The moment that a thank-you page names."""
    found = soup(page.text).select_one(".promise time")
    assert found is not None, page.text[-3000:]
    return found


def case_of(town: Town, url: str) -> dict[str, Any]:
    """What the database has for a link."""
    key = open_survey(keyring(town.settings), url.rpartition("/")[2]).key
    database = town.database()
    with database.read() as session:
        row = session.execute(
            select(
                Case.public_id,
                Case.number,
                Case.rule_name,
                Case.state,
                Case.due_at,
                Promise.due_at.label("promised"),
                StaffMember.name.label("owner"),
                Response.id.label("response_id"),
                Response.locale,
            )
            .join(CaseResponse, CaseResponse.case_id == Case.id)
            .join(Response, Response.id == CaseResponse.response_id)
            .join(Link, Link.id == Response.link_id)
            .join(Promise, Promise.case_id == Case.id)
            .outerjoin(StaffMember, StaffMember.id == Case.owner_id)
            .where(Link.key == key)
        ).one()
        words = session.scalars(
            select(Answer.text).where(Answer.response_id == row.response_id, Answer.question == "words")
        ).one()
    database.dispose()
    return {**row._mapping, "words": words}


@pytest.mark.parametrize("language", LANGUAGES)
def test_from_a_link_to_a_solved_case(town: Town, language: str) -> None:
    customer = town.customer(language)
    url = town.link("support-csat", customer)
    answers = {"score": "1", "why": "slow", "words": WORDS[language], "contact": "yes"}
    pages = answer_step_by_step(town.person(), url, answers)
    for page in pages:
        assert html_of(page)["lang"].partition("-")[0] == language  # type: ignore[union-attr]
        assert html_of(page).get("dir") == ("rtl" if language == "fa" else "ltr")
        assert "Set-Cookie" not in page.headers
        assert customer["email"] not in page.text
    case = case_of(town, url)
    names_the_promised_moment(promised_on(pages[-1]), customer, case["promised"])
    assert case["words"] == WORDS[language]
    assert case["owner"] == READERS[language]
    assert case["due_at"] == case["promised"]
    somebody_solves_it(town, language, customer, case)


def names_the_promised_moment(shown: Tag, customer: dict[str, str], promised: datetime) -> None:
    """In the customer's words, digits and calendar, by their clock, and the same moment for programs."""
    language = customer["locale"].partition("-")[0]
    machine = datetime.strptime(str(shown["datetime"]), "%Y-%m-%dT%H:%M:%S%z")
    assert machine == promised.replace(microsecond=0)
    text = shown.get_text()
    formats = Formats(customer["locale"], customer["time_zone"] or ZONE, country="TZ")
    assert text == formats.when(promised, clock.now())
    assert formats.local(promised).date() > formats.local(clock.now()).date()
    digits = DIGITS.get(language, "0123456789")
    assert all(letter in digits for letter in re.findall(r"\d", text)), text
    assert re.findall(r"\d", text), text
    assert re.search(MONTHS[language], text), text


def somebody_solves_it(town: Town, language: str, customer: dict[str, str], case: dict[str, Any]) -> None:
    """The owner finds it in the list, reads it, takes it, notes and resolves; then the list is rid of it."""
    me = town.staff(READERS[language])
    listed = me.open("/console/shop/cases/")
    path = f"/console/shop/cases/{case['public_id']}"
    row = next(
        (row for row in soup(listed.text).find_all("tr") if row.find("a", href=lambda href: href and path in href)),
        None,
    )
    assert row is not None, listed.text[-3000:]
    assert customer["name"] in row.get_text()
    page = me.open(path)
    tree = soup(page.text)
    quoted = [quote.get_text() for quote in tree.select("blockquote")]
    assert WORDS[language] in quoted
    quote = next(quote for quote in tree.select("blockquote") if quote.get_text() == WORDS[language])
    assert str(quote["lang"]).startswith(language)
    facts = tree.select_one(".facts")
    told = " ".join(panel.get_text(" ", strip=True) for panel in tree.select("dl.facts"))
    assert facts is not None
    assert READERS[language] in told
    assert translator(language).gettext(case["rule_name"]) in told
    due = {str(one["datetime"]) for one in tree.find_all("time")}
    assert case["due_at"].strftime("%Y-%m-%dT%H:%M:%SZ") in due
    if any(urlsplit(form.action).path == f"{path}/take" for form in forms(page.text, page.url)):
        page = me.press(page, f"{path}/take")
    noted = f"Called {customer['name']}; a new part is on its way."
    page = me.press(page, f"{path}/note", text=noted)
    assert noted in soup(page.text).get_text()
    page = me.press(page, f"{path}/resolve", outcome="solved", note="Replaced, and apologised.")
    assert case_state(town, case["public_id"]) == ("resolved", "solved")
    assert path not in me.open("/console/shop/cases/").text
    assert path in me.open("/console/shop/cases/?state=resolved").text
    assert {"case.note", "case.resolve"} <= audited(town, case["public_id"], READERS[language])


def case_state(town: Town, public_id: str) -> tuple[str, str | None]:
    database = town.database()
    with database.read() as session:
        row = session.execute(select(Case.state, Case.outcome).where(Case.public_id == public_id)).one()
    database.dispose()
    return row.state, row.outcome


def audited(town: Town, subject_id: str, who: str) -> set[str]:
    """What somebody is on record for."""
    database = town.database()
    with database.read() as session:
        found = session.scalars(
            select(AuditRow.action).where(AuditRow.subject_id == subject_id, AuditRow.actor_label == who)
        )
        actions = set(found)
    database.dispose()
    return actions


def count(town: Town, model: Any, *conditions: Any) -> int:
    database = town.database()
    with database.read() as session:
        found = session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0
    database.dispose()
    return found


def test_a_good_answer_opens_no_case(town: Town) -> None:
    before = count(town, Case)
    customer = town.customer("sw", 3)
    pages = answer_step_by_step(town.person(), town.link("nps", customer), {"score": "9", "why": "Huduma nzuri"})
    assert count(town, Case) == before
    assert soup(pages[-1].text).select_one(".promise") is None


def test_a_program_gets_json(town: Town) -> None:
    url = town.link("support-csat", town.customer("en", 2))
    given = {"score": "2", "why": "rude", "words": "Twice.", "contact": "yes"}
    first = requests.post(url, data=given, headers=JSON, timeout=30)
    assert first.status_code == 200
    told = first.json()
    assert set(told) == {"status", "response", "follow_up", "next"}
    assert told["status"] == "stored"
    case = case_of(town, url)
    assert datetime.fromisoformat(told["follow_up"]["by"]) == case["promised"]
    assert told["follow_up"]["who"] == case["owner"]
    again = requests.post(url, data=given, headers=JSON, timeout=30).json()
    assert (again["status"], again["response"]) == ("already", told["response"])


def test_two_sites_never_see_each_other(town: Town) -> None:
    url = town.link("support-csat", town.customer("fa", 4))
    given = {"score": "1", "why": "slow", "words": "بانک نباید این را ببیند", "contact": "yes"}
    assert requests.post(url, data=given, headers=JSON, timeout=30).status_code == 200
    case = case_of(town, url)
    stranger = town.staff("Parisa")
    home = stranger.open("/console/bank/cases/")
    assert "نباید" not in home.text
    own = stranger.form(stranger.open("/console/profile"), "/console/profile").fields["csrf_token"][0]
    public_id = case["public_id"]
    for path in (
        "/console/shop/cases/",
        f"/console/shop/cases/{public_id}",
        f"/console/bank/cases/{public_id}",
        "/console/shop/responses/",
        "/console/shop/surveys/",
        "/console/shop/surveys/nps",
        "/console/shop/cases/rules/",
        "/console/shop/staff/",
        "/console/shop/sites/",
    ):
        assert stranger.http.get(urljoin(stranger.url, path), timeout=30).status_code == 404, path
    for site in ("shop", "bank"):
        for move, values in (("take", {}), ("note", {"text": "x"}), ("resolve", {"outcome": "solved"})):
            data = {"csrf_token": own, "version": "1", "seen": "0", **values}
            address = urljoin(stranger.url, f"/console/{site}/cases/{public_id}/{move}")
            assert stranger.http.post(address, data=data, timeout=30).status_code == 404, address
    assert case_state(town, public_id) == ("new", None)


def test_background_work_is_done(town: Town) -> None:
    end = time.monotonic() + 60
    due = (Job.done_at.is_(None), Job.run_at <= clock.now())
    while (left := count(town, Job, *due)) and time.monotonic() < end:
        time.sleep(0.3)
    assert left == 0
    assert count(town, Job, Job.last_error.is_not(None)) == 0


def test_logs_hold_no_token_no_address_and_no_words(town: Town) -> None:
    assert town.tokens
    assert town.addresses
    requests.get(f"{town.service.url}/s/{town.tokens[0]}?score=3", headers={"Referer": town.tokens[0]}, timeout=30)
    requests.get(f"{town.service.url}/s/{town.tokens[0][:-1]}", timeout=30)
    logged = town.service.log_text()
    assert "/s/" in logged
    secrets = [*town.tokens, *(token[:40] for token in town.tokens), *town.addresses, *WORDS.values()]
    assert [secret for secret in secrets if secret in logged] == []
    assert re.findall(r"[\w.]+@example\.(?:com|net|org)", logged) == []
