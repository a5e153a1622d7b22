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
    join_case,
    open_by_hand,
    open_case,
)
from feedback.cases.actions.promising import cancel_promise, keep_promise, make_promise, move_promise
from feedback.cases.actions.rules import (
    add_rule,
    add_rules_with,
    change_rule,
    create_default_rules,
    delete_rule,
    move_rule,
    switch_rule,
)
from feedback.cases.actions.talking import answer_on_page, customer_wrote, not_them, reply

__all__ = [
    "NewCase",
    "Opened",
    "add_rule",
    "add_rules_with",
    "answer_on_page",
    "assign",
    "cancel_promise",
    "change_rule",
    "contact",
    "create_default_rules",
    "customer_wrote",
    "delete_rule",
    "join_case",
    "keep_promise",
    "make_promise",
    "move_promise",
    "move_rule",
    "not_them",
    "note",
    "open_by_hand",
    "open_case",
    "reopen",
    "reply",
    "resolve",
    "resume",
    "set_priority",
    "switch_rule",
    "take",
    "unassign",
    "wait",
]
