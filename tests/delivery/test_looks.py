"""What every mail has in common: nothing from elsewhere, both parts, its language on the wrapper, and dark colours."""

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from feedback.delivery.mails import inlined
from feedback.paths import TEMPLATES
from feedback.rendering import Reader, environment, reading_as, render
from feedback.sites.theme import theme_of

MAILS = sorted(path for path in (Path(TEMPLATES) / "mail").glob("*.html"))
PARTS = """{% import "mail/_parts.html" as parts %}{{ parts.greeting("") }}{{ parts.greeting(who) }}
{{ parts.letter("One\\nTwo\\r\\n\\r\\nThree <b>") }}{{ parts.words(words, by=who, language="sw") }}
{{ parts.facts([("Kind", who)]) }}{{ parts.button("https://x.example/?a=1&b=2", "Go") }}"""
PLAIN = """{% import "mail/_parts.txt" as parts %}{{ parts.greeting(who) }}

{{ parts.letter("One\\nTwo\\r\\n\\r\\nThree <b>") }}

{{ parts.words(words, by="Said") }}

{{ parts.facts([("Kind", who)]) }}

{{ parts.button("https://x.example/?a=1&b=2", "Go") }}"""
#: A name that would turn the rest of its line round.
WHO = "\u202eAnn\u2066 <i>"


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_a_mail_loads_nothing_tracks_nobody_and_has_a_plain_part(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\bsrc\s*=|url\(|@import|<(img|script|link|iframe|object|form)\b", text)
    assert path.with_suffix(".txt").exists()


def drawn(tag: str, brand: str | None = None) -> str:
    """The frame of a mail with nothing in it, as it is sent."""
    look = theme_of(brand)
    facts = {"site_name": "Duka <b>", "can_answer": True, "unsubscribe": "", "postal_address": ""}
    return inlined(render("mail/base.html", Reader(tag), look=look, **facts))


@pytest.mark.parametrize(("tag", "language", "direction"), [("fa-AF", "fa", "rtl"), ("hy-AM", "hy", "ltr")])
def test_language_and_direction_stand_on_the_wrapper_too(tag: str, language: str, direction: str) -> None:
    page = BeautifulSoup(drawn(tag), "html.parser")
    wrapper = page.select_one("body > div")
    assert wrapper is not None
    assert (wrapper["lang"], wrapper["dir"]) == (language, direction), "programs drop what stands on html and body"
    assert {table["role"] for table in page.select("table")} == {"presentation"}
    assert {table["dir"] for table in page.select("table")} == {direction}
    assert "Duka &lt;b&gt;" in drawn(tag)


def test_styles_stand_on_the_tags_and_rules_for_the_dark_stay() -> None:
    html = drawn("en", "#ffe600")
    page = BeautifulSoup(html, "html.parser")
    card = page.select_one(".card")
    assert card is not None
    assert "background-color: #ffffff" in str(card["style"])
    (kept,) = page.select("style")
    assert "prefers-color-scheme: dark" in kept.text
    assert "font-family" not in kept.text, "only what can't stand on a tag"
    assert '<meta name="color-scheme" content="light dark"' in html
    assert "{{" not in html


def test_parts_keep_what_people_typed_from_being_markup() -> None:
    with reading_as(Reader("en")):
        html = environment().from_string(PARTS).render(who=WHO, words="Moja\n<script>")
    page = BeautifulSoup(html, "html.parser")
    assert [p.decode_contents() for p in page.select("p")[2:4]] == ["One<br/>\nTwo", "Three &lt;b&gt;"]
    words = page.select_one(".words p[dir=auto]")
    assert words is not None
    assert words["lang"] == "sw"
    assert page.select("script, i, b") == []
    assert page.select_one("a")["href"] == "https://x.example/?a=1&b=2"  # type: ignore[index]
    assert page.select_one("p").text == "Hello,"  # type: ignore[union-attr]


def test_plain_parts_quote_words_and_isolate_names() -> None:
    with reading_as(Reader("en")):
        text = environment().overlay(autoescape=False).from_string(PLAIN).render(who=WHO, words="\u202eMoja\n\nmbili ")
    greeting, *lines = text.split("\n")
    assert "\u202e" not in text
    assert greeting == "Hello Ann <i>,"
    assert [line for line in lines if line] == [
        "One",
        "Two",
        "Three <b>",
        "Said",
        "> Moja",
        ">",
        "> mbili",
        "Kind: Ann <i>",
        "Go",
        "https://x.example/?a=1&b=2",
    ]
