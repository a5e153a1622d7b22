"""Which questions are asked: conditions, steps, and answers that stop counting when an earlier one changes."""

import pytest

from feedback.surveys.answering import read_answers, score_of
from feedback.surveys.answers import Answer, Value, from_plain, from_rows, to_plain
from feedback.surveys.branching import following, holds, layout_of, preceding, steps, visible_questions
from feedback.surveys.definition import All, AnyOf, Condition, Layout, SurveyDefinition, Test
from feedback.surveys.parsing import parse_yaml

SURVEY = """\
slug: try
languages: [en]
title: {en: Try}
score: score
questions:
  - {key: score, kind: nps, required: true, text: {en: A}}
  - key: why
    kind: choices
    required: true
    text: {en: B}
    show_if: {question: score, at_most: 6}
    options: [{key: x, text: {en: X}}, {key: y, text: {en: Y}, other: true}]
  - {key: more, kind: text, text: {en: C}, show_if: {question: why, is: y}}
  - {key: words, kind: text, text: {en: D}}
"""


@pytest.fixture(scope="module")
def survey() -> SurveyDefinition:
    return parse_yaml(SURVEY)


def number(n: int) -> Answer:
    return Answer("a", (Value(number=n),))


CHOSEN = Answer("a", (Value("x"), Value("y", text="words")))


@pytest.mark.parametrize(
    ("condition", "answer", "expected"),
    [
        (Test("a", is_=3), number(3), True),
        (Test("a", is_=3), number(4), False),
        (Test("a", not_=3), number(4), True),
        (Test("a", not_=3), number(3), False),
        (Test("a", not_=3), None, False),
        (Test("a", not_=3), Answer("a"), False),
        (Test("a", in_=(1, 2)), number(2), True),
        (Test("a", in_=(1, 2)), number(3), False),
        (Test("a", at_least=3, at_most=5), number(5), True),
        (Test("a", at_least=3, at_most=5), number(6), False),
        (Test("a", at_most=0), number(0), True),
        (Test("a", at_most=3), None, False),
        (Test("a", answered=True), number(0), True),
        (Test("a", answered=True), Answer("a"), False),
        (Test("a", answered=False), Answer("a"), True),
        (Test("a", answered=False), None, True),
        (Test("a", answered=False), number(0), False),
        (Test("a", is_="y"), CHOSEN, True),
        (Test("a", not_="y"), CHOSEN, False),
        (Test("a", in_=("y", "z")), CHOSEN, True),
        (All((Test("a", is_="x"), Test("a", is_="z"))), CHOSEN, False),
        (AnyOf((Test("a", is_="x"), Test("a", is_="z"))), CHOSEN, True),
    ],
)
def test_a_condition_holds_or_not(condition: Condition, answer: Answer | None, expected: bool) -> None:
    assert holds(condition, {} if answer is None else {"a": answer}) is expected


def keys(survey: SurveyDefinition, **answers: Answer) -> list[str]:
    return [question.key for question in visible_questions(survey, answers)]


def test_questions_come_and_go_with_the_answers(survey: SurveyDefinition) -> None:
    assert keys(survey) == ["score", "words"]
    assert keys(survey, score=number(9)) == ["score", "words"]
    assert keys(survey, score=number(2)) == ["score", "why", "words"]
    assert keys(survey, score=number(2), why=CHOSEN) == ["score", "why", "more", "words"]


def test_an_answer_to_a_hidden_question_leads_nowhere(survey: SurveyDefinition) -> None:
    assert keys(survey, score=number(9), why=CHOSEN) == ["score", "words"]


def test_the_way_forward_and_back_skips_what_is_hidden(survey: SurveyDefinition) -> None:
    happy = {"score": number(9)}
    first = following(survey, {}, None)
    assert first is not None
    assert first.key == "score"
    after = following(survey, happy, "score")
    assert after is not None
    assert after.key == "words"
    before = preceding(survey, happy, "words")
    assert before is not None
    assert before.key == "score"
    assert following(survey, happy, "words") is None
    assert preceding(survey, happy, "score") is None


def test_the_shorter_layout_is_taken_unless_one_is_asked_for(survey: SurveyDefinition) -> None:
    assert layout_of(survey) is Layout.STEPS
    assert [[q.key for q in step] for step in steps(survey, {"score": number(2)})] == [["score"], ["why"], ["words"]]
    lines = SURVEY.splitlines()
    short = parse_yaml("\n".join(line for line in [*lines[:6], lines[-1]]))
    assert layout_of(short) is Layout.PAGE
    assert [[q.key for q in step] for step in steps(short, {})] == [["score", "words"]]
    assert layout_of(parse_yaml(SURVEY + "layout: page\n")) is Layout.PAGE
    assert layout_of(parse_yaml("\n".join([*lines[:6], "layout: steps"]))) is Layout.STEPS


def test_one_page_is_read_in_order_and_hidden_answers_are_dropped(survey: SurveyDefinition) -> None:
    sent = {"score": ["9"], "why": ["zzz"], "more": ["hm"], "words": ["fine"]}
    answers, problems = read_answers(survey, lambda name: sent.get(name, []))
    assert problems == ()
    assert list(answers) == ["score", "words"]
    assert score_of(survey, answers) == 90


def test_problems_come_by_question(survey: SurveyDefinition) -> None:
    sent = {"score": ["2"], "why": [], "words": ["x" * 2001]}
    answers, problems = read_answers(survey, lambda name: sent.get(name, []))
    assert [(problem.field, problem.code) for problem in problems] == [
        ("why", "answer.required"),
        ("words", "answer.long"),
    ]
    assert list(answers) == ["score"]


def test_a_step_adds_to_the_answers_before_it(survey: SurveyDefinition) -> None:
    low, _ = read_answers(survey, {"score": ["2"]}.get, survey.questions[:1])  # type: ignore[arg-type]
    sent = {"why": ["y"], "why.other": ["queue"]}
    answers, problems = read_answers(survey, lambda name: sent.get(name, []), survey.questions[1:2], low)
    assert problems == ()
    assert answers["why"].values == (Value("y", text="queue"),)
    better, _ = read_answers(survey, lambda _: ["10"], survey.questions[:1], answers)
    assert list(better) == ["score"]


def test_answers_survive_a_draft_and_the_database() -> None:
    answers = {"a": CHOSEN, "b": Answer("b", (Value(number=3),)), "c": Answer("c", (Value(text="hi"),))}
    assert from_plain(to_plain(answers)) == {key: Answer(key, answer.values) for key, answer in answers.items()}
    rows = [(key, v.option, v.number, v.text) for key, answer in answers.items() for v in answer.values]
    assert from_rows(rows)["a"].values == CHOSEN.values
