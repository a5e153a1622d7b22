"""Changing cases: opening and joining, the moves of staff, the rules of a site; each flushes and never commits."""

from feedback.cases.actions.moves import (
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
from feedback.cases.actions.opening import (
    NewCase,
    Opened,
    answer_changed,
    join_case,
    open_by_hand,
    open_case,
    withdraw,
)
from feedback.cases.actions.rules import create_default_rules, move_rule, switch_rule

__all__ = [
    "NewCase",
    "Opened",
    "answer_changed",
    "assign",
    "contact",
    "create_default_rules",
    "join_case",
    "move_rule",
    "note",
    "open_by_hand",
    "open_case",
    "reopen",
    "resolve",
    "resume",
    "set_priority",
    "switch_rule",
    "take",
    "unassign",
    "wait",
    "withdraw",
]
