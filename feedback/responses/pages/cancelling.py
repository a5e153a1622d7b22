"""Cancelling by a link: one tap ends it, whatever else was sent; what was decided goes back to the site with them."""

from typing import Any

from flask import Response, jsonify, request

from feedback.actors import Actor
from feedback.errors import NotFound, Problem
from feedback.i18n.text import N_
from feedback.rendering import current_reader
from feedback.responses.actions import Stored, Submission, contact_of, settle
from feedback.responses.cancelscreens import INSTEAD, Leaving, ask_why, offer_instead
from feedback.responses.filling import Filled, Raw, as_raw, fill
from feedback.responses.forms import PlainFields, Posted, laid_over, read_post
from feedback.responses.limits import LINK_STEPS, counter, link_key, refused_until
from feedback.responses.models import Assurance
from feedback.responses.pages.arrival import read_in, reader_tag
from feedback.responses.pages.decided import say_decided
from feedback.responses.pages.goingback import WayBack, let_go, way_back
from feedback.responses.pages.promising import Told, promised_with, told_of
from feedback.responses.queries import Door, definition_of, stored_answers
from feedback.surveys.answers import Answers
from feedback.surveys.cancelling import OFFER, OUTCOME, Ending, decided, ending_of, offer_taken
from feedback.surveys.definition import Offer, Purpose
from feedback.surveys.kinds.base import SHORT_TEXT
from feedback.web.documents import document
from feedback.web.errors import problem_reply, wants_json
from feedback.web.transaction import reading, settings, writing

TOO_MANY = N_("Too many attempts in a short time. Please try again later; you can cancel at any time.")


def is_asked(door: Door) -> bool:
    """Whether a link is for ending something that is paid for, and still open."""
    if door.link_id is None or door.asked.version_id is None:
        return False
    try:
        _, definition = definition_of(reading(), door.asked, (door.asked.version_id,))
    except NotFound:
        return False
    return definition.purpose is Purpose.CANCEL


def show(door: Door, token: str, action: str) -> Response:
    """The first screen, or what was decided; drawn for whatever opens it, and nothing is stored."""
    leaving, before = _arriving(door, token, action, None), _said_before(door)
    ending, way = ending_of(before), way_back(door)
    if ending is not None and door.earlier is not None:
        page = say_decided(leaving, ending, door.earlier.created_at, can_go_back=way is not None)
    else:
        page = ask_why(leaving, fill(leaving.definition, {}))
    return let_go(page, way)


def take(door: Door, token: str, action: str) -> Response:
    """A decision, a look at what could be instead, another language, or the way back."""
    fields = PlainFields(document()) if request.is_json else request.form
    posted = read_post(fields, at_once=wants_json())
    leaving = _arriving(door, token, action, posted.switch_to or posted.language)
    before = _said_before(door)
    way = way_back(door)
    if posted.go == "back" and door.earlier is not None and (there := ending_of(before)) is not None:
        if way is not None:  # a new token of what is stored: nothing changes by it
            return _go(way.with_token(there, door.earlier.public_id))
        return say_decided(leaving, there, door.earlier.created_at, can_go_back=False)
    filled = fill(leaving.definition, _values(leaving, posted, before))
    ending = None if posted.switch_to else ending_of(filled.answers)
    if ending is not None:
        return _decide(leaving, filled, ending, way)
    if wants_json():
        problem = Problem(OUTCOME, "answer.required", N_("Please choose an answer."))
        title = current_reader().gettext(N_("Please check your answers"))
        return problem_reply(422, title, code="invalid", problems=(problem,))
    if posted.go == "another" or (posted.switch_to and posted.step == INSTEAD):
        return let_go(offer_instead(leaving, filled), way)
    return let_go(ask_why(leaving, filled), way)


def _arriving(door: Door, token: str, action: str, wish: str | None) -> Leaving:
    version_id, definition = definition_of(reading(), door.asked, (door.asked.version_id,))
    offered = read_in(door.asked, definition, door.locale, wish)
    return Leaving(door, token, action, definition, version_id, offered)


def _said_before(door: Door) -> Answers:
    return {} if door.earlier is None else stored_answers(reading(), door.asked.site_id, door.earlier.id)


def _values(leaving: Leaving, posted: Posted, before: Answers) -> Raw:
    """What was sent; a button that stands alone drops nothing that was said before. Too many words are cut."""
    definition = leaving.definition
    there = {} if posted.step else as_raw(definition, before)
    raw = laid_over(definition, {}, posted.fields, definition.questions)
    sent = {name: values for name, values in raw.items() if values}
    kept = {name: values for name, values in there.items() if name not in (OUTCOME, OFFER)}
    return {
        name: [one[:SHORT_TEXT] for one in values] if name.endswith(".other") else values
        for name, values in {**kept, **sent}.items()
    }


def _decide(leaving: Leaving, filled: Filled, ending: Ending, way: WayBack | None) -> Response:
    door = leaving.door
    counts, key = counter(settings()), link_key(door.link_id or 0)
    if ending is not Ending.CANCELLED and counts.count(key) >= LINK_STEPS:
        return _refuse(leaving, filled, way)
    given, actor = _submission(leaving, filled, ending), Actor.customer(door.link_id)
    with writing() as session:
        stored = settle(session, actor, given, ending, door.earlier)
        promised = promised_with(session, actor, door, stored)
    if stored.outcome != "already":
        counts.add(key)
    there = ending_of(stored_answers(reading(), given.site_id, stored.response_id)) or ending
    told = told_of(promised)
    if wants_json():
        return jsonify(_plain(stored, there, told, way))
    if stored.late or told is not None or way is None:
        page = say_decided(
            leaving,
            there,
            stored.created_at,
            can_go_back=way is not None,
            told=told,
            looked_into=bool(filled.may_write),
            late=stored.late,
            just_now=True,
        )
        return let_go(page, way)
    return _go(way.with_token(there, stored.public_id))


def _submission(leaving: Leaving, filled: Filled, ending: Ending) -> Submission:
    door = leaving.door
    wants_a_person = offer_taken(filled.answers) is Offer.PERSON
    return Submission(
        site_id=door.asked.site_id,
        survey_id=door.asked.survey_id,
        survey=door.asked.slug,
        version_id=leaving.version_id,
        answers=decided(filled.answers, ending),
        score=None,
        locale=reader_tag(),
        assurance=Assurance.LINK,
        contact=contact_of(wants_a_person or filled.may_write),
        link_id=door.link_id,
        customer_id=door.customer.id if door.customer else None,
        interaction_id=door.interaction_id,
        channel=door.channel or "link",
        place=door.place,
    )


def _plain(stored: Stored, ending: Ending, told: Told | None, way: WayBack | None) -> dict[str, Any]:
    return {
        "status": stored.outcome.value,
        "response": stored.public_id,
        "outcome": ending.value,
        "follow_up": told.as_json() if told else None,
        "next": way.with_token(ending, stored.public_id) if way else None,
    }


def _go(address: str) -> Response:
    return Response(status=303, headers={"Location": address})


def _refuse(leaving: Leaving, filled: Filled, way: WayBack | None) -> Response:
    """Too many changes of mind in an hour; cancelling itself is never refused."""
    text = current_reader().gettext(TOO_MANY)
    reply = (
        problem_reply(429, text, code="too-many")
        if wants_json()
        else let_go(ask_why(leaving, filled, notice=text, status=429), way)
    )
    reply.headers.update(refused_until(LINK_STEPS))
    return reply
