"""Storing what is tapped at a feedback screen: each tap once, the reason with it, and apart what doesn't count."""

from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import cast

from sqlalchemy import Table, update
from sqlalchemy.orm import Session

from feedback import clock
from feedback.actors import Actor
from feedback.db import insert_once
from feedback.events import ResponseUpdated, emit
from feedback.responses.actions.kiosks import note_tap
from feedback.responses.actions.submitting import COUNTED, Outcome, Submission, submit
from feedback.responses.filling import Filled
from feedback.responses.mashing import UNPAIRED, flags_of, moment_of
from feedback.responses.models import Answer, Assurance, Response, State
from feedback.responses.queries import Earlier, earlier_by_nonce, stored_answers
from feedback.responses.queries.kiosks import taps_around
from feedback.responses.ways import Way

_ANSWER = cast(Table, Answer.__table__)


@dataclass(frozen=True, slots=True)
class Screen:
    """Where taps come from. ``kiosk_id`` None or ``trusted`` False: what it sends is kept apart."""

    site_id: int
    survey_id: int
    survey: str
    kiosk_id: int | None = None
    trusted: bool = False
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Tap:
    """One checked tap. ``key`` was made by the screen and comes again whenever it sends the same tap."""

    key: str
    version_id: int
    filled: Filled
    locale: str
    waited: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a tap."""

    outcome: Outcome
    public_id: str

    @property
    def is_new(self) -> bool:
        """Whether it was stored just now."""
        return self.outcome in (Outcome.STORED, Outcome.QUARANTINED)


def take(session: Session, actor: Actor, screen: Screen, taps: Iterable[Tap]) -> list[Taken]:
    """Store each tap unless it is there, or add to it the reason that was tapped afterwards.

    A tap alone is a whole answer: whoever walks on has said something. What counts, by ``COUNTED``, is in the state
    ``complete``; of a screen that isn't trusted, of one hand in a row all but the first, and of more than people make
    in a minute, each is stored as ``quarantined`` with its flag.
    """
    taken = [_take(session, actor, screen, tap) for tap in taps]
    if screen.kiosk_id is not None and any(one.is_new for one in taken):
        note_tap(session, screen.site_id, screen.kiosk_id, clock.now())
    return taken


def _take(session: Session, actor: Actor, screen: Screen, tap: Tap) -> Taken:
    nonce = nonce_of(screen, tap.key)
    earlier = earlier_by_nonce(session, screen.site_id, nonce)
    if earlier is not None:
        return _add_reason(session, screen, tap, earlier)
    given_at = moment_of(clock.now(), tap.waited)
    flags = _flags(session, screen, given_at)
    stored = submit(
        session,
        actor,
        Submission(
            site_id=screen.site_id,
            survey_id=screen.survey_id,
            survey=screen.survey,
            version_id=tap.version_id,
            answers=tap.filled.answers,
            score=tap.filled.score,
            locale=tap.locale,
            assurance=Assurance.KIOSK,
            state=State.QUARANTINED if flags else State.COMPLETE,
            nonce=nonce,
            channel=Way.KIOSK.channel,
            place=screen.place,
            flags=flags,
            kiosk_id=screen.kiosk_id,
            given_at=given_at,
        ),
    )
    return Taken(stored.outcome, stored.public_id)


def nonce_of(screen: Screen, key: str) -> str:
    """What makes a tap the same one, however often it is sent and whether the screen was paired anew meanwhile."""
    digest = sha256(f"kiosk\x00{screen.site_id}\x00{screen.survey_id}\x00{key}".encode()).digest()
    return urlsafe_b64encode(digest[:30]).decode()


def _flags(session: Session, screen: Screen, given_at: datetime) -> tuple[str, ...]:
    if screen.kiosk_id is None or not screen.trusted:
        return (UNPAIRED,)
    return flags_of(given_at, taps_around(session, screen.site_id, screen.kiosk_id, given_at))


def _add_reason(session: Session, screen: Screen, tap: Tap, earlier: Earlier) -> Taken:
    """Answers that the stored tap doesn't have yet; what it says already stays as it was said first."""
    before = stored_answers(session, screen.site_id, earlier.id)
    new = (
        []
        if tap.filled.score != earlier.score
        else [answer for key, answer in tap.filled.answers.items() if answer.given and key not in before]
    )
    added = 0
    for answer in new:
        for value in answer.values:
            row = {
                "site_id": screen.site_id,
                "response_id": earlier.id,
                "question": answer.question,
                "option": value.option,
                "number": value.number,
                "text": value.text,
            }
            added += insert_once(session, _ANSWER, row, ["response_id", "question", "option"]) is not None
    if not added:
        return Taken(Outcome.ALREADY, earlier.public_id)
    session.execute(
        update(Response)
        .where(Response.site_id == screen.site_id, Response.id == earlier.id)
        .values(updated_at=clock.now())
    )
    if State(earlier.state) in COUNTED:
        emit(
            session,
            ResponseUpdated(
                screen.site_id,
                response_id=earlier.id,
                customer_id=None,
                survey_id=screen.survey_id,
                survey=screen.survey,
                score_before=earlier.score,
                score=earlier.score,
                state=earlier.state,
                language=tap.locale,
            ),
        )
    return Taken(Outcome.UPDATED, earlier.public_id)
