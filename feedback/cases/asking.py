"""Rule: whether the customer of a resolved case is asked if it is better now, and if not why; what an answer does."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from feedback.cases.states import Family, Outcome
from feedback.surveys.definition import LOW_SCORE

#: So often for one case: whoever was asked three times and let down three times needs a person, no survey.
AT_MOST = 3
#: Outcomes after which it can be better: something was done, and the customer knows of it.
DONE = frozenset({Outcome.SOLVED, Outcome.EXPLAINED, Outcome.COMPENSATED})
#: Fewer answers than these tell nothing about a cause.
ENOUGH = 5


@dataclass(frozen=True, slots=True)
class Facts:
    """A case when it may be asked about; ``outcome`` None is one that isn't resolved, ``asked`` how often it was."""

    family: Family
    outcome: Outcome | None
    asked: int = 0
    said_no: bool = False
    disowned: bool = False
    erased: bool = False
    has_address: bool = True
    has_survey: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """``code`` is ok or why not: outcome, family, erased, disowned, said_no, no_survey, often.

    ``by_mail`` is false where there is no address: then it is asked on the customer's page only.
    """

    code: str
    by_mail: bool = False

    @property
    def asked(self) -> bool:
        """Whether the customer is asked."""
        return self.code == "ok"


def decide(case: Facts) -> Verdict:
    """Decide from what is known when the case is resolved, and again when the mail goes out or the page is drawn.

    Stricter than whether a reply may be written: one no, or one stranger, on the case is enough.
    """
    if case.outcome not in DONE:
        return Verdict("outcome")
    if case.family is not Family.FEEDBACK:
        return Verdict("family")
    stopped = {"erased": case.erased, "disowned": case.disowned, "said_no": case.said_no}
    for code, holds in stopped.items():
        if holds:
            return Verdict(code)
    if not case.has_survey:
        return Verdict("no_survey")
    return Verdict("often") if case.asked >= AT_MOST else Verdict("ok", by_mail=case.has_address)


class Follows(StrEnum):
    """What follows from an answer to "Is it better now?"."""

    #: Open the case again, with the same owner and a new promise.
    REOPEN = "reopen"
    #: It is open already: the words join it, and whoever waits is promised an answer.
    JOIN = "join"
    #: Close it as it was: this answer had opened it, took that back, and nobody has acted in between.
    CLOSE_AGAIN = "close_again"
    #: Keep it as a figure.
    KEEP = "keep"


def is_low(score: int | None) -> bool:
    """Whether it isn't solved: "No" (0), and "A little" (50) too, for a little is not what was promised."""
    return score is not None and score <= LOW_SCORE


def is_better(score: int | None) -> bool:
    """Whether the customer says that it is solved."""
    return score is not None and score > LOW_SCORE


def follows(score: int | None, *, resolved: bool, opened_by_it: bool = False) -> Follows:
    """What an answer does to its case. ``opened_by_it``: the same answer had opened it, and nobody has acted since."""
    if is_low(score):
        return Follows.REOPEN if resolved else Follows.JOIN
    if is_better(score) and opened_by_it and not resolved:
        return Follows.CLOSE_AGAIN
    return Follows.KEEP
