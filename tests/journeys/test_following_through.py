"""Following through, over HTTP and real mail: promised, answered, handed on, solved, asked again; or not kept."""

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
from bs4 import Tag
from sqlalchemy import select, update

from feedback import clock
from feedback.cases.models import Case, CaseResponse, Promise
from feedback.i18n.catalogue import translator
from feedback.links.models import Link
from feedback.links.signing import keyring, open_survey
from feedback.responses.models import Response
from tests.helpers.forms import forms, send, soup
from tests.helpers.post import Delivered, answer
from tests.journeys.conftest import READERS, Person, Town, address_of
from tests.journeys.test_the_main_job import DIGITS, LANGUAGES, WORDS, answer_step_by_step

#: What staff write, what the customer answers by mail, and on the page: joiners and punctuation must survive.
REPLIES = {
    "en": (
        "I am sorry. The new part comes on Friday; it costs you nothing.",
        "Friday is fine.",
        "After 4 pm, please.",
    ),
    "sw": (
        "Pole sana. Kipuri kipya kinafika Ijumaa; hulipi chochote.",
        "Ijumaa ni sawa.",
        "Baada ya saa kumi jioni.",
    ),
    "ne": (
        "माफ गर्नुहोस्। नयाँ पार्ट्स शुक्रबार आउँछ, पैसा लाग्दैन।",
        "शुक्रबार हुन्छ।",
        "चार बजेपछि आउनुहोस्, ढोका लगाउनुपर्‍यो।",
    ),
    "fa": (
        "عذر می‌خواهم. قطعه نو جمعه می‌رسد و هزینه‌ای ندارد.",
        "جمعه خوب است.",
        "لطفاً بعد از ساعت ۴ بیایید؛ می‌بینمتان.",
    ),
    "mn": (
        "Уучлаарай. Шинэ эд анги баасан гарагт ирнэ, төлбөргүй.",
        "Баасан гараг болно.",
        "Дөрвөн цагаас хойш ирээрэй.",
    ),
    "hy": (
        "Ներեցեք։ Նոր մասը կգա ուրբաթ օրը, անվճար։",
        "Ուրբաթ հարմար է։",
        "Ժամը չորսից հետո, խնդրում եմ։",
    ),
}
PROMISED = {
    "en": "We bring the new part and fit it.",
    "sw": "Tutaleta kipuri kipya na kukifunga.",
    "ne": "हामी नयाँ पार्ट्स ल्याएर जडान गर्छौँ।",
    "fa": "قطعه نو را می‌آوریم و نصب می‌کنیم.",
    "mn": "Шинэ эд ангийг авчирч суурилуулна.",
    "hy": "Կբերենք նոր մասը և կտեղադրենք։",
}


@dataclass
class Story:
    """One customer's case, told from outside."""

    town: Town
    language: str
    customer: dict[str, str]
    url: str = ""
    public_id: str = ""
    mails: list[Delivered] = field(default_factory=list)

    @property
    def path(self) -> str:
        """The case in the console."""
        return f"/console/shop/cases/{self.public_id}"

    @property
    def email(self) -> str:
        """The customer's address on file."""
        return self.customer["email"]

    def mail(self, name: str, matches: Callable[[Delivered], bool]) -> Delivered:
        """A mail to the customer, with all that each of them has to have."""
        found = self.town.post.wait(self.email, matches)
        self.mails.append(found)
        message = found.message
        assert str(message["Content-Language"]) == self.language, name
        for part in (found.text, found.html):
            assert self.customer["external_id"] not in part
        shell = soup(found.html).find(attrs={"lang": True, "dir": True})
        assert isinstance(shell, Tag)
        assert shell["dir"] == ("rtl" if self.language == "fa" else "ltr")
        for tag in soup(found.html).find_all(["img", "script", "iframe", "link"]):
            assert not str(tag.get("src") or tag.get("href") or "").startswith("http"), tag
        for link in soup(found.html).find_all("a", href=True):
            assert str(link["href"]).startswith(self.town.service.url), link
        return found

    def say(self, text: str) -> str:
        """One of our own texts, in the customer's language."""
        return translator(self.language).gettext(text)


def asked(town: Town, language: str, number: int) -> Story:
    """A customer with a link to a survey."""
    customer = town.customer(language, number)
    return Story(town, language, customer, town.link("support-csat", customer))


def begin(story: Story) -> None:
    """A low answer in the customer's own words, up to the promise on the thank-you page."""
    town, language = story.town, story.language
    answers = {"score": "1", "why": "slow", "words": WORDS[language], "contact": "yes"}
    thanks = answer_step_by_step(town.person(), story.url, answers)[-1]
    promised = soup(thanks.text).select_one(".promise time")
    assert promised is not None, thanks.text[-2000:]
    own = soup(thanks.text).find("a", href=re.compile(r"/c/"))
    assert isinstance(own, Tag), thanks.text[-2000:]
    with town.reading() as session:
        key = open_survey(keyring(town.settings), story.url.rpartition("/")[2]).key
        story.public_id = session.scalars(
            select(Case.public_id)
            .join(CaseResponse, CaseResponse.case_id == Case.id)
            .join(Response, Response.id == CaseResponse.response_id)
            .join(Link, Link.id == Response.link_id)
            .where(Link.key == key)
        ).one()
    page = town.person().open(str(own["href"]))
    assert WORDS[language] in soup(page.text).get_text()
    assert soup(page.text).find("time", attrs={"datetime": promised["datetime"]}) is not None


def tell(story: Story) -> None:
    """The whole story of one customer, from the low answer to the high one."""
    begin(story)
    town, language = story.town, story.language
    owner = town.staff(READERS[language])
    said, by_mail, on_page = REPLIES[language]
    reply_with_a_promise(story, owner, said)
    letter = story.mail("reply", lambda mail: said in mail.text)
    assert READERS[language] in letter.text
    assert PROMISED[language] in letter.text
    digits = set(re.findall(r"\d", re.sub(r"\S*https?://\S+|#\d+", "", letter.text)))
    assert digits <= set(DIGITS.get(language, "0123456789")), (language, digits)
    answer(letter, by_mail, lmtp=town.lmtp)
    stands(owner, story.path, by_mail)
    own = town.person()
    page = own.open(letter.link("/c/"))
    for text in (WORDS[language], said, by_mail, PROMISED[language]):
        assert text in soup(page.text).get_text(), text
    assert story.email not in page.text
    page = own.press(page, "", do="reply", text=on_page)
    assert on_page in soup(page.text).get_text()
    hand_off(story, owner)
    admin = town.staff("Ada")
    page = admin.open(story.path)
    for text in (WORDS[language], said, by_mail, on_page):
        assert text in soup(page.text).get_text(), text
    admin.press(page, f"{story.path}/resolve", outcome="solved", note="Fitted on Friday.")
    answer_that_it_is_better(story)


def reply_with_a_promise(story: Story, owner: Person, said: str) -> None:
    """The owner answers by mail and promises something in the same letter."""
    page = owner.open(story.path)
    quoted = [quote.get_text() for quote in soup(page.text).select("blockquote")]
    assert WORDS[story.language] in quoted
    friday = (clock.now() + timedelta(days=4)).date().isoformat()
    values = {"text": said, "what": PROMISED[story.language], "day": friday, "clock": "16:00"}
    preview = owner.press(page, f"{story.path}/reply", **values, go="preview")
    assert said in soup(preview.text).get_text()
    owner.press(preview, f"{story.path}/reply", go="send")


def hand_off(story: Story, owner: Person) -> None:
    """Somebody else goes on, with a note."""
    page = owner.open(story.path)
    form = owner.form(page, f"{story.path}/assign")
    tree = soup(page.text)
    option = next(one for one in tree.select('select[name="owner"] option') if "Ada" in one.get_text())
    assert form is not None
    owner.press(page, f"{story.path}/assign", owner=str(option["value"]), note="Please fit the part on Friday.")


def answer_that_it_is_better(story: Story) -> None:
    """The customer is asked again by one mail; its link stores nothing until the form is sent."""
    asked = story.mail("asked again", lambda mail: "/s/" in mail.text)
    customer = story.town.person()
    page = customer.open(asked.link("/s/"))
    assert case_row(story).score_after is None
    survey = next(form for form in forms(page.text, page.url) if "fb_step" in form.fields)
    done = send(customer.http, survey, ("fb_go", "send"), score="yes")
    assert done.status_code == 200, done.text[-2000:]
    row = case_row(story)
    assert (row.state, row.score_before, row.score_after) == ("resolved", 0, 100)
    shown = soup(story.town.staff("Ada").open(story.path).text).get_text(" ", strip=True)
    assert "100" in shown


def case_row(story: Story) -> Any:
    """The case as it is stored."""
    with story.town.reading() as session:
        return session.execute(
            select(Case.id, Case.state, Case.score_before, Case.score_after, Case.hand_offs).where(
                Case.public_id == story.public_id
            )
        ).one()


def stands(person: Person, path: str, text: str, seconds: float = 60) -> requests.Response:
    """Wait until a page has a text; the worker takes its moment."""
    end = time.monotonic() + seconds
    while True:
        page = person.open(path)
        if text in soup(page.text).get_text():
            return page
        assert time.monotonic() < end, (text, page.text[-3000:])
        time.sleep(0.3)


def test_in_six_languages_what_was_promised_is_done_and_asked_about_again(town: Town) -> None:
    stories = [asked(town, language, 5) for language in LANGUAGES]
    with ThreadPoolExecutor(len(LANGUAGES)) as pool:
        list(pool.map(tell, stories))
    for story in stories:
        assert case_row(story).hand_offs == 1
        resolved = [mail for mail in story.mails if "/s/" in mail.text]
        assert len(resolved) == 1
        tokens = [urlsplit(mail.link("/c/")).path for mail in story.mails]
        assert len(set(tokens)) == len(tokens), "each mail carries a link of its own"


def test_a_promise_that_nobody_keeps_is_noticed_and_said_on_both_sides(town: Town) -> None:
    story = asked(town, "fa", 6)
    begin(story)
    past = clock.now() - timedelta(seconds=1)
    with town.changing() as session:  # as if the hours had passed
        case_id = session.scalars(select(Case.id).where(Case.public_id == story.public_id)).one()
        session.execute(update(Promise).where(Promise.case_id == case_id).values(due_at=past))
        session.execute(update(Case).where(Case.id == case_id).values(due_at=past))
    sorry = story.mail("late", lambda mail: "/c/" in mail.text)
    assert story.say("We are late with this. We are sorry.") in sorry.text
    page = town.person().open(sorry.link("/c/"))
    assert story.say("We are late with this. We are sorry.") in soup(page.text).get_text()
    told = town.post.wait(address_of("Ada"), lambda mail: story.path in mail.text, seconds=60)
    subject = str(told.message["Subject"])
    assert WORDS["fa"] not in subject
    assert story.customer["name"] not in subject
    with town.reading() as session:
        states = session.scalars(select(Promise.state).where(Promise.case_id == case_id)).all()
    assert states == ["broken"]
    reply_with_a_promise(story, town.staff(READERS["fa"]), REPLIES["fa"][0])
    story.mail("reply", lambda mail: REPLIES["fa"][0] in mail.text)
