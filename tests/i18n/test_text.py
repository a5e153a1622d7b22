"""Texts in several languages, bidi safety, masks and search keys."""

import unicodedata

import pytest

from feedback.i18n.text import (
    FSI,
    N_,
    PDI,
    ascii_digits,
    isolate,
    isolate_for,
    mask_address,
    missing_languages,
    pick,
    search_key,
    strip_bidi,
    subject_line,
)

TROJAN = "Amina\u202e nimda\u202c\u2066x\u2069\u200e\u200f\u061c"


def test_a_marked_text_is_given_back_untouched() -> None:
    assert N_("Send") == "Send"


@pytest.mark.parametrize(
    ("tag", "fallback", "expected"),
    [
        ("fa-AF", "en", ("سلام", "fa")),
        ("sw", "en", ("Hello", "en")),
        ("sw", "fa", ("سلام", "fa")),
        ("hy", "ne", ("Hello", "en")),
    ],
)
def test_a_reader_gets_the_nearest_text_and_is_told_its_language(
    tag: str, fallback: str, expected: tuple[str, str]
) -> None:
    assert pick({"en": "Hello", "fa": "سلام", "hy": ""}, tag, fallback) == expected


def test_a_text_in_some_other_language_is_better_than_none() -> None:
    assert pick({"hy": "Բարև"}, "sw") == ("Բարև", "hy")
    assert pick({}, "sw") == ("", "sw")


def test_gaps_are_listed() -> None:
    assert missing_languages({"en": "Hi", "fa": " "}, ["en", "fa", "sw"]) == ["fa", "sw"]


def test_a_name_can_t_turn_the_sentence_around() -> None:
    safe = isolate(TROJAN)
    assert safe == f"{FSI}Amina nimdax{PDI}"
    assert not set(safe[1:-1]) & {chr(c) for c in (0x202A, 0x202E, 0x2066, 0x2069, 0x200E, 0x200F, 0x061C)}


def test_joiners_are_spelling_and_stay() -> None:
    persian, nepali = "می\u200cشود", "गर्\u200dयो"
    assert strip_bidi(persian) == persian
    assert strip_bidi(nepali) == nepali
    assert isolate(persian)[1:-1].encode() == persian.encode()


@pytest.mark.parametrize(
    ("tag", "value", "isolated"),
    [
        ("en", "Amina", False),
        ("en", "محمد", True),
        ("fa", "محمد", False),
        ("fa", "Amina", True),
        ("fa", "محمد Amina", True),
        ("fa", "۱۲", False),
        ("fa", "\u200e−۱۲", False),
        ("fa", "+98 21 1234", True),
        ("en", "+98 21 1234", False),
        ("en", "#1042", False),
        ("hy", "Արամ", False),
    ],
)
def test_only_values_that_could_be_drawn_wrong_are_isolated(tag: str, value: str, isolated: bool) -> None:
    result = isolate_for(tag, value)
    assert result == (f"{FSI}{value}{PDI}" if isolated else value)


def test_a_right_to_left_subject_begins_right_to_left() -> None:
    assert subject_line("fa", "5 پاسخ") == "\u200f5 پاسخ"
    assert subject_line("fa", "پاسخ شما") == "پاسخ شما"
    assert subject_line("en", "5 answers") == "5 answers"
    assert subject_line("fa", "") == ""


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("amina@example.com", "a•••@e•••.com"),
        ("a@b.co.uk", "a•••@b•••.uk"),
        ("a@localhost", "a•••@•••"),
        ("not an address", "n•••"),
        ("", "•••"),
        ("آرش@نمونه.ایران", "آ•••@ن•••.ایران"),
    ],
)
def test_a_masked_address_tells_only_its_owner(address: str, masked: str) -> None:
    assert mask_address(address) == masked


def test_digits_of_every_script_become_ascii_and_nothing_else_does() -> None:
    assert ascii_digits("۱۲ १२ ১২ ၁၂ １２ ٣") == "12 12 12 12 12 3"
    assert ascii_digits("½ ² Ⅳ ④ abc") == "½ ² Ⅳ ④ abc"


def test_two_spellings_of_a_name_have_one_key() -> None:
    assert search_key("كريمي") == search_key("کریمی")
    assert search_key("  STRASSE  1 ") == search_key("straße ۱") == "strasse 1"
    assert search_key("Ա\u0587") == search_key("ա\u0587")
    assert search_key(unicodedata.normalize("NFD", "Müller")) == search_key("Müller")
    assert search_key("علی\u200cرضا") == search_key("علیرضا")
    assert search_key("\u202eamina") == "amina"
