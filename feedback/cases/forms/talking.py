"""A reply to the customer as a form: the words, what is promised with them, and what stays to be done."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wtforms import BooleanField, Field, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import Length, Optional

from feedback.cases.forms.base import LONGEST_NOTE
from feedback.cases.forms.promising import LONGEST_PROMISE, WhenForm
from feedback.cases.models import CannedReply
from feedback.cases.routing import primary
from feedback.errors import Problem
from feedback.i18n.negotiation import OWN_NAMES
from feedback.i18n.text import N_
from feedback.rendering import current_reader
from feedback.web.forms import Boxes, show_problems

MOST_PROMISES = 100


@dataclass(frozen=True, slots=True)
class Written:
    """A reply that is ready to be sent. ``still`` are public ids of promises that stay open."""

    text: str
    still: tuple[str, ...]
    promise: tuple[str, datetime] | None
    wait: bool


class ReplyForm(WhenForm):
    """The words of a reply. Putting in a canned one, looking at the letter and sending it are steps of one form."""

    anchor = "reply"
    text = TextAreaField(N_("Reply"), [Length(max=LONGEST_NOTE)])
    canned = SelectField(N_("Canned reply"), validate_choice=False)
    wait = BooleanField(N_("Wait for the customer afterwards"))
    what = StringField(N_("What you promise"), [Optional(), Length(max=LONGEST_PROMISE)])
    still = Boxes(N_("Still to be done afterwards"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.canned.choices, self.still.choices = [("", "")], []

    def offer(self, canned: Iterable[CannedReply], language: str, promises: Iterable[tuple[str, str]]) -> None:
        """Fill the lists: canned replies by language, the customer's own first, and promises to keep open."""
        own = primary(language)
        listed = [SelectChoice("", current_reader().gettext("Choose a canned reply"))]
        for one in sorted(canned, key=lambda reply: reply.language != own):
            listed.append(SelectChoice(one.public_id, one.title, optgroup=OWN_NAMES.get(one.language, one.language)))
        self.canned.choices, self.still.choices = listed, list(promises)

    def draft(self) -> Written:
        """What has been typed so far, for looking at it: what is wrong with it is said when it is sent."""
        still = tuple(self.still.data or ())[:MOST_PROMISES]
        return Written((self.text.data or "").strip(), still, None, bool(self.wait.data))

    def written(self) -> Written | None:
        """What is to be sent; None after saying at the fields what is missing or wrong. Call it after ``validate``.

        Public ids of promises are as they came: what is none of this case's is nobody's.
        """
        draft, promise = self.draft(), None
        what = (self.what.data or "").strip()
        if not draft.text:
            show_problems(self, [Problem("text", "required", N_("Please write a reply."))])
        if what or _typed(self.day) or _typed(self.clock):
            promise = self._promised(what)
        if any(field.errors for field in self):
            return None
        return Written(draft.text, draft.still, promise, draft.wait)

    def _promised(self, what: str) -> tuple[str, datetime] | None:
        if not what:
            show_problems(self, [Problem("what", "required", N_("Say what you promise."))])
        moment = self.moment()
        return (what, moment) if what and moment is not None else None


def _typed(field: Field) -> bool:
    return any(one.strip() for one in field.raw_data or ())
