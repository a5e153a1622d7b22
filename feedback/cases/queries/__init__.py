"""Reading cases: what routing needs, the triage list, one case with everything around it; changes nothing."""

from feedback.cases.queries.detail import CaseDetail, CaseHead, case_detail, case_head
from feedback.cases.queries.intake import (
    Answered,
    Colleague,
    Standing,
    answered,
    assignable,
    candidates,
    hours_of_site,
    rules_of_site,
    standing,
)
from feedback.cases.queries.triage import Counts, Position, TriageFilter, TriagePage, TriageRow, counts, triage

__all__ = [
    "Answered",
    "CaseDetail",
    "CaseHead",
    "Colleague",
    "Counts",
    "Position",
    "Standing",
    "TriageFilter",
    "TriagePage",
    "TriageRow",
    "answered",
    "assignable",
    "candidates",
    "case_detail",
    "case_head",
    "counts",
    "hours_of_site",
    "rules_of_site",
    "standing",
    "triage",
]
