"""Sums of responses: how many and how good per survey, and how the answers to each question spread."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.responses.models import Answer, Response, State
from feedback.surveys.definition import SurveyDefinition
from feedback.surveys.kinds import Summary, Tally, kind_of

#: Only these count.
COUNTING = (State.COMPLETE.value, State.PARTIAL.value)


@dataclass(frozen=True, slots=True)
class Figures:
    """A survey's responses: how many, how many with a score, and its mean of 0 to 100."""

    n: int
    scored: int
    mean: float | None


def figures_by_survey(session: Session, site_id: int) -> dict[int, Figures]:
    """Figures of every survey that was answered, by the survey's id."""
    rows = session.execute(
        select(
            Response.survey_id,
            func.count().label("n"),
            func.count(Response.score).label("scored"),
            func.avg(Response.score).label("mean"),
        )
        .where(Response.site_id == site_id, Response.state.in_(COUNTING))
        .group_by(Response.survey_id)
    )
    return {row.survey_id: Figures(row.n, row.scored, None if row.mean is None else float(row.mean)) for row in rows}


def summaries(session: Session, site_id: int, survey_id: int, definition: SurveyDefinition) -> dict[str, Summary]:
    """What was answered to each question of a survey, all versions together, by the question's key."""
    counted = (Response.site_id == site_id, Response.survey_id == survey_id, Response.state.in_(COUNTING))
    rows = session.execute(
        select(Answer.question, Answer.option, Answer.number, func.count().label("n"))
        .join(Response, Response.id == Answer.response_id)
        .where(Answer.site_id == site_id, *counted)
        .group_by(Answer.question, Answer.option, Answer.number)
    ).all()
    answered = session.execute(
        select(Answer.question, func.count(Answer.response_id.distinct()).label("n"))
        .join(Response, Response.id == Answer.response_id)
        .where(Answer.site_id == site_id, *counted)
        .group_by(Answer.question)
    )
    people = {row.question: row.n for row in answered}
    tallies: dict[str, list[Tally]] = {}
    for row in rows:
        tallies.setdefault(row.question, []).append(Tally(row.option, row.number, row.n))
    return {
        question.key: kind_of(question).sum_up(question, tallies.get(question.key, ()), people.get(question.key, 0))
        for question in definition.questions
    }
