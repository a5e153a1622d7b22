"""An answer that is on a case changes its mind: the case goes, stays, comes, and knows what happened."""

from typing import Any

from feedback.cases.actions import take
from feedback.events import FollowUpOf, ResponseUpdated, emit, gather
from tests.cases.world import World


def change(world: World, response: Any, score: int) -> None:
    """The customer edits their answer."""
    before, response.score = response.score, score
    world.session.flush()
    told = (response.survey_id, "support-csat", before, score, "complete", response.locale)
    emit(world.session, ResponseUpdated(world.site.id, response.id, response.customer_id, *told))


def test_improving_an_untouched_answer_withdraws_its_case(world: World) -> None:
    response = world.answer(world.add_customer(), 10)
    change(world, response, 90)
    case = world.case()
    assert (case.state, case.outcome) == ("resolved", "withdrawn")
    assert [promise.state for promise in world.promises(case)] == ["cancelled"]
    assert world.happened(case) == ["opened", "answer_changed", "withdrawn"]
    assert gather(world.session, FollowUpOf(world.site.id, response.id)) == []


def test_improving_an_answer_that_staff_are_on_keeps_the_case(world: World) -> None:
    response = world.answer(world.add_customer(), 10)
    take(world.session, world.actor("Asha"), world.site.id, world.case().public_id)
    version = world.case().version
    change(world, response, 90)
    case = world.case()
    assert case.state == "open"
    assert case.version > version
    assert world.happened(case) == ["opened", "taken", "answer_changed"]


def test_improving_one_of_two_answers_keeps_the_case(world: World) -> None:
    neema = world.add_customer()
    world.answer(neema, 10)
    second = world.answer(neema, 20)
    change(world, second, 90)
    assert world.case().state == "new"


def test_a_good_answer_that_turns_bad_opens_a_case(world: World) -> None:
    response = world.answer(world.add_customer(), 90)
    change(world, response, 10)
    assert world.case().state == "new"


def test_an_answer_that_goes_back_and_forth_ends_with_one_open_case(world: World) -> None:
    response = world.answer(world.add_customer(), 10)
    change(world, response, 90)
    change(world, response, 10)
    assert [case.state for case in world.cases()] == ["resolved", "new"]
    change(world, response, 90)
    assert [case.state for case in world.cases()] == ["resolved", "resolved"]


def test_an_anonymous_answer_can_go_back_and_forth_too(world: World) -> None:
    response = world.answer(None, 10)
    change(world, response, 90)
    change(world, response, 10)
    assert [case.state for case in world.cases()] == ["resolved", "new"]


def test_words_added_to_an_answer_are_kept_with_its_case(world: World) -> None:
    response = world.answer(world.add_customer(), 10)
    world._answer(response, "more", text="Na mlango umevunjika")
    change(world, response, 10)
    assert world.case().excerpt == "Na mlango umevunjika"
    assert world.happened(world.case()) == ["opened", "answer_added"]
