"""Rule: which moves a case allows in which state, to whom, and where each one leads; carries nothing out."""

from __future__ import annotations

from enum import StrEnum

from feedback.actors import ActorKind, Role
from feedback.errors import NotAllowed
from feedback.i18n.text import N_


class State(StrEnum):
    """How far a case is; only ``resolved`` frees the customer for another one of the same family."""

    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    RESOLVED = "resolved"


class Priority(StrEnum):
    """How urgent a case is."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class Kind(StrEnum):
    """What made somebody, or something, open the case."""

    LOW_SCORE = "low_score"
    MESSAGE = "message"
    UNSUBSCRIBE = "unsubscribe"
    COMPETITOR = "competitor"
    PRICE = "price"
    ORGANISATION_CHANGE = "organisation_change"
    DATA_QUALITY = "data_quality"
    SILENCE = "silence"
    CHECK_IN = "check_in"


class Family(StrEnum):
    """Kinds with the same contact rules: a customer has at most one unresolved case of each."""

    FEEDBACK = "feedback"
    OPT_OUT = "opt_out"
    CHECK_IN = "check_in"


class Outcome(StrEnum):
    """How a case ended."""

    SOLVED = "solved"
    EXPLAINED = "explained"
    COMPENSATED = "compensated"
    NOT_REACHED = "not_reached"
    NO_ACTION = "no_action"
    WITHDRAWN = "withdrawn"


class PromiseState(StrEnum):
    """What became of a promise; ``cancelled`` is one that the customer no longer needs."""

    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    CANCELLED = "cancelled"


class Move(StrEnum):
    """What can be done to a case."""

    TAKE = "take"
    ASSIGN = "assign"
    HAND_OFF = "hand_off"
    NOTE = "note"
    CONTACT = "contact"
    REPLY = "reply"
    ANSWER = "answer"
    PROMISE = "promise"
    PRIORITISE = "prioritise"
    WAIT = "wait"
    RESUME = "resume"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    JOIN = "join"
    WITHDRAW = "withdraw"


class Owner(StrEnum):
    """Whose case it is, seen by whoever wants to move it."""

    NOBODY = "nobody"
    ME = "me"
    OTHER = "other"


NOT_NOW = N_("This can’t be done with the case as it is now.")

_OPT_OUT = frozenset({Kind.UNSUBSCRIBE})
_CHECK_IN = frozenset({Kind.CHECK_IN, Kind.SILENCE})
_ORDER = {Priority.HIGH: 0, Priority.NORMAL: 1, Priority.LOW: 2}

_ALIVE = frozenset(
    {
        Move.NOTE,
        Move.CONTACT,
        Move.REPLY,
        Move.ANSWER,
        Move.PROMISE,
        Move.PRIORITISE,
        Move.RESOLVE,
        Move.JOIN,
        Move.WITHDRAW,
    }
)
_IN_STATE: dict[State, frozenset[Move]] = {
    State.NEW: _ALIVE | {Move.TAKE, Move.ASSIGN, Move.HAND_OFF},
    State.OPEN: _ALIVE | {Move.TAKE, Move.ASSIGN, Move.HAND_OFF, Move.WAIT},
    State.WAITING: _ALIVE | {Move.TAKE, Move.ASSIGN, Move.HAND_OFF, Move.RESUME},
    State.RESOLVED: frozenset({Move.NOTE, Move.REOPEN}),
}
_LEADS_TO: dict[Move, State] = {
    Move.TAKE: State.OPEN,
    Move.CONTACT: State.OPEN,
    Move.REPLY: State.OPEN,
    Move.ANSWER: State.OPEN,
    Move.PROMISE: State.OPEN,
    Move.WAIT: State.WAITING,
    Move.RESUME: State.OPEN,
    Move.RESOLVE: State.RESOLVED,
    Move.WITHDRAW: State.RESOLVED,
    Move.REOPEN: State.OPEN,
}
# What the program does on a customer's behalf; nobody presses a button for it.
_BY_ITSELF = frozenset({Move.JOIN, Move.WITHDRAW})
_BY_CUSTOMER = frozenset({Move.JOIN, Move.WITHDRAW, Move.REOPEN})

# An outcome that can't come about without having spoken to the customer keeps the promise to come back.
_SPOKEN = frozenset({Outcome.SOLVED, Outcome.EXPLAINED, Outcome.COMPENSATED, Outcome.NOT_REACHED})


def family_of(kind: Kind) -> Family:
    """The family whose contact rules go for a kind of case."""
    if kind in _OPT_OUT:
        return Family.OPT_OUT
    return Family.CHECK_IN if kind in _CHECK_IN else Family.FEEDBACK


def moves(state: State, owner: Owner) -> frozenset[Move]:
    """What staff can do with a case now: the buttons of its page, and what the API accepts."""
    possible = _IN_STATE[state] - _BY_ITSELF
    if owner is Owner.NOBODY:
        return possible - {Move.HAND_OFF}
    if owner is Owner.ME and state is State.NEW:
        return possible - {Move.ASSIGN}  # routing gave it to me; taking it says that I am on it
    return possible - {Move.TAKE, Move.ASSIGN}


def may(move: Move, kind: ActorKind, role: Role | None = None) -> bool:
    """Whether this sort of actor may do it at all. Staff need a role on the site; keys are checked by their scope."""
    if kind in (ActorKind.SYSTEM, ActorKind.COMMAND):
        return True
    if kind is ActorKind.CUSTOMER:
        return move in _BY_CUSTOMER
    if move in _BY_ITSELF:
        return False
    return kind is ActorKind.API_KEY or (role is not None and role.covers(Role.AGENT))


def check(move: Move, state: State, owner: Owner, kind: ActorKind) -> None:
    """Raise NotAllowed unless the move exists here and now for this sort of actor."""
    if move not in _IN_STATE[state]:
        raise NotAllowed(f"case_{move}_when_{state}", NOT_NOW)
    if kind in (ActorKind.STAFF, ActorKind.API_KEY):
        if move in _BY_ITSELF:
            raise NotAllowed(f"case_{move}_by_{kind}", NOT_NOW)
        if move not in moves(state, owner):
            raise NotAllowed(f"case_{move}_when_owned_by_{owner}", NOT_NOW)
    elif not may(move, kind):
        raise NotAllowed(f"case_{move}_by_{kind}", NOT_NOW)


def after(move: Move, state: State) -> State:
    """The state a move leads to. A new answer wakes a case that waits."""
    if move is Move.JOIN:
        return State.OPEN if state is State.WAITING else state
    if move in (Move.CONTACT, Move.REPLY, Move.ANSWER, Move.PROMISE) and state is State.WAITING:
        return State.WAITING
    return _LEADS_TO.get(move, state)


def more_urgent(one: Priority, other: Priority) -> Priority:
    """The higher of two priorities: what joins a case may raise it and never lowers it."""
    return min(one, other, key=_ORDER.__getitem__)


def promise_after(outcome: Outcome) -> PromiseState:
    """What an outcome makes of a promise that is still open."""
    if outcome is Outcome.WITHDRAWN:
        return PromiseState.CANCELLED
    return PromiseState.KEPT if outcome in _SPOKEN else PromiseState.BROKEN
