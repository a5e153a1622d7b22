"""Pages for customers: their own case, by the link that was mailed to them or shown after they had answered."""

from feedback.cases.pages import case
from feedback.cases.pages.blueprint import pages

__all__ = ["case", "pages"]
