"""Unsubscribing over HTTP and real mail, in six languages: at once, then why, then what could be instead."""

import csv
import re
import time
from datetime import timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import select

from feedback import clock
from feedback.cases.models import Case
from feedback.customers.models import Customer
from feedback.i18n.catalogue import translator
from feedback.jobs import Job
from feedback.preferences.models import OptOut
from feedback.preferences.policy import MailClass
from feedback.preferences.queries import may_send_to
from feedback.sites.queries import site_by_key
from tests.helpers.forms import soup
from tests.journeys.conftest import CUSTOMERS, READERS, Person, Town
from tests.journeys.test_the_main_job import LANGUAGES, WORDS, answer_step_by_step

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def link(town: Town, customer: dict[str, str], kind: str = "unsubscribe") -> str:
    """A signed address, from the command line."""
    url = town.service.last_line("link", kind, "--site", "shop", "--customer", customer["external_id"])
    town.tokens.append(url.rpartition("/")[2])
    return url


def reason(town: Town, email: str, topic: str = "news") -> str:
    """Why a mail of a topic may not be sent, or ok."""
    sort = MailClass.SURVEY if topic == "surveys" else MailClass.MARKETING
    with town.reading() as session:
        return may_send_to(session, site_by_key(session, "shop").id, email, sort, topic).reason


def say(language: str, text: str, **params: str) -> str:
    """One of our own texts."""
    told = translator(language).gettext(text)
    return told % params if params else told


def press(person: Person, page: requests.Response, words: str) -> requests.Response:
    """Press the button with these words."""
    tree = soup(page.text)
    button = next((one for one in tree.select("form button") if words in one.get_text()), None)
    assert button is not None, (words, [one.get_text() for one in tree.select("form button")])
    form = button.find_parent("form")
    assert form is not None
    fields = {str(one["name"]): str(one.get("value", "")) for one in form.select("input[type=hidden][name]")}
    if button.get("name"):
        fields[str(button["name"])] = str(button.get("value", ""))
    address = requests.compat.urljoin(page.url, str(form["action"]) or page.url)
    reply = person.http.post(address, data=fields, timeout=30, allow_redirects=False)
    assert reply.status_code == 200, reply.text[-2000:]
    assert "Set-Cookie" not in reply.headers
    return reply


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_button_then_why_then_fewer(town: Town, language: str) -> None:
    customer = town.customer(language, 8)
    person = town.person()
    page = person.open(link(town, customer))
    root = soup(page.text).html
    assert root is not None
    assert str(root["lang"]).partition("-")[0] == language
    assert customer["email"] not in page.text
    assert reason(town, customer["email"]) == "ok"
    stopped = press(person, page, say(language, "Unsubscribe"))
    assert say(language, "Done. You will get no more of these emails.") in soup(stopped.text).get_text()
    assert reason(town, customer["email"]) == "suppressed_topic"
    told = press(person, stopped, say(language, "Too many emails") if language == "en" else too_many(language))
    assert say(language, "Thank you for telling us why.") in soup(told.text).get_text()
    press(person, told, say(language, "Send me fewer: once a month"))
    assert reason(town, customer["email"]) == "ok"


def too_many(language: str) -> str:
    """The reason as the survey has it."""
    return {
        "sw": "Barua pepe ni nyingi mno",
        "ne": "धेरै इमेल आउँछ",
        "fa": "تعداد ایمیل‌ها زیاد است",
        "mn": "Имэйл хэт олон ирдэг",
        "hy": "Նամակները չափազանց շատ են",
    }[language]


def test_something_better_elsewhere_becomes_a_case_with_the_words(town: Town) -> None:
    customer = town.customer("fa", 9)
    person, url = town.person(), link(town, customer)
    press(person, person.open(url), say("fa", "Unsubscribe"))
    words = "جای دیگری ارزان‌تر پیدا کردم؛ ممنون."
    fields = {"reason": "competitor", "words": words, "contact": "yes"}
    assert requests.post(f"{url}/reason", data=fields, timeout=30).status_code == 200
    case = case_of(town, customer)
    assert (case.kind, case.family) == ("competitor", "opt_out")
    page = town.staff(READERS["fa"]).open(f"/console/shop/cases/{case.public_id}")
    assert words in soup(page.text).get_text()
    assert soup(page.text).select_one("#reply textarea") is not None


def test_without_the_tick_there_is_no_composer(town: Town) -> None:
    customer = town.customer("hy", 9)
    url = link(town, customer)
    assert requests.post(url, data=ONE_CLICK, timeout=30).status_code == 200
    assert requests.post(f"{url}/reason", data={"reason": "competitor"}, timeout=30).status_code == 200
    case = case_of(town, customer)
    page = town.staff(READERS["hy"]).open(f"/console/shop/cases/{case.public_id}")
    assert soup(page.text).select_one("#reply textarea") is None


def test_undo_restores_exactly_what_was_there(town: Town) -> None:
    customer = town.customer("mn", 9)
    person, url = town.person(), link(town, customer)
    stopped = press(person, person.open(url), say("mn", "Stop all marketing emails"))
    assert reason(town, customer["email"], "surveys") == "suppressed_marketing"
    press(person, stopped, say("mn", "That was a mistake: keep sending"))
    assert reason(town, customer["email"]) == reason(town, customer["email"], "surveys") == "ok"
    press(person, stopped, say("mn", "That was a mistake: keep sending"))
    assert reason(town, customer["email"]) == "ok"


def test_one_click_from_a_raw_mail_stops_the_questions_and_nothing_else(town: Town) -> None:
    customer = town.customer("sw", 9)
    answers = {"score": "1", "why": "slow", "words": WORDS["sw"], "contact": "yes"}
    answer_step_by_step(town.person(), town.link("support-csat", customer), answers)
    case = case_of(town, customer)
    path = f"/console/shop/cases/{case.public_id}"
    admin = town.staff("Ada")
    admin.press(admin.open(path), f"{path}/resolve", outcome="solved", note="")
    mail = town.post.wait(customer["email"], lambda one: "/s/" in one.text)
    head, _, _ = mail.raw.partition(b"\r\n\r\n")
    unfolded = re.sub(rb"\r\n[ \t]+", b" ", head).decode("ascii")
    header = next(line for line in unfolded.splitlines() if line.lower().startswith("list-unsubscribe:"))
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in unfolded.splitlines()
    (address,) = re.findall(r"<(https?://[^>]+)>", header)
    files = {name: (None, value) for name, value in ONE_CLICK.items()}
    reply = requests.post(address, files=files, timeout=30, allow_redirects=False)
    assert reply.status_code == 200
    assert "Set-Cookie" not in reply.headers
    assert reason(town, customer["email"], "surveys") == "suppressed_topic"
    assert reason(town, customer["email"], "news") == "ok"
    with town.reading() as session:
        found = session.scalars(
            select(OptOut)
            .join(Customer, Customer.id == OptOut.customer_id)
            .where(Customer.external_id == customer["external_id"], OptOut.site_id == case.site_id)
        ).one()
    assert (found.channel, found.topic) == ("oneclick", "surveys")


def test_a_key_account_that_leaves_without_a_word_becomes_a_task_an_hour_later_and_a_consumer_nothing(
    town: Town,
) -> None:
    account, consumer = of_segment("business"), of_segment("standard")
    path, admin = "/console/shop/sites/leaving", town.staff("Ada")
    admin.press(admin.open(path), path, enabled="y", segments="business")
    for one in (account, consumer):
        press(town.person(), town.person().open(link(town, one)), say(spoken(one), "Unsubscribe"))
    waiting = select(Job).where(Job.name == "cases.blank_reason", Job.done_at.is_(None))
    with town.changing() as session:
        jobs = session.scalars(waiting).all()
        assert len(jobs) == 2
        for job in jobs:
            opt_out = session.get_one(OptOut, job.args["opt_out"])
            assert abs(job.run_at - opt_out.at - timedelta(minutes=60)) < timedelta(seconds=5)
            job.run_at = clock.now() - timedelta(seconds=1)  # as if the hour had passed
    end = time.monotonic() + 60
    left = 2
    while left and time.monotonic() < end:
        time.sleep(0.2)
        with town.reading() as session:
            left = len(session.scalars(waiting).all())
    assert left == 0
    task = case_of(town, account)
    assert (task.kind, task.priority, task.rule_name) == ("unsubscribe", "low", "Left without a reason")
    with town.reading() as session:
        assert session.scalars(cases_of(consumer)).all() == []
    page = soup(admin.open(f"/console/shop/cases/{task.public_id}").text)
    assert page.select_one("#reply textarea") is None
    admin.press(admin.open(path), path, enabled="")


def of_segment(segment: str) -> dict[str, str]:
    """The last customer of a segment who can be written to: no other story is about them."""
    with CUSTOMERS.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["segment"] == segment and row["email"]][-1]


def spoken(customer: dict[str, str]) -> str:
    """The language of a customer."""
    return customer["locale"].partition("-")[0]


def cases_of(customer: dict[str, str]) -> Any:
    """The cases of a customer of the shop, newest first."""
    return (
        select(Case)
        .join(Customer, Customer.id == Case.customer_id)
        .where(Customer.external_id == customer["external_id"], Case.site_id == Customer.site_id)
        .order_by(Case.id.desc())
    )


def case_of(town: Town, customer: dict[str, str]) -> Case:
    """The newest case of a customer."""
    with town.reading() as session:
        found = session.scalars(cases_of(customer)).first()
    assert found is not None
    return found
