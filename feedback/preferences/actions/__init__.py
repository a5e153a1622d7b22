"""Changing what may be sent: stops with their evidence, wishes, topics; each flushes and never commits."""

from feedback.preferences.actions.stopping import Stopped, Wanted, forget, lift, stop, undo
from feedback.preferences.actions.topics import add_topic, archive_topic, change_topic, create_first_topics
from feedback.preferences.actions.wishing import note_sent, pause, resume, set_frequency, want_again

__all__ = [
    "Stopped",
    "Wanted",
    "add_topic",
    "archive_topic",
    "change_topic",
    "create_first_topics",
    "forget",
    "lift",
    "note_sent",
    "pause",
    "resume",
    "set_frequency",
    "stop",
    "undo",
    "want_again",
]
