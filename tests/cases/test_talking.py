"""What is said on a case: replies that keep promises, what the customer writes back, who may be written to."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from feedback.actors import SYSTEM, Actor
from feedback.cases.actions import (
    answer_on_page,
    assign,
    cancel_promise,
    contact,
    customer_wrote,
    keep_promise,
    make_promise,
    move_promise,
    note,
    reply,
    resolve,
    take,
    unassign,
)
from feedback.cases.contact import may_write
from feedback.cases.queries.about import held_about
from feedback.cases.states import Family, Outcome
from feedback.delivery.models import OutboxMail
from feedback.errors import Conflict, Invalid, NotAllowed
from tests.cases.world import NOON, World


@pytest.fixture
def asha(world: World) -> Actor:
    """The agent who has Neema's case."""
    world.answer(world.add_customer(), 20, "Nimesubiri wiki mbili")
    return Actor.staff(world.staff["Asha"].id, "Asha")


def mails(world: World) -> list[OutboxMail]:
    """What waits to be sent, in order."""
    query = select(OutboxMail).where(OutboxMail.site_id == world.site.id).order_by(OutboxMail.id)
    return list(world.session.scalars(query.execution_options(populate_existing=True)))


@pytest.mark.parametrize(
    ("family", "answers", "address", "erased", "code"),
    [
        (Family.FEEDBACK, [("not_asked", False)], True, False, "ok"),
        (Family.FEEDBACK, [("yes", False)], True, False, "ok"),
        (Family.FEEDBACK, [("no", False)], True, False, "said_no"),
        (Family.FEEDBACK, [("not_asked", False), ("no", False)], True, False, "said_no"),
        (Family.FEEDBACK, [("yes", False), ("no", False)], True, False, "ok"),
        (Family.FEEDBACK, [("no", False), ("yes", False)], True, False, "said_no"),
        (Family.FEEDBACK, [("yes", False)], False, False, "no_address"),
        (Family.FEEDBACK, [("yes", True)], True, False, "disowned"),
        (Family.FEEDBACK, [("no", True), ("yes", False)], True, False, "ok"),
        (Family.FEEDBACK, [], True, False, "ok"),
        (Family.FEEDBACK, [("yes", False)], True, True, "erased"),
        (Family.OPT_OUT, [("not_asked", False)], True, False, "opted_out"),
        (Family.OPT_OUT, [("no", False)], True, False, "opted_out"),
        (Family.OPT_OUT, [], True, False, "opted_out"),
        (Family.OPT_OUT, [("yes", False)], True, False, "ok"),
    ],
)
def test_who_may_be_written_to(
    family: Family, answers: list[tuple[str, bool]], address: bool, erased: bool, code: str
) -> None:
    verdict = may_write(family, answers, has_address=address, erased=erased)
    assert (verdict.code, verdict.allowed) == (code, code == "ok")


def test_a_reply_keeps_the_promise_queues_a_mail_and_says_what_was_written(world: World, asha: Actor) -> None:
    case = world.case()
    reply(world.session, asha, world.site.id, case.public_id, "  Pole sana. Tunalifanyia kazi.\n")
    case = world.case()
    assert (case.state, case.replied_at) == ("open", NOON)
    assert [one.state for one in world.promises(case)] == ["kept"]
    assert world.happened(case) == ["opened", "promise_kept", "replied"]
    (mail,) = mails(world)
    assert (mail.name, mail.case_id, mail.locale, mail.mail_class) == ("case_reply", case.id, "sw", "transactional")
    assert set(mail.facts) == {"activity"}


def test_whoever_answers_a_case_that_nobody_has_gets_it_with_its_promises(world: World) -> None:
    world.answer(world.add_customer(locale="hy"), 10, locale="hy")
    case = world.case()
    assert case.owner_id is None
    juma = world.staff["Juma"]
    reply(world.session, Actor.staff(juma.id, "Juma"), world.site.id, case.public_id, "Բարև Ձեզ")
    assert world.case().owner_id == juma.id


def test_a_reply_to_who_said_no_is_refused_and_nothing_is_kept(world: World) -> None:
    world.answer(world.add_customer(), 20, contact="no")
    case = world.case()
    with pytest.raises(NotAllowed) as refused:
        reply(world.session, Actor.staff(1, "Asha"), world.site.id, case.public_id, "Hello")
    assert refused.value.code == "contact-not-permitted"
    assert [one.state for one in world.promises(case)] == ["open"]
    assert mails(world) == []


@pytest.mark.parametrize("text", ["", " \n ", "x" * 10_001])
def test_a_reply_without_words_or_with_too_many_is_named(world: World, asha: Actor, text: str) -> None:
    with pytest.raises(Invalid) as wrong:
        reply(world.session, asha, world.site.id, world.case().public_id, text)
    assert [one.field for one in wrong.value.problems] == ["text"]


def test_a_promise_of_a_person_has_words_a_keeper_and_a_time_and_the_case_is_due_then(
    world: World, asha: Actor
) -> None:
    case = world.case()
    reply(world.session, asha, world.site.id, case.public_id, "Pole")
    friday = NOON + timedelta(days=2)
    made = make_promise(world.session, asha, world.site.id, case.public_id, "Pesa zitarudishwa", friday)
    assert (made.kind, made.what, made.staff_id, made.made_by) == ("made", "Pesa zitarudishwa", asha.id, asha.id)
    assert world.case().due_at == friday
    assert world.happened(case)[-1] == "promised"


def test_a_reply_leaves_open_what_is_still_to_be_done(world: World, asha: Actor) -> None:
    case = world.case()
    friday = NOON + timedelta(days=2)
    made = make_promise(world.session, asha, world.site.id, case.public_id, "Refund", friday)
    reply(world.session, asha, world.site.id, case.public_id, "On its way", still=[made.public_id])
    assert [one.state for one in world.promises(case)] == ["kept", "open"]
    assert world.case().due_at == friday
    contact(world.session, asha, world.site.id, case.public_id, "Told her that it is done")
    assert [one.state for one in world.promises(case)] == ["kept", "kept"]


def test_the_program_and_customers_promise_nothing(world: World, asha: Actor) -> None:
    case = world.case()
    for actor in (SYSTEM, Actor.customer(1), Actor.command()):
        with pytest.raises(NotAllowed):
            make_promise(world.session, actor, world.site.id, case.public_id, "Refund", NOON + timedelta(days=1))
    assert len(world.promises(case)) == 1


@pytest.mark.parametrize(
    ("what", "after", "field"),
    [
        ("", timedelta(days=1), "what"),
        ("x" * 501, timedelta(days=1), "what"),
        ("Refund", timedelta(0), "due_at"),
        ("Refund", timedelta(days=-1), "due_at"),
        ("Refund", timedelta(days=400), "due_at"),
    ],
)
def test_a_promise_says_which_part_of_it_is_wrong(
    world: World, asha: Actor, what: str, after: timedelta, field: str
) -> None:
    with pytest.raises(Invalid) as wrong:
        make_promise(world.session, asha, world.site.id, world.case().public_id, what, NOON + after)
    assert [one.field for one in wrong.value.problems] == [field]


def test_a_promise_is_put_off_only_with_a_reason_and_before_its_time_and_the_customer_is_told(
    world: World, asha: Actor, noon: time_machine.Traveller
) -> None:
    case = world.case()
    made = make_promise(world.session, asha, world.site.id, case.public_id, "Refund", NOON + timedelta(hours=1))
    later = NOON + timedelta(days=1)
    with pytest.raises(Invalid):
        move_promise(world.session, asha, world.site.id, case.public_id, made.public_id, later, reason=" ")
    move_promise(world.session, asha, world.site.id, case.public_id, made.public_id, later, reason="The bank is shut")
    (mail,) = mails(world)
    assert (mail.name, set(mail.facts)) == ("promise_moved", {"promise", "activity"})
    noon.move_to(later + timedelta(seconds=1))
    with pytest.raises(NotAllowed) as refused:
        again = later + timedelta(days=1)
        move_promise(world.session, asha, world.site.id, case.public_id, made.public_id, again, reason="Again")
    assert refused.value.code == "promise_lapsed"
    with pytest.raises(NotAllowed):
        keep_promise(world.session, asha, world.site.id, case.public_id, made.public_id)


def test_a_promise_is_settled_once(world: World, asha: Actor) -> None:
    case = world.case()
    made = make_promise(world.session, asha, world.site.id, case.public_id, "Refund", NOON + timedelta(days=1))
    with pytest.raises(Invalid):
        cancel_promise(world.session, asha, world.site.id, case.public_id, made.public_id, reason="")
    keep_promise(world.session, asha, world.site.id, case.public_id, made.public_id, note="Sent by M-Pesa")
    with pytest.raises(NotAllowed) as refused:
        cancel_promise(world.session, asha, world.site.id, case.public_id, made.public_id, reason="No longer")
    assert refused.value.code == "promise_settled"
    assert world.happened(case)[-1] == "promise_kept"


def test_promises_go_with_the_case_when_it_changes_hands(world: World, asha: Actor) -> None:
    case = world.case()
    juma = world.staff["Juma"].id
    made = make_promise(world.session, asha, world.site.id, case.public_id, "Refund", NOON + timedelta(days=1))
    assign(world.session, asha, world.site.id, case.public_id, juma, note="You know the bank")
    assert {one.staff_id for one in world.promises(case)} == {juma}
    assert next(one for one in world.promises(case) if one.id == made.id).made_by == asha.id


LATER = NOON + timedelta(days=5)


def test_a_customer_who_writes_wakes_a_waiting_case_and_pressing_twice_writes_once(
    world: World, asha: Actor, noon: time_machine.Traveller
) -> None:
    case = world.case()
    reply(world.session, asha, world.site.id, case.public_id, "Which colour?", wait=True)
    assert world.case().state == "waiting"
    customer = Actor.customer(7)
    noon.move_to(LATER)
    for _ in range(2):
        customer_wrote(world.session, customer, world.site.id, case.id, "Nyekundu", channel="page")
    case = world.case()
    assert (case.state, case.customer_at) == ("open", LATER)
    assert case.due_at == LATER + timedelta(hours=4)
    assert world.happened(case).count("customer_wrote") == 1
    assert "nyekundu" in case.search_key


def test_not_solved_opens_the_case_again_with_the_same_owner_and_a_new_promise(world: World, asha: Actor) -> None:
    case = world.case()
    take(world.session, asha, world.site.id, case.public_id)
    resolve(world.session, asha, world.site.id, case.public_id, Outcome.SOLVED)
    customer_wrote(world.session, Actor.customer(7), world.site.id, case.id, "", channel="page", unsolved=True)
    case = world.case()
    assert (case.state, case.owner_id, case.outcome) == ("open", asha.id, None)
    assert [one.state for one in world.promises(case)] == ["kept", "open"]


def test_a_customers_words_never_clash_with_what_staff_do(world: World, asha: Actor) -> None:
    case = world.case()
    seen = case.version
    customer_wrote(world.session, Actor.customer(7), world.site.id, case.id, "Habari?", channel="page")
    with pytest.raises(Conflict):
        note(world.session, asha, world.site.id, case.public_id, "Called", expected_version=seen)


def test_what_is_given_back_to_the_team_is_for_the_team_to_keep(world: World, asha: Actor) -> None:
    case = world.case()
    make_promise(world.session, asha, world.site.id, case.public_id, "Refund", NOON + timedelta(days=1))
    unassign(world.session, asha, world.site.id, case.public_id, note="I am away")
    assert {one.staff_id for one in world.promises(case)} == {None}


def test_who_wants_no_mail_is_answered_on_the_page_that_was_promised(world: World) -> None:
    world.answer(world.add_customer(), 20, contact="no")
    case = world.case()
    asha = Actor.staff(world.staff["Asha"].id, "Asha")
    answer_on_page(world.session, asha, world.site.id, case.public_id, "Tumebadilisha kipuri.")
    assert [one.state for one in world.promises(case)] == ["kept"]
    assert world.happened(case)[-1] == "answered"
    assert mails(world) == []


def test_whoever_may_be_mailed_is_mailed(world: World, asha: Actor) -> None:
    with pytest.raises(NotAllowed):
        answer_on_page(world.session, asha, world.site.id, world.case().public_id, "Hello")


def test_what_is_held_about_a_customer_names_promises_and_senders(world: World, asha: Actor) -> None:
    case = world.case()
    make_promise(world.session, asha, world.site.id, case.public_id, "Refund", NOON + timedelta(days=1))
    facts = {"from": "other@example.com", "known": False}
    customer_wrote(world.session, Actor.customer(7), world.site.id, case.id, "Ninyi?", channel="mail", **facts)
    (told,) = held_about(world.session, world.site.id, case.customer_id or 0)
    assert [one["what"] for one in told["promises"]] == ["first_response", "Refund"]
    assert [one["from"] for one in told["activity"] if "from" in one] == ["other@example.com"]
