"""Surveys of cancelling: what they must ask, what is offered for a reason, and what a button decides."""

from typing import Any

import pytest

from feedback.errors import Invalid
from feedback.paths import SURVEY_TEMPLATES
from feedback.surveys.answering import read_answers
from feedback.surveys.answers import Answer, Value
from feedback.surveys.cancelling import LEADS_TO, Ending, asked_first, decided, ending_of, offer_for, offer_taken
from feedback.surveys.definition import BY_LINK_ONLY, Offer, Purpose
from feedback.surveys.document import from_stored, to_plain
from feedback.surveys.parsing import parse_plain, parse_yaml

CANCEL = parse_yaml((SURVEY_TEMPLATES / "cancel.yaml").read_bytes())


def answers(**chosen: str) -> dict[str, Answer]:
    return {key: Answer(key, (Value(option),)) for key, option in chosen.items()}


def codes(document: dict[str, Any]) -> list[str]:
    with pytest.raises(Invalid) as refused:
        parse_plain(document)
    return [problem.code for problem in refused.value.problems]


def without(*keys: str) -> dict[str, Any]:
    plain = to_plain(CANCEL)
    return {**plain, "questions": [one for one in plain["questions"] if one["key"] not in keys]}


def changed(which: str, /, **to: Any) -> dict[str, Any]:
    plain = to_plain(CANCEL)
    return {**plain, "questions": [{**one, **to} if one["key"] == which else one for one in plain["questions"]]}


def test_it_is_open_to_nobody_without_a_link() -> None:
    assert CANCEL.purpose is Purpose.CANCEL
    assert CANCEL.purpose in BY_LINK_ONLY


def test_offers_survive_storing() -> None:
    assert from_stored(to_plain(CANCEL)) == CANCEL
    assert to_plain(CANCEL)["questions"][0]["options"][0]["offer"] == "pause"


def test_nothing_has_to_be_answered_and_the_buttons_questions_are_not_asked() -> None:
    assert [question.key for question in asked_first(CANCEL)] == ["reason", "contact"]
    assert not any(question.required for question in CANCEL.questions)


@pytest.mark.parametrize(
    ("reason", "offer"),
    [
        ("price", "pause"),
        ("not_used", "pause"),
        ("temporary", "pause"),
        ("missing", "person"),
        ("too_hard", "person"),
        ("bad_service", "person"),
        ("competitor", None),
        ("other", None),
    ],
)
def test_a_reason_is_answered_by_one_offer_or_none(reason: str, offer: str | None) -> None:
    found = offer_for(CANCEL, answers(reason=reason))
    assert (found.key if found else None) == offer


def test_without_a_reason_nothing_is_offered() -> None:
    assert offer_for(CANCEL, {}) is None


@pytest.mark.parametrize(
    ("chosen", "ending"),
    [
        ({}, None),
        ({"reason": "price"}, None),
        ({"outcome": "cancelled"}, Ending.CANCELLED),
        ({"outcome": "kept", "reason": "price"}, Ending.KEPT),
        ({"offer": "pause"}, Ending.PAUSED),
        ({"offer": "person"}, Ending.KEPT),
        ({"offer": "pause", "outcome": "cancelled"}, Ending.CANCELLED),
        ({"offer": "person", "outcome": "kept"}, Ending.KEPT),
    ],
)
def test_the_button_decides_and_cancelling_outweighs_an_offer(chosen: dict[str, str], ending: Ending | None) -> None:
    assert ending_of(answers(**chosen)) is ending


def test_only_an_offer_that_was_taken_is_stored() -> None:
    assert set(decided(answers(offer="pause", outcome="cancelled"), Ending.CANCELLED)) == {"outcome"}
    assert offer_taken(answers(offer="pause", outcome="cancelled")) is None
    kept = decided(answers(reason="too_hard", offer="person"), Ending.KEPT)
    assert {key: answer.options for key, answer in kept.items()} == {
        "reason": ("too_hard",),
        "offer": ("person",),
        "outcome": ("kept",),
    }


def test_every_offer_leads_to_an_ending_that_cancels_nothing() -> None:
    assert set(LEADS_TO) == set(Offer)
    assert Ending.CANCELLED not in LEADS_TO.values()


def test_an_invalid_reason_leaves_the_outcome_alone() -> None:
    sent = {"reason": ["nonsense"], "outcome": ["cancelled"]}
    found, problems = read_answers(CANCEL, lambda name: sent.get(name, []))
    assert [problem.field for problem in problems] == ["reason"]
    assert ending_of(found) is Ending.CANCELLED


def test_a_survey_of_cancelling_needs_its_three_endings() -> None:
    assert codes(without("outcome")) == ["survey.cancel_outcome"]
    outcome = to_plain(CANCEL)["questions"][-1]
    assert codes(changed("outcome", options=outcome["options"][:2])) == ["survey.cancel_outcome"]
    assert codes(changed("outcome", key="ending")) == ["survey.cancel_outcome"]


def test_what_is_offered_needs_its_words() -> None:
    assert codes(without("offer")) == ["survey.cancel_offer"]
    assert codes(changed("offer", key="instead")) == ["survey.cancel_offer"]


def test_offers_mean_nothing_elsewhere() -> None:
    plain = to_plain(CANCEL)
    assert codes({**plain, "purpose": "feedback"}) == ["survey.offer_elsewhere"]
    assert "survey.word" in codes(changed("reason", options=[{"key": "a", "text": {"en": "A"}, "offer": "gift"}] * 2))
