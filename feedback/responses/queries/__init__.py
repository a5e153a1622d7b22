"""Reading responses: what stands at a survey's door, lists and single responses for staff, sums per survey."""

from feedback.responses.queries.door import (
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
    stored_answers,
)
from feedback.responses.queries.listing import (
    Filter,
    ResponseDetail,
    ResponseLine,
    count_responses,
    list_responses,
    response_detail,
)
from feedback.responses.queries.totals import SurveyCount, SurveyTotals, survey_counts, survey_totals

__all__ = [
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
    "count_responses",
    "definition_of",
    "door_of_link",
    "earlier_by_id",
    "earlier_by_link",
    "earlier_by_nonce",
    "list_responses",
    "response_detail",
    "site_at",
    "stored_answers",
    "survey_counts",
    "survey_totals",
]
