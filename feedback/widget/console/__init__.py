"""Staff's pages about host pages: the code to copy, who sees a survey, addresses, the check, identity, robots."""

from feedback.widget.console import check, identity, origins, placements, robots, show
from feedback.widget.console.blueprint import pages

__all__ = ["check", "identity", "origins", "pages", "placements", "robots", "show"]
