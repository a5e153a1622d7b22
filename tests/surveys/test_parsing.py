"""Survey documents: what is accepted, and how each mistake is named with its path and line."""

import pytest

from feedback.errors import Invalid
from feedback.surveys.definition import All, AnyOf, Layout, Purpose, Role, Shuffle, Test
from feedback.surveys.document import from_stored, to_plain, to_yaml
from feedback.surveys.parsing import parse_plain, parse_yaml

HEAD = """\
slug: try
languages: [en]
title: {en: Try}
"""
WHOLE = """\
slug: visit
purpose: recovery
languages: [en, fa]
layout: page
score: how
title: {en: Your visit, fa: بازدید شما}
intro: {en: Hello}
thanks:
  high: {en: Good}
  low: {en: Sorry}
  plain: {en: Thanks}
questions:
  - key: how
    kind: stars
    points: 7
    required: true
    text: {en: How was it?}
    hint: {en: Seven is best.}
    low: {en: Bad}
    high: {en: Good}
  - key: why
    kind: choices
    role: reason
    shuffle: all_but_last
    min: 1
    max: 2
    show_if: {question: how, at_most: 3}
    text: {en: Why?}
    options:
      - {key: slow, text: {en: Slow}}
      - {key: yes, text: {en: "Yes"}}
      - {key: rest, text: {en: Else}, other: true}
  - key: words
    kind: text
    max_length: 30
    placeholder: {en: Words}
    text: {en: Say more}
    show_if:
      any:
        - {question: how, in: [1, 2]}
        - all:
            - {question: why, is: yes}
            - {question: how, not: 7, at_least: 2}
"""


def problems(document: str | bytes) -> list[tuple[str, str, int]]:
    with pytest.raises(Invalid) as caught:
        parse_yaml(document)
    for problem in caught.value.problems:
        assert str(problem)
    return [(p.code.removeprefix("survey."), p.field, p.params.get("line", 0)) for p in caught.value.problems]


def one_question(*lines: str) -> str:
    return HEAD + "questions:\n  - " + "\n    ".join(lines) + "\n"


def test_every_part_of_a_document_is_read() -> None:
    survey = parse_yaml(WHOLE)
    assert (survey.slug, survey.purpose, survey.layout) == ("visit", Purpose.RECOVERY, Layout.PAGE)
    assert survey.languages == ("en", "fa")
    assert survey.scored is survey.questions[0]
    assert survey.questions[0].points == 7
    why = survey.question("why")
    assert why is not None
    assert (why.role, why.shuffle, why.least, why.most) == (Role.REASON, Shuffle.ALL_BUT_LAST, 1, 2)
    assert why.other is why.options[2]
    assert why.show_if == Test("how", at_most=3)
    assert survey.questions[2].show_if == AnyOf(
        (Test("how", in_=(1, 2)), All((Test("why", is_="yes"), Test("how", not_=7, at_least=2))))
    )
    assert survey.thanks.for_score(60) == {"en": "Sorry"}
    assert survey.thanks.for_score(61) == {"en": "Good"}
    assert survey.thanks.for_score(None) == {"en": "Thanks"}


def test_yes_and_no_are_words_and_not_booleans() -> None:
    survey = parse_yaml(WHOLE)
    assert survey.questions[1].options[1].key == "yes"


def test_a_definition_survives_yaml_json_and_storage() -> None:
    survey = parse_yaml(WHOLE)
    assert parse_yaml(to_yaml(survey)) == survey
    assert parse_plain(to_plain(survey)) == survey
    assert from_stored(to_plain(survey)) == survey


def test_a_byte_order_mark_is_fine() -> None:
    assert parse_yaml(b"\xef\xbb\xbf" + WHOLE.encode()).slug == "visit"


def test_an_empty_text_counts_as_not_translated_yet() -> None:
    survey = parse_yaml(one_question("key: a", "kind: text", "text: {en: Hello, fa: '  '}"))
    assert survey.questions[0].text == {"en": "Hello"}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("", [("type", "", 1)]),
        ("- a\n", [("type", "", 1)]),
        ("a: [", [("yaml", "", 2)]),
        ("a: b: c", [("yaml", "", 1)]),
        (b"\xff\xfe", [("encoding", "", 1)]),
        ("a: &x 1\nb: *x\n", [("alias", "a", 1)]),
        ("a: *x\n", [("alias", "a", 1)]),
        ("a: !!python/object/apply:os.system [ls]\n", [("tag", "a", 1)]),
        ("slug: a\n---\nslug: b\n", [("documents", "", 2)]),
        ("[" * 100 + "]" * 100, [("too_deep", "[0]" * 12, 1)]),
        ("? [a]\n: 1\n", [("key", "", 1)]),
        ("x" * 300_000, [("too_large", "", 1)]),
        (HEAD + "slug: again\nquestions: []\n", [("duplicate_key", "slug", 4)]),
    ],
)
def test_what_is_no_sound_yaml_is_refused(document: str, expected: list[tuple[str, str, int]]) -> None:
    assert problems(document) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("key: a", "text: {en: A}"), ("missing", "questions[0]", 5)),
        (("key: a", "kind: slider", "text: {en: A}"), ("kind", "questions[0].kind", 6)),
        (("key: a", "kind: text", "text: Hello"), ("text", "questions[0].text", 7)),
        (("key: a", "kind: text", "text: {en: 5}"), ("type", "questions[0].text.en", 7)),
        (("key: a", "kind: text", "text: {xx: A}"), ("language", "questions[0].text.xx", 7)),
        (("key: a", "kind: text", "text: {en: ''}"), ("empty", "questions[0].text", 7)),
        (("key: a", "kind: text", 'text: {en: "a\\x07"}'), ("control", "questions[0].text.en", 7)),
        (("key: a", "kind: text", f"text: {{en: {'x' * 501}}}"), ("long", "questions[0].text.en", 7)),
        (("key: A b", "kind: text", "text: {en: A}"), ("key", "questions[0].key", 5)),
        (("key: fb_step", "kind: text", "text: {en: A}"), ("reserved_key", "questions[0].key", 5)),
        (("key: 5", "kind: text", "text: {en: A}"), ("type", "questions[0].key", 5)),
        (("key: a", "kind: text", "text: {en: A}", "colour: red"), ("unknown_field", "questions[0].colour", 8)),
        (("key: a", "kind: text", "text: {en: A}", "points: 5"), ("field_of_kind", "questions[0].points", 8)),
        (("key: a", "kind: text", "text: {en: A}", "required: often"), ("type", "questions[0].required", 8)),
        (("key: a", "kind: text", "text: {en: A}", "role: contact"), ("role", "questions[0].role", 8)),
        (("key: a", "kind: text", "text: {en: A}", "role: boss"), ("word", "questions[0].role", 8)),
        (("key: a", "kind: text", "text: {en: A}", "max_length: 0"), ("range", "questions[0].max_length", 8)),
        (("key: a", "kind: text", "text: {en: A}", "max_length: 1.5"), ("type", "questions[0].max_length", 8)),
        (("key: a", "kind: stars", "text: {en: A}", "points: 2"), ("points", "questions[0].points", 8)),
        (("key: a", "kind: faces", "text: {en: A}"), ("labels", "questions[0]", 5)),
        (
            ("key: a", "kind: faces", "text: {en: A}", "points: 3", "labels: [{en: A}]"),
            ("labels", "questions[0].labels", 9),
        ),
        (("key: a", "kind: choice", "text: {en: A}"), ("options", "questions[0]", 5)),
        (("key: a", "kind: choice", "text: {en: A}", "options: {}"), ("type", "questions[0].options", 8)),
        (
            ("key: a", "kind: choice", "text: {en: A}", "options: [{key: x, text: {en: X}}]"),
            ("count", "questions[0].options", 8),
        ),
        (
            (
                "key: a",
                "kind: choice",
                "text: {en: A}",
                "options:",
                "- {key: x, text: {en: X}}",
                "- {key: x, text: {en: Y}}",
            ),
            ("duplicate_option", "questions[0].options[1].key", 10),
        ),
        (
            (
                "key: a",
                "kind: choice",
                "text: {en: A}",
                "options:",
                "- {key: x, other: true, text: {en: X}}",
                "- {key: y, other: true, text: {en: Y}}",
            ),
            ("two_others", "questions[0].options[1].other", 10),
        ),
        (
            (
                "key: a",
                "kind: choices",
                "text: {en: A}",
                "options:",
                "- {key: x, score: 5, text: {en: X}}",
                "- {key: y, text: {en: Y}}",
            ),
            ("field_of_kind", "questions[0].options[0].score", 9),
        ),
        (
            (
                "key: a",
                "kind: yesno",
                "text: {en: A}",
                "options:",
                "- {key: yes, text: {en: X}}",
                "- {key: maybe, text: {en: Y}}",
            ),
            ("yes_no", "questions[0].options", 9),
        ),
        (
            (
                "key: a",
                "kind: choices",
                "text: {en: A}",
                "max: 9",
                "options:",
                "- {key: x, text: {en: X}}",
                "- {key: y, text: {en: Y}}",
            ),
            ("selection", "questions[0].max", 8),
        ),
        (
            ("key: a", "kind: choice", "text: {en: A}", "options:", "- {key: x, text: {en: X, fa: {}}}", "- 5"),
            ("type", "questions[0].options[0].text.fa", 9),
        ),
    ],
)
def test_a_mistake_in_a_question_is_named_with_path_and_line(
    lines: tuple[str, ...], expected: tuple[str, str, int]
) -> None:
    assert expected in problems(one_question(*lines))


BRANCHED = (
    HEAD
    + """\
questions:
  - {key: a, kind: nps, text: {en: A}}
  - key: b
    kind: choice
    text: {en: B}
    options: [{key: x, text: {en: X}}, {key: y, text: {en: Y}}]
  - key: c
    kind: text
    text: {en: C}
    show_if: CONDITION
  - {key: d, kind: text, text: {en: D}}
"""
)


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ("{question: zzz, is: 1}", "condition_unknown"),
        ("{question: d, answered: true}", "condition_later"),
        ("{question: c, answered: true}", "condition_loop"),
        ("{question: a}", "no_operator"),
        ("{question: a, is: 11}", "operand"),
        ("{question: a, is: x}", "operand"),
        ("{question: a, at_most: -1}", "operand"),
        ("{question: b, is: z}", "operand"),
        ("{question: b, in: [x, z]}", "operand"),
        ("{question: b, not: z}", "operand"),
        ("{question: b, at_least: 1}", "operator"),
        ("{question: b, is: true}", "type"),
        ("{question: b, is: x, answered: false}", "answered_alone"),
        ("{question: b, equals: x}", "unknown_field"),
        ("{all: []}", "count"),
        ("{all: [{question: a, is: 1}], any: []}", "unknown_field"),
        ("[]", "type"),
        ("{question: a, at_least: 5, at_most: 4}", "unreachable"),
        ("{all: [{question: a, at_most: 3}, {question: a, at_least: 4}]}", "unreachable"),
        ("{all: [{question: b, is: x}, {question: b, not: x}]}", "unreachable"),
        ("{all: [{question: b, is: x}, {question: b, answered: false}]}", "unreachable"),
        ("{all: [{question: b, in: [x, y]}, {question: b, not: x}, {question: b, not: y}]}", "unreachable"),
    ],
)
def test_a_condition_that_makes_no_sense_is_refused(condition: str, code: str) -> None:
    found = problems(BRANCHED.replace("CONDITION", condition))
    assert found[0][0] == code
    assert found[0][1].startswith("questions[2].show_if")
    assert found[0][2] == 13


def test_a_circle_over_several_questions_is_called_a_loop() -> None:
    found = problems(
        HEAD
        + """\
questions:
  - {key: a, kind: text, text: {en: A}, show_if: {question: b, answered: true}}
  - {key: b, kind: text, text: {en: B}, show_if: {question: a, answered: true}}
"""
    )
    assert found == [("condition_loop", "questions[0].show_if", 5)]


def test_a_contradiction_through_another_question_is_found() -> None:
    found = problems(
        HEAD
        + """\
questions:
  - {key: a, kind: nps, required: true, text: {en: A}}
  - {key: b, kind: text, text: {en: B}, show_if: {question: a, at_most: 3}}
  - {key: c, kind: text, text: {en: C}, show_if: {all: [{question: b, answered: true}, {question: a, is: 9}]}}
  - {key: d, kind: text, text: {en: D}, show_if: {question: a, answered: false}}
  - {key: e, kind: text, text: {en: E}, show_if: {question: b, answered: false}}
"""
    )
    assert found == [
        ("unreachable", "questions[2].show_if", 7),
        ("unreachable", "questions[3].show_if", 8),
    ]


def test_choices_can_be_several_things_at_once_but_not_a_thing_and_its_opposite() -> None:
    start = (
        HEAD
        + """\
questions:
  - key: a
    kind: choices
    text: {en: A}
    options: [{key: x, text: {en: X}}, {key: y, text: {en: Y}}]
  - key: b
    kind: text
    text: {en: B}
    show_if: {all: [{question: a, is: x}, {question: a, OP: y}]}
"""
    )
    assert parse_yaml(start.replace("OP", "is"))
    assert parse_yaml(start.replace("OP", "not"))
    assert problems(start.replace("OP: y", "not: x"))[0][0] == "unreachable"


def test_a_maze_of_conditions_is_answered_in_good_time() -> None:
    questions = ["  - {key: q0, kind: nps, text: {en: A}}"]
    for number in range(1, 50):
        parts = ", ".join(f"{{question: q{n}, answered: true}}" for n in range(max(0, number - 15), number))
        questions.append(f"  - {{key: q{number}, kind: nps, text: {{en: A}}, show_if: {{any: [{parts}]}}}}")
    assert len(parse_yaml(HEAD + "questions:\n" + "\n".join(questions)).questions) == 50


@pytest.mark.parametrize(
    ("score", "code"), [("c", "score_kind"), ("zzz", "score_unknown"), ("b", "score_option"), ("fb_a", "reserved_key")]
)
def test_the_scored_question_has_to_give_a_score(score: str, code: str) -> None:
    document = BRANCHED.replace("CONDITION", "{question: a, is: 1}") + f"score: {score}\n"
    assert problems(document)[0][0] == code


def test_keys_and_roles_are_unique() -> None:
    twice = "  - {key: a, kind: text, role: comment, text: {en: A}}\n"
    assert problems(HEAD + "questions:\n" + twice * 2) == [("duplicate_key", "questions[1].key", 6)]
    assert problems(HEAD + "questions:\n" + twice + twice.replace("key: a", "key: b")) == [
        ("duplicate_role", "questions[1].role", 6)
    ]


def test_every_mistake_is_named_at_once() -> None:
    found = problems("slug: A B\nlanguages: [en, xx, en]\ntitle: 5\nquestions:\n  - 1\n  - {kind: text}\nhue: 1\n")
    assert {code for code, _, _ in found} == {
        "slug",
        "language",
        "duplicate",
        "text",
        "type",
        "missing",
        "unknown_field",
    }
    assert [line for _, _, line in found] == sorted(line for _, _, line in found)


def test_json_has_paths_without_lines() -> None:
    with pytest.raises(Invalid) as caught:
        parse_plain({"slug": "a", "languages": ["en"], "title": {"en": "A"}, "questions": [{"key": "a"}]})
    assert [problem.field for problem in caught.value.problems] == ["questions[0]", "questions[0]"]
    assert "line" not in caught.value.problems[0].params
