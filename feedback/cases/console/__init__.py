"""Staff's pages of cases: the triage list, one case, and the rules that open them."""

from feedback.cases.console.blueprint import pages

__all__ = ["pages"]
