"""Changing responses: store one, change it within its edit window, disown it, let it out of quarantine."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import CursorResult, Table, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from feedback import audit, clock
from feedback.actors import Actor
from feedback.db import new_public_id
from feedback.errors import NotAllowed, NotFound
from feedback.events import FollowUp, ResponseDisowned, ResponseSubmitted, ResponseUpdated, emit
from feedback.i18n.text import N_
from feedback.jobs import enqueue
from feedback.links.actions import revoke_link
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
    channel: str = "link"
    place: str | None = None
    flags: tuple[str, ...] = ()
    has_draft: bool = False


@dataclass(frozen=True, slots=True)
class Stored:
    """The response as it is now. ``late``: it was there, and the time to change it is over.

    ``follow_up`` is what was promised this very moment, if anything was.
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

    @property
    def edit_until(self) -> datetime:
        """Until when it can be changed."""
        return self.created_at + EDIT_WINDOW


def submit(session: Session, actor: Actor, given: Submission) -> Stored:
    """Store an answer once, however often and from wherever it is sent: seven statements at most without a case.

    The same answer again changes nothing. Another one within the edit window replaces it, and what it said before
    is kept. After that nothing changes.
    """
    now = clock.now()
    public_id = new_public_id()
    response_id = _insert(session, given, public_id, now)
    if response_id is None:
        return _again(session, actor, given)
    _insert_answers(session, given, response_id)
    if given.has_draft and given.link_id is not None and given.state is not State.PARTIAL:
        drop_draft(session, given.site_id, given.link_id)
    _afterwards(session, given.site_id, response_id)
    told = emit(session, _submitted(given, response_id)) if given.state in COUNTED else ()
    promised = next((one for one in told if isinstance(one, FollowUp)), None)
    outcome = Outcome.QUARANTINED if given.state is State.QUARANTINED else Outcome.STORED
    return Stored(outcome, response_id, public_id, given.state, given.score, given.contact, now, follow_up=promised)


def change(session: Session, actor: Actor, given: Submission, earlier: Earlier) -> Stored:
    """Replace what a response says, if that is still allowed and anything is different."""
    now = clock.now()
    state = State(earlier.state)
    before = stored_answers(session, given.site_id, earlier.id)
    resumed = state is State.PARTIAL
    late = state is State.DISOWNED or (not resumed and now >= earlier.created_at + EDIT_WINDOW)
    finished = resumed and given.state is State.COMPLETE
    if late or (to_plain(before) == to_plain(_given(given.answers)) and not finished):
        return _as_it_was(earlier, late)
    after = given.state if state in COUNTED else state
    if not _replace_head(session, given, earlier, after, now):  # somebody else changed it since we looked
        return change(session, actor, given, earlier_by_id(session, given.site_id, given.survey_id, earlier.id))
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
    _afterwards(session, given.site_id, earlier.id)
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


def disown(
    session: Session, actor: Actor, site_id: int, *, link_id: int, customer_id: int | None, earlier: Earlier | None
) -> bool:
    """Whoever holds the link says that this is not them: the answer no longer counts, and staff are told.

    A link that nobody had answered stops working, so that the stranger can't answer in the customer's place.

    False if that was said before.
    """
    drop_draft(session, site_id, link_id)
    if earlier is None:
        revoke_link(session, actor, site_id, link_id)
    else:
        done = session.execute(
            update(_RESPONSE)
            .where(
                _RESPONSE.c.site_id == site_id,
                _RESPONSE.c.id == earlier.id,
                _RESPONSE.c.state != State.DISOWNED.value,
            )
            .values(state=State.DISOWNED.value, updated_at=clock.now())
        )
        if cast(CursorResult[Any], done).rowcount == 0:
            return False
    audit.record(
        session,
        actor,
        "response.disown",
        site_id=site_id,
        subject="response" if earlier else "link",
        subject_id=earlier.public_id if earlier else link_id,
        before={"state": earlier.state} if earlier else None,
        after={"state": State.DISOWNED.value} if earlier else None,
    )
    emit(
        session,
        ResponseDisowned(
            site_id,
            response_id=earlier.id if earlier else None,
            link_id=link_id,
            customer_id=customer_id,
        ),
    )
    return True


def release(session: Session, actor: Actor, site_id: int, public_id: str) -> None:
    """Let an answer out of quarantine: from now on it counts, and is routed. Raises NotFound or NotAllowed."""
    row = session.scalars(
        select(Response).where(Response.site_id == site_id, Response.public_id == public_id)
    ).one_or_none()
    if row is None:
        raise NotFound(public_id)
    done = session.execute(
        update(_RESPONSE)
        .where(
            _RESPONSE.c.site_id == site_id,
            _RESPONSE.c.id == row.id,
            _RESPONSE.c.state == State.QUARANTINED.value,
        )
        .values(state=State.COMPLETE.value, updated_at=clock.now())
    )
    if cast(CursorResult[Any], done).rowcount == 0:
        raise NotAllowed("not-quarantined", N_("This answer is not in quarantine."))
    audit.record(
        session,
        actor,
        "response.release",
        site_id=site_id,
        subject="response",
        subject_id=public_id,
        before={"state": State.QUARANTINED.value},
        after={"state": State.COMPLETE.value},
    )
    _afterwards(session, site_id, row.id)
    survey = session.execute(
        select(_SURVEY.c.slug).where(_SURVEY.c.site_id == site_id, _SURVEY.c.id == row.survey_id)
    ).scalar_one()
    emit(
        session,
        ResponseSubmitted(
            site_id,
            response_id=row.id,
            customer_id=row.customer_id,
            survey_id=row.survey_id,
            survey=survey,
            score=row.score,
            state=State.COMPLETE.value,
            language=row.locale,
        ),
    )


_SURVEY = Response.metadata.tables["survey"]


def _again(session: Session, actor: Actor, given: Submission) -> Stored:
    """The link or the form was answered before, perhaps a moment ago by the second click of a double one."""
    if given.link_id is not None:
        found = earlier_by_link(session, given.site_id, given.link_id)
    else:
        found = earlier_by_nonce(session, given.site_id, given.nonce or "")
    if found is None:
        raise NotFound("response")  # the same nonce on another site: not ours to speak of
    return change(session, actor, given, found)


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
        "state": given.state.value,
        "contact": given.contact.value,
        "assurance": given.assurance.value,
        "score": given.score,
        "locale": given.locale,
        "channel": given.channel,
        "place": given.place,
        "flags": list(given.flags),
        "created_at": now,
        "updated_at": now,
    }
    statement = _ONCE[session.get_bind().dialect.name, given.link_id is not None]
    found = session.execute(statement, values).scalar_one_or_none()
    return None if found is None else int(found)


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


def _afterwards(session: Session, site_id: int, response_id: int) -> None:
    """Everything that needn't be done before somebody is thanked is one job."""
    enqueue(session, "responses.after", site_id=site_id, response_id=response_id)


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
