"""Rule: whether the customer of a case may be written to about it, and if not, why; sends nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from feedback.cases.states import Family
from feedback.i18n.text import N_

YES, NO = "yes", "no"

#: Why not, for staff; ``ok`` has no text.
WHY_NOT = {
    "no_address": N_("There is no email address to write to."),
    "said_no": N_("The customer does not want to be written to about this."),
    "opted_out": N_("The customer has unsubscribed or cancelled, and has not allowed us to contact them about it."),
    "one_reply": N_("The customer allowed one answer, and has had it. Once they write again, you can answer."),
    "disowned": N_("The person who opened the link says that they are not the customer."),
    "erased": N_("The customer was erased."),
}


#: Where an answer stands on the customer's page instead: they were shown its link, and promised that.
_ON_PAGE = frozenset({"said_no", "no_address"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """``code`` is ok or why not: no_address, said_no, opted_out, one_reply, disowned, erased."""

    allowed: bool
    code: str


def may_answer_on_page(family: Family, verdict: Verdict) -> bool:
    """Whether staff answer on the customer's page, without a mail: where none may be sent, but not after an opt-out."""
    return family is not Family.OPT_OUT and verdict.code in _ON_PAGE


def may_write(
    family: Family,
    answers: Sequence[tuple[str, bool]],
    *,
    has_address: bool,
    erased: bool = False,
    answered: bool = False,
) -> Verdict:
    """Decide from the answers on the case, newest first: what each said to being written to, and whether disowned.

    Somebody reached by a signed link who was not asked may get service replies about that answer. After an
    unsubscribe only a yes allows it, and only one reply (standards U-16); ``answered`` says that it went out and
    the customer hasn't written since. The newest answer that says yes or no counts.
    """
    if erased:
        return Verdict(False, "erased")
    own = [contact for contact, disowned in answers if not disowned]
    if answers and not own:
        return Verdict(False, "disowned")
    said = next((contact for contact in own if contact in (YES, NO)), None)
    if family is Family.OPT_OUT and said != YES:
        return Verdict(False, "opted_out")
    if said == NO:
        return Verdict(False, "said_no")
    if not has_address:
        return Verdict(False, "no_address")
    return Verdict(False, "one_reply") if family is Family.OPT_OUT and answered else Verdict(True, "ok")
