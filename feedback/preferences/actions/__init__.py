"""Changing what may be sent: stops with their evidence, wishes, topics; each flushes and never commits."""

from feedback.preferences.actions.finding import look_up_later
from feedback.preferences.actions.requesting import ask, carry_out, claim
from feedback.preferences.actions.saving import Choices, Saved, save
from feedback.preferences.actions.stopping import Stopped, Wanted, forget, lift, stop, undo
from feedback.preferences.actions.topics import (
    add_topic,
    archive_topic,
    change_topic,
    create_first_topics,
    move_topic,
)
from feedback.preferences.actions.wishing import note_sent, pause, resume, set_frequency, want_again

__all__ = [
    "Choices",
    "Saved",
    "Stopped",
    "Wanted",
    "add_topic",
    "archive_topic",
    "ask",
    "carry_out",
    "change_topic",
    "claim",
    "create_first_topics",
    "forget",
    "lift",
    "look_up_later",
    "move_topic",
    "note_sent",
    "pause",
    "resume",
    "save",
    "set_frequency",
    "stop",
    "undo",
    "want_again",
]
