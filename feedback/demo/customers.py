"""What customers of the demonstration do: come, answer, write back by mail and page, and answer when asked again."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from random import Random

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from feedback import clock
from feedback.actors import SYSTEM, Actor
from feedback.cases.actions import customer_wrote
from feedback.customers.actions import InteractionFacts, record_interaction
from feedback.delivery.inbound.reading import read
from feedback.delivery.inbound.receiving import receive
from feedback.demo.answers import answer_all
from feedback.demo.cast import Occasion, Words
from feedback.demo.people import Client, Place
from feedback.demo.timeline import RECENT, Timeline
from feedback.events import ResponseSettled, emit
from feedback.i18n.negotiation import language_of
from feedback.links.actions import issue_case_link, issue_survey_link
from feedback.links.mailboxes import mailbox
from feedback.links.models import Link
from feedback.links.purposes import Purpose
from feedback.responses.actions import Submission, submit
from feedback.responses.filling import Raw, fill
from feedback.responses.models import Assurance, Contact, Response, State
from feedback.surveys.definition import LOW_SCORE, Role

ELSEWHERE = "somebody.else@example.net"
PAGE, MAIL, MAIL_FROM_ELSEWHERE = "page", "mail", "elsewhere"


class Customers:
    """Everybody outside of the companies. ``chance`` decides everything that could be otherwise."""

    def __init__(self, timeline: Timeline, chance: Random, words: dict[str, Words]) -> None:
        self.timeline = timeline
        self.chance = chance
        self.words = words
        self._interactions = itertools.count(1)
        #: Told of every low answer; set by the desk that follows it up.
        self.went_wrong: Callable[[Session, Place, int, Client | None], None] = lambda *_: None

    def visit(self, place: Place, client: Client, moment: datetime) -> None:
        """A customer comes for something and is asked afterwards; most answer, some hours later."""
        company = place.company
        occasion = self.chance.choices(company.occasions, [one.weight for one in company.occasions])[0]
        agent = self.chance.choice(place.team).name if occasion.channel in ("phone", "shop", "visit") else None
        where = self.chance.choice(company.places) if occasion.channel in ("shop", "visit") else None
        mood = self._mood(place, client.mood, moment)
        answers = self.chance.random() < 0.74
        later = moment + timedelta(hours=min(100.0, self.chance.expovariate(1 / 7)))

        def happen(session: Session) -> None:
            link = self.asked(session, place, client, occasion, where, agent)
            if answers:
                link_id, interaction_id = link.id, link.interaction_id
                self.timeline.plan(
                    later,
                    lambda session: self._answer(
                        session, place, client, occasion, mood, link_id, interaction_id, where
                    ),
                )

        self.timeline.plan(moment, happen)

    def asked(
        self,
        session: Session,
        place: Place,
        client: Client,
        occasion: Occasion,
        where: str | None = None,
        agent: str | None = None,
    ) -> Link:
        """What they came for is over; the link to say how it was."""
        number = f"{place.company.key.upper()}-{next(self._interactions):05d}"
        facts = InteractionFacts(number, occasion.type, occasion.channel, where, agent, occurred_at=clock.now())
        interaction = record_interaction(session, SYSTEM, place.site_id, client.id, facts)
        return issue_survey_link(
            session,
            SYSTEM,
            place.site_id,
            survey_id=place.surveys[occasion.survey].survey_id,
            customer_id=client.id,
            locale=client.locale,
            interaction_id=interaction.id,
        )

    def drop_in(self, place: Place, moment: datetime) -> None:
        """Somebody nobody knows answers at the counter or by a poster."""
        slug = self.chance.choice(place.company.open_surveys)
        language = self.chance.choice((place.company.languages[0], *place.company.languages))
        mood = self._mood(place, place.company.mood, moment)
        nonce = f"{self.chance.getrandbits(96):024x}"
        where = self.chance.choice(place.company.places)

        def happen(session: Session) -> None:
            raw = self._filled(place, slug, language, mood)
            self.submit(session, place, slug, language, raw, nonce=nonce, channel="poster", where=where)

        self.timeline.plan(moment, happen)

    def _answer(
        self,
        session: Session,
        place: Place,
        client: Client,
        occasion: Occasion,
        mood: float,
        link_id: int,
        interaction_id: int | None,
        where: str | None,
    ) -> None:
        self.submit(
            session,
            place,
            occasion.survey,
            client.locale,
            self._filled(place, occasion.survey, client.locale, mood),
            client=client,
            link_id=link_id,
            interaction_id=interaction_id,
            channel=occasion.channel,
            where=where,
        )

    def _filled(self, place: Place, slug: str, locale: str, mood: float) -> Raw:
        return answer_all(place.surveys[slug].definition, mood, self.words[language_of(locale)], self.chance)

    def submit(
        self,
        session: Session,
        place: Place,
        slug: str,
        locale: str,
        raw: Raw,
        *,
        client: Client | None = None,
        link_id: int | None = None,
        interaction_id: int | None = None,
        nonce: str | None = None,
        channel: str = "link",
        where: str | None = None,
    ) -> int:
        """One answer, by a link or without one; the response's id."""
        survey = place.surveys[slug]
        filled = fill(survey.definition, raw)
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
                assurance=Assurance.LINK if link_id else Assurance.ANONYMOUS,
                state=State.PARTIAL if interaction_id and self.chance.random() < 0.03 else State.COMPLETE,
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
            if clock.now() > self.timeline.now - RECENT:  # as the job would; who was told of older ones is forgotten
                emit(session, ResponseSettled(place.site_id, stored.response_id))
            self.went_wrong(session, place, stored.response_id, client)
        return stored.response_id

    # -- on a case

    def answer_again(self, session: Session, place: Place, case_id: int, client: Client, mood: float) -> None:
        """Say whether it is better now, by the newest link that asks; nothing where nobody has asked."""
        link = session.scalars(
            select(Link)
            .outerjoin(Response, and_(Response.link_id == Link.id, Response.site_id == place.site_id))
            .where(
                Link.site_id == place.site_id,
                Link.case_id == case_id,
                Link.purpose == Purpose.SURVEY.value,
                Response.id.is_(None),
            )
            .order_by(Link.id.desc())
            .limit(1)
        ).one_or_none()
        if link is None:
            return
        words = self.words[client.language]
        still = replace(words, complaint=words.still, mixed=words.still)
        raw = answer_all(place.surveys["recovery"].definition, mood, still, self.chance)
        self.submit(session, place, "recovery", client.locale, raw, client=client, link_id=link.id, channel="email")

    def write_back(self, session: Session, place: Place, case_id: int, client: Client, text: str, way: str) -> None:
        """Answer on the page, or by mail to the address that the letter on file named."""
        link = issue_case_link(
            session, SYSTEM, place.site_id, case_id=case_id, customer_id=client.id, locale=client.locale
        )
        if way == PAGE:
            customer_wrote(session, Actor.customer(link.id), place.site_id, case_id, text, channel="page")
            return
        message = EmailMessage()
        message["From"] = ELSEWHERE if way == MAIL_FROM_ELSEWHERE else client.email
        message["Subject"] = "Re: " + place.company.name
        message["Message-ID"] = f"<{self.chance.getrandbits(96):024x}@mail.example>"
        message.set_content(text)
        receive(session, mailbox("case", link.key), read(message.as_bytes()), clock.now())

    def _mood(self, place: Place, usual: float, moment: datetime) -> float:
        ago = (self.timeline.now - moment).days
        first, last = place.company.trouble
        usual -= 0.3 if first >= ago >= last else 0
        return min(1.0, max(0.0, self.chance.gauss(usual, 0.2)))
