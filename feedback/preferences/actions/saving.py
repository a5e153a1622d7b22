"""What is saved in the preference centre at once: topics, how often, a pause, and how somebody is written to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from feedback import clock
from feedback.actors import Actor
from feedback.customers.actions import set_reading
from feedback.preferences.actions.requesting import ask
from feedback.preferences.actions.stopping import Wanted, stop
from feedback.preferences.actions.wishing import pause, resume, set_frequency
from feedback.preferences.models import Channel, RequestKind
from feedback.preferences.policy import Frequency, Scope, Standing
from feedback.preferences.queries import LinkOwner, standing_of


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form said. ``shown`` are the topics that stood on it, ``on`` those that are wanted; ``pause`` is a
    number of days, 0 to end a pause, None to leave it.
    """

    shown: Collection[str] = ()
    on: Collection[str] = ()
    frequencies: Mapping[str, Frequency] = field(default_factory=dict)
    pause: int | None = None
    locale: str | None = None
    time_zone: str | None = None
    network: str = ""


@dataclass(frozen=True, slots=True)
class Saved:
    """``stopped`` no longer come; ``asked`` come again only once the mail about it was answered."""

    stopped: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()


def save(session: Session, actor: Actor, owner: LinkOwner, choices: Choices) -> Saved:
    """Store what was chosen. Less is done at once; what had been stopped is asked about by mail first (U-14)."""
    site_id, keys = owner.site_id, owner.keys
    standing = standing_of(session, site_id, keys)
    stopped = [key for key in choices.shown if key not in choices.on and _comes(standing, key)]
    asked = [key for key in choices.shown if key in choices.on and not _comes(standing, key)]
    if owner.customer_id is not None:  # the customer before all else, as erasing takes them
        set_reading(session, actor, site_id, owner.customer_id, locale=choices.locale, time_zone=choices.time_zone)
    if asked:
        ask(
            session,
            site_id,
            RequestKind.RESUME,
            keys=keys,
            customer_id=owner.customer_id,
            locale=choices.locale or owner.reads or owner.locale,
            topics=asked,
        )
    for key in stopped:
        wanted = Wanted(
            keys,
            Scope.TOPIC,
            key,
            Channel.PAGE,
            email=owner.email or "",
            customer_id=owner.customer_id,
            link_id=owner.link_id,
            locale=owner.locale,
            network=choices.network,
        )
        stop(session, site_id, wanted)
    for key, frequency in choices.frequencies.items():
        if standing.wish(key).frequency is not frequency:
            set_frequency(session, site_id, keys, key, frequency)
    if choices.pause:
        pause(session, site_id, keys, "", choices.pause)
    elif choices.pause == 0:
        for topic, wish in standing.wishes:
            if wish.paused_until is not None and wish.paused_until > clock.now():
                resume(session, site_id, keys, topic)
    return Saved(tuple(stopped), tuple(asked))


def _comes(standing: Standing, topic: str) -> bool:
    wider = ((Scope.ADDRESS, ""), (Scope.MARKETING, ""), (Scope.TOPIC, topic))
    return not any(one in standing.suppressed for one in wider)
