"""The JSON Schema for editors says what the parser says, as far as a schema can."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import feedback.surveys
from feedback.errors import Invalid
from feedback.i18n.negotiation import LANGUAGES
from feedback.paths import SURVEY_TEMPLATES
from feedback.surveys.definition import Role, SurveyDefinition
from feedback.surveys.document import to_plain
from feedback.surveys.kinds import KINDS
from feedback.surveys.parsing import parse_plain, parse_yaml
from tests.surveys.test_hostile_documents import PLACES, PLAIN, json_values, with_value
from tests.surveys.test_parsing import WHOLE

SCHEMA = json.loads((Path(feedback.surveys.__file__).parent / "schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)

#: What only the parser can see.
ONLY_THE_PARSER = {
    "control",
    "count",
    "duplicate",
    "duplicate_key",
    "duplicate_option",
    "duplicate_role",
    "empty",
    "operand",
    "operator",
    "answered_alone",
    "no_operator",
    "score_kind",
    "score_option",
    "score_unknown",
    "selection",
    "two_others",
    "unreachable",
    "yes_no",
    "condition_later",
    "condition_loop",
    "condition_unknown",
    "slug",
    "key",
}


def parser_says(document: Any) -> set[str]:
    try:
        parse_plain(document)
    except Invalid as error:
        return {problem.code.removeprefix("survey.") for problem in error.problems}
    return set()


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", sorted(SURVEY_TEMPLATES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_template_fits_the_schema(path: Path) -> None:
    survey: SurveyDefinition = parse_yaml(path.read_bytes())
    assert list(VALIDATOR.iter_errors(to_plain(survey))) == []
    assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=../schema.json\n")


def test_a_document_with_everything_fits_the_schema() -> None:
    assert list(VALIDATOR.iter_errors(to_plain(parse_yaml(WHOLE)))) == []


def test_the_schema_knows_every_kind_role_and_language() -> None:
    question = SCHEMA["$defs"]["question"]
    assert question["properties"]["kind"]["enum"] == list(KINDS)
    assert question["properties"]["role"]["enum"] == list(Role)
    assert SCHEMA["properties"]["languages"]["items"]["enum"] == list(LANGUAGES)
    rules = {rule["if"]["properties"]["kind"]["const"]: rule["then"]["properties"] for rule in question["allOf"]}
    for name, kind in KINDS.items():
        refused = {field for field, rule in rules[name].items() if rule is False and field != "role"}
        assert not refused & kind.fields
        assert rules[name]["role"] == ({"enum": sorted(kind.roles, key=list(Role).index)} if kind.roles else False) or (
            set(rules[name]["role"]["enum"]) == set(kind.roles)
        )


@given(place=st.sampled_from(PLACES), value=json_values)
def test_what_the_parser_takes_fits_and_what_does_not_fit_is_refused(place: tuple[Any, ...], value: Any) -> None:
    document = with_value(PLAIN, place, value)
    codes = parser_says(document)
    if VALIDATOR.is_valid(document):
        assert codes <= ONLY_THE_PARSER
    else:
        assert codes


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("slug",), "A b"),
        (("languages",), []),
        (("languages",), ["xx"]),
        (("score",), "fb_x"),
        (("layout",), "wide"),
        (("questions",), []),
        (("questions", 0, "points"), 4),
        (("questions", 0, "points"), 3),
        (("questions", 0, "kind"), "text"),
        (("questions", 0, "kind"), "stars"),
        (("questions", 0, "required"), "yes"),
        (("questions", 0, "role"), "contact"),
        (("questions", 1, "show_if"), {"question": "score"}),
        (("questions", 1, "show_if"), {"any": []}),
        (("questions", 1, "min"), 0),
        (("questions", 1, "options", 0, "score"), 5),
        (("questions", 1, "options", 0, "key"), "A"),
        (("questions", 2, "text"), "plain"),
        (("questions", 2, "text"), {"xx": "A"}),
        (("questions", 3, "options"), []),
        (("questions", 3, "kind"), "choices"),
    ],
)
def test_editor_and_parser_refuse_the_same(place: tuple[Any, ...], value: Any) -> None:
    document = PLAIN
    for key in place[:-1]:
        document = document[key]
    document = with_value(PLAIN, place[:-1], {**document, place[-1]: value})
    assert not VALIDATOR.is_valid(document)
    assert parser_says(document)
