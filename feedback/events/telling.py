"""How facts reach those who react to them, and questions those who answer; no feature's logic."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from feedback.events.facts import Fact
from feedback.events.questions import Question

log = logging.getLogger(__name__)

F = TypeVar("F", bound=Fact)
R = TypeVar("R")
Reaction = Callable[..., Any]
Answerer = Callable[[Session, Any], list[Any]]
RetrySink = Callable[[Session, str, Fact], None]

_reactions: dict[type[Fact], list[Reaction]] = {}
_answerers: dict[type[Any], list[Answerer]] = {}
_conditions: dict[Reaction, Callable[[Any], bool]] = {}
_looks: dict[Reaction, Callable[[Session, Any], Any]] = {}
_state: dict[str, Any] = {"wired": False, "retry": None}


class NotWired(RuntimeError):
    """emit or gather was called before ``wire()``: reactions would silently be missed."""


def on(
    fact_type: type[F],
    *,
    when: Callable[[F], bool] | None = None,
    given: Callable[[Session, F], Any] | None = None,
) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Register a reaction. They run in the order in which ``wiring.py`` imports them.

    ``when`` says of the fact alone whether it concerns this reaction at all.
    ``given`` looks what there is to go on, and is handed to the reaction; where it finds nothing, there is nothing
    to do. It only reads, and so is spared the savepoint, which costs more than the look, wherever a statement that
    fails leaves the rest of its transaction usable: PostgreSQL refuses all that follows.
    """

    def register(reaction: Callable[..., R]) -> Callable[..., R]:
        _reactions.setdefault(fact_type, []).append(reaction)
        if when is not None:
            _conditions[reaction] = when
        if given is not None:
            _looks[reaction] = given
        return reaction

    return register


def answers(question_type: type[Any]) -> Callable[[Answerer], Answerer]:
    """Register somebody who answers a question."""

    def register(answerer: Answerer) -> Answerer:
        _answerers.setdefault(question_type, []).append(answerer)
        return answerer

    return register


def emit(session: Session, fact: Fact) -> list[Any]:
    """Tell a fact: flush, then run each reaction at once in a SAVEPOINT of its own.

    A reaction that raises is rolled back, logged and enqueued again as a job, so that its bug never costs
    the answer that caused it; facts marked ``all_or_nothing`` raise instead. What reactions give back comes back
    here: who told the fact need not ask a moment later for what somebody has just written.
    """
    _must_be_wired()
    session.flush()
    said: list[Any] = []
    for reaction in _reactions.get(type(fact), ()):
        if fact.all_or_nothing:
            said.append(_react(session, fact, reaction))
            continue
        try:
            said.append(_react(session, fact, reaction, session.begin_nested))
        except Exception:
            name = reaction_name(reaction)
            log.exception("reaction %s failed; it is tried again as a job", name)
            _state["retry"](session, name, fact)
    return [one for one in said if one is not None]


def _react(
    session: Session, fact: Fact, reaction: Reaction, within: Callable[[], AbstractContextManager[Any]] = nullcontext
) -> Any:
    """What a reaction says; None where it has nothing to go on."""
    if reaction in _conditions and not _conditions[reaction](fact):
        return None
    if reaction not in _looks:
        with within():
            return reaction(session, fact)
    around_both = session.get_bind().dialect.name == "postgresql"
    with within() if around_both else nullcontext():
        found = _looks[reaction](session, fact)
        if not found:
            return None
        with nullcontext() if around_both else within():
            return reaction(session, fact, found)


def gather(session: Session, question: Question) -> list[Any]:
    """Ask a question of whoever answers it; read-only."""
    _must_be_wired()
    return [answer for answerer in _answerers.get(type(question), ()) for answer in answerer(session, question)]


def reaction_name(reaction: Reaction) -> str:
    """The stable name under which a failed reaction is tried again."""
    return f"{reaction.__module__}:{reaction.__qualname__}"


def rerun(session: Session, name: str, fact_name: str, values: dict[str, Any]) -> None:
    """Run one reaction again for a fact that was told earlier; used by the job behind ``emit``."""
    for fact_type, reactions in _reactions.items():
        if fact_type.__name__ == fact_name:
            for reaction in reactions:
                if reaction_name(reaction) == name:
                    _react(session, fact_type(**values), reaction)


def fact_values(fact: Fact) -> dict[str, Any]:
    """A fact as plain values."""
    return asdict(fact)


def wired(retry: RetrySink) -> None:
    """Called by ``wire()`` when every reaction is registered."""
    _state["wired"] = True
    _state["retry"] = retry


def _must_be_wired() -> None:
    if not _state["wired"]:
        raise NotWired("call feedback.wiring.wire() first")
