"""How often it is better afterwards: figures of all cases, and by what had gone wrong."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy.orm import Session

from feedback import clock
from feedback.actors import SYSTEM, Actor
from feedback.cases.actions import reopen, resolve
from feedback.cases.actions.answers import withdraw
from feedback.cases.queries.recovery import Recoveries, Recovery, recovery_by_cause
from feedback.cases.states import Outcome
from feedback.i18n.text import LocalizedText
from feedback.sites.actions import add_site
from feedback.surveys.actions import publish, push_definition
from feedback.surveys.document import from_stored
from feedback.surveys.models import SurveyVersion
from feedback.surveys.queries import live_survey
from tests.cases.asked import say
from tests.cases.world import World

SLOW, RUDE = "It took too long", "I was not treated politely"


@pytest.fixture
def world(session: Session, noon: time_machine.Traveller) -> World:
    """A shop as it is made, with the shipped surveys."""
    site = add_site(session, SYSTEM, key="shop", name="Duka", country="TZ")
    version = session.get_one(SurveyVersion, live_survey(session, site.id, "support-csat").version_id)
    return World(session, site, version)


def case(
    world: World, score: int, *why: str, outcome: Outcome | None = Outcome.SOLVED, after: int | None = None
) -> str:
    """A case of a new customer: opened by this answer, resolved so, asked again and answered so; its public id."""
    world.answer(world.add_customer(), score, options={"why": list(why)} if why else None)
    public_id = world.cases()[-1].public_id
    if outcome is not None:
        resolve(world.session, Actor.staff(1, "Asha"), world.site.id, public_id, outcome)
    if after is not None:
        say(world, after)
    return public_id


def told(world: World, ago: timedelta = timedelta(days=30)) -> Recoveries:
    return recovery_by_cause(world.session, world.site.id, clock.now() - ago)


def causes(world: World) -> dict[str, Recovery]:
    return {label(one.label): one.recovery for one in told(world).causes}


def label(text: LocalizedText) -> str:
    return text.get("en", "")


def test_cases_their_causes_and_the_scores_before_and_after(world: World) -> None:
    world.add_staff("Asha", "sw")
    for after in (100, 100, 100, 0, 50):
        case(world, 25, "slow", after=after)
    case(world, 0, "slow", "rude", after=100)
    case(world, 50, "rude")
    case(world, 0, outcome=Outcome.NOT_REACHED)
    case(world, 0, "slow", outcome=None)
    found = told(world)
    assert found.total == Recovery(resolved=8, asked=7, answered=6, recovered=4, both=6, before=125, after=450)
    assert (found.total.rate, found.total.mean_before, found.total.mean_after) == (4 / 6, 125 / 6, 75)
    assert [label(one.label) for one in found.causes] == [SLOW, RUDE, ""]
    slow, rude, unknown = (one.recovery for one in found.causes)
    assert slow == Recovery(resolved=6, asked=6, answered=6, recovered=4, both=6, before=125, after=450)
    assert rude == Recovery(resolved=2, asked=2, answered=1, recovered=1, both=1, before=0, after=100)
    assert unknown == Recovery(resolved=1)
    assert (rude.rate, unknown.mean_after) == (None, None), "too few to tell"


def test_a_case_that_a_low_answer_opened_again_still_counts(world: World) -> None:
    world.add_staff("Asha", "sw")
    case(world, 0, "slow", after=0)
    assert world.cases()[-1].state == "open"
    assert told(world).total == Recovery(resolved=1, asked=1, answered=1, recovered=0, both=1, before=0, after=0)


def test_what_the_customer_took_back_or_what_was_long_ago_doesnt_count(
    world: World, noon: time_machine.Traveller
) -> None:
    world.add_staff("Asha", "sw")
    case(world, 0, "slow", outcome=None)
    withdraw(world.session, SYSTEM, world.site.id, world.cases()[-1].id)
    case(world, 0, "slow", after=100)
    assert told(world).total.resolved == 1
    noon.shift(timedelta(days=31))
    assert told(world).total.resolved == 0
    assert told(world).causes == ()
    world_of_today = case(world, 0, "rude", after=100)
    assert list(causes(world)) == [RUDE]
    reopen(world.session, Actor.staff(1, "Asha"), world.site.id, world_of_today)
    assert told(world).total.resolved == 1, "asked within the time"


def test_a_cause_goes_by_its_newest_words(world: World) -> None:
    world.add_staff("Asha", "sw")
    case(world, 0, "slow", after=100)
    stored = dict(world.version.definition)
    stored["questions"] = [dict(one) for one in stored["questions"]]
    why = next(one for one in stored["questions"] if one["key"] == "why")
    why["options"] = [dict(one) for one in why["options"]]
    slow = next(one for one in why["options"] if one["key"] == "slow")
    slow["text"] = {**slow["text"], "en": "Too slow"}
    push_definition(world.session, SYSTEM, world.site.id, from_stored(stored))
    publish(world.session, SYSTEM, world.site.id, "support-csat")
    live = live_survey(world.session, world.site.id, "support-csat")
    world.version = world.session.get_one(SurveyVersion, live.version_id)
    case(world, 0, "slow", after=100)
    assert {name: one.recovered for name, one in causes(world).items()} == {"Too slow": 2}


def test_a_site_without_cases_has_nothing_to_tell(world: World) -> None:
    assert told(world) == Recoveries(Recovery())
