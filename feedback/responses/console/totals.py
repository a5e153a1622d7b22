"""What the answers to each survey come to, for staff."""

from flask import Response, g

from feedback.actors import Role
from feedback.errors import NotFound
from feedback.responses.console.blueprint import pages
from feedback.responses.queries import SurveyCount, survey_counts, survey_totals
from feedback.surveys.queries import latest_survey, live_survey, survey_lines
from feedback.web.guard import staff_only
from feedback.web.templating import page
from feedback.web.transaction import reading


@pages.get("/surveys/")
@staff_only(Role.AGENT)
def surveys(site: str) -> Response:
    """How many responses each survey has, and how good."""
    session, site_id = reading(), g.site_id
    counts = survey_counts(session, site_id)
    lines = survey_lines(session, site_id, archived=True)
    return page(
        "console/responses/surveys.html",
        lines=[(line, counts.get(line.id, SurveyCount(line.id, 0, None))) for line in lines],
    )


@pages.get("/surveys/<slug>")
@staff_only(Role.AGENT)
def survey(site: str, slug: str) -> Response:
    """What the answers to one survey come to."""
    session, site_id = reading(), g.site_id
    try:
        asked = live_survey(session, site_id, slug)
    except NotFound:  # a draft that nobody could answer yet
        asked = latest_survey(session, site_id, slug)
    totals = survey_totals(session, site_id, asked.survey_id, asked.definition)
    return page(
        "console/responses/survey.html",
        survey=asked,
        totals=totals,
        questions=[(question, totals.questions[question.key]) for question in asked.definition.questions],
    )
