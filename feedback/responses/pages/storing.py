"""The end of a survey form: what is stored, in one short transaction, and what the customer is told afterwards."""

from base64 import urlsafe_b64encode
from dataclasses import replace
from hashlib import sha256
from typing import Any

from flask import Response, jsonify, request

from feedback import clock
from feedback.actors import Actor
from feedback.customers.actions import upsert_customer
from feedback.customers.queries import customer_by_id
from feedback.rendering import current_reader
from feedback.responses.actions import COUNTED, Stored, Submission, change, contact_of, submit
from feedback.responses.drafts import save_draft
from feedback.responses.drawing import localized, site_view
from feedback.responses.filling import Filled
from feedback.responses.limits import LINK_STEPS, OPEN_REFUSED, counter, customer_key, link_key, network_key
from feedback.responses.models import Assurance, Contact, State
from feedback.responses.pages.arrival import reader_tag
from feedback.responses.pages.notices import notice
from feedback.responses.pages.promising import Told, promised_with, told_of
from feedback.responses.pages.suspicion import Suspicion, suspicion_of
from feedback.responses.pages.visit import Visit, edit_token
from feedback.responses.queries import Customer, Door
from feedback.responses.view import ThanksView
from feedback.responses.ways import Way
from feedback.surveys.definition import LOW_SCORE, Purpose, Question, Role
from feedback.web.errors import wants_json
from feedback.web.locale import set_reader
from feedback.web.templating import page
from feedback.web.transaction import settings, writing


def most(visit: Visit) -> int:
    """How much an hour is taken from one link, one customer, or one network."""
    return OPEN_REFUSED if visit.is_strangers else LINK_STEPS


def too_many(visit: Visit) -> bool:
    """Whether that much was stored."""
    return counter(settings()).count(_counted_as(visit)) >= most(visit)


def keep_step(visit: Visit, filled: Filled, following: Question) -> None:
    """Keep a step of a link, unless an answer that is there already is being changed."""
    door = visit.door
    if door.link_id is None or visit.editing is not None:
        return
    if door.earlier is not None and door.earlier.state != State.PARTIAL:
        return
    scored = visit.definition.score
    with writing() as session:
        save_draft(
            session,
            door.asked.site_id,
            door.link_id,
            version_id=visit.version_id,
            locale=reader_tag(),
            values=filled.raw,
            step=following.key,
            scored=bool(scored and scored in filled.answers and filled.answers[scored].given),
        )
    counter(settings()).add(_counted_as(visit))


def send(visit: Visit, filled: Filled, action: str) -> Response:
    """Store the answer and thank for it."""
    given = _submission(visit, filled)
    actor = Actor.customer(visit.door.link_id)
    earlier = visit.editing or visit.door.earlier
    if given.state is State.QUARANTINED and earlier is not None and State(earlier.state) in COUNTED:
        earlier = None  # what speaks for spam replaces nothing that counts: it is kept apart
    with writing() as session:
        door = replace(visit.door, customer=_customer(session, actor, visit))
        given = replace(given, customer_id=door.customer.id if door.customer else None)
        stored = submit(session, actor, given) if earlier is None else change(session, actor, given, earlier)
        # Asked in here: another session just for this takes longer than everything else about it.
        promised = None if stored.elsewhere else promised_with(session, actor, door, stored)
    if stored.outcome != "already":
        counter(settings()).add(_counted_as(visit))
    told = told_of(promised)
    if wants_json():
        return jsonify(_plain(stored, told))
    if stored.late:
        return notice("already-answered", door)
    return _thank(replace(visit, door=door), filled, stored, told, action)


def _customer(session: Any, actor: Actor, visit: Visit) -> Customer | None:
    """Whose answer it is: of the link, of the token, or of whoever gave the one that is changed now."""
    site_id = visit.door.asked.site_id
    if visit.door.customer is not None:
        return visit.door.customer
    if visit.editing is not None:
        row = customer_by_id(session, site_id, visit.editing.customer_id) if visit.editing.customer_id else None
    else:
        row = upsert_customer(session, actor, site_id, visit.known) if visit.known else None
    return Customer(row.id, row.email, row.erased_at is not None, row.time_zone) if row else None


def _counted_as(visit: Visit) -> str:
    door = visit.door
    if door.link_id is not None:
        return link_key(door.link_id)
    if visit.known is not None:
        return customer_key(door.asked.site_id, visit.known.external_id)
    return network_key(counter(settings()), door.asked.site_id, request.remote_addr)


def _submission(visit: Visit, filled: Filled) -> Submission:
    door = visit.door
    stranger = visit.is_strangers and not (visit.editing and visit.editing.customer_id)
    suspicion = suspicion_of(visit, filled, _counted_as(visit)) if stranger else Suspicion()
    nonce, form_nonce = _nonces(visit) if door.link_id is None else (None, None)
    return Submission(
        site_id=door.asked.site_id,
        survey_id=door.asked.survey_id,
        survey=door.asked.slug,
        version_id=visit.version_id,
        answers=filled.answers,
        score=filled.score,
        locale=reader_tag(),
        assurance=_assurance(visit),
        state=State.QUARANTINED if suspicion.holds_back else State.COMPLETE,
        contact=contact_of(filled.may_write),
        link_id=door.link_id,
        interaction_id=door.interaction_id,
        nonce=nonce,
        form_nonce=form_nonce,
        channel=door.channel or _way(visit).channel,
        place=door.place,
        flags=suspicion.flags,
        once=suspicion.once,
        has_draft=door.draft is not None,
    )


def _assurance(visit: Visit) -> Assurance:
    if visit.door.link_id is not None:
        return Assurance.LINK
    return Assurance.VERIFIED if visit.known else Assurance.ANONYMOUS


def _way(visit: Visit) -> Way:
    """A message is one also where it was written at the survey's own address."""
    way = visit.door.way
    return Way.MESSAGE if way is Way.OPEN and visit.definition.purpose is Purpose.MESSAGE else way


def _nonces(visit: Visit) -> tuple[str, str | None]:
    """What makes an open answer the same one: the form, or the key that a program gives for it, and then its form.

    Nobody else's can be: neither a key that somebody guesses nor a form that was left open changes an answer, or shows
    a case. Of a customer whom the site names, that is who they are; of a stranger with a key, the form they have.
    """
    form = urlsafe_b64encode(visit.form.nonce).decode()
    key = request.headers.get("Idempotency-Key", "")[:200]
    who = visit.known.external_id if visit.known else ""
    if not key and not who:
        return form, None
    asked = visit.door.asked
    parts = (asked.site_id, asked.survey_id, who, key or visit.form.nonce.hex())
    digest = sha256("\x00".join(map(str, parts)).encode()).digest()
    return urlsafe_b64encode(digest[:30]).decode(), None if who else form


def _can_be_written_to(door: Door, contact: Contact, filled: Filled) -> bool:
    if contact is Contact.NO:
        return False
    return door.link_id is not None or bool(door.customer and door.customer.email) or bool(filled.role(Role.EMAIL))


def _plain(stored: Stored, told: Told | None) -> dict[str, Any]:
    return {
        "status": stored.outcome.value,
        "response": stored.public_id,
        "follow_up": told.as_json() if told else None,
        "next": None,
    }


def _thank(visit: Visit, filled: Filled, stored: Stored, told: Told | None, action: str) -> Response:
    door, reader = visit.door, current_reader()
    if door.customer is not None and door.customer.time_zone:  # as in the mails that follow
        reader = replace(reader, time_zone=door.customer.time_zone)
        set_reader(reader)
    text = visit.definition.thanks.for_score(filled.score)
    editable = clock.now() < stored.edit_until and not stored.elsewhere
    view = ThanksView(
        site=site_view(door.asked),
        mood=_mood(filled.score),
        languages=(),
        thanks=localized(text, reader, door.asked) if text else None,
        by=told.promised.by if told else None,
        who=told.promised.who if told else None,
        case_url=told.url if told else "",
        may_write=_can_be_written_to(door, stored.contact, filled),
        updated=stored.outcome == "updated",
        edit_action=action if editable else "",
        edit_hidden=_edit_fields(visit, stored) if editable else (),
        edit_until=stored.edit_until if editable else None,
        frame=door.frame,
    )
    return page("public/thanks.html", view=view)


def _mood(score: int | None) -> str:
    if score is None:
        return "neutral"
    return "low" if score <= LOW_SCORE else "high"


def _edit_fields(visit: Visit, stored: Stored) -> tuple[tuple[str, str], ...]:
    return (
        ("fb_edit", edit_token(visit.door.asked.site_id, stored.response_id)),
        ("fb_lang", current_reader().language),
    )
