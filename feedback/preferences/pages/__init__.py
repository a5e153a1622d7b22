"""Pages for customers: stopping mails, taking that back, something instead, the preference centre."""

from feedback.preferences.pages import centre, instead, lost, mine, reason, stopping, undoing
from feedback.preferences.pages.blueprint import pages

__all__ = ["centre", "instead", "lost", "mine", "pages", "reason", "stopping", "undoing"]
