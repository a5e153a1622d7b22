"""Reading responses: what stands at a survey's door, lists and single responses for staff, sums per survey."""

from feedback.responses.queries.door import (
    SITE_COLUMNS,
    AskedSurvey,
    Customer,
    Door,
    Drafted,
    Earlier,
    asked_of_anybody,
    asked_of_site,
    definition_of,
    door_of_link,
    earlier_by_id,
    earlier_by_link,
    earlier_by_nonce,
    site_at,
    site_from,
    stored_answers,
)
from feedback.responses.queries.listing import (
    Filter,
    ResponseDetail,
    ResponseLine,
    list_responses,
    response_detail,
)
from feedback.responses.queries.quarantine import old_in_quarantine, waiting_in_quarantine
from feedback.responses.queries.totals import SurveyCount, SurveyTotals, survey_counts, survey_totals

__all__ = [
    "SITE_COLUMNS",
    "AskedSurvey",
    "Customer",
    "Door",
    "Drafted",
    "Earlier",
    "Filter",
    "ResponseDetail",
    "ResponseLine",
    "SurveyCount",
    "SurveyTotals",
    "asked_of_anybody",
    "asked_of_site",
    "definition_of",
    "door_of_link",
    "earlier_by_id",
    "earlier_by_link",
    "earlier_by_nonce",
    "list_responses",
    "old_in_quarantine",
    "response_detail",
    "site_at",
    "site_from",
    "stored_answers",
    "survey_counts",
    "survey_totals",
    "waiting_in_quarantine",
]
