"""Staff's pages of preferences: whom nothing is sent to, and the topics that customers can stop one by one."""

from feedback.preferences.console import bursts, stops, topics
from feedback.preferences.console.blueprint import pages

__all__ = ["bursts", "pages", "stops", "topics"]
