"""Fields of canned replies: what is filled in, what stays as it stands, what is said about the rest."""

import pytest

from feedback.cases.actions.canned import shipped
from feedback.cases.wording import FIELDS, Facts, filled, left_open, unknown_fields
from feedback.i18n.negotiation import LANGUAGES

NEEMA = Facts(customer="Neema", name="Asha", site="Duka", number="42", when="kesho, 16:00")
NOBODY = Facts(customer="", name="Asha", site="Duka", number="42")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Habari {customer}, suala {number}: {when}.", "Habari Neema, suala 42: kesho, 16:00."),
        ("{name}, {site}", "Asha, Duka"),
        ("{customer}{customer}", "NeemaNeema"),
        ("no field", "no field"),
        ("", ""),
    ],
)
def test_fields_are_filled_in(text: str, told: str) -> None:
    assert filled(text, NEEMA) == told


@pytest.mark.parametrize(
    "text",
    [
        "{{7*7}}",
        "{{ config }}",
        "{config}",
        "{customer.__class__}",
        "{customer!r}",
        "{0}",
        "{}",
        "{{name}}",
        "{name",
        "name}",
        "{ name }",
        "{NAME}",
        "%(name)s",
        "{% for x in y %}",
        "{name\n}",
    ],
)
def test_whatever_else_stands_in_braces_stays_as_it_is(text: str) -> None:
    assert filled(text, NEEMA) == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Hello {customer},\n\nthank you", "Hello,\n\nthank you"),
        ("نامه برای {customer}،", "نامه برای،"),
        ("Сайн байна уу, {customer}.", "Сайн байна уу."),
        ("Բարև Ձեզ, {customer}։", "Բարև Ձեզ։"),
        ("नमस्ते {customer} जी,", "नमस्ते जी,"),
        ("{customer}, hello", "hello"),
        ("one\n{customer}, two", "one\ntwo"),
        ("Dear {customer}", "Dear"),
    ],
)
def test_a_customer_without_a_name_leaves_no_gap(text: str, told: str) -> None:
    assert filled(text, NOBODY) == told


def test_a_value_is_never_looked_at_again() -> None:
    sly = Facts(customer="{site}", name="{{7*7}}", site="{customer}", number="1", when="{name}")
    assert filled("{customer} {name} {site} {when}", sly) == "{site} {{7*7}} {customer} {name}"


def test_what_is_not_known_stays_to_be_seen() -> None:
    assert filled("by {when}", NOBODY) == "by {when}"
    assert left_open("by {when}, {when} […] {config}") == ["{when}", "[…]"]
    assert left_open("nothing {{when}}") == []


def test_unknown_fields_are_named_once_in_their_order() -> None:
    text = "{customer} {config} {{7*7}} {nmae} {config} { customer } {{name}}"
    assert unknown_fields(text) == ["{config}", "{{7*7}}", "{nmae}", "{ customer }", "{{name}}"]
    assert unknown_fields(" ".join(f"{{{name}}}" for name in FIELDS)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shipped_replies_are_there_in_every_language_and_use_only_fields(language: str) -> None:
    replies = shipped()
    assert len(replies) == 3
    for reply in replies:
        title, text = reply["title"][language], reply["text"][language]
        assert set(reply["title"]) == set(reply["text"]) == set(LANGUAGES)
        assert 0 < len(title) <= 120
        assert unknown_fields(text) == []
        assert "{customer}" in text
        if language != "en":
            assert title != reply["title"]["en"]
            assert text != reply["text"]["en"]
        assert "{" not in filled(text, NEEMA)
