"""What staff do with a case, and what happens when two of them do it at once."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from feedback.actors import Actor, Role
from feedback.audit import AuditRow
from feedback.cases.actions import (
    assign,
    contact,
    note,
    reopen,
    resolve,
    resume,
    set_priority,
    take,
    unassign,
    wait,
)
from feedback.cases.models import Case
from feedback.cases.queries import CaseHead, case_detail
from feedback.cases.states import Outcome, Priority
from feedback.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.cases.world import NOON, World, build


@pytest.fixture
def case(world: World) -> Case:
    """A new case that routing gave to Asha."""
    world.answer(world.add_customer("Neema"), 10, "Nimesubiri sana")
    return world.case()


def audited(world: World) -> list[str]:
    query = select(AuditRow.action).where(AuditRow.site_id == world.site.id).order_by(AuditRow.id)
    return [action for action in world.session.scalars(query) if action.startswith("case.")]


def test_taken_noted_and_resolved(world: World, case: Case) -> None:
    asha = world.actor("Asha")
    taken = take(world.session, asha, world.site.id, case.public_id, expected_version=case.version)
    assert (taken.state, taken.owner_id, taken.touched_at) == ("open", asha.id, NOON)
    note(world.session, asha, world.site.id, case.public_id, "Anapendelea kupigiwa simu jioni")
    done = resolve(world.session, asha, world.site.id, case.public_id, Outcome.SOLVED, note="Amebadilishiwa")
    assert (done.state, done.outcome, done.resolved_at, done.version) == ("resolved", "solved", NOON, 4)
    assert world.happened(case)[:5] == ["opened", "taken", "noted", "resolved", "promise_kept"]
    assert [promise.state for promise in world.promises(case)] == ["kept"]
    assert audited(world) == ["case.take", "case.note", "case.resolve"]
    notes = [one.text for one in case_detail(world.session, world.site.id, case.public_id).activity if one.text]
    assert notes == ["Anapendelea kupigiwa simu jioni", "Amebadilishiwa"]


def test_the_audit_never_holds_words_of_a_note(world: World, case: Case) -> None:
    note(world.session, world.actor("Asha"), world.site.id, case.public_id, "siri kubwa")
    rows = world.session.scalars(select(AuditRow).where(AuditRow.site_id == world.site.id)).all()
    assert "siri" not in str([(row.before, row.after) for row in rows])


def test_a_stale_change_shows_what_is_there_now(world: World, case: Case) -> None:
    seen = case.version
    take(world.session, world.actor("Asha"), world.site.id, case.public_id, expected_version=seen)
    with pytest.raises(Conflict) as clash:
        note(world.session, world.actor("Juma"), world.site.id, case.public_id, "Mimi pia", expected_version=seen)
    present = clash.value.present
    assert isinstance(present, CaseHead)
    assert (present.state, present.owner_name, present.version) == ("open", "Asha", seen + 1)
    assert world.happened(case) == ["opened", "taken"]


def test_giving_a_case_on_is_counted_and_needs_a_word(world: World, case: Case) -> None:
    asha, juma = world.actor("Asha"), world.staff["Juma"].id
    with pytest.raises(Invalid):
        assign(world.session, asha, world.site.id, case.public_id, juma)
    handed = assign(world.session, asha, world.site.id, case.public_id, juma, note="Anajua bidhaa hii")
    assert (handed.owner_id, handed.hand_offs) == (juma, 1)
    back = unassign(world.session, world.actor("Juma"), world.site.id, case.public_id, note="Niko likizo")
    assert (back.owner_id, back.hand_offs) == (None, 2)
    again = assign(world.session, world.actor("Rehema"), world.site.id, case.public_id, juma)
    assert (again.owner_id, again.hand_offs) == (juma, 2)
    assert world.happened(case) == ["opened", "handed_off", "unassigned", "assigned"]
    facts = case_detail(world.session, world.site.id, case.public_id).activity[1].facts
    assert facts == {"before": "Asha", "owner": "Juma"}


def test_a_case_goes_only_to_somebody_of_the_site(world: World, case: Case) -> None:
    other = build(world.session)
    stranger = other.add_staff("Stranger", "sw", role=Role.ADMIN)
    with pytest.raises(Invalid):
        assign(world.session, world.actor("Asha"), world.site.id, case.public_id, stranger.id, note="x")
    with pytest.raises(NotFound):
        take(world.session, other.actor("Stranger"), other.site.id, case.public_id)


def test_what_a_state_does_not_allow_is_refused(world: World, case: Case) -> None:
    with pytest.raises(NotAllowed):
        take(world.session, world.actor("Juma"), world.site.id, case.public_id)  # it is Asha's: that is a hand-off
    with pytest.raises(NotAllowed):
        reopen(world.session, world.actor("Asha"), world.site.id, case.public_id)
    resolve(world.session, world.actor("Asha"), world.site.id, case.public_id, Outcome.NO_ACTION)
    with pytest.raises(NotAllowed) as refused:
        resolve(world.session, world.actor("Asha"), world.site.id, case.public_id, Outcome.SOLVED)
    assert refused.value.code == "case_resolve_when_resolved"
    with pytest.raises(Invalid):
        take(world.session, Actor.command(), world.site.id, case.public_id)


def test_speaking_to_the_customer_in_time_keeps_the_promise(world: World, case: Case) -> None:
    spoken = contact(world.session, world.actor("Asha"), world.site.id, case.public_id, "Nimempigia")
    assert spoken.state == "open"
    assert spoken.due_at > NOON + timedelta(hours=4)
    assert [promise.state for promise in world.promises(case)] == ["kept"]


def test_speaking_to_the_customer_too_late_does_not(world: World, case: Case, noon: time_machine.Traveller) -> None:
    noon.move_to(NOON + timedelta(days=1))
    contact(world.session, world.actor("Asha"), world.site.id, case.public_id, "Nimempigia")
    assert [promise.state for promise in world.promises(case)] == ["broken"]
    assert world.happened(case)[-1] == "promise_broken"


def test_waiting_ends_with_the_customers_next_answer(world: World, case: Case) -> None:
    asha = world.actor("Asha")
    take(world.session, asha, world.site.id, case.public_id)
    assert wait(world.session, asha, world.site.id, case.public_id).state == "waiting"
    assert resume(world.session, asha, world.site.id, case.public_id).state == "open"
    wait(world.session, asha, world.site.id, case.public_id)
    world.answer(world.customer_of(case), 10)
    assert world.case().state == "open"


def test_a_priority_changes_and_the_due_time_stays(world: World, case: Case) -> None:
    due = case.due_at
    changed = set_priority(world.session, world.actor("Asha"), world.site.id, case.public_id, Priority.LOW)
    assert (changed.priority, changed.due_at) == ("low", due)
    same = set_priority(world.session, world.actor("Asha"), world.site.id, case.public_id, Priority.LOW)
    assert same.version == changed.version


def test_reopening_sets_a_new_due_time(world: World, case: Case, noon: time_machine.Traveller) -> None:
    asha = world.actor("Asha")
    resolve(world.session, asha, world.site.id, case.public_id, Outcome.EXPLAINED)
    noon.move_to(NOON + timedelta(days=1))
    again = reopen(world.session, asha, world.site.id, case.public_id, note="Bado")
    assert (again.state, again.outcome, again.resolved_at) == ("open", None, None)
    assert again.due_at == NOON + timedelta(days=1, hours=4)
    assert len(world.promises(case)) == 1
    resolve(world.session, asha, world.site.id, case.public_id, Outcome.EXPLAINED)
    reopen(world.session, Actor.customer(), world.site.id, case.public_id, note="Haijatatuliwa")
    assert [promise.state for promise in world.promises(case)] == ["kept", "open"]


def test_reopening_while_another_is_open_goes_on_there_and_both_say_so(world: World, case: Case) -> None:
    asha = world.actor("Asha")
    resolve(world.session, asha, world.site.id, case.public_id, Outcome.EXPLAINED)
    world.answer(world.customer_of(case), 10, "Tena")
    first, second = world.cases()
    found = reopen(world.session, asha, world.site.id, first.public_id)
    assert found.id == second.id
    first, second = world.cases()
    assert (first.state, second.state) == ("resolved", "new")
    assert world.happened(first)[-1] == "reopened_into"
    assert world.happened(second)[-1] == "added_from"
    detail = case_detail(world.session, world.site.id, second.public_id)
    assert len(detail.on_case) == 2
    assert [one.number for one in detail.earlier] == [1]
