"""Customers of the demonstration who stop mails: by the page, their mail program or a mail; some say why, some think
better of it, and of some the address is gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sqlalchemy.orm import Session

from feedback import clock
from feedback.actors import SYSTEM
from feedback.cases.states import Outcome
from feedback.demo.desk import Desk
from feedback.demo.people import Client, Place
from feedback.links.actions import issue_preference_link
from feedback.links.purposes import Purpose
from feedback.preferences.actions import Wanted, pause, set_frequency, stop, undo
from feedback.preferences.models import Channel
from feedback.preferences.policy import Frequency, Scope
from feedback.preferences.queries import key_of_address

JUST_NOW = timedelta(hours=8)
_TOPIC = "news"
FEWER, PAUSE = "fewer", "pause"


@dataclass(frozen=True, slots=True)
class Way:
    """How somebody leaves; ``reason`` is an option of the survey about it, ``instead`` what they take after all."""

    channel: Channel = Channel.PAGE
    scope: Scope = Scope.TOPIC
    reason: str = ""
    says_more: bool = False
    instead: str = ""


#: One after the other, so that few of them show all that there is.
WAYS = (
    Way(reason="too_many", instead=FEWER),
    Way(Channel.ONE_CLICK),
    Way(reason="never_asked"),
    Way(Channel.MAILTO),
    Way(scope=Scope.MARKETING),
    Way(reason="no_need", instead=PAUSE),
    Way(reason="competitor"),
    Way(Channel.BOUNCE, Scope.ADDRESS),
    Way(Channel.ONE_CLICK),
    Way(reason="not_relevant"),
    Way(reason="price"),
    Way(scope=Scope.ADDRESS),
    Way(reason="contact_changed"),
    Way(reason="bad_service", says_more=True),
)


def spare(place: Place, taken: set[int]) -> list[Client]:
    """Who may leave: not those whom a story or a link on the first page is about."""
    first = {client.language: client.id for client in reversed(place.clients) if client.name}
    return [one for one in place.clients if one.email and one.id not in taken and one.id not in first.values()]


def leave(desk: Desk, place: Place, moments: Sequence[datetime], first: int, chance: Random) -> None:
    """Plan that so many customers of a company leave, each at one of the moments and the last one just now; ``first``
    is whose turn of the ways it is.
    """
    moments = [*moments[:-1], desk.timeline.now - JUST_NOW]
    clients = spare(place, desk.scripted)
    chance.shuffle(clients)
    for number, (client, moment) in enumerate(zip(clients, moments, strict=False), first):
        _plan(desk, place, client, moment, WAYS[number % len(WAYS)])


def _plan(desk: Desk, place: Place, client: Client, moment: datetime, way: Way) -> None:
    def happen(session: Session) -> None:
        key = key_of_address(session, place.site_id, client.email)
        with clock.at(moment - timedelta(hours=3)):  # a mail had come
            link = issue_preference_link(
                session,
                SYSTEM,
                place.site_id,
                Purpose.UNSUBSCRIBE,
                customer_id=client.id,
                address_key=key,
                locale=client.locale,
                topic=_TOPIC,
            )
        topic = _TOPIC if way.scope is Scope.TOPIC else ""
        wanted = Wanted([key], way.scope, topic, way.channel, client.email, client.id, link.id, locale=client.locale)
        stopped = stop(session, place.site_id, wanted)
        if way.reason:
            _say_why(desk, session, place, client, link.id, way)
        if way.instead and stopped.opt_out_id is not None:
            _think_better(session, place.site_id, key, stopped.opt_out_id, way.instead)

    desk.timeline.plan(moment, happen)


def _say_why(desk: Desk, session: Session, place: Place, client: Client, link_id: int, way: Way) -> None:
    raw = {"reason": [way.reason]}
    if way.says_more:
        raw |= {"words": [desk.words[client.language].complaint[0]], "contact": ["yes"]}
    response_id = desk.customers.submit(
        session, place, "unsubscribe", client.locale, raw, client=client, link_id=link_id, channel="unsubscribe"
    )
    case = desk.case_of(session, place, response_id, client)
    if case is not None:
        now = clock.now()
        desk.move(now + timedelta(hours=5), desk.take(case))
        desk.move(now + timedelta(hours=30), desk.resolve(case, Outcome.NO_ACTION))


def _think_better(session: Session, site_id: int, key: str, opt_out_id: int, instead: str) -> None:
    with clock.at(clock.now() + timedelta(minutes=2)):
        undo(session, site_id, opt_out_id)
        if instead == FEWER:
            set_frequency(session, site_id, [key], _TOPIC, Frequency.MONTHLY)
        else:
            pause(session, site_id, [key], _TOPIC, 90)
