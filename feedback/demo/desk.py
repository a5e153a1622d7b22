"""What the staff of the demonstration do about a case: answer, promise, hand off, solve, and go on where it isn't."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import clock
from feedback.cases import actions as cases
from feedback.cases.models import Case, CaseResponse, Promise
from feedback.cases.queries.canned import canned_replies
from feedback.cases.states import Outcome, PromiseState, State
from feedback.cases.wording import Facts, filled
from feedback.demo.cast import Words
from feedback.demo.customers import MAIL, MAIL_FROM_ELSEWHERE, PAGE, Customers
from feedback.demo.people import Client, Colleague, Place
from feedback.demo.timeline import Timeline
from feedback.errors import DomainError, NotAllowed
from feedback.i18n.formats import Formats
from feedback.i18n.negotiation import language_of

_OUTCOMES = (
    (Outcome.SOLVED,) * 11
    + (Outcome.EXPLAINED,) * 5
    + (Outcome.COMPENSATED,) * 2
    + (Outcome.NOT_REACHED,)
    + (Outcome.NO_ACTION,)
)
#: Longer ago most of it was done by phone.
LETTERS_FOR = timedelta(days=35)
_WAYS = (PAGE, PAGE, PAGE, MAIL, MAIL, MAIL, MAIL_FROM_ELSEWHERE)
Move = Callable[[Session], object]


@dataclass(frozen=True, slots=True)
class Ref:
    """A case as those who work on it know it."""

    place: Place
    id: int
    public_id: str
    number: int
    language: str
    owner: Colleague
    client: Client | None


class Desk:
    """All companies' staff at once; ``chance`` decides everything that could be otherwise."""

    def __init__(self, timeline: Timeline, customers: Customers, chance: Random, words: dict[str, Words]) -> None:
        self.timeline = timeline
        self.customers = customers
        self.chance = chance
        self.words = words
        self._handled: set[int] = set()
        #: Customers whose case goes by a script.
        self.scripted: set[int] = set()

    def follow(self, session: Session, place: Place, response_id: int, client: Client | None) -> None:
        """A low answer came in: work on its case, if somebody isn't already."""
        case = self.case_of(session, place, response_id, client)
        if case is None or (client is not None and client.id in self.scripted):
            return
        if case.id in self._handled:
            self._go_on(session, case)
            return
        self._handled.add(case.id)
        if self.chance.random() < (0.5 if self.timeline.now - clock.now() < timedelta(days=3) else 0.03):
            return  # nobody looks: this is what the triage list is for
        self._work(case)

    def case_of(self, session: Session, place: Place, response_id: int, client: Client | None) -> Ref | None:
        """The case that an answer is on, with somebody to work on it; whoever looks after it is due looks."""
        row = session.execute(
            select(Case.id, Case.public_id, Case.number, Case.owner_id, Case.language, Case.due_at)
            .join(CaseResponse, CaseResponse.case_id == Case.id)
            .where(
                CaseResponse.site_id == place.site_id,
                Case.site_id == place.site_id,
                CaseResponse.response_id == response_id,
            )
            .order_by(Case.id.desc())
            .limit(1)
        ).one_or_none()
        if row is None:
            return None
        self.timeline.watch(row.due_at)
        language = language_of(row.language)
        owner = next((one for one in place.team if one.id == row.owner_id), None)
        owner = owner or self.chance.choice(place.readers(language))
        return Ref(place, row.id, row.public_id, row.number, language, owner, client)

    # -- moves: one that a case refuses because it went another way than planned is left out, as it would be in life;
    #    it refuses before it changes anything, so none needs a savepoint

    def move(self, moment: datetime, move: Move) -> None:
        """Have somebody do something."""

        def happen(session: Session) -> None:
            with suppress(DomainError):
                move(session)

        self.timeline.plan(moment, happen)

    def take(self, case: Ref) -> Move:
        """Somebody is on it."""
        return lambda session: cases.take(session, case.owner.actor, case.place.site_id, case.public_id)

    def note(self, case: Ref) -> Move:
        """A word to colleagues."""
        text = self.chance.choice(self.words[case.owner.languages[0]].notes)
        return lambda session: cases.note(session, case.owner.actor, case.place.site_id, case.public_id, text)

    def hand_off(self, case: Ref, to: Colleague) -> Move:
        """Somebody else goes on, and is told what they need to know."""
        note = self.chance.choice(self.words[case.owner.languages[0]].notes)
        site_id, actor = case.place.site_id, case.owner.actor
        return lambda session: cases.assign(session, actor, site_id, case.public_id, to.id, note=note)

    def reply(self, case: Ref, text: str, *, promise: tuple[str, datetime] | None = None, wait: bool = False) -> Move:
        """A letter, or a call where none may be written."""
        call = self.chance.choice(self.words[case.owner.languages[0]].calls)
        channel = self.chance.choice(("phone", "phone", "whatsapp", "in_person"))
        site_id, actor = case.place.site_id, case.owner.actor

        def speak(session: Session) -> None:
            try:
                letter = text or self._canned(session, case, promise)
                cases.reply(session, actor, site_id, case.public_id, letter, promise=promise, wait=wait)
            except NotAllowed:
                cases.contact(session, actor, site_id, case.public_id, call, channel=channel)
            if promise is not None:
                self.timeline.watch(promise[1])

        return speak

    def put_off(self, case: Ref, due: datetime) -> Move:
        """What was promised takes longer, and why."""
        reason = self.chance.choice(self.words[case.language].delays)
        site_id, actor = case.place.site_id, case.owner.actor

        def move(session: Session) -> None:
            promised = session.scalar(
                select(Promise.public_id)
                .where(Promise.site_id == site_id, Promise.case_id == case.id, Promise.what != "")
                .where(Promise.state == PromiseState.OPEN.value)
                .order_by(Promise.id.desc())
                .limit(1)
            )
            if promised is not None:
                cases.move_promise(session, actor, site_id, case.public_id, promised, due, reason=reason)
                self.timeline.watch(due)

        return move

    def resolve(self, case: Ref, outcome: Outcome = Outcome.SOLVED) -> Move:
        """It is done."""
        note = self.chance.choice(self.words[case.owner.languages[0]].ends)
        site_id, actor = case.place.site_id, case.owner.actor
        return lambda session: cases.resolve(session, actor, site_id, case.public_id, outcome, note=note)

    def says_back(self, case: Ref, way: str) -> Move:
        """The customer answers."""
        text = self.chance.choice(self.words[case.language].back)

        def write(session: Session) -> None:
            if case.client is not None:
                self.customers.write_back(session, case.place, case.id, case.client, text, way)

        return write

    def _canned(self, session: Session, case: Ref, promise: tuple[str, datetime] | None) -> str:
        """The site's reply that says sorry, and until when; without a time one's own words."""
        when = promise[1] if promise else None
        text = canned_replies(session, case.place.site_id, case.language)[0].text
        if when is None or case.client is None or not case.client.name:
            return self.chance.choice(self.words[case.language].replies)
        formats = Formats(case.client.locale, case.place.zone)
        facts = Facts(
            customer=case.client.name,
            name=case.owner.name,
            site=case.place.company.name,
            number=formats.digits(str(case.number)),
            when=formats.when(when, clock.now()),
        )
        return filled(text, facts)

    # -- how a case goes

    def _work(self, case: Ref) -> None:
        chance, opened = self.chance, clock.now()
        taken = self._at_work(case, opened, 0.2, 3.0)
        self.move(taken, self.take(case))
        if chance.random() < 0.35:
            self.move(self._at_work(case, taken, 0.1, 0.8), self.note(case))
        others = [one for one in case.place.readers(case.language) if one.id != case.owner.id]
        if others and chance.random() < 0.08:
            taken = self._at_work(case, taken, 0.5, 2.0)
            next_one = chance.choice(others)
            self.move(taken, self.hand_off(case, next_one))
            case = replace(case, owner=next_one)
        self._answer(case, taken)

    def _answer(self, case: Ref, taken: datetime) -> None:
        """The first letter or call; perhaps with a promise; what comes back; and the last one."""
        chance, words = self.chance, self.words[case.language]
        if self.timeline.now - taken > LETTERS_FOR and chance.random() < 0.7:
            self._call(case, taken)
            return
        spoke = self._at_work(case, taken, 0.3, 40.0 if chance.random() < 0.1 else 3.0)
        promise = None
        if chance.random() < 0.4:
            promise = chance.choice(words.promises), self._at_work(case, spoke, 20.0, 70.0)
        first = "" if promise and chance.random() < 0.5 else chance.choice(words.replies)
        self.move(spoke, self.reply(case, first, promise=promise, wait=chance.random() < 0.2))
        heard = spoke
        if case.client is not None and chance.random() < 0.3:
            heard = spoke + timedelta(hours=chance.uniform(1, 20))
            self.move(heard, self.says_back(case, chance.choice(_WAYS)))
        done = self._at_work(case, heard, 1.0, 60.0)
        if promise is not None:
            done = self._keep(case, promise[1], heard)
        if promise is not None or heard != spoke or chance.random() < 0.25:
            self.move(done, self.reply(case, chance.choice(words.solved)))
        closed = self._at_work(case, done, 0.2, 150.0 if chance.random() < 0.2 else 8.0)
        self.move(closed, self.resolve(case, chance.choice(_OUTCOMES)))
        if case.client is not None and chance.random() < 0.6:
            self._answers_again(case, closed, 0.7)

    def _call(self, case: Ref, taken: datetime) -> None:
        """As it was done before anybody wrote letters: a call, and it is done."""
        spoke = self._at_work(case, taken, 0.3, 3.0)
        call = self.chance.choice(self.words[case.owner.languages[0]].calls)
        site_id, actor = case.place.site_id, case.owner.actor
        self.move(spoke, lambda session: cases.contact(session, actor, site_id, case.public_id, call))
        closed = self._at_work(case, spoke, 1.0, 40.0)
        self.move(closed, self.resolve(case, self.chance.choice(_OUTCOMES)))
        if case.client is not None and self.chance.random() < 0.5:
            self._answers_again(case, closed, 0.7)

    def _keep(self, case: Ref, due: datetime, heard: datetime) -> datetime:
        """When a promise is kept: in time, after it was put off, or too late."""
        fate = self.chance.random()
        if fate < 0.12:
            later = self._at_work(case, due, 30.0, 50.0)
            self.move(due - timedelta(hours=self.chance.uniform(2, 6)), self.put_off(case, later))
            return max(heard, later - timedelta(hours=self.chance.uniform(1, 6)))
        if fate < 0.24:
            return self._at_work(case, due, 2.0, 20.0)
        return max(heard + timedelta(minutes=20), due - timedelta(hours=self.chance.uniform(1, 8)))

    def _answers_again(self, case: Ref, closed: datetime, mood: float) -> None:
        mood = min(1.0, max(0.0, self.chance.gauss(mood, 0.25)))
        when = closed + timedelta(hours=self.chance.uniform(3, 60))
        client = case.client
        if client is not None:
            place, case_id = case.place, case.id
            self.move(when, lambda session: self.customers.answer_again(session, place, case_id, client, mood))

    def _go_on(self, session: Session, case: Ref) -> None:
        """It isn't solved, says the customer: whoever has the case goes on, unless that is too short ago."""
        state = session.scalar(select(Case.state).where(Case.site_id == case.place.site_id, Case.id == case.id))
        if state != State.OPEN or self.timeline.now - clock.now() < timedelta(hours=20):
            return
        spoke = self._at_work(case, clock.now(), 0.3, 4.0)
        self.move(spoke, self.reply(case, self.chance.choice(self.words[case.language].solved)))
        closed = self._at_work(case, spoke, 3.0, 40.0)
        self.move(closed, self.resolve(case))
        if self.chance.random() < 0.4:
            self._answers_again(case, closed, 0.9)

    def _at_work(self, case: Ref, after: datetime, least: float, most: float) -> datetime:
        """Some hours later, moved into the working day of the place."""
        moment = (after + timedelta(hours=self.chance.uniform(least, most))).astimezone(case.place.zone)
        if moment.hour >= 17:
            moment = (moment + timedelta(days=1)).replace(hour=8, minute=self.chance.randint(5, 55))
        elif moment.hour < 8:
            moment = moment.replace(hour=8, minute=self.chance.randint(5, 55))
        return moment.astimezone(self.timeline.now.tzinfo)


def others_of(place: Place, owner: Colleague) -> Sequence[Colleague]:
    """The rest of the team."""
    return [one for one in place.team if one.id != owner.id]
