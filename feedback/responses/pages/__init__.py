"""Pages for customers: the survey by a link or in the open, "not me", the way to the case, how answers are handled."""

from feedback.responses.pages import caselink, notme, privacy, survey
from feedback.responses.pages.blueprint import pages

__all__ = ["caselink", "notme", "pages", "privacy", "survey"]
