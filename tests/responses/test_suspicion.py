"""What speaks for spam in words: links and markup do, the letters somebody writes in never."""

import tomllib
from pathlib import Path

import pytest

from feedback.responses.suspicion import REASONS, Written, holds_back, is_in_doubt, same_words, signs_in, told

COMMENTS = tomllib.loads((Path(__file__).parents[1] / "data" / "comments.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", sorted(COMMENTS))
def test_what_customers_write_is_not_suspicious_in_any_language(language: str) -> None:
    said = [text for texts in COMMENTS[language].values() for text in texts]
    assert len(said) >= 5
    for text in said:
        written = Written((text,))
        assert signs_in(written) == (), text
        assert not is_in_doubt((), written), text


@pytest.mark.parametrize(
    "text",
    [
        "بسته‌ام هنوز نرسیده؛ کد رهگیری: https://post.example/رهگیری/۱۲۳",
        "मेरो बिल दुई पटक काटियो, यहाँ हेर्नुहोस्: www.bank.example/bill",
        "Миний захиалга https://delgüür.example/z/12 дээр ирээгүй байна",
        "Տեսեք https://խանութ.example/պատվեր/5 և www.photo.example/7, դեռ չի հասել",
        "3 < 5 and 7 > 2, <3 your shop",
        "a@b.example c@d.example e@f.example",
        "Order [12345] (see the url in your mail)",
    ],
)
def test_one_or_two_links_with_something_to_say_are_no_sign(text: str) -> None:
    assert not holds_back(signs_in(Written((text,))))


@pytest.mark.parametrize(
    ("written", "signs"),
    [
        (Written(("http://a.example http://b.example and www.c.example are good",)), ("links",)),
        (Written(("Visit <a href='http://a.example'>here</a>",)), ("markup",)),
        (Written(("[url=http://a.example]خرید[/url]",)), ("markup",)),
        (Written(("  https://a.example/x?y=z  ",)), ("only_links",)),
        (Written(("Nice shop",), "www.cheap.example"), ("link_as_name",)),
        (
            Written(("<A HREF=x>http://a.example</A>http://b.example,http://c.example,http://d.example",)),
            ("markup", "links"),
        ),
    ],
)
def test_what_robots_write_has_signs(written: Written, signs: tuple[str, ...]) -> None:
    assert set(signs) <= set(signs_in(written))
    assert holds_back(signs)


def test_speed_alone_holds_nothing_back() -> None:
    assert not holds_back(("too_fast",))
    assert is_in_doubt(("too_fast",), Written())


def test_the_same_words_are_the_same_however_they_are_set() -> None:
    said = same_words(Written(("Nobody called me\r\n back  THIS week",)))
    assert said == same_words(Written(("nobody called me back this week",)))
    assert said != same_words(Written(("nobody called me back this month",)))


@pytest.mark.parametrize("text", ["Thank you!", "خیلی ممنون", "धेरै धन्यवाद", "", "😀" * 40, "- " * 60])
def test_what_many_people_say_in_the_same_words_is_not_compared(text: str) -> None:
    assert same_words(Written((text,))) == ""


def test_every_sign_has_a_reason_in_words_and_unknown_ones_are_left_out() -> None:
    assert told(("trap", "of_an_old_version", "links")) == (REASONS["trap"], REASONS["links"])
