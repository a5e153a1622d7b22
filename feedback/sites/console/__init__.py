"""A site's own pages in the console: settings, working hours, holidays, and whose leaving becomes a task."""

from feedback.sites.console import holidays, hours, leaving, settings
from feedback.sites.console.blueprint import pages

__all__ = ["holidays", "hours", "leaving", "pages", "settings"]
