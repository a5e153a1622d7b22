"""Which moves a case allows, to whom, and where each one leads."""

import pytest

from feedback.actors import ActorKind, Role
from feedback.cases.activity import KINDS, OUTCOMES, PRIORITIES, PROMISES, STATES
from feedback.cases.states import (
    Family,
    Kind,
    Move,
    Outcome,
    Owner,
    Priority,
    PromiseState,
    State,
    after,
    check,
    family_of,
    may,
    more_urgent,
    moves,
    promise_after,
)
from feedback.errors import NotAllowed

ALWAYS = {Move.NOTE, Move.CONTACT, Move.REPLY, Move.PROMISE, Move.PRIORITISE, Move.RESOLVE}
TABLE = [
    (State.NEW, Owner.NOBODY, ALWAYS | {Move.TAKE, Move.ASSIGN}),
    (State.NEW, Owner.ME, ALWAYS | {Move.TAKE, Move.HAND_OFF}),
    (State.NEW, Owner.OTHER, ALWAYS | {Move.HAND_OFF}),
    (State.OPEN, Owner.NOBODY, ALWAYS | {Move.TAKE, Move.ASSIGN, Move.WAIT}),
    (State.OPEN, Owner.ME, ALWAYS | {Move.HAND_OFF, Move.WAIT}),
    (State.OPEN, Owner.OTHER, ALWAYS | {Move.HAND_OFF, Move.WAIT}),
    (State.WAITING, Owner.NOBODY, ALWAYS | {Move.TAKE, Move.ASSIGN, Move.RESUME}),
    (State.WAITING, Owner.ME, ALWAYS | {Move.HAND_OFF, Move.RESUME}),
    (State.RESOLVED, Owner.ME, {Move.NOTE, Move.REOPEN}),
    (State.RESOLVED, Owner.NOBODY, {Move.NOTE, Move.REOPEN}),
]


@pytest.mark.parametrize(("state", "owner", "possible"), TABLE)
def test_what_staff_can_do_in_each_state(state: State, owner: Owner, possible: set[Move]) -> None:
    assert moves(state, owner) == possible
    for move in Move:
        if move in possible:
            check(move, state, owner, ActorKind.STAFF)
        else:
            with pytest.raises(NotAllowed):
                check(move, state, owner, ActorKind.STAFF)


@pytest.mark.parametrize(
    ("move", "state", "leads_to"),
    [
        (Move.TAKE, State.NEW, State.OPEN),
        (Move.ASSIGN, State.NEW, State.NEW),
        (Move.HAND_OFF, State.OPEN, State.OPEN),
        (Move.NOTE, State.NEW, State.NEW),
        (Move.CONTACT, State.NEW, State.OPEN),
        (Move.CONTACT, State.WAITING, State.WAITING),
        (Move.REPLY, State.NEW, State.OPEN),
        (Move.REPLY, State.WAITING, State.WAITING),
        (Move.PROMISE, State.NEW, State.OPEN),
        (Move.PROMISE, State.WAITING, State.WAITING),
        (Move.WAIT, State.OPEN, State.WAITING),
        (Move.RESUME, State.WAITING, State.OPEN),
        (Move.JOIN, State.WAITING, State.OPEN),
        (Move.JOIN, State.NEW, State.NEW),
        (Move.RESOLVE, State.NEW, State.RESOLVED),
        (Move.WITHDRAW, State.NEW, State.RESOLVED),
        (Move.REOPEN, State.RESOLVED, State.OPEN),
    ],
)
def test_where_each_move_leads(move: Move, state: State, leads_to: State) -> None:
    assert after(move, state) is leads_to


@pytest.mark.parametrize(
    ("move", "kind", "role", "allowed"),
    [
        (Move.TAKE, ActorKind.STAFF, Role.AGENT, True),
        (Move.TAKE, ActorKind.STAFF, None, False),
        (Move.JOIN, ActorKind.STAFF, Role.ADMIN, False),
        (Move.RESOLVE, ActorKind.API_KEY, None, True),
        (Move.REPLY, ActorKind.STAFF, Role.AGENT, True),
        (Move.PROMISE, ActorKind.STAFF, None, False),
        (Move.PROMISE, ActorKind.CUSTOMER, None, False),
        (Move.WITHDRAW, ActorKind.API_KEY, None, False),
        (Move.REOPEN, ActorKind.CUSTOMER, None, True),
        (Move.RESOLVE, ActorKind.CUSTOMER, None, False),
        (Move.WITHDRAW, ActorKind.SYSTEM, None, True),
    ],
)
def test_who_may_do_what(move: Move, kind: ActorKind, role: Role | None, allowed: bool) -> None:
    assert may(move, kind, role) is allowed


def test_a_customer_can_reopen_and_nothing_that_staff_do() -> None:
    check(Move.REOPEN, State.RESOLVED, Owner.OTHER, ActorKind.CUSTOMER)
    with pytest.raises(NotAllowed) as refused:
        check(Move.NOTE, State.OPEN, Owner.OTHER, ActorKind.CUSTOMER)
    assert refused.value.code == "case_note_by_customer"


def test_a_priority_is_only_ever_raised_by_what_joins() -> None:
    assert more_urgent(Priority.LOW, Priority.HIGH) is Priority.HIGH
    assert more_urgent(Priority.HIGH, Priority.LOW) is Priority.HIGH
    assert more_urgent(Priority.NORMAL, Priority.LOW) is Priority.NORMAL


def test_each_kind_has_its_family() -> None:
    assert family_of(Kind.LOW_SCORE) is family_of(Kind.MESSAGE) is Family.FEEDBACK
    assert family_of(Kind.UNSUBSCRIBE) is Family.OPT_OUT
    assert family_of(Kind.CHECK_IN) is Family.CHECK_IN


def test_an_outcome_settles_what_was_promised() -> None:
    assert promise_after(Outcome.SOLVED) is PromiseState.KEPT
    assert promise_after(Outcome.NOT_REACHED) is PromiseState.KEPT
    assert promise_after(Outcome.NO_ACTION) is PromiseState.BROKEN
    assert promise_after(Outcome.WITHDRAWN) is PromiseState.CANCELLED


def test_everything_has_a_text_to_show_it_by() -> None:
    for texts, values in (
        (STATES, State),
        (PRIORITIES, Priority),
        (KINDS, Kind),
        (OUTCOMES, Outcome),
        (PROMISES, PromiseState),
    ):
        assert set(texts) == set(values)
