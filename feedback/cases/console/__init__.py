"""Staff's pages of cases: the triage list, one case and what is said and promised on it, opening one, rules."""

from feedback.cases.console import canned, case, opening, promising, rules, talking, triage
from feedback.cases.console.blueprint import pages

__all__ = ["canned", "case", "opening", "pages", "promising", "rules", "talking", "triage"]
