"""An answer becomes a case or joins one, in as few statements as were promised."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import event, select

from feedback.actors import SYSTEM, Actor
from feedback.cases.actions import move_rule, open_by_hand, resolve, switch_rule
from feedback.cases.models import CaseResponse, RoutingRule
from feedback.cases.queries import case_detail, rules_of_site
from feedback.cases.routing import Conditions
from feedback.cases.states import Kind, Outcome, Priority
from feedback.cases.stored_rules import conditions_as_json
from feedback.errors import Conflict, Invalid
from feedback.events import (
    CustomerErased,
    FollowUp,
    FollowUpOf,
    OpenCaseOf,
    PersonalDataOf,
    ResponseDisowned,
    emit,
    gather,
)
from feedback.sites.models import SiteHoliday
from tests.cases.world import NOON, World, build


def test_a_low_answer_opens_a_case_with_owner_rule_due_time_and_words(world: World) -> None:
    neema = world.add_customer("Neema Mushi", segment="gold")
    response = world.answer(neema, 20, "Nimesubiri wiki mbili, hakuna aliyejibu.")
    case = world.case()
    assert (case.number, case.state, case.priority, case.kind) == (1, "new", "high", "low_score")
    assert case.owner_id == world.staff["Asha"].id
    assert case.rule_name == "Low score"
    assert case.reason == {"because": [{"code": "score_at_most", "score": 20, "limit": 40}]}
    assert case.due_at == NOON + timedelta(hours=4)
    assert case.excerpt == "Nimesubiri wiki mbili, hakuna aliyejibu."
    assert "neema mushi" in case.search_key
    assert case.score_before == 20
    (promise,) = world.promises(case)
    assert (promise.kind, promise.state, promise.due_at) == ("first_response", "open", case.due_at)
    assert world.happened(case) == ["opened"]
    (follow_up,) = gather(world.session, FollowUpOf(world.site.id, response.id))
    assert (follow_up.who, follow_up.by) == ("Asha", case.due_at)
    assert gather(world.session, OpenCaseOf(world.site.id, neema.id)) == [(case.public_id, 1)]


def test_what_a_case_promises_comes_back_to_whoever_told_of_the_answer(world: World) -> None:
    neema = world.add_customer()
    first, second = world.store(neema, 20), world.store(neema, 20)
    (promised,) = emit(world.session, world.submitted(first))
    case = world.case()
    assert promised == FollowUp(case.due_at, "Asha", case.id)
    assert gather(world.session, FollowUpOf(world.site.id, first.id)) == [promised]
    assert emit(world.session, world.submitted(second)) == [promised]
    assert emit(world.session, world.submitted(world.store(neema, 95))) == []


def test_a_good_answer_opens_nothing(world: World) -> None:
    response = world.answer(world.add_customer(), 90, "Sawa")
    assert world.cases() == []
    assert gather(world.session, FollowUpOf(world.site.id, response.id)) == []


def test_cases_go_in_turn_to_whoever_reads_the_language_and_is_there(world: World) -> None:
    world.staff["Juma"].away_until = NOON + timedelta(days=1)
    world.session.flush()
    for locale in ("sw", "sw-KE", "fa-AF", "hy"):
        world.answer(world.add_customer(locale=locale), 10, locale=locale)
    world.staff["Juma"].away_until = NOON - timedelta(days=1)
    world.session.flush()
    world.answer(world.add_customer(), 10)
    names = {member.id: name for name, member in world.staff.items()}
    assert [names.get(case.owner_id) for case in world.cases()] == ["Asha", "Asha", "Parisa", None, "Juma"]
    assert [case.number for case in world.cases()] == [1, 2, 3, 4, 5]


def test_a_second_low_answer_joins_raises_and_never_postpones(world: World, noon: time_machine.Traveller) -> None:
    neema = world.add_customer()
    world.answer(neema, 50, "Polepole sana")
    case = world.case()
    assert case.priority == "normal"
    first_due = case.due_at
    noon.move_to(NOON + timedelta(minutes=30))
    response = world.answer(neema, 0, "Na sasa imeharibika")
    case = world.case()
    assert case.priority == "high"
    assert case.due_at == NOON + timedelta(minutes=30) + timedelta(hours=4) < first_due
    assert "polepole" in case.search_key
    assert "imeharibika" in case.search_key
    assert case.excerpt == "Na sasa imeharibika"
    (promise,) = world.promises(case)
    assert promise.due_at == case.due_at
    noon.move_to(NOON + timedelta(hours=2))
    world.answer(neema, 50)
    assert world.case().due_at == promise.due_at
    assert world.case().priority == "high"
    assert world.happened(case) == ["opened", "joined", "joined"]
    (follow_up,) = gather(world.session, FollowUpOf(world.site.id, response.id))
    assert follow_up.by == promise.due_at


def test_what_joins_after_the_promise_was_missed_gets_a_promise_of_its_own(
    world: World, noon: time_machine.Traveller
) -> None:
    neema = world.add_customer()
    world.answer(neema, 10)
    due = world.case().due_at
    noon.move_to(NOON + timedelta(days=1))
    response = world.answer(neema, 10)
    assert world.case().due_at == due
    assert [promise.due_at for promise in world.promises(world.case())] == [due, due + timedelta(days=1)]
    (follow_up,) = gather(world.session, FollowUpOf(world.site.id, response.id))
    assert follow_up.by == due + timedelta(days=1)


def test_the_same_fact_told_twice_opens_one_case(world: World) -> None:
    response = world.answer(world.add_customer(), 10)
    emit(world.session, world.submitted(response))
    assert world.happened(world.case()) == ["opened"]


def test_after_a_resolved_case_a_new_one_is_opened(world: World) -> None:
    neema = world.add_customer()
    world.answer(neema, 10)
    resolve(world.session, world.actor("Asha"), world.site.id, world.case().public_id, Outcome.SOLVED)
    world.answer(neema, 10)
    assert [case.state for case in world.cases()] == ["resolved", "new"]


def test_whoever_answers_is_promised_something_also_without_an_address(world: World) -> None:
    world.answer(None, 10, contact="not_asked")
    world.answer(None, 10, contact="no")
    assert [len(world.promises(case)) for case in world.cases()] == [1, 1]


def test_at_a_feedback_screen_nobody_is_promised_what_the_next_one_would_read(world: World) -> None:
    asks_for_taps = Conditions(score_max=40, touchpoints={"channel": ("kiosk",)})
    rules_of_site(world.session, world.site.id)[0].conditions = conditions_as_json(asks_for_taps)
    tapped = world.store(None, 10)
    tapped.channel = "kiosk"
    world.session.flush()
    emit(world.session, world.submitted(tapped))
    assert world.promises(world.case()) == []


def test_a_message_is_read_by_somebody_also_where_no_rule_is_left(world: World) -> None:
    for rule in rules_of_site(world.session, world.site.id):
        rule.enabled = False
    world.session.flush()
    world.answer(None, 10, "Vibaya")
    assert world.cases() == []
    world.answer(None, None, "Mnafungua lini?", survey="message")
    assert (world.case().kind, world.case().priority) == ("message", "normal")


def test_a_message_is_a_case_of_its_kind_without_a_score(world: World) -> None:
    world.answer(world.add_customer(), None, "Mnafungua lini?", survey="message")
    assert (world.case().kind, world.case().priority) == ("message", "normal")


def test_an_address_typed_into_a_survey_is_not_shown_in_lists(world: World) -> None:
    response = world.store(None, 10, "Vibaya")
    world._answer(response, "email", text="neema@example.com")
    world.session.flush()
    emit(world.session, world.submitted(response))
    assert world.case().excerpt == "Vibaya"


def test_somebody_elses_answer_is_noted_on_the_case(world: World) -> None:
    response = world.answer(world.add_customer(), 10)
    emit(world.session, ResponseDisowned(world.site.id, response.id, 1, response.customer_id))
    assert world.happened(world.case()) == ["opened", "disowned"]


def test_the_sites_own_holidays_count(world: World) -> None:
    world.session.add_all(
        [
            SiteHoliday(site_id=world.site.id, day=date(2026, 6, 11), name="Stocktaking"),
            SiteHoliday(site_id=world.site.id, day=date(2026, 7, 7), name="Saba Saba", is_open=True),
        ]
    )
    world.session.flush()
    with time_machine.travel(datetime(2026, 6, 10, 13, 0, tzinfo=UTC), tick=False):  # 16:00: one hour left today
        world.answer(world.add_customer(), 10)
    assert world.case().due_at == datetime(2026, 6, 12, 8, 0, tzinfo=UTC)
    with time_machine.travel(datetime(2026, 7, 6, 13, 0, tzinfo=UTC), tick=False):  # Saba Saba is worked after all
        world.answer(world.add_customer(), 10)
    assert world.cases()[1].due_at == datetime(2026, 7, 7, 8, 0, tzinfo=UTC)


def test_rules_can_be_switched_off_and_reordered(world: World) -> None:
    actor = Actor.staff(world.staff["Rehema"].id, "Rehema")
    rules = rules_of_site(world.session, world.site.id)
    assert [rule.name for rule in rules][:3] == ["Message", "Low score", "Middling score"]
    world.session.add(
        RoutingRule(
            site_id=world.site.id,
            position=3,
            name="Everybody",
            conditions=conditions_as_json(Conditions()),
            outcome={"priority": "low", "queue": "retention"},
            created_at=NOON,
        )
    )
    world.session.flush()
    low, everybody = (rules_of_site(world.session, world.site.id)[place].public_id for place in (1, 3))
    move_rule(world.session, actor, world.site.id, everybody, up=True)
    switch_rule(world.session, actor, world.site.id, low, enabled=False)
    names = [rule.name for rule in rules_of_site(world.session, world.site.id)]
    assert names[:4] == ["Message", "Low score", "Everybody", "Middling score"]
    world.answer(world.add_customer(), 10)
    assert (world.case().rule_name, world.case().priority, world.case().queue) == ("Everybody", "low", "retention")
    with pytest.raises(Conflict):
        switch_rule(world.session, actor, world.site.id, low, enabled=True, expected_version=1)


def test_a_case_opened_by_hand_promises_nothing_and_meets_the_one_that_is_open(world: World) -> None:
    neema = world.add_customer("Neema")
    opened = open_by_hand(
        world.session,
        world.actor("Asha"),
        world.site.id,
        customer_id=neema.id,
        kind=Kind.PRICE,
        priority=Priority.LOW,
        words="Asked twice about the price at the counter",
        owner_id=world.staff["Asha"].id,
    )
    case = world.case()
    assert case.id == opened.case_id
    assert world.promises(case) == []
    assert world.happened(case) == ["opened_by_hand", "noted"]
    with pytest.raises(Conflict) as clash:
        open_by_hand(
            world.session,
            world.actor("Juma"),
            world.site.id,
            customer_id=neema.id,
            kind=Kind.LOW_SCORE,
            priority=Priority.HIGH,
            words="Complained",
        )
    assert clash.value.present.number == 1
    with pytest.raises(Invalid):
        open_by_hand(
            world.session,
            world.actor("Juma"),
            world.site.id,
            customer_id=None,
            kind=Kind.LOW_SCORE,
            priority=Priority.HIGH,
            words="  ",
        )
    world.answer(world.add_customer(), 10)
    assert [one.number for one in world.cases()] == [1, 2]


def test_erasing_a_customer_leaves_no_word_of_theirs(world: World) -> None:
    neema = world.add_customer("Zzyzx Mushi")
    world.answer(neema, 10, "zzyzx maneno")
    world.answer(neema, 10, "zzyzx zaidi")
    (held,) = [one for one in gather(world.session, PersonalDataOf(world.site.id, neema.id)) if one.heading == "cases"]
    assert held.rows[0]["words"] == "zzyzx zaidi"
    emit(world.session, CustomerErased(world.site.id, neema.id, None))
    case = world.case()
    assert (case.excerpt, case.search_key) == ("", "")
    (held,) = [one for one in gather(world.session, PersonalDataOf(world.site.id, neema.id)) if one.heading == "cases"]
    assert "zzyzx" not in str(held)


def test_two_sites_know_nothing_of_each_other(world: World) -> None:
    other = build(world.session)
    world.answer(world.add_customer(), 10)
    other.answer(other.add_customer(), 10)
    assert (world.case().number, other.case().number) == (1, 1)
    assert other.case().owner_id is None


@pytest.mark.parametrize(("score", "limit"), [(90, 1), (10, 8)])
def test_following_up_takes_few_statements(world: World, score: int, limit: int) -> None:
    neema = world.add_customer()
    response = world.store(neema, score, "Maneno")
    world.session.flush()
    seen: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE")):
            seen.append(statement)

    engine = world.session.get_bind()
    event.listen(engine, "before_cursor_execute", count)
    try:
        emit(world.session, world.submitted(response))
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert len(seen) <= limit, seen
    assert all("site_id" in statement or "site.id" in statement for statement in seen)


def test_responses_on_a_case_are_kept_once(world: World) -> None:
    neema = world.add_customer()
    for _ in range(3):
        world.answer(neema, 10)
    kept = world.session.scalars(select(CaseResponse.case_id).where(CaseResponse.site_id == world.site.id)).all()
    assert list(kept) == [world.case().id] * 3
    assert world.case().version == 3


def test_nothing_done_by_the_program_itself_pretends_to_be_staff(world: World) -> None:
    world.answer(world.add_customer(), 10)
    detail = case_detail(world.session, world.site.id, world.case().public_id)
    assert [one.actor_kind for one in detail.activity] == [SYSTEM.kind]
