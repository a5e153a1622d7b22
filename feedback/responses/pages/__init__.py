"""Pages for customers: surveys by a link or in the open, messages, "not me", the case, how answers are handled."""

from feedback.responses.pages import caselink, embed, kiosk, message, notme, privacy, survey
from feedback.responses.pages.blueprint import pages

__all__ = ["caselink", "embed", "kiosk", "message", "notme", "pages", "privacy", "survey"]
