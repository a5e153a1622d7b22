"""Pages of staff: the way in, one's own account, the team of a site."""

from feedback.staff.console import account, entrance, team
from feedback.staff.console.blueprint import pages

__all__ = ["account", "entrance", "pages", "team"]
