"""Draws the page of a case and carries moves out; what somebody typed is never lost, whoever was faster."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Response, g, redirect, url_for
from werkzeug.wrappers import Response as Reply

from feedback import clock
from feedback.cases import activity
from feedback.cases.console.left import Left, left
from feedback.cases.console.telling import SOON, Shown, shown_case
from feedback.cases.console.timeline import PARTS, TOO_OFTEN, Event
from feedback.cases.contact import WHY_NOT, may_answer_on_page
from feedback.cases.forms import (
    AnswerForm,
    AssignForm,
    CaseForm,
    ContactForm,
    GiveUpForm,
    KeepForm,
    NoteForm,
    PriorityForm,
    PromiseForm,
    PutOffForm,
    ReopenForm,
    ReplyForm,
    ResolveForm,
    ResumeForm,
    TakeForm,
    WaitForm,
    at_field,
)
from feedback.cases.models import CannedReply
from feedback.cases.queries import CaseDetail, Colleague, assignable, case_detail
from feedback.cases.queries.addressee import Addressee, addressee_of
from feedback.cases.queries.canned import canned_replies
from feedback.cases.queries.timeline import SHOWN, Part, PromiseView, has_unsent_mail
from feedback.cases.routing import primary
from feedback.cases.states import Family, Move, Owner, State, moves
from feedback.errors import Conflict, Invalid, NotAllowed
from feedback.i18n.negotiation import OWN_NAMES
from feedback.i18n.text import N_
from feedback.preferences.history import opt_outs_of, still_sent
from feedback.rendering import current_reader
from feedback.web.forms import show_problems
from feedback.web.guard import current_staff
from feedback.web.notices import notice
from feedback.web.templating import form_page
from feedback.web.transaction import reading, writing

FORMS: dict[Move, type[CaseForm]] = {
    Move.TAKE: TakeForm,
    Move.ASSIGN: AssignForm,
    Move.NOTE: NoteForm,
    Move.CONTACT: ContactForm,
    Move.REPLY: ReplyForm,
    Move.ANSWER: AnswerForm,
    Move.PROMISE: PromiseForm,
    Move.PRIORITISE: PriorityForm,
    Move.WAIT: WaitForm,
    Move.RESUME: ResumeForm,
    Move.RESOLVE: ResolveForm,
    Move.REOPEN: ReopenForm,
}
#: What can be done with one promise, each form named so with the promise's public id behind a hyphen.
OF_PROMISE: dict[str, type[CaseForm]] = {"keep": KeepForm, "put_off": PutOffForm, "give_up": GiveUpForm}
TITLES: dict[str, str] = {
    Move.TAKE: N_("Take the case"),
    Move.ASSIGN: N_("Hand off"),
    Move.NOTE: N_("Add note"),
    Move.CONTACT: N_("Spoke to the customer"),
    Move.REPLY: N_("Reply"),
    Move.ANSWER: N_("Answer on the customer’s page"),
    Move.PROMISE: N_("Promise something"),
    Move.PRIORITISE: N_("Change priority"),
    Move.WAIT: N_("Wait for the customer"),
    Move.RESUME: N_("Resume"),
    Move.RESOLVE: N_("Resolve"),
    Move.REOPEN: N_("Reopen"),
    "keep": N_("Kept"),
    "put_off": N_("Postpone"),
    "give_up": N_("No longer needed"),
}
DONE = notice("case_done", N_("Done."))
_DAYS = (0, 1, 2, 3, 4, 5, 6, 7, 10, 14, 21, 28)
_NOT_TYPED = frozenset({"version", "seen", "csrf_token", "canned", "still"})


@dataclass(frozen=True, slots=True)
class Clash:
    """Somebody else was faster: what was about to be done, and what has happened since that page was opened."""

    title: str
    typed: tuple[tuple[str, str], ...]
    since: tuple[Event, ...]
    possible: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """A case as it lies before somebody: everything that its page and its forms are made from, read once."""

    detail: CaseDetail
    shown: Shown
    people: list[Colleague]
    to: Addressee
    canned: Sequence[CannedReply]
    unsent: bool
    left: Left
    now: datetime

    @property
    def possible(self) -> frozenset[Move]:
        """What may be done now, with the two ways of giving a case away under one name."""
        head, me = self.detail.head, current_staff().id
        owner = Owner.NOBODY if head.owner_id is None else Owner.ME if head.owner_id == me else Owner.OTHER
        found = moves(State(head.state), owner)
        if not self.to.verdict.allowed:
            found -= {Move.REPLY, Move.PROMISE} if self.to.verdict.code == "opted_out" else {Move.REPLY}
        if not may_answer_on_page(Family(self.detail.head.family), self.to.verdict):
            found -= {Move.ANSWER}
        return found | {Move.ASSIGN} if Move.HAND_OFF in found else found

    @property
    def language(self) -> str:
        """What the customer reads, in its own words."""
        tag = self.to.locale or ""
        return OWN_NAMES.get(primary(tag), tag)

    def still(self) -> list[tuple[str, str]]:
        """What a person promised that may stay open: public id, and words with their time."""
        reader = current_reader()
        return [
            (one.public_id, f"{one.what} · {reader.formats.when(one.due_at, self.now)}") for one in self.open_promises()
        ]

    def open_promises(self) -> list[PromiseView]:
        """What a person promised and can still keep."""
        return [one for one in self.movable() if not one.is_first_answer]

    def movable(self) -> list[PromiseView]:
        """Promises of which something can still be said."""
        return [one for one in self.shown.promises if one.is_open and not one.late(self.now)]


def desk_for(public_id: str, *, part: Part = Part.ALL, limit: int = SHOWN) -> Desk:
    """Read a case with all that its page needs. Raises NotFound."""
    session, now = reading(), clock.now()
    detail = case_detail(session, g.site_id, public_id, part=part, limit=limit)
    to = addressee_of(session, g.site_id, detail.head.id)
    head = detail.head
    stopped = opt_outs_of(session, g.site_id, head.customer_id) if head.customer_id is not None else []
    about_it = head.family == Family.OPT_OUT and head.customer_id is not None
    return Desk(
        detail=detail,
        shown=shown_case(detail, now),
        people=assignable(session, g.site_id, now),
        to=to,
        canned=canned_replies(session, g.site_id, to.locale or "") if to.verdict.allowed else (),
        unsent=has_unsent_mail(session, g.site_id, detail.head.id),
        left=left(head, stopped, still_sent(session, g.site_id, head.customer_id or 0) if about_it else []),
        now=now,
    )


def carry_out(
    public_id: str, name: str, form: CaseForm, do: Callable[..., Any], *what: Any, done: str = DONE, **more: Any
) -> Reply | Response:
    """Do it and go back to the case; or draw the case again with what is wrong and everything that was typed.

    ``name`` is the form's, a move's or that of a form of one promise. ``do`` gives back the case, or a public id.
    """
    if not form.validate():
        return draw_case(public_id, name, form, status=422)
    more["expected_version"] = form.expected_version
    try:
        with writing() as session:
            after = do(session, current_staff().actor, g.site_id, public_id, *what, **more)
            there = after if isinstance(after, str) else after.public_id
    except (Conflict, NotAllowed):
        return draw_case(public_id, name, form, status=409)
    except Invalid as wrong:
        show_problems(form, at_field(list(wrong.problems), due_at="day"))
        return draw_case(public_id, name, form, status=422)
    return redirect(url_for(".show", public_id=there, done=done), 303)


def draw_case(
    public_id: str,
    name: str = "",
    form: CaseForm | None = None,
    *,
    status: int = 200,
    desk: Desk | None = None,
    part: Part = Part.ALL,
    limit: int = SHOWN,
    printing: bool = False,
) -> Response:
    """The page of a case. ``form`` is one that was sent and isn't done: it stands there again as it was filled in."""
    desk = desk or desk_for(public_id, part=part, limit=limit)
    forms = _fresh(desk)
    possible = name in forms
    clash = _clash(desk, name, form, possible) if form is not None and (status == 409 or not possible) else None
    if form is not None and name in forms:
        forms[name] = _again(form, forms[name], fresh_version=status == 409)
    return form_page(
        "console/cases/show.html",
        status,
        case=desk.shown,
        unsent=desk.unsent,
        now=desk.now,
        soon=desk.now + SOON,
        forms=forms,
        clash=clash,
        refused=name if form is not None else "",
        is_mine=desk.detail.head.owner_id == current_staff().id,
        to=desk.to,
        why_not=WHY_NOT.get(desk.to.verdict.code, ""),
        left=desk.left,
        reads=desk.language,
        days=_days(desk.now),
        part=part,
        filters=PARTS,
        too_often=TOO_OFTEN,
        whole=limit != SHOWN,
        printing=printing,
        words=activity,
        languages=OWN_NAMES,
    )


def _fresh(desk: Desk) -> dict[str, CaseForm]:
    """Empty forms for the case as it is now, whatever this request sent."""
    head = desk.detail.head
    still = desk.still()
    data = {
        "version": str(head.version),
        "seen": str(desk.detail.last_activity),
        "priority": head.priority,
        "still": [key for key, _ in still],
    }
    found: dict[str, CaseForm] = {}
    for move in FORMS:
        if move not in desk.possible:
            continue
        form = FORMS[move](formdata=None, data=data)
        if isinstance(form, AssignForm):
            form.offer(desk.people, head.owner_id)
        elif isinstance(form, ReplyForm):
            form.offer(desk.canned, desk.to.locale or "", still)
        elif isinstance(form, ContactForm):
            form.still.choices = still
        found[move.value] = form
    if Move.PROMISE in desk.possible:
        for promise in desk.movable():
            for name in ("put_off",) if promise.is_first_answer else tuple(OF_PROMISE):
                anchor = f"{name}-{promise.public_id}"
                found[anchor] = OF_PROMISE[name](formdata=None, data=data, anchor=anchor)
    return found


def _again(sent: CaseForm, fresh: CaseForm, *, fresh_version: bool) -> CaseForm:
    """What was sent, with today's choices; after a clash for the version that is there now: sent again, it is meant."""
    if fresh_version:
        sent.version.data, sent.seen.data = fresh.version.data, fresh.seen.data
    for field in sent:
        if hasattr(field, "choices") and field.name in fresh:
            field.choices = fresh[field.name].choices
    return sent


def _clash(desk: Desk, name: str, form: CaseForm, possible: bool) -> Clash:
    choices = {field.name: _labels(field) for field in form}
    if isinstance(form, AssignForm):
        choices["owner"] = {one.public_id: one.name for one in desk.people}
    typed = tuple(
        (field.label.text, choices[field.name].get(field.data) or _as_read(field.data))
        for field in form
        if field.name not in _NOT_TYPED and field.data and field.data is not True
    )
    since = tuple(one for one in desk.shown.events if one.id > form.last_seen)
    return Clash(TITLES.get(name.partition("-")[0], name), typed, since, possible)


def _as_read(value: Any) -> str:
    formats = current_reader().formats
    if isinstance(value, date):
        return formats.date(value)
    return formats.time(value) if isinstance(value, time) else str(value)


def _labels(field: Any) -> dict[Any, str]:
    choices = getattr(field, "choices", None) or ()
    return {one[0]: one[1] for one in (tuple(choice) for choice in choices)}


def _days(now: datetime) -> list[tuple[str, str]]:
    """Days to choose from, each as a program and as the reader calls it."""
    formats = current_reader().formats
    today = formats.local(now).date()
    days = [today + timedelta(days=ahead) for ahead in _DAYS]
    return [(day.isoformat(), f"{formats.weekday(day)}, {formats.date(day)}") for day in days]
