"""Staff's pages of cases: the triage list, one case, opening one by hand, and the rules that open them."""

from feedback.cases.console import case, opening, rules, triage
from feedback.cases.console.blueprint import pages

__all__ = ["case", "opening", "pages", "rules", "triage"]
