"""Customers' pages as they are drawn: every kind of question and language, for keys, ears and slow lines."""

import gzip
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask

from feedback.cases.pages.telling import CaseView, EventView, PromiseView, RecoveryView
from feedback.cases.queries.own import Moved, Said
from feedback.cases.showing import Stands
from feedback.paths import STATIC, TEMPLATES
from feedback.rendering import Reader, render
from feedback.responses.view import NoticeView, PrivacyView, SurveyView, Text, ThanksView
from feedback.surveys.telling import Said as Value
from feedback.surveys.telling import Told, Wording
from feedback.web import templating
from tests.factories.views import NAMES, definition, languages, refused, site_view, survey_view

SURVEYS = ("support-csat", "nps", "ces", "needs", "satisfied", "happy", "recovery", "message", "extra")
SCREENS = [(slug, language) for slug in SURVEYS for language in NAMES if slug != "extra" or language == "en"]
#: Mail programs read nothing but inline styles, so mails are left out.
PAGES = sorted(path for path in TEMPLATES.rglob("*.html") if "mail" not in path.parts)
LATER = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
#: Declarations that know left from right; pages are mirrored by the browser, never by us.
PHYSICAL = re.compile(
    r"(?:^|[;{\s])(?:(?:margin|padding|border)-(?:left|right|top|bottom)[\w-]*|left|right|top|bottom"
    r"|(?:min-|max-)?(?:width|height)|border-(?:top|bottom)-(?:left|right)-radius)\s*:"
    r"|(?:text-align|float|clear)\s*:\s*(?:left|right)"
)


@pytest.fixture(scope="module", autouse=True)
def drawn() -> Iterator[None]:
    """Inside a request, as pages are."""
    app = Flask(__name__)
    templating.install(app)
    with app.test_request_context("/s/token"):
        yield


def page(view: SurveyView | ThanksView | NoticeView | PrivacyView, language: str = "en") -> str:
    template = {SurveyView: "survey", ThanksView: "thanks", NoticeView: "notice", PrivacyView: "privacy"}
    return render(f"public/{template[type(view)]}.html", Reader(language), view=view)


def case_view(**more: Any) -> CaseView:
    """A page on which everything stands that can."""
    told = Told("why", "choices", None, Wording("What went wrong?", "en"), None, (Value(words="It <broke>"),))
    promises = tuple(
        PromiseView("A new one", stands is Stands.OPEN, stands, LATER, LATER, (Moved(LATER, "Shut"),), "Not needed")
        for stands in Stands
    )
    done = (EventView("We answered you", False, LATER, "Sorry", "Grace", "By email", ("a.jpg",)),)
    choices = (("/s/x?score=yes", "Yes", "en"), ("/s/x?score=no", "نه", "fa"))
    return CaseView(
        site_view(), languages("en"), 7, "We are working on it", False, "/c/x",
        said=(Said(LATER, "sw", (told,)),), promises=promises, done=done,
        recovery=RecoveryView("/s/x", choices), **more,
    )  # fmt: skip


def tree(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def screen(slug: str, language: str = "en", *keys: str, **chosen: str) -> SurveyView:
    return survey_view(slug, Reader(language), *keys, chosen=chosen)


def all_pages() -> Iterator[tuple[str, str]]:
    for slug, language in SCREENS:
        yield f"{slug} {language}", page(screen(slug, language), language)
    low = ThanksView(site_view(), "low", languages("en"), by=LATER, who="Grace", edit_action="/s/x", edit_until=LATER)
    notice = NoticeView(
        site_view(), "Expired", "Write.", (), ("Write to us", "/message/shop"), ("Send", "/x", (("a", "b"),))
    )
    yield "thanks", page(low)
    yield "notice", page(notice)
    reader = Reader("en")
    yield "case", render("public/case.html", reader, view=case_view(status="Thank you."))
    wrong = case_view(error="Too long", typed="<b>")
    yield "refused case", render("public/case.html", reader, view=replace(wrong, is_resolved=True, recovery=None))
    yield "closed case", render("public/case_closed.html", reader, view=case_view(closed_at=LATER, write_to="/x"))
    yield "privacy", page(PrivacyView(site_view(), languages("en"), None, "care@shop.example"))
    yield "refused", page(refused(screen("nps"), definition("nps").questions[0].key, "Please choose an answer."))


@pytest.mark.parametrize(("slug", "language"), SCREENS)
def test_every_question_is_asked_in_the_readers_language_with_a_name_for_every_choice(slug: str, language: str) -> None:
    view = replace(screen(slug, language), step=2, steps=3)
    found = tree(page(view, language))

    assert found.html is not None
    assert found.html["lang"] == language
    assert found.html["dir"] == ("rtl" if language == "fa" else "ltr")
    assert found.title is not None
    assert found.title.get_text().startswith(found.select(".steps p")[0].get_text())
    shown = " ".join(found.get_text().split())
    for question in view.questions:
        assert " ".join(question.text.text.split()) in shown
    small = [one.get_text() for one in found.select(".q small")]
    assert small == [f"({Reader(language).gettext('optional')})"] * sum(not one.required for one in view.questions)
    groups = found.find_all("fieldset")
    assert len(groups) == sum(1 for question in view.questions if question.points)
    for group in groups:
        legend = group.find("legend")
        assert isinstance(legend, Tag)
        assert legend.get_text(strip=True)
    for choice in found.select(".point"):
        name = choice.get_text(" ", strip=True)
        assert any(sign.isalnum() for sign in name), name
        assert len(choice.find_all("input")) == 1


def test_nothing_on_any_page_breaks_the_content_policy() -> None:
    for name, html in all_pages():
        for element in tree(html).find_all(True):
            assert not element.has_attr("style"), (name, element)
            assert not any(attribute.startswith("on") for attribute in element.attrs), (name, element)
            if element.name == "script":
                assert str(element["src"]).startswith("/static/")
                assert not element.get_text(strip=True)


class Balance(HTMLParser):
    """Fails at the first tag that is closed out of turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "link", "input", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, (tag, self.getpos())


def test_every_tag_that_opens_is_closed_in_its_turn() -> None:
    for name, html in all_pages():
        balance = Balance()
        balance.feed(html)
        assert balance.open == [], name


def test_every_page_has_one_heading_one_main_and_ids_that_lead_somewhere() -> None:
    for name, html in all_pages():
        found = tree(html)
        assert len(found.find_all("h1")) == 1, name
        assert len(found.find_all("main")) == 1, name
        ids = [element["id"] for element in found.find_all(id=True)]
        assert len(ids) == len(set(ids)), name
        for element in found.select("[aria-describedby]"):
            assert set(str(element["aria-describedby"]).split()) <= set(ids), (name, element)
        for link in found.select('a[href^="#"]'):
            assert link["href"][1:] in ids, name
        for control in found.select("input:not([type=hidden]), textarea"):
            labelled = control.find_parent("label") or found.select_one(f"label[for='{control.get('id')}']")
            assert labelled is not None, (name, control)


def test_a_refused_answer_is_named_on_top_tied_to_its_question_and_in_the_title() -> None:
    key = definition("nps").questions[0].key
    found = tree(page(refused(screen("nps"), key, "Please choose an answer.")))

    summary = found.select_one("#problems")
    assert summary is not None
    assert summary["role"] == "alert"
    link = summary.find("a")
    assert isinstance(link, Tag)
    assert link["href"] == f"#q-{key}-1"
    group = found.select_one(f"#q-{key}")
    assert group is not None
    assert group["aria-invalid"] == "true"
    assert f"q-{key}-error" in group["aria-describedby"]
    assert found.title is not None
    assert found.title.get_text().startswith("Please check your answers")


def test_what_was_typed_and_chosen_is_kept_and_cannot_become_markup() -> None:
    view = screen("nps")
    words = next(question for question in view.questions if question.kind == "text")
    typed = replace(words, value="\n</textarea><script>alert(1)</script> & “so”")
    found = tree(page(replace(view, questions=(view.questions[0], typed))))

    area = found.find("textarea")
    assert isinstance(area, Tag)
    assert area.get_text() == "\n" + typed.value
    assert len(found.find_all("script")) == 1


def test_the_ends_of_a_scale_are_told_to_those_who_hear_it() -> None:
    found = tree(page(screen("nps")))
    first, *_, last = found.select("input[type=radio]")

    low = found.find(id=first["aria-describedby"])
    high = found.find(id=last["aria-describedby"])
    assert isinstance(low, Tag)
    assert isinstance(high, Tag)
    assert low.get_text(" ", strip=True) == "0 = Not at all likely"
    assert high.get_text(" ", strip=True) == "10 = Extremely likely"


def test_a_persian_scale_has_persian_digits_and_latin_values() -> None:
    choices = tree(page(screen("nps", "fa"), "fa")).select(".point")

    assert [choice.get_text(strip=True) for choice in choices] == [*"۰۱۲۳۴۵۶۷۸۹", "۱۰"]
    assert [choice.input["value"] for choice in choices if choice.input] == [str(n) for n in range(11)]


def test_five_faces_differ_in_their_lines_and_not_only_in_colour() -> None:
    paths = [str(path["d"]) for path in tree(page(screen("support-csat", "en", "score"))).select(".face path")]

    assert len(set(paths)) == len(paths) == 5


def test_enter_sends_the_form_and_never_switches_the_language() -> None:
    found = tree(page(screen("support-csat")))
    buttons = [button for button in found.find_all("button") if button.find_parent("form") or button.get("form")]

    assert buttons[0]["value"] == "send"
    assert buttons[0]["tabindex"] == "-1"
    assert {button["value"] for button in buttons[1:]} >= {"lang:fa", "lang:ne", "send"}
    assert all(button.get("name") == "fb_go" for button in buttons)


def test_a_text_in_another_language_than_the_page_says_so() -> None:
    view = replace(screen("satisfied", "fa"), intro=Text("Only in English", "en"))
    intro = tree(page(view, "fa")).select_one(".intro [lang]")

    assert intro is not None
    assert (intro["lang"], intro["dir"]) == ("en", "ltr")


@pytest.mark.parametrize("language", NAMES)
def test_the_thank_you_page_says_who_and_when_in_the_readers_own_way(language: str) -> None:
    reader = Reader(language, "Asia/Tehran")
    html = render(
        "public/thanks.html",
        reader,
        view=ThanksView(site_view(language), "low", (), by=LATER, who="Mariam"),
    )
    found = tree(html)

    said = found.select_one(".promise")
    assert said is not None
    assert "Mariam" in said.get_text()
    moment = said.find("time")
    assert isinstance(moment, Tag)
    assert moment["datetime"] == "2026-11-23T13:00:00Z"
    assert found.select_one("[role=status]") is not None
    if language != "en":
        assert "sorry" not in said.get_text()


def test_who_may_not_be_written_to_is_promised_an_answer_on_the_page() -> None:
    html = page(ThanksView(site_view(), "low", (), by=LATER, may_write=False))

    assert "on this page by" in html
    assert "get back to you" not in html


def test_a_trap_field_is_drawn_only_with_a_name_and_kept_from_people() -> None:
    assert not tree(page(screen("message"))).select(".trap")
    trap = tree(page(replace(screen("message"), trap="x1"))).select_one(".trap")

    assert trap is not None
    assert trap["aria-hidden"] == "true"
    assert trap.input is not None
    assert trap.input["tabindex"] == "-1"


@pytest.mark.parametrize("language", NAMES)
def test_a_first_visit_weighs_little_with_everything_it_loads(language: str) -> None:
    script = gzip.compress((STATIC / "js" / "survey.js").read_bytes())
    icon = (STATIC / "img" / "favicon.svg").read_bytes()
    heaviest = max(len(gzip.compress(page(screen(slug, language), language).encode())) for slug in SURVEYS[:-1])

    assert len(script) <= 3_000
    assert heaviest <= 6_000
    assert heaviest + len(script) + len(icon) <= 11_500  # of 13,500; the rest is headers


@pytest.mark.parametrize("path", sorted((STATIC / "css").glob("*.css")), ids=lambda path: path.name)
def test_style_sheets_know_start_and_end_but_not_left_and_right(path: Path) -> None:
    css = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)
    css = re.sub(r"@media[^{]*", "@media ", css)

    assert not PHYSICAL.findall(css)
    assert not re.search(r"letter-spacing|text-transform|italic|@import|@font-face|url\(", css)


def test_choices_are_hidden_by_transparency_so_that_keys_reach_them() -> None:
    css = (STATIC / "css" / "public.css").read_text(encoding="utf-8")
    rule = re.search(r"\.point input \{([^}]*)\}", css)

    assert rule is not None
    assert "opacity: 0" in rule[1]
    assert not re.search(r"input[^{]*\{[^}]*(?:display: none|visibility: hidden)", css)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_templates_carry_no_styles_and_no_handlers(path: Path) -> None:
    source = path.read_text(encoding="utf-8")

    assert not re.search(r"\sstyle\s*=", source)
    assert not re.search(r"<[^>{]*\son[a-z]+\s*=", source)
