"""Storing an answer once, whatever sends it and how often, and changing it within its edit window."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any, cast

from sqlalchemy import CursorResult, Table, delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from feedback import clock
from feedback.actors import Actor
from feedback.db import new_public_id
from feedback.errors import NotAllowed, NotFound
from feedback.events import FollowUp, ResponseSubmitted, ResponseUpdated, emit
from feedback.i18n.text import N_
from feedback.responses.actions.later import finish_later
from feedback.responses.actions.once import Once, comes_first
from feedback.responses.drafts import drop_draft
from feedback.responses.models import (
    Answer,
    Assurance,
    Contact,
    Response,
    ResponseRevision,
    State,
)
from feedback.responses.queries import (
    Earlier,
    earlier_by_id,
    earlier_by_link,
    earlier_by_nonce,
    stored_answers,
)
from feedback.surveys.answers import Answers, to_plain

#: How long an answer can be changed by whoever gave it.
EDIT_WINDOW = timedelta(minutes=30)
#: Only these count, and only these open cases.
COUNTED = frozenset({State.COMPLETE, State.PARTIAL})
KEY_USED = N_("This Idempotency-Key came with another answer before. Nothing was stored; send it with a new one.")

_RESPONSE = cast(Table, Response.__table__)
_ANSWER = cast(Table, Answer.__table__)
_REVISION = cast(Table, ResponseRevision.__table__)


def _once(insert: Any, column: Any) -> Any:
    """An insert that does nothing where the link or the form was answered already."""
    return (
        insert(_RESPONSE)
        .on_conflict_do_nothing(index_elements=[column.name], index_where=column.is_not(None))
        .returning(_RESPONSE.c.id)
    )


# Made once, by dialect and by whether a link or a form's nonce is what can be answered only once.
_ONCE = {
    (dialect, by_link): _once(insert, _RESPONSE.c.link_id if by_link else _RESPONSE.c.nonce)
    for dialect, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
    for by_link in (True, False)
}
_INSERT_ANSWERS = _ANSWER.insert()


class Outcome(StrEnum):
    """What became of a submit; programs get the word as ``status``."""

    STORED = "stored"
    UPDATED = "updated"
    ALREADY = "already"
    QUARANTINED = "quarantined"


def contact_of(may_write: bool | None) -> Contact:
    """What is stored of the answer to "May we write to you about this?"."""
    if may_write is None:
        return Contact.NOT_ASKED
    return Contact.YES if may_write else Contact.NO


@dataclass(frozen=True, slots=True)
class Submission:
    """A checked answer, ready to be stored. ``link_id`` or ``nonce`` is what can be answered only once."""

    site_id: int
    survey_id: int
    survey: str
    version_id: int
    answers: Answers
    score: int | None
    locale: str
    assurance: Assurance
    state: State = State.COMPLETE
    contact: Contact = Contact.NOT_ASKED
    link_id: int | None = None
    customer_id: int | None = None
    interaction_id: int | None = None
    nonce: str | None = None
    #: The form, where ``nonce`` is a key that somebody else may have guessed or used by chance.
    form_nonce: str | None = None
    channel: str = "link"
    place: str | None = None
    flags: tuple[str, ...] = ()
    has_draft: bool = False
    #: What must not have come before, in another form: then the answer is held back.
    once: tuple[Once, ...] = ()
    kiosk_id: int | None = None
    #: When it was given, where that was before it came here.
    given_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """The response as it is now. ``late``: it was there, and the time to change it is over.

    ``follow_up`` is what was promised this very moment, if anything was. ``elsewhere``: the same was sent with the same
    key from another form, perhaps by a stranger, who is told no more than that it is there.
    """

    outcome: Outcome
    response_id: int
    public_id: str
    state: State
    score: int | None
    contact: Contact
    created_at: datetime
    late: bool = False
    follow_up: FollowUp | None = None
    elsewhere: bool = False

    @property
    def edit_until(self) -> datetime:
        """Until when it can be changed."""
        return self.created_at + EDIT_WINDOW


def submit(session: Session, actor: Actor, given: Submission) -> Stored:
    """Store an answer once, however often and from wherever it is sent: seven statements at most without a case.

    What may come once only takes one more each, and is asked of a new answer only: who sends a form again has said
    nothing twice.

    The same answer again changes nothing. Another one within the edit window replaces it, and what it said before
    is kept. After that nothing changes. Raises NotAllowed for another answer from another form with the same key.
    """
    now = clock.now()
    public_id = new_public_id()
    response_id = _insert(session, given, public_id, now)
    if response_id is None:
        return _again(session, actor, given)
    given = _held_back_if_repeated(session, given, response_id)
    _insert_answers(session, given, response_id)
    if given.has_draft and given.link_id is not None and given.state is not State.PARTIAL:
        drop_draft(session, given.site_id, given.link_id)
    finish_later(session, given.site_id, response_id)
    told = emit(session, _submitted(given, response_id)) if given.state in COUNTED else ()
    promised = next((one for one in told if isinstance(one, FollowUp)), None)
    outcome = Outcome.QUARANTINED if given.state is State.QUARANTINED else Outcome.STORED
    given_at = given.given_at or now
    return Stored(
        outcome, response_id, public_id, given.state, given.score, given.contact, given_at, follow_up=promised
    )


def change(session: Session, actor: Actor, given: Submission, earlier: Earlier, *, whenever: bool = False) -> Stored:
    """Replace what a response says, if that is still allowed and anything is different.

    ``whenever``: also after the edit window, which nobody is to be kept waiting or locked in by.
    """
    now = clock.now()
    state = State(earlier.state)
    before = stored_answers(session, given.site_id, earlier.id)
    resumed = state is State.PARTIAL
    late = state is State.DISOWNED or (not resumed and not whenever and now >= earlier.created_at + EDIT_WINDOW)
    finished = resumed and given.state is State.COMPLETE
    if late or (to_plain(before) == to_plain(_given(given.answers)) and not finished):
        return _as_it_was(earlier, late)
    after = given.state if state in COUNTED else state
    if not _replace_head(session, given, earlier, after, now):  # somebody else changed it since we looked
        present = earlier_by_id(session, given.site_id, given.survey_id, earlier.id)
        return change(session, actor, given, present, whenever=whenever)
    session.execute(
        _REVISION.insert().values(
            site_id=given.site_id,
            response_id=earlier.id,
            score=earlier.score,
            answers=to_plain(before),
            replaced_at=now,
        )
    )
    session.execute(delete(_ANSWER).where(_ANSWER.c.site_id == given.site_id, _ANSWER.c.response_id == earlier.id))
    _insert_answers(session, given, earlier.id)
    if given.has_draft and given.link_id is not None and given.state is not State.PARTIAL:
        drop_draft(session, given.site_id, given.link_id)
    finish_later(session, given.site_id, earlier.id)
    if after in COUNTED:
        emit(
            session,
            ResponseUpdated(
                given.site_id,
                response_id=earlier.id,
                customer_id=given.customer_id,
                survey_id=given.survey_id,
                survey=given.survey,
                score_before=earlier.score,
                score=given.score,
                state=after.value,
                language=given.locale,
            ),
        )
    return Stored(Outcome.UPDATED, earlier.id, earlier.public_id, after, given.score, given.contact, earlier.created_at)


def _replace_head(session: Session, given: Submission, earlier: Earlier, state: State, now: datetime) -> bool:
    """Whether the row was still as we read it; from here on nobody else can change its answers."""
    done = session.execute(
        update(_RESPONSE)
        .where(
            _RESPONSE.c.site_id == given.site_id,
            _RESPONSE.c.id == earlier.id,
            _RESPONSE.c.updated_at == earlier.updated_at,
            _RESPONSE.c.state == earlier.state,
        )
        .values(
            version_id=given.version_id,
            state=state.value,
            score=given.score,
            contact=given.contact.value,
            locale=given.locale,
            updated_at=max(now, earlier.updated_at + timedelta(microseconds=1)),
        )
    )
    return cast(CursorResult[Any], done).rowcount == 1


def _again(session: Session, actor: Actor, given: Submission) -> Stored:
    """The link or the form was answered before, perhaps a moment ago by the second click of a double one."""
    if given.link_id is not None:
        found = earlier_by_link(session, given.site_id, given.link_id)
    else:
        found = earlier_by_nonce(session, given.site_id, given.nonce or "")
    if found is None:
        raise NotFound("response")  # the same nonce on another site: not ours to speak of
    if given.form_nonce != found.form_nonce:
        return _from_elsewhere(session, given, found)
    if given.state is State.QUARANTINED and State(found.state) in COUNTED and given.nonce:
        before = stored_answers(session, given.site_id, found.id)
        if to_plain(before) != to_plain(_given(given.answers)):
            return submit(session, actor, replace(given, nonce=_apart(given.nonce)))
    return change(session, actor, given, found)


def _from_elsewhere(session: Session, given: Submission, found: Earlier) -> Stored:
    """A key that came with another form: nobody's answer is changed, or shown, by whoever uses the same one."""
    if to_plain(stored_answers(session, given.site_id, found.id)) != to_plain(_given(given.answers)):
        raise NotAllowed("key-used", KEY_USED)
    return replace(_as_it_was(found, late=False), elsewhere=True)


def _apart(nonce: str) -> str:
    """The nonce of what a form said after its first words counted, where that is held back."""
    return urlsafe_b64encode(sha256(nonce.encode()).digest()[:30]).decode()


def _insert(session: Session, given: Submission, public_id: str, now: datetime) -> int | None:
    values: dict[str, Any] = {
        "public_id": public_id,
        "site_id": given.site_id,
        "survey_id": given.survey_id,
        "version_id": given.version_id,
        "link_id": given.link_id,
        "customer_id": given.customer_id,
        "interaction_id": given.interaction_id,
        "nonce": given.nonce,
        "form_nonce": given.form_nonce,
        "state": given.state.value,
        "contact": given.contact.value,
        "assurance": given.assurance.value,
        "score": given.score,
        "locale": given.locale,
        "channel": given.channel,
        "place": given.place,
        "kiosk_id": given.kiosk_id,
        "flags": list(given.flags),
        "created_at": given.given_at or now,
        "updated_at": now,
    }
    statement = _ONCE[session.get_bind().dialect.name, given.link_id is not None]
    found = session.execute(statement, values).scalar_one_or_none()
    return None if found is None else int(found)


def _held_back_if_repeated(session: Session, given: Submission, response_id: int) -> Submission:
    """The same, or as it is kept apart because some of it has come before."""
    flags = tuple(one.flag for one in given.once if not comes_first(session, given.site_id, one))
    if not flags:
        return given
    held = replace(given, state=State.QUARANTINED, flags=(*given.flags, *flags))
    session.execute(
        update(_RESPONSE)
        .where(_RESPONSE.c.site_id == given.site_id, _RESPONSE.c.id == response_id)
        .values(state=held.state.value, flags=list(held.flags))
    )
    return held


def _insert_answers(session: Session, given: Submission, response_id: int) -> None:
    rows = [
        {
            "site_id": given.site_id,
            "response_id": response_id,
            "question": answer.question,
            "option": value.option,
            "number": value.number,
            "text": value.text,
        }
        for answer in given.answers.values()
        for value in answer.values
    ]
    if rows:
        session.execute(_INSERT_ANSWERS, rows)


def _submitted(given: Submission, response_id: int) -> ResponseSubmitted:
    return ResponseSubmitted(
        given.site_id,
        response_id=response_id,
        customer_id=given.customer_id,
        survey_id=given.survey_id,
        survey=given.survey,
        score=given.score,
        state=given.state.value,
        language=given.locale,
    )


def _given(answers: Answers) -> Answers:
    return {key: answer for key, answer in answers.items() if answer.given}


def _as_it_was(earlier: Earlier, late: bool) -> Stored:
    return Stored(
        Outcome.ALREADY,
        earlier.id,
        earlier.public_id,
        State(earlier.state),
        earlier.score,
        Contact(earlier.contact),
        earlier.created_at,
        late=late,
    )
