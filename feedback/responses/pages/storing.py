"""The end of a survey form: what is stored, in one short transaction, and what the customer is told afterwards."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from flask import Response, jsonify, request

from feedback import clock
from feedback.actors import Actor
from feedback.events import FollowUp, FollowUpOf, gather
from feedback.links.actions import case_link_since, issue_case_link
from feedback.links.models import Link
from feedback.links.urls import customer_case_url
from feedback.rendering import current_reader
from feedback.responses.actions import COUNTED, Stored, Submission, change, contact_of, submit
from feedback.responses.drafts import save_draft
from feedback.responses.drawing import localized, site_view
from feedback.responses.filling import Filled
from feedback.responses.limits import LINK_STEPS, OPEN_ANSWERS, OPEN_REFUSED, counter, link_key, network_key
from feedback.responses.models import Assurance, Contact, State
from feedback.responses.pages.arrival import reader_tag
from feedback.responses.pages.notices import notice
from feedback.responses.pages.visit import Visit, edit_token
from feedback.responses.queries import Door
from feedback.responses.view import ThanksView
from feedback.surveys.definition import LOW_SCORE, Purpose, Question, Role
from feedback.web.errors import wants_json
from feedback.web.templating import page
from feedback.web.transaction import settings, writing

#: Nobody reads a question and answers it faster, in seconds.
TOO_FAST = 2
#: Signs of a robot that keep an answer apart. Speed alone does not: whoever is filled in by a program, or
#: answers by one key, may be that quick (A-11), so it is only noted.
_HELD_BACK = frozenset({"trap", "many"})


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody is told after they have answered: the promise, and the address of their page of the case."""

    promised: FollowUp
    url: str


def too_many(door: Door) -> bool:
    """Whether this link, or this network, has stored more in an hour than people do."""
    counts = counter(settings())
    return counts.count(_counted_as(door)) >= (LINK_STEPS if door.link_id is not None else OPEN_REFUSED)


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
    counter(settings()).add(_counted_as(door))


def send(visit: Visit, filled: Filled, action: str) -> Response:
    """Store the answer and thank for it."""
    door = visit.door
    given = _submission(visit, filled)
    actor = Actor.customer(door.link_id)
    earlier = visit.editing or door.earlier
    with writing() as session:
        stored = submit(session, actor, given) if earlier is None else change(session, actor, given, earlier)
        # Asked in here: another session just for this takes longer than everything else about it.
        follow_up = _follow_up(session, door, stored)
        link = _link(session, actor, door, stored, follow_up) if follow_up is not None else None
    if stored.outcome != "already":
        counter(settings()).add(_counted_as(door))
    told = Told(follow_up, customer_case_url(settings(), link)) if follow_up is not None and link is not None else None
    if wants_json():
        return jsonify(_plain(stored, told))
    if stored.late:
        return notice("already-answered", door)
    return _thank(visit, filled, stored, told, action)


def _counted_as(door: Door) -> str:
    if door.link_id is not None:
        return link_key(door.link_id)
    return network_key(counter(settings()), door.asked.site_id, request.remote_addr)


def _submission(visit: Visit, filled: Filled) -> Submission:
    door = visit.door
    flags = () if door.link_id is not None or visit.editing else _suspicions(visit)
    return Submission(
        site_id=door.asked.site_id,
        survey_id=door.asked.survey_id,
        survey=door.asked.slug,
        version_id=visit.version_id,
        answers=filled.answers,
        score=filled.score,
        locale=reader_tag(),
        assurance=Assurance.ANONYMOUS if door.link_id is None else Assurance.LINK,
        state=State.QUARANTINED if _HELD_BACK.intersection(flags) else State.COMPLETE,
        contact=contact_of(filled.may_write),
        link_id=door.link_id,
        customer_id=door.customer.id if door.customer else None,
        interaction_id=door.interaction_id,
        nonce=_nonce(visit) if door.link_id is None else None,
        channel=door.channel or ("message" if visit.definition.purpose is Purpose.MESSAGE else "link"),
        place=door.place,
        flags=flags,
        has_draft=door.draft is not None,
    )


def _suspicions(visit: Visit) -> tuple[str, ...]:
    """What speaks for a robot; such an answer is kept apart, and its sender sees nothing of that (P-1)."""
    fields = visit.posted.fields if visit.posted else None
    found = []
    if fields is not None and any(fields.getlist(visit.trap)):
        found.append("trap")
    if clock.now().timestamp() - visit.form.issued_at < TOO_FAST:
        found.append("too_fast")
    if counter(settings()).count(_counted_as(visit.door)) >= OPEN_ANSWERS:
        found.append("many")
    return tuple(found)


def _nonce(visit: Visit) -> str:
    """What makes an open answer the same one: the form, or the key that a program gives for it."""
    key = request.headers.get("Idempotency-Key", "")[:200]
    if not key:
        return urlsafe_b64encode(visit.form.nonce).decode()
    asked = visit.door.asked
    digest = sha256(f"{asked.site_id}\x00{asked.survey_id}\x00{key}".encode()).digest()
    return urlsafe_b64encode(digest[:30]).decode()


def _follow_up(session: Any, door: Door, stored: Stored) -> FollowUp | None:
    """Who will come back, and by when, where that was promised: by mail, or on the page to which there is a link."""
    if stored.late or stored.state not in COUNTED:
        return None
    if stored.follow_up is not None:
        return stored.follow_up
    found: list[FollowUp] = gather(session, FollowUpOf(door.asked.site_id, stored.response_id))
    return found[0] if found else None


def _link(session: Any, actor: Actor, door: Door, stored: Stored, follow_up: FollowUp) -> Link:
    """The link that this reply shows (L-12); who sends the same once more sees the same one."""
    site_id, case_id = door.asked.site_id, follow_up.case_id
    customer_id = door.customer.id if door.customer else None
    if stored.outcome != "stored":
        there = case_link_since(session, site_id, case_id=case_id, customer_id=customer_id, since=stored.created_at)
        if there is not None:
            return there
    return issue_case_link(session, actor, site_id, case_id=case_id, customer_id=customer_id, locale=reader_tag())


def _can_be_written_to(door: Door, contact: Contact, filled: Filled) -> bool:
    if contact is Contact.NO:
        return False
    return door.link_id is not None or filled.role(Role.EMAIL) is not None


def _plain(stored: Stored, told: Told | None) -> dict[str, Any]:
    promised = None
    if told is not None:
        promised = {"by": told.promised.by.isoformat(), "who": told.promised.who, "url": told.url}
    return {
        "status": stored.outcome.value,
        "response": stored.public_id,
        "follow_up": promised,
        "next": None,
    }


def _thank(visit: Visit, filled: Filled, stored: Stored, told: Told | None, action: str) -> Response:
    door, reader = visit.door, current_reader()
    text = visit.definition.thanks.for_score(filled.score)
    editable = clock.now() < stored.edit_until
    view = ThanksView(
        site=site_view(door.asked),
        mood=_mood(filled.score),
        languages=(),
        thanks=localized(text, reader, door.asked) if text else None,
        by=told.promised.by if told else None,
        who=told.promised.who if told else None,
        case_url=told.url if told else "",
        may_write=_can_be_written_to(door, stored.contact, filled),
        anonymous=door.link_id is None,
        updated=stored.outcome == "updated",
        edit_action=action if editable else "",
        edit_hidden=_edit_fields(visit, stored) if editable else (),
        edit_until=stored.edit_until if editable else None,
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
