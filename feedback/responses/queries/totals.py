"""Answers to one survey added up by the database: how many, the mean score, and how each question spreads."""

from dataclasses import dataclass

from sqlalchemy import Integer, cast, func, select
from sqlalchemy.orm import Session

from feedback.responses.models import Answer, Response, State
from feedback.surveys.definition import SurveyDefinition
from feedback.surveys.kinds import Summary, Tally, kind_of

_COUNTED = (State.COMPLETE.value, State.PARTIAL.value)


@dataclass(frozen=True, slots=True)
class SurveyTotals:
    """How a survey was answered. ``n`` are the responses that count, ``score`` the mean of 0 to 100 of those scored."""

    n: int
    scored: int
    score: float | None
    partial: int
    #: By question key, in the survey's order.
    questions: dict[str, Summary]


@dataclass(frozen=True, slots=True)
class SurveyCount:
    """A survey's line in a list."""

    survey_id: int
    n: int
    score: float | None


def survey_totals(session: Session, site_id: int, survey_id: int, definition: SurveyDefinition) -> SurveyTotals:
    """The sums of one survey over all its versions, read with the questions of ``definition``; three statements."""
    head = session.execute(
        select(
            func.count().label("n"),
            func.count(Response.score).label("scored"),
            func.avg(Response.score).label("score"),
            func.coalesce(func.sum(cast(Response.state == State.PARTIAL.value, Integer)), 0).label("partial"),
        ).where(Response.site_id == site_id, Response.survey_id == survey_id, Response.state.in_(_COUNTED))
    ).one()
    counting = (
        Response.site_id == site_id,
        Answer.site_id == site_id,
        Response.survey_id == survey_id,
        Response.state.in_(_COUNTED),
    )
    tallies: dict[str, list[Tally]] = {}
    for row in session.execute(
        select(Answer.question, Answer.option, Answer.number, func.count().label("n"))
        .join(Response, Response.id == Answer.response_id)
        .where(*counting)
        .group_by(Answer.question, Answer.option, Answer.number)
    ):
        tallies.setdefault(row.question, []).append(Tally(row.option, row.number, row.n))
    people = {
        row.question: row.n
        for row in session.execute(
            select(Answer.question, func.count(func.distinct(Answer.response_id)).label("n"))
            .join(Response, Response.id == Answer.response_id)
            .where(*counting)
            .group_by(Answer.question)
        )
    }
    return SurveyTotals(
        n=head.n,
        scored=head.scored,
        score=None if head.score is None else float(head.score),
        partial=int(head.partial),
        questions={
            question.key: kind_of(question).sum_up(question, tallies.get(question.key, ()), people.get(question.key, 0))
            for question in definition.questions
        },
    )


def survey_counts(session: Session, site_id: int) -> dict[int, SurveyCount]:
    """How many answers each survey of a site has, and their mean score; one statement."""
    rows = session.execute(
        select(Response.survey_id, func.count().label("n"), func.avg(Response.score).label("score"))
        .where(Response.site_id == site_id, Response.state.in_(_COUNTED))
        .group_by(Response.survey_id)
    )
    return {
        row.survey_id: SurveyCount(row.survey_id, row.n, None if row.score is None else float(row.score))
        for row in rows
    }
