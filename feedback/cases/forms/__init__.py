"""What staff may type about cases, by noun: moves, replies, promises, rules; each validates and never saves."""

from feedback.cases.forms.base import LONGEST_NOTE, CaseForm, told
from feedback.cases.forms.canned import CannedForm
from feedback.cases.forms.moves import (
    CHANNELS,
    TEAM,
    AnswerForm,
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
from feedback.cases.forms.promising import GiveUpForm, KeepForm, PromiseForm, PutOffForm, WhenForm, at_field
from feedback.cases.forms.rules import RuleForm
from feedback.cases.forms.talking import ReplyForm, Written

__all__ = [
    "CHANNELS",
    "LONGEST_NOTE",
    "TEAM",
    "AnswerForm",
    "AssignForm",
    "CannedForm",
    "CaseForm",
    "ContactForm",
    "GiveUpForm",
    "KeepForm",
    "NewCaseForm",
    "NoteForm",
    "PriorityForm",
    "PromiseForm",
    "PutOffForm",
    "ReopenForm",
    "ReplyForm",
    "ResolveForm",
    "ResumeForm",
    "RuleForm",
    "TakeForm",
    "WaitForm",
    "WhenForm",
    "Written",
    "at_field",
    "told",
]
