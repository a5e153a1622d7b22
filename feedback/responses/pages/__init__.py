"""Pages for customers: the survey by a link or in the open, "not me", how answers are processed."""

from feedback.responses.pages import notme, privacy, survey
from feedback.responses.pages.blueprint import pages

__all__ = ["notme", "pages", "privacy", "survey"]
