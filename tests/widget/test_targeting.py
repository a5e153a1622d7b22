"""Whom a host page shows a survey: the cases that the rule in the browser is held to as well."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from feedback.widget.placing import Placing
from feedback.widget.targeting import Here, Reason, decide

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).resolve().parents[1] / "data" / "targeting.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_survey_is_shown_or_not_and_says_why(case: dict[str, Any]) -> None:
    placed, here = case["survey"], case["here"]
    survey = placed and Placing(placed["live"], placed["sample"], placed["again"], tuple(placed["paths"]))
    decision = decide(survey, Here(**here | {"today": date.fromisoformat(here["today"])}))
    assert (decision.reason.value, decision.visible) == (case["reason"], case["reason"] == "ok")


def test_every_reason_is_met() -> None:
    assert {case["reason"] for case in CASES} == {reason.value for reason in Reason}
