"""The ninety days of the demonstration: answers, cases and what staff did, each at its own moment."""

import heapq
import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import clock
from feedback.actors import SYSTEM, Actor
from feedback.cases import actions as cases
from feedback.cases.models import Case, CaseResponse
from feedback.cases.states import Outcome
from feedback.customers.actions import InteractionFacts, record_interaction
from feedback.db import Database
from feedback.demo.answers import answer_all
from feedback.demo.cast import Company, Occasion, Words
from feedback.errors import DomainError
from feedback.i18n.negotiation import language_of
from feedback.jobs import JobContext, function_named
from feedback.links.actions import issue_survey_link
from feedback.responses.actions import Submission, submit
from feedback.responses.filling import fill
from feedback.responses.models import Assurance, Contact, State
from feedback.surveys.definition import LOW_SCORE, Role
from feedback.surveys.queries import LiveSurvey

DAYS = 90
BATCH = 250
SWEEP = timedelta(hours=12)
_HOURS = (8, 9, 9, 10, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 20, 21, 22)
_OUTCOMES = (
    (Outcome.SOLVED,) * 11
    + (Outcome.EXPLAINED,) * 5
    + (Outcome.COMPENSATED,) * 2
    + (Outcome.NOT_REACHED,)
    + (Outcome.NO_ACTION,)
)
Step = Callable[[Session], None]


@dataclass(frozen=True, slots=True)
class Client:
    """A customer as the story needs them."""

    id: int
    external_id: str
    locale: str
    mood: float


@dataclass(frozen=True, slots=True)
class Colleague:
    """A staff member as the story needs them."""

    id: int
    name: str
    languages: tuple[str, ...]

    @property
    def actor(self) -> Actor:
        """Them, doing something."""
        return Actor.staff(self.id, self.name)


@dataclass(frozen=True, slots=True)
class Place:
    """A company that was made: its site, its surveys and everybody in it."""

    company: Company
    site_id: int
    zone: ZoneInfo
    surveys: dict[str, LiveSurvey]
    clients: tuple[Client, ...]
    team: tuple[Colleague, ...]


class Story:
    """What happens, in order. ``chance`` decides everything that could be otherwise."""

    def __init__(self, database: Database, now: datetime, chance: Random, words: dict[str, Words]) -> None:
        self.database = database
        self.now = now
        self.chance = chance
        self.words = words
        self._order = itertools.count()
        self._plan: list[tuple[datetime, int, Step]] = []
        self._interactions = itertools.count(1)
        self._handled: set[int] = set()

    def plan(self, moment: datetime, step: Step) -> None:
        """Have something happen; what would be in the future doesn't."""
        if moment < self.now:
            heapq.heappush(self._plan, (moment, next(self._order), step))

    def tell(self) -> Iterator[int]:
        """Let everything happen, in batches; yields how many steps each had."""
        sweep = min((moment for moment, _, _ in self._plan), default=self.now)
        while self._plan:
            while self._plan[0][0] >= sweep:
                self._break_promises(sweep)
                sweep += SWEEP
            yield self._batch(sweep)
        self._break_promises(self.now)

    def _batch(self, until: datetime) -> int:
        done = 0
        with self.database.write() as session:
            while self._plan and self._plan[0][0] < until and done < BATCH:
                moment, _, step = heapq.heappop(self._plan)
                with clock.at(moment):
                    step(session)
                done += 1
        return done

    def _break_promises(self, moment: datetime) -> None:
        with clock.at(moment):
            function_named("promises.break_due")(JobContext(self.database, self.database.settings, {}))

    # -- what customers do

    def visit(self, place: Place, client: Client, moment: datetime) -> None:
        """A customer comes for something and is asked afterwards; most answer, some hours later."""
        company = place.company
        occasion = self.chance.choices(company.occasions, [one.weight for one in company.occasions])[0]
        agent = self.chance.choice(place.team).name if occasion.channel in ("phone", "shop", "visit") else None
        where = self.chance.choice(company.places) if occasion.channel in ("shop", "visit") else None
        mood = self._mood(place, client.mood, moment)
        number = f"{company.key.upper()}-{next(self._interactions):05d}"
        answers = self.chance.random() < 0.74
        later = moment + timedelta(hours=min(100.0, self.chance.expovariate(1 / 7)))

        def happen(session: Session) -> None:
            facts = InteractionFacts(number, occasion.type, occasion.channel, where, agent, occurred_at=clock.now())
            interaction = record_interaction(session, SYSTEM, place.site_id, client.id, facts)
            link = issue_survey_link(
                session,
                SYSTEM,
                place.site_id,
                survey_id=place.surveys[occasion.survey].survey_id,
                customer_id=client.id,
                locale=client.locale,
                interaction_id=interaction.id,
            )
            if answers:
                link_id, interaction_id = link.id, interaction.id
                self.plan(
                    later,
                    lambda session: self._answer(
                        session, place, client, occasion, mood, link_id, interaction_id, where
                    ),
                )

        self.plan(moment, happen)

    def drop_in(self, place: Place, moment: datetime) -> None:
        """Somebody nobody knows answers at the counter or by a poster."""
        slug = self.chance.choice(place.company.open_surveys)
        language = self.chance.choice((place.company.languages[0], *place.company.languages))
        mood = self._mood(place, place.company.mood, moment)
        nonce = f"{self.chance.getrandbits(96):024x}"
        where = self.chance.choice(place.company.places)

        def happen(session: Session) -> None:
            self._submit(
                session, place, slug, language, mood, Assurance.ANONYMOUS, nonce=nonce, channel="poster", where=where
            )

        self.plan(moment, happen)

    def _answer(
        self,
        session: Session,
        place: Place,
        client: Client,
        occasion: Occasion,
        mood: float,
        link_id: int,
        interaction_id: int,
        where: str | None,
    ) -> None:
        self._submit(
            session,
            place,
            occasion.survey,
            client.locale,
            mood,
            Assurance.LINK,
            client=client,
            link_id=link_id,
            interaction_id=interaction_id,
            channel=occasion.channel,
            where=where,
        )

    def _submit(
        self,
        session: Session,
        place: Place,
        slug: str,
        locale: str,
        mood: float,
        assurance: Assurance,
        *,
        client: Client | None = None,
        link_id: int | None = None,
        interaction_id: int | None = None,
        nonce: str | None = None,
        channel: str = "link",
        where: str | None = None,
    ) -> None:
        survey = place.surveys[slug]
        filled = fill(
            survey.definition, answer_all(survey.definition, mood, self.words[language_of(locale)], self.chance)
        )
        said = filled.role(Role.CONTACT)
        stored = submit(
            session,
            Actor.customer(link_id),
            Submission(
                site_id=place.site_id,
                survey_id=survey.survey_id,
                survey=survey.slug,
                version_id=survey.version_id,
                answers=filled.answers,
                score=filled.score,
                locale=locale,
                assurance=assurance,
                state=State.PARTIAL if link_id and self.chance.random() < 0.03 else State.COMPLETE,
                contact=Contact(said.options[0]) if said else Contact.NOT_ASKED,
                link_id=link_id,
                customer_id=client.id if client else None,
                interaction_id=interaction_id,
                nonce=nonce,
                channel=channel,
                place=where,
            ),
        )
        if stored.score is not None and stored.score <= LOW_SCORE:
            self._follow(session, place, stored.response_id, client)

    def _mood(self, place: Place, usual: float, moment: datetime) -> float:
        ago = (self.now - moment).days
        first, last = place.company.trouble
        usual -= 0.3 if first >= ago >= last else 0
        return min(1.0, max(0.0, self.chance.gauss(usual, 0.2)))

    # -- what staff do

    def _move(self, moment: datetime, move: Callable[[Session], object]) -> None:
        """A move of staff; a case that went another way than planned refuses it, as it would in life."""

        def happen(session: Session) -> None:
            with suppress(DomainError), session.begin_nested():
                move(session)

        self.plan(moment, happen)

    def _follow(self, session: Session, place: Place, response_id: int, client: Client | None) -> None:
        row = session.execute(
            select(Case.id, Case.public_id, Case.owner_id, Case.language)
            .join(CaseResponse, CaseResponse.case_id == Case.id)
            .where(
                CaseResponse.site_id == place.site_id,
                Case.site_id == place.site_id,
                CaseResponse.response_id == response_id,
            )
        ).one_or_none()
        if row is None or row.id in self._handled:
            return
        self._handled.add(row.id)
        language = language_of(row.language)
        readers = [one for one in place.team if language in one.languages] or list(place.team)
        owner = next((one for one in place.team if one.id == row.owner_id), None) or self.chance.choice(readers)
        self._work(place, row.public_id, owner, readers, client)

    def _work(
        self, place: Place, case: str, owner: Colleague, readers: Sequence[Colleague], client: Client | None
    ) -> None:
        opened = clock.now()
        recent = (self.now - opened) < timedelta(days=3)
        if self.chance.random() < (0.5 if recent else 0.03):
            return  # nobody looks: this is what the triage list is for
        site, chance = place.site_id, self.chance
        taken = self._at_work(place, opened, 0.2, 3.0)
        self._move(taken, lambda session: cases.take(session, owner.actor, site, case))
        words = self.words[owner.languages[0]]
        if chance.random() < 0.35:
            note = chance.choice(words.notes)
            self._move(
                self._at_work(place, taken, 0.1, 0.8),
                lambda session: cases.note(session, owner.actor, site, case, note),
            )
        others = [one for one in readers if one.id != owner.id]
        if others and chance.random() < 0.08:
            note, next_one = chance.choice(words.notes), chance.choice(others)
            before, owner = owner, next_one
            taken = self._at_work(place, taken, 0.5, 2.0)
            self._move(
                taken,
                lambda session: cases.assign(session, before.actor, site, case, next_one.id, note=note),
            )
        self._finish(place, case, owner, taken, client)

    def _finish(self, place: Place, case: str, owner: Colleague, taken: datetime, client: Client | None) -> None:
        site, chance, words = place.site_id, self.chance, self.words[owner.languages[0]]
        late = chance.random() < 0.1
        spoke = self._at_work(place, taken, 0.3, 40.0 if late else 3.0)
        call, end = chance.choice(words.calls), chance.choice(words.ends)
        channel = chance.choice(("phone", "phone", "whatsapp", "in_person"))
        if chance.random() < 0.9:
            self._move(spoke, lambda session: cases.contact(session, owner.actor, site, case, call, channel=channel))
            if chance.random() < 0.2:
                self._move(
                    spoke + timedelta(minutes=3),
                    lambda session: cases.wait(session, owner.actor, site, case),
                )
        closed = self._at_work(place, spoke, 1.0, 200.0 if chance.random() < 0.4 else 40.0)
        outcome = chance.choice(_OUTCOMES)
        self._move(closed, lambda session: cases.resolve(session, owner.actor, site, case, outcome, note=end))
        if chance.random() < 0.03:
            again = closed + timedelta(hours=chance.uniform(5, 30))
            note = chance.choice(words.notes)
            self._move(again, lambda session: cases.reopen(session, owner.actor, site, case, note=note))
            self._move(
                self._at_work(place, again, 2.0, 50.0),
                lambda session: cases.resolve(session, owner.actor, site, case, Outcome.SOLVED, note=end),
            )
        if client is not None and chance.random() < 0.5:
            self._ask_again(place, client, closed + timedelta(hours=chance.uniform(20, 60)))

    def _ask_again(self, place: Place, client: Client, moment: datetime) -> None:
        mood = min(1.0, max(0.0, self.chance.gauss(0.78, 0.25)))
        answers = self.chance.random() < 0.65
        occasion = Occasion("follow_up", "email", "recovery", 1)

        def happen(session: Session) -> None:
            link = issue_survey_link(
                session,
                SYSTEM,
                place.site_id,
                survey_id=place.surveys["recovery"].survey_id,
                customer_id=client.id,
                locale=client.locale,
            )
            if answers:
                self._submit(
                    session,
                    place,
                    occasion.survey,
                    client.locale,
                    mood,
                    Assurance.LINK,
                    client=client,
                    link_id=link.id,
                    channel=occasion.channel,
                )

        self.plan(moment, happen)

    def _at_work(self, place: Place, after: datetime, least: float, most: float) -> datetime:
        """Some hours later, moved into the working day of the place."""
        moment = (after + timedelta(hours=self.chance.uniform(least, most))).astimezone(place.zone)
        if moment.hour >= 17:
            moment = (moment + timedelta(days=1)).replace(hour=8, minute=self.chance.randint(5, 55))
        elif moment.hour < 8:
            moment = moment.replace(hour=8, minute=self.chance.randint(5, 55))
        return moment.astimezone(self.now.tzinfo)


def moments(now: datetime, count: int, zone: ZoneInfo, chance: Random) -> Iterator[datetime]:
    """So many moments within the last ninety days, more of them lately, at hours in which people are awake."""
    for _ in range(count):
        day = DAYS * (1 - chance.random() ** 0.75)
        local = (now - timedelta(days=day)).astimezone(zone)
        moment = local.replace(hour=chance.choice(_HOURS), minute=chance.randint(0, 59), second=chance.randint(0, 59))
        yield moment.astimezone(now.tzinfo)
