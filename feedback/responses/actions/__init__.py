"""Changing responses: store one, change it within its edit window, disown it, let it out of quarantine."""

from feedback.responses.actions.cancelling import settle
from feedback.responses.actions.disowning import disown
from feedback.responses.actions.once import Once, comes_first
from feedback.responses.actions.quarantine import call_spam, forget_held_back, forget_seen, release, release_each
from feedback.responses.actions.submitting import (
    COUNTED,
    EDIT_WINDOW,
    Outcome,
    Stored,
    Submission,
    change,
    contact_of,
    submit,
)

__all__ = [
    "COUNTED",
    "EDIT_WINDOW",
    "Once",
    "Outcome",
    "Stored",
    "Submission",
    "call_spam",
    "change",
    "comes_first",
    "contact_of",
    "disown",
    "forget_held_back",
    "forget_seen",
    "release",
    "release_each",
    "settle",
    "submit",
]
