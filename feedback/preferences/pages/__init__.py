"""Pages for customers: stopping mails, taking that back, something instead, the preference centre."""

from feedback.preferences.pages import instead, reason, stopping, undoing
from feedback.preferences.pages.blueprint import pages

__all__ = ["instead", "pages", "reason", "stopping", "undoing"]
