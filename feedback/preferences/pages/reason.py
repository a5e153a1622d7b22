"""``/u/<token>/reason``: why, in one tap or in words, after everything has been stopped; nothing here can undo that."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, jsonify, request

from feedback.actors import Actor
from feedback.errors import NotFound
from feedback.i18n.text import N_
from feedback.links.purposes import Purpose
from feedback.links.signing import open_unsubscribe
from feedback.preferences.pages.arrival import Arrival, arriving
from feedback.preferences.pages.blueprint import pages
from feedback.preferences.pages.notices import nowhere
from feedback.preferences.pages.stopping import draw_stopped
from feedback.preferences.policy import Scope
from feedback.rendering import current_reader
from feedback.responses.actions import Submission, change, contact_of, submit
from feedback.responses.filling import Filled, Raw, as_raw, fill
from feedback.responses.models import Assurance
from feedback.responses.queries import earlier_by_link, stored_answers
from feedback.surveys.definition import Role
from feedback.surveys.queries import LiveSurvey, live_survey
from feedback.web.errors import wants_json
from feedback.web.transaction import reading, writing

SLUG = "unsubscribe"
THANKS = N_("Thank you for telling us why.")
CALLED = N_("Thank you. A person will look into it.")


@dataclass(frozen=True, slots=True)
class Given:
    """The survey of reasons with what is known of the answer so far."""

    survey: LiveSurvey
    filled: Filled


@pages.post("/u/<token>/reason")
def reason(token: str) -> Response:
    """Store why somebody left, once per link and changeable; what is wrong with it costs nothing (U-8)."""
    try:
        arrival = arriving(open_unsubscribe, token, Purpose.UNSUBSCRIBE)
        survey = live_survey(reading(), arrival.owner.site_id, SLUG)
    except NotFound as error:
        return nowhere(error)
    undo = request.form.get("undo", "")
    given = Given(survey, fill(survey.definition, {**_before(arrival, survey), **_sent(survey)}))
    if given.filled.problems or not any(one.given for one in given.filled.answers.values()):
        said = "; ".join(current_reader().say(problem) for problem in given.filled.problems)
        if wants_json():
            response = jsonify({"status": "invalid", "errors": [one.code for one in given.filled.problems]})
            response.status_code = 422
            return response
        return draw_stopped(token, Scope.TOPIC, undo, problem=said or current_reader().gettext(EMPTY), status=422)
    with writing() as session:
        actor = Actor.customer(arrival.owner.link_id)
        submission = _submission(arrival, given)
        earlier = earlier_by_link(session, submission.site_id, arrival.owner.link_id)
        stored = submit(session, actor, submission) if earlier is None else change(session, actor, submission, earlier)
    if wants_json():
        return jsonify({"status": stored.outcome.value})
    said = current_reader().gettext(CALLED if given.filled.may_write else THANKS)
    chosen = given.filled.role(Role.REASON)
    return draw_stopped(token, Scope.TOPIC, undo, said=said, reason=chosen.options[0] if chosen else "")


EMPTY = N_("Choose a reason or write something; or just close this page.")


def _before(arrival: Arrival, survey: LiveSurvey) -> Raw:
    """What this link said earlier: a reason tapped now doesn't drop the words sent before."""
    session = reading()
    earlier = earlier_by_link(session, arrival.owner.site_id, arrival.owner.link_id)
    if earlier is None:
        return {}
    return as_raw(survey.definition, stored_answers(session, arrival.owner.site_id, earlier.id))


def _sent(survey: LiveSurvey) -> Raw:
    known = [question.key for question in survey.definition.questions]
    return {key: values for key in known if (values := [one for one in request.form.getlist(key) if one.strip()])}


def _submission(arrival: Arrival, given: Given) -> Submission:
    return Submission(
        site_id=arrival.owner.site_id,
        survey_id=given.survey.survey_id,
        survey=given.survey.definition.slug,
        version_id=given.survey.version_id,
        answers=given.filled.answers,
        score=given.filled.score,
        locale=current_reader().tag,
        assurance=Assurance.LINK,
        contact=contact_of(given.filled.may_write),
        link_id=arrival.owner.link_id,
        customer_id=arrival.owner.customer_id,
        channel="unsubscribe",
    )
