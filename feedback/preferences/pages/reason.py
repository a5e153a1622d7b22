"""``/u/<token>/reason``: why, in one tap or in words, after everything has been stopped; nothing here can undo that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response, jsonify, request

from feedback.actors import Actor
from feedback.errors import Invalid, NotFound, Problem
from feedback.i18n.text import N_
from feedback.links.purposes import Purpose
from feedback.links.signing import open_unsubscribe
from feedback.preferences.pages.arrival import Arrival, arriving
from feedback.preferences.pages.blueprint import pages
from feedback.preferences.pages.notices import nowhere
from feedback.preferences.pages.stopping import draw_stopped
from feedback.preferences.policy import Scope
from feedback.rendering import current_reader
from feedback.responses.actions import Outcome, Submission, change, contact_of, submit
from feedback.responses.filling import Filled, Raw, as_raw, fill
from feedback.responses.limits import LINK_STEPS, counter, link_key, refused_until
from feedback.responses.models import Assurance
from feedback.responses.queries import earlier_by_link, stored_answers
from feedback.surveys.definition import Role
from feedback.surveys.queries import LiveSurvey, live_survey
from feedback.web.errors import problem_reply, wants_json
from feedback.web.transaction import reading, settings, writing

SLUG = "unsubscribe"
#: Comes with the form of words and tick, which was shown with both: what is not in it any more was taken back.
_WHOLE = "whole"
THANKS = N_("Thank you for telling us why.")
EMPTY = N_("Choose a reason or write something; or just close this page.")
TOO_MANY = N_("Too many attempts in a short time. What you wrote is still here; please send it again later.")
CALLED = N_("Thank you. A person will look into it.")


@dataclass(frozen=True, slots=True)
class Given:
    """The survey of reasons with what is known of the answer so far."""

    survey: LiveSurvey
    filled: Filled

    @property
    def reason(self) -> str:
        """The option that was chosen, if there is one."""
        chosen = self.filled.role(Role.REASON)
        return chosen.options[0] if chosen and chosen.options else ""


@pages.post("/u/<token>/reason")
def reason(token: str) -> Response:
    """Store why somebody left, once per link and changeable; what is wrong with it costs nothing (U-8)."""
    try:
        arrival = arriving(open_unsubscribe, token, Purpose.UNSUBSCRIBE)
        survey = live_survey(reading(), arrival.owner.site_id, SLUG)
    except NotFound as error:
        return nowhere(error)
    if arrival.owner.erased:
        return nowhere(None, arrival)
    undo = request.form.get("undo", "")
    before = _before(arrival, survey)
    kept = {} if _WHOLE in request.form else before
    given = Given(survey, fill(survey.definition, {**kept, **_sent(survey)}))
    if given.filled.problems or not (before or any(one.given for one in given.filled.answers.values())):
        problems = given.filled.problems or (Problem("", "required", EMPTY),)
        if wants_json():
            raise Invalid(problems)
        said = "; ".join(current_reader().say(problem) for problem in problems)
        return _once_more(token, undo, given, said, 422)
    counts, key = counter(settings()), link_key(arrival.owner.link_id)
    if counts.count(key) >= LINK_STEPS:
        return _refuse(token, undo, given)
    with writing() as session:
        actor = Actor.customer(arrival.owner.link_id)
        submission = _submission(arrival, given)
        earlier = earlier_by_link(session, submission.site_id, arrival.owner.link_id)
        if earlier is None:
            stored = submit(session, actor, submission)
        else:  # also long after: the same link may stop the mails once more, for another reason
            stored = change(session, actor, submission, earlier, whenever=True)
    if stored.outcome is not Outcome.ALREADY:
        counts.add(key)
    if wants_json():
        return jsonify(status=stored.outcome.value, response=stored.public_id, follow_up=None, next=None)
    said = current_reader().gettext(CALLED if given.filled.may_write else THANKS)
    return _draw(token, undo, given, said=said)


def _refuse(token: str, undo: str, given: Given) -> Response:
    """Too many changes of mind in an hour; that mails are stopped was never in question."""
    text = current_reader().gettext(TOO_MANY)
    reply = problem_reply(429, text, code="too-many") if wants_json() else _once_more(token, undo, given, text, 429)
    reply.headers.update(refused_until(LINK_STEPS))
    return reply


def _once_more(token: str, undo: str, given: Given, problem: str, status: int) -> Response:
    """The page as it was, with what was typed."""
    return _draw(token, undo, given, problem=problem, status=status)


def _draw(token: str, undo: str, given: Given, **more: Any) -> Response:
    """The page after, with the words and the tick as they are now: both can be changed, or taken back."""
    words, contact = (given.survey.definition.with_role(role) for role in (Role.COMMENT, Role.CONTACT))
    raw = given.filled.raw
    return draw_stopped(
        token,
        Scope.TOPIC,
        undo,
        reason=given.reason,
        typed=raw.get(words.key, [""])[0] if words else "",
        ticked=bool(contact and raw.get(contact.key)),
        **more,
    )


def _before(arrival: Arrival, survey: LiveSurvey) -> Raw:
    """What this link said earlier: a reason tapped now doesn't drop the words sent before. A form that showed them says
    by ``whole`` that it replaces them.
    """
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
