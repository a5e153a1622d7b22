"""What staff may type about cases, by noun: moves, new cases, rules; each validates and never saves."""

from feedback.cases.forms.base import LONGEST_NOTE, BoxesField, CaseForm, told
from feedback.cases.forms.moves import (
    CHANNELS,
    TEAM,
    AssignForm,
    ContactForm,
    NoteForm,
    PriorityForm,
    ReopenForm,
    ResolveForm,
    ResumeForm,
    TakeForm,
    WaitForm,
)
from feedback.cases.forms.opening import NewCaseForm
from feedback.cases.forms.rules import RuleForm, RuleMoveForm

__all__ = [
    "CHANNELS",
    "LONGEST_NOTE",
    "TEAM",
    "AssignForm",
    "BoxesField",
    "CaseForm",
    "ContactForm",
    "NewCaseForm",
    "NoteForm",
    "PriorityForm",
    "ReopenForm",
    "ResolveForm",
    "ResumeForm",
    "RuleForm",
    "RuleMoveForm",
    "TakeForm",
    "WaitForm",
    "told",
]
