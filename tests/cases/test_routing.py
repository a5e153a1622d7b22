"""Which rule an answer meets, with which reasons, and whose case it becomes."""

from typing import Any

import pytest

from feedback.cases.routing import (
    Candidate,
    CaseToOpen,
    Conditions,
    RoutingFacts,
    RuleSpec,
    choose_owner,
    decide,
    default_rules,
)
from feedback.cases.states import Kind, Priority
from feedback.cases.stored_rules import conditions_as_json, outcome_as_json, outcome_from_json, parse_conditions
from feedback.errors import Invalid


def facts(**changes: Any) -> RoutingFacts:
    usual: dict[str, Any] = {
        "survey": "support-csat",
        "score": 25,
        "answers": {"why": frozenset({"slow", "rude"})},
        "language": "fa-AF",
        "segment": "Gold",
        "value_minor": 500_000,
        "touchpoint": {"channel": "phone", "place": "Kariakoo", "agent": "Asha", "type": "repair"},
    }
    return RoutingFacts(**(usual | changes))


CONDITIONS = [
    ({}, {}, ["every_answer"]),
    ({"surveys": ["support-csat"]}, {}, ["survey"]),
    ({"surveys": ["nps"]}, {}, None),
    ({"score_max": 40}, {}, ["score_at_most"]),
    ({"score_max": 40}, {"score": 40}, ["score_at_most"]),
    ({"score_max": 40}, {"score": 41}, None),
    ({"score_max": 40}, {"score": None}, None),
    ({"score_max": 0}, {"score": 0}, ["score_at_most"]),
    ({"score_min": 90}, {"score": 90}, ["score_at_least"]),
    ({"score_min": 41, "score_max": 60}, {"score": 50}, ["score_between"]),
    ({"score_min": 41, "score_max": 60}, {"score": 40}, None),
    ({"answers": {"why": ["rude", "late"]}}, {}, ["answer"]),
    ({"answers": {"why": ["late"]}}, {}, None),
    ({"answers": {"why": ["rude"], "more": ["x"]}}, {}, None),
    ({"languages": ["fa"]}, {}, ["language"]),
    ({"languages": ["fa-AF"]}, {"language": "fa"}, None),
    ({"languages": ["fa"]}, {"language": "prs"}, ["language"]),
    ({"languages": ["f"]}, {}, None),
    ({"segments": ["gold"]}, {}, ["segment"]),
    ({"segments": ["gold"]}, {"segment": None}, None),
    ({"value_at_least": 500_000}, {}, ["value_at_least"]),
    ({"value_at_least": 500_001}, {}, None),
    ({"value_at_least": 1}, {"value_minor": None}, None),
    ({"touchpoints": {"channel": ["phone", "chat"], "agent": ["Asha"]}}, {}, ["touchpoint", "touchpoint"]),
    ({"touchpoints": {"place": ["Ubungo"]}}, {}, None),
    ({"touchpoints": {"place": ["Ubungo"]}}, {"touchpoint": {}}, None),
    ({"score_max": 40, "languages": ["fa"], "segments": ["gold"]}, {}, ["score_at_most", "language", "segment"]),
]


@pytest.mark.parametrize(("raw", "changes", "codes"), CONDITIONS)
def test_a_rule_is_met_when_all_its_conditions_are(
    raw: dict[str, Any], changes: dict[str, Any], codes: list[str] | None
) -> None:
    reasons = parse_conditions(raw).met_by(facts(**changes))
    assert (None if reasons is None else [reason.code for reason in reasons]) == codes


def test_a_reason_carries_the_figures_that_make_a_sentence() -> None:
    decision = decide(facts(survey="nps", score=20), default_rules())
    assert decision is not None
    assert decision.rule.name == "Low score"
    assert [reason.as_json() for reason in decision.reasons] == [{"code": "score_at_most", "score": 20, "limit": 40}]


@pytest.mark.parametrize(
    ("survey", "score", "kind", "priority", "minutes"),
    [
        ("nps", 0, Kind.LOW_SCORE, Priority.HIGH, 240),
        ("nps", 40, Kind.LOW_SCORE, Priority.HIGH, 240),
        ("nps", 41, Kind.LOW_SCORE, Priority.NORMAL, 480),
        ("nps", 60, Kind.LOW_SCORE, Priority.NORMAL, 480),
        ("message", None, Kind.MESSAGE, Priority.NORMAL, 480),
    ],
)
def test_the_default_rules(survey: str, score: int | None, kind: Kind, priority: Priority, minutes: int) -> None:
    decision = decide(facts(survey=survey, score=score), default_rules())
    assert decision is not None
    outcome = decision.rule.outcome
    assert (outcome.kind, outcome.priority, outcome.due_minutes) == (kind, priority, minutes)


@pytest.mark.parametrize("score", [61, 100, None])
def test_good_answers_and_answers_without_a_score_open_nothing(score: int | None) -> None:
    assert decide(facts(survey="nps", score=score), default_rules()) is None


def test_the_first_rule_that_is_met_wins() -> None:
    big = RuleSpec(7, "Big ones", Conditions(value_at_least=100_000), CaseToOpen(queue="retention"))
    decision = decide(facts(score=20), (big, *default_rules()))
    assert decision is not None
    assert decision.rule is big
    assert decision.rule.outcome.queue == "retention"


def test_conditions_and_outcomes_survive_being_stored() -> None:
    for raw, _, _ in CONDITIONS:
        assert conditions_as_json(parse_conditions(raw)) == raw
    for rule in default_rules():
        assert outcome_from_json(outcome_as_json(rule.outcome)) == rule.outcome
        assert parse_conditions(conditions_as_json(rule.conditions)) == rule.conditions


def test_what_is_told_with_every_answer_is_enough_to_pass_over_most_rules() -> None:
    low = Conditions(score_max=40, segments=("gold",))
    assert low.may_be_met("nps", 20, "en")
    assert not low.may_be_met("nps", 80, "en")
    assert not low.may_be_met("nps", None, "en")


def test_every_problem_with_conditions_is_told_at_once() -> None:
    raw = {
        "surveys": "nps",
        "score_min": 50,
        "score_max": 40,
        "value_at_least": True,
        "answers": {"why": [1]},
        "touchpoints": {"weather": ["rain"]},
        "moon": "full",
    }
    with pytest.raises(Invalid) as wrong:
        parse_conditions(raw)
    assert {problem.field for problem in wrong.value.problems} == {
        "surveys",
        "score_max",
        "value_at_least",
        "answers.why",
        "touchpoints.weather",
        "moon",
    }


@pytest.mark.parametrize(
    "raw", [{"kind": "gossip"}, {"priority": "whenever"}, {"due_minutes": 0}, {"due_minutes": "x"}]
)
def test_an_outcome_that_makes_no_case_is_refused(raw: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        outcome_from_json(raw)


TEAM = (
    Candidate(1, 5, ("sw", "en")),
    Candidate(2, 3, ("sw",)),
    Candidate(3, 3, ("sw-KE", "en")),
    Candidate(4, 0, ("sw",), away=True),
    Candidate(5, 9, ("fa",)),
)


@pytest.mark.parametrize(
    ("language", "owner"),
    [("sw", 2), ("sw-TZ", 2), ("en", 3), ("fa-AF", 5), ("prs", 5), ("hy", None)],
)
def test_the_least_loaded_who_reads_the_language_and_is_there_owns_it(language: str, owner: int | None) -> None:
    assert choose_owner(TEAM, language) == owner
    assert choose_owner(reversed(TEAM), language) == owner


def test_with_nobody_there_the_team_has_it() -> None:
    assert choose_owner((), "sw") is None


def test_a_tap_at_a_feedback_screen_opens_a_case_only_by_a_rule_that_asks_for_such_taps() -> None:
    tapped = facts(touchpoint={"channel": "kiosk", "place": "Kariakoo"})
    assert decide(tapped, default_rules()) is None
    for wanted in ({"channel": ["kiosk"]}, {"place": ["Kariakoo"]}):
        rule = RuleSpec(1, "Screens", parse_conditions({"touchpoints": wanted, "score_max": 30}), CaseToOpen())
        decision = decide(tapped, (*default_rules(), rule))
        assert decision is not None
        assert decision.rule.name == "Screens"
    elsewhere = RuleSpec(1, "Phones", parse_conditions({"touchpoints": {"channel": ["phone"]}}), CaseToOpen())
    assert decide(tapped, (elsewhere,)) is None
