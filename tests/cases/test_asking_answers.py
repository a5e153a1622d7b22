"""What an answer to "Is it better now?" does to its case, and what follows when it is changed or was a stranger's."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from feedback import clock
from feedback.actors import Actor
from feedback.cases.actions import note, reopen, reply
from feedback.cases.asking import Follows, follows
from feedback.cases.models import Activity, RoutingRule
from feedback.cases.queries.recovery import offer_of
from feedback.cases.states import Outcome
from feedback.events import CustomerErased, FollowUpOf, emit, gather
from tests.cases.asked import (
    asha,  # noqa: F401 - a fixture
    change,
    disown,
    end,
    links,
    say,
)
from tests.cases.world import NOON, World


@pytest.mark.parametrize(
    ("score", "resolved", "opened_by_it", "what"),
    [
        (0, True, False, Follows.REOPEN),
        (50, True, False, Follows.REOPEN),
        (60, True, False, Follows.REOPEN),
        (61, True, False, Follows.KEEP),
        (100, True, True, Follows.KEEP),
        (100, False, False, Follows.KEEP),
        (100, False, True, Follows.CLOSE_AGAIN),
        (50, False, True, Follows.JOIN),
        (0, False, False, Follows.JOIN),
        (None, True, False, Follows.KEEP),
        (None, False, True, Follows.KEEP),
    ],
)
def test_what_follows_from_an_answer(score: int | None, resolved: bool, opened_by_it: bool, what: Follows) -> None:
    assert follows(score, resolved=resolved, opened_by_it=opened_by_it) is what


def test_a_low_answer_opens_the_same_case_with_the_same_owner_the_words_and_a_promise(
    world: World, asha: Actor, noon: time_machine.Traveller
) -> None:
    case = end(world, asha)
    noon.move_to(NOON + timedelta(hours=1))
    response = say(world, 0, "Bado hawajanipigia")
    case = world.case()
    assert (case.state, case.owner_id, case.outcome, case.score_before, case.score_after) == (
        "open",
        asha.id,
        None,
        20,
        0,
    )
    assert (case.excerpt, case.customer_at) == ("Bado hawajanipigia", clock.now())
    assert "hawajanipigia" in case.search_key
    assert world.happened(case)[-2:] == ["not_recovered", "reopened"]
    (told,) = gather(world.session, FollowUpOf(world.site.id, response.id))
    assert (told.by, told.who, told.case_id) == (case.due_at, "Asha", case.id)
    assert [one.state for one in world.promises(case)] == ["kept", "open"]
    assert len(world.cases()) == 1


def test_a_little_better_is_not_what_was_promised(world: World, asha: Actor) -> None:
    end(world, asha)
    say(world, 50)
    assert (world.case().state, world.case().score_after) == ("open", 50)


def test_a_high_answer_is_kept_and_changes_nothing_else(world: World, asha: Actor) -> None:
    case = end(world, asha)
    response = say(world, 100)
    after = world.case()
    assert (after.state, after.outcome, after.score_before, after.score_after) == ("resolved", "solved", 20, 100)
    assert world.happened(after)[-1] == "recovered"
    assert gather(world.session, FollowUpOf(world.site.id, response.id)) == []
    assert offer_of(world.session, world.site.id, case.id) is None


def test_an_answer_that_is_told_twice_counts_once(world: World, asha: Actor) -> None:
    end(world, asha)
    response = say(world, 0)
    happened = world.happened(world.case())
    emit(world.session, world.submitted(response, "recovery"))
    assert world.happened(world.case()) == happened
    assert len(world.cases()) == 1


def test_it_opens_no_second_case_where_no_rule_is_switched_on_and_where_every_answer_is_one(
    world: World, asha: Actor
) -> None:
    world.session.execute(update(RoutingRule).where(RoutingRule.site_id == world.site.id).values(enabled=False))
    end(world, asha)
    say(world, 0)
    assert [one.state for one in world.cases()] == ["open"]


def test_where_the_customer_has_another_case_open_everything_goes_on_there(world: World, asha: Actor) -> None:
    old = end(world, asha)
    world.answer(world.customer_of(old), 30)
    other = world.cases()[-1]
    reply(world.session, asha, world.site.id, other.public_id, "Pole")
    response = say(world, 0, "Bado")
    first, second = world.cases()
    assert (first.state, first.score_after, second.state, second.id) == ("resolved", 0, "open", other.id)
    assert world.happened(first)[-2:] == ["not_recovered", "reopened_into"]
    assert "added_from" in world.happened(second)
    (told,) = gather(world.session, FollowUpOf(world.site.id, response.id))
    assert (told.case_id, told.by) == (second.id, world.promises(second)[-1].due_at)
    change(world, response, 100)
    assert world.cases()[0].score_after == 100
    assert world.happened(second)[-1] == "answer_changed"


def test_no_becomes_yes_and_an_untouched_case_closes_as_it_was(
    world: World, asha: Actor, noon: time_machine.Traveller
) -> None:
    before = end(world, asha, Outcome.EXPLAINED)
    as_it_was = (before.outcome, before.resolved_at, before.due_at)
    noon.shift(timedelta(hours=2))
    response = say(world, 0)
    noon.shift(timedelta(minutes=5))
    change(world, response, 100)
    case = world.case()
    assert (case.state, case.score_after) == ("resolved", 100)
    assert (case.outcome, case.resolved_at, case.due_at) == as_it_was
    assert [one.state for one in world.promises(case)] == ["kept", "cancelled"]
    assert world.happened(case)[-2:] == ["recovered", "withdrawn"]
    assert len(links(world)) == 1, "it isn't asked about again"


def test_no_becomes_yes_and_a_case_that_somebody_touched_stays_open(world: World, asha: Actor) -> None:
    end(world, asha)
    response = say(world, 0)
    note(world.session, asha, world.site.id, world.case().public_id, "Calling her")
    change(world, response, 100)
    assert (world.case().state, world.case().score_after) == ("open", 100)
    assert world.happened(world.case())[-1] == "recovered"


def test_yes_becomes_no_and_the_case_opens(world: World, asha: Actor) -> None:
    end(world, asha)
    response = say(world, 100)
    change(world, response, 0, "Imeharibika tena")
    assert (world.case().state, world.case().score_after) == ("open", 0)
    assert world.happened(world.case())[-2:] == ["not_recovered", "reopened"]


def test_words_added_to_a_no_are_kept_on_the_open_case(world: World, asha: Actor) -> None:
    end(world, asha)
    response = say(world, 0)
    change(world, response, 0, "Maji bado")
    case = world.case()
    assert (case.state, case.excerpt) == ("open", "Maji bado")
    assert world.happened(case)[-1] == "answer_added"
    assert [one.state for one in world.promises(case)] == ["kept", "open"]


def test_a_no_to_a_case_that_was_opened_meanwhile_joins_it(world: World, asha: Actor) -> None:
    case = end(world, asha)
    reopen(world.session, asha, world.site.id, case.public_id)
    say(world, 0, "Bado")
    case = world.case()
    assert (case.state, case.score_after) == ("open", 0)
    assert [one.state for one in world.promises(case)] == ["kept", "open"]


def test_an_earlier_link_that_nobody_answered_still_counts_for_the_case(world: World, asha: Actor) -> None:
    case = end(world, asha)
    reopen(world.session, asha, world.site.id, case.public_id)
    end(world, asha)
    first, second = links(world)
    assert offer_of(world.session, world.site.id, case.id) == second
    say(world, 100, link=first)
    assert world.case().score_after == 100


def test_an_answer_that_was_a_strangers_is_nobodys_figure(world: World, asha: Actor) -> None:
    end(world, asha)
    response = say(world, 100)
    disown(world, response.id, links(world)[0].id)
    assert (world.case().score_after, world.happened(world.case())[-1]) == (None, "disowned")


def test_erasing_the_customer_leaves_a_figure_and_no_words(world: World, asha: Actor) -> None:
    end(world, asha)
    say(world, 0, "Bado sana")
    case = world.case()
    emit(world.session, CustomerErased(world.site.id, case.customer_id or 0, None))
    words = select(Activity.text).where(Activity.site_id == world.site.id, Activity.kind == "not_recovered")
    assert world.session.scalars(words).all() == [None]
    assert (world.case().score_after, world.case().excerpt) == (0, "")
