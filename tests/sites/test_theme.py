"""Whatever colour a company brings, its pages can be read."""

import re
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.paths import STATIC
from feedback.sites import theme as rule
from feedback.sites.theme import PART, TEXT, contrast, theme_of

ANY_COLOUR: Final = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(ANY_COLOUR)
def test_text_on_the_brand_and_the_brand_as_text_can_be_read_in_light_and_dark(brand: str) -> None:
    theme = theme_of(brand)

    assert contrast(theme.color, theme.on_color) >= TEXT
    assert contrast(theme.color, rule.PAPER) >= TEXT
    assert contrast(theme.dark_color, theme.dark_on_color) >= TEXT
    assert contrast(theme.dark_color, rule.DARK_CARD) >= TEXT


@given(ANY_COLOUR)
def test_what_is_chosen_shows_its_edge_and_its_words(brand: str) -> None:
    theme = theme_of(brand)

    assert contrast(theme.color, theme.soft) >= PART
    assert contrast(theme.dark_color, theme.dark_soft) >= PART
    assert contrast(rule.INK, theme.soft) >= TEXT
    assert contrast(rule.DARK_INK, theme.dark_soft) >= TEXT


@given(ANY_COLOUR)
def test_a_colour_that_can_be_read_stays_exactly_as_the_company_gave_it(brand: str) -> None:
    theme = theme_of(brand)

    if contrast(brand, rule.PAPER) >= TEXT:
        assert theme.color == brand
    if contrast(brand, rule.DARK_CARD) >= TEXT:
        assert theme.dark_color == brand


def test_yellow_stays_a_yellow_hue_when_it_is_darkened() -> None:
    color = rule.parse(theme_of("#ffd400").color)

    assert color is not None
    red, green, blue = color
    assert red > green > blue


@pytest.mark.parametrize("given_color", [None, "", "red", "#12", "#12345g", "url(//x)", "#fff;} body{", "#１２３"])
def test_what_is_no_colour_becomes_the_default_and_never_reaches_a_stylesheet(
    given_color: str | None,
) -> None:
    assert theme_of(given_color) == theme_of(rule.DEFAULT)


def test_short_and_long_writing_are_the_same_colour() -> None:
    assert theme_of("#0a6") == theme_of("00AA66 ")


def test_variables_are_plain_colours_under_the_names_that_the_stylesheet_reads() -> None:
    variables = theme_of("#0b6e4f").variables()
    tokens = (STATIC / "css" / "tokens.css").read_text(encoding="utf-8")

    assert all(re.fullmatch(r"#[0-9a-f]{6}", value) for value in variables.values())
    assert all(f"var(--{name}," in tokens for name in variables)


def test_the_rule_knows_the_stylesheets_own_colours() -> None:
    tokens = (STATIC / "css" / "tokens.css").read_text(encoding="utf-8")
    light, dark = tokens.split("prefers-color-scheme: dark", 1)

    assert f"--paper: {rule.PAPER};" in light
    assert f"--ink: {rule.INK};" in light
    assert f"--card: {rule.DARK_CARD};" in dark
    assert f"--ink: {rule.DARK_INK};" in dark
    assert f"--on-accent: {rule.ON_DARK};" in dark
    assert f"var(--brand-light, {rule.DEFAULT})" in light
