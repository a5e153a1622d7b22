"""Staff's pages of responses: the list, one, what is held back, surveys' previews and totals, screens, posters."""

from feedback.responses.console import kiosks, listing, posters, preview, quarantine, totals
from feedback.responses.console.blueprint import pages

__all__ = ["kiosks", "listing", "pages", "posters", "preview", "quarantine", "totals"]
