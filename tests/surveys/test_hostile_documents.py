"""Whatever somebody uploads as a survey: an answer in good time, never a traceback."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.errors import Invalid
from feedback.paths import SURVEY_TEMPLATES
from feedback.surveys.definition import SurveyDefinition
from feedback.surveys.document import from_stored, to_plain, to_yaml
from feedback.surveys.parsing import parse_plain, parse_yaml

TEMPLATE = (SURVEY_TEMPLATES / "support-csat.yaml").read_text()
PLAIN = to_plain(parse_yaml(TEMPLATE))

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)


def parsed(parse: Callable[[Any], SurveyDefinition], document: Any) -> SurveyDefinition | None:
    try:
        return parse(document)
    except Invalid as error:
        problems = error.problems
    assert problems
    assert all(str(problem) for problem in problems)
    return None


def try_yaml(document: str | bytes) -> None:
    survey = parsed(parse_yaml, document)
    if survey is not None:
        assert parse_yaml(to_yaml(survey)) == survey


@given(st.text() | st.binary())
def test_any_text_or_bytes(document: str | bytes) -> None:
    try_yaml(document)


@given(st.text(alphabet="abk:-[]{}?!&*|>'\"%@`#,.\n \t0123~", max_size=80))
def test_text_that_looks_like_yaml(document: str) -> None:
    try_yaml(document)


@settings(max_examples=60)
@given(st.data())
def test_a_sound_document_with_a_piece_torn_out_or_put_in(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(TEMPLATE)))
    end = data.draw(st.integers(start, min(len(TEMPLATE), start + 300)))
    try_yaml(TEMPLATE[:start] + data.draw(st.text(max_size=20)) + TEMPLATE[end:])


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    if isinstance(value, dict):
        found += [place for key, inner in value.items() for place in places(inner, (*path, key))]
    elif isinstance(value, list):
        found += [place for key, inner in enumerate(value) for place in places(inner, (*path, key))]
    return found


def with_value(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copy = dict(document) if isinstance(document, dict) else list(document)
    copy[path[0]] = with_value(copy[path[0]], path[1:], value)
    return copy


PLACES = places(PLAIN)


@given(place=st.sampled_from(PLACES), value=json_values)
def test_any_json_value_in_any_place(place: tuple[Any, ...], value: Any) -> None:
    survey = parsed(parse_plain, with_value(PLAIN, place, value))
    if survey is not None:
        assert from_stored(to_plain(survey)) == survey


@pytest.mark.parametrize(
    "bomb",
    [
        "a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\n" * 3,
        "[" * 50_000,
        "{a: " * 50_000,
        "- " * 100_000,
        "a:\n" * 80_000,
        "? " * 100_000,
        "'" * 250_000,
        "!" * 250_000,
        "&" * 250_000,
        "|\n" * 100_000,
        "a: !<tag:yaml.org,2002:int> 9" + "9" * 5000,
        "a: " + "9" * 100_000,
        "questions: [" + "{}," * 60_000 + "]",
        "<<: {a: 1}",
    ],
)
def test_a_bomb_fizzles_out(bomb: str) -> None:
    started = time.process_time()
    with pytest.raises(Invalid):
        parse_yaml(bomb)
    assert time.process_time() - started < 10


def test_json_that_contains_itself_is_refused() -> None:
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(Invalid):
        parse_plain(circle)
