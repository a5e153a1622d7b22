"""One case: the customer's words, the whole history, and every move that its state allows; each move is a form."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response, g, redirect, url_for
from werkzeug.wrappers import Response as Reply

from feedback import clock
from feedback.actors import Role
from feedback.cases import actions, activity
from feedback.cases.console.blueprint import pages
from feedback.cases.console.telling import Shown, shown_case
from feedback.cases.forms import (
    TEAM,
    AssignForm,
    CaseForm,
    ContactForm,
    NoteForm,
    PriorityForm,
    ReopenForm,
    ResolveForm,
    ResumeForm,
    TakeForm,
    WaitForm,
)
from feedback.cases.queries import CaseDetail, Colleague, assignable, case_detail
from feedback.cases.states import Move, Outcome, Owner, Priority, State, moves
from feedback.errors import Conflict, Invalid, NotAllowed
from feedback.i18n.negotiation import OWN_NAMES
from feedback.i18n.text import N_
from feedback.web.forms import show_problems
from feedback.web.guard import current_staff, staff_only
from feedback.web.notices import notice
from feedback.web.templating import page
from feedback.web.transaction import reading, writing

FORMS: dict[Move, type[CaseForm]] = {
    Move.TAKE: TakeForm,
    Move.ASSIGN: AssignForm,
    Move.NOTE: NoteForm,
    Move.CONTACT: ContactForm,
    Move.PRIORITISE: PriorityForm,
    Move.WAIT: WaitForm,
    Move.RESUME: ResumeForm,
    Move.RESOLVE: ResolveForm,
    Move.REOPEN: ReopenForm,
}
DONE = notice("case_done", N_("Done."))
TAKEN = notice("case_taken", N_("The case is yours now."))
NOTED = notice("case_noted", N_("Note added."))
RESOLVED = notice("case_resolved", N_("Resolved."))
REOPENED = notice("case_reopened", N_("The case is open again."))


@dataclass(frozen=True, slots=True)
class Clash:
    """Somebody else was faster: what was about to be done, and what has happened since that page was opened."""

    move: Move
    typed: tuple[tuple[str, str], ...]
    since: tuple[Any, ...]
    possible: bool


@pages.get("/<public_id>")
@staff_only(Role.AGENT)
def show(site: str, public_id: str) -> Response:
    """Everything about a case."""
    return _draw(public_id)


@pages.post("/<public_id>/take")
@staff_only(Role.AGENT)
def take(site: str, public_id: str) -> Reply | Response:
    """The case is mine."""
    form = TakeForm()
    return _carry_out(public_id, Move.TAKE, form, actions.take, done=TAKEN)


@pages.post("/<public_id>/assign")
@staff_only(Role.AGENT)
def assign(site: str, public_id: str) -> Reply | Response:
    """Give it to somebody, or back to the team."""
    form = AssignForm()
    form.owner.validate_choice = False
    people = {one.public_id: one.staff_id for one in assignable(reading(), g.site_id, clock.now())}

    def give(session: Any, actor: Any, site_id: int, case: str, *, expected_version: int | None) -> Any:
        note = form.note.data or ""
        if form.owner.data == TEAM:
            return actions.unassign(session, actor, site_id, case, note=note, expected_version=expected_version)
        return actions.assign(
            session,
            actor,
            site_id,
            case,
            people.get(form.owner.data, 0),
            note=note,
            expected_version=expected_version,
        )

    return _carry_out(public_id, Move.ASSIGN, form, give)


@pages.post("/<public_id>/note")
@staff_only(Role.AGENT)
def note(site: str, public_id: str) -> Reply | Response:
    """Write an internal note."""
    form = NoteForm()
    return _carry_out(public_id, Move.NOTE, form, actions.note, form.text.data or "", done=NOTED)


@pages.post("/<public_id>/contact")
@staff_only(Role.AGENT)
def contact(site: str, public_id: str) -> Reply | Response:
    """Log that the customer was spoken to."""
    form = ContactForm()
    more = {"channel": form.channel.data}
    return _carry_out(public_id, Move.CONTACT, form, actions.contact, form.text.data or "", **more)


@pages.post("/<public_id>/priority")
@staff_only(Role.AGENT)
def priority(site: str, public_id: str) -> Reply | Response:
    """Make it more or less urgent."""
    form = PriorityForm()
    wanted = form.priority.data if form.priority.data in set(Priority) else Priority.NORMAL
    return _carry_out(public_id, Move.PRIORITISE, form, actions.set_priority, Priority(wanted))


@pages.post("/<public_id>/wait")
@staff_only(Role.AGENT)
def wait(site: str, public_id: str) -> Reply | Response:
    """It is the customer's turn."""
    return _carry_out(public_id, Move.WAIT, WaitForm(), actions.wait)


@pages.post("/<public_id>/resume")
@staff_only(Role.AGENT)
def resume(site: str, public_id: str) -> Reply | Response:
    """Wait no longer."""
    return _carry_out(public_id, Move.RESUME, ResumeForm(), actions.resume)


@pages.post("/<public_id>/resolve")
@staff_only(Role.AGENT)
def resolve(site: str, public_id: str) -> Reply | Response:
    """Close it with an outcome."""
    form = ResolveForm()
    outcome = Outcome(form.outcome.data) if form.outcome.data in set(Outcome) else Outcome.NO_ACTION
    note = form.note.data or ""
    return _carry_out(public_id, Move.RESOLVE, form, actions.resolve, outcome, note=note, done=RESOLVED)


@pages.post("/<public_id>/reopen")
@staff_only(Role.AGENT)
def reopen(site: str, public_id: str) -> Reply | Response:
    """Open a resolved case again; it may go on in another one."""
    form = ReopenForm()
    return _carry_out(public_id, Move.REOPEN, form, actions.reopen, note=form.note.data or "", done=REOPENED)


def _carry_out(
    public_id: str, move: Move, form: CaseForm, do: Callable[..., Any], *what: Any, done: str = DONE, **more: Any
) -> Reply | Response:
    """Do it and go back to the case; or draw the case again with what is wrong and everything that was typed."""
    if not form.validate():
        return _draw(public_id, move, form, status=422)
    more["expected_version"] = form.expected_version
    try:
        with writing() as session:
            after: str = do(session, current_staff().actor, g.site_id, public_id, *what, **more).public_id
    except (Conflict, NotAllowed):
        return _draw(public_id, move, form, status=409)
    except Invalid as wrong:
        show_problems(form, wrong.problems)
        return _draw(public_id, move, form, status=422)
    return redirect(url_for(".show", public_id=after, done=done), 303)


def _draw(public_id: str, move: Move | None = None, form: CaseForm | None = None, *, status: int = 200) -> Response:
    session, now = reading(), clock.now()
    detail = case_detail(session, g.site_id, public_id)
    people = assignable(session, g.site_id, now)
    possible = _possible(detail)
    clash = _clash(detail, move, form, possible) if move and form is not None and status == 409 else None
    forms = {one: _fresh(one, detail, people) for one in FORMS if one in possible}
    if move is not None and form is not None and move in possible:
        forms[move] = _again(form, forms[move])
    response = page(
        "console/cases/show.html",
        status,
        case=_shown(detail),
        now=now,
        forms={one.value: forms[one] for one in forms},
        clash=clash,
        refused=move.value if move else "",
        is_mine=detail.head.owner_id == current_staff().id,
        words=activity,
        languages=OWN_NAMES,
    )
    if status != 200:  # the address of a form is none to come back to
        response.headers["HX-Push-Url"] = "false"
    return response


def _shown(detail: CaseDetail) -> Shown:
    return shown_case(detail, clock.now())


def _possible(detail: CaseDetail) -> frozenset[Move]:
    """What may be done now, with the two ways of giving a case away under one name."""
    head, me = detail.head, current_staff().id
    owner = Owner.NOBODY if head.owner_id is None else Owner.ME if head.owner_id == me else Owner.OTHER
    found = moves(State(head.state), owner)
    return found | {Move.ASSIGN} if Move.HAND_OFF in found else found


def _fresh(move: Move, detail: CaseDetail, people: list[Colleague]) -> CaseForm:
    """An empty form for the case as it is now, whatever this request sent."""
    last = max((one.id for one in detail.activity), default=0)
    data = {"version": str(detail.head.version), "seen": str(last), "priority": detail.head.priority}
    form = FORMS[move](formdata=None, data=data)
    if isinstance(form, AssignForm):
        form.offer(people, detail.head.owner_id)
    return form


def _again(sent: CaseForm, fresh: CaseForm) -> CaseForm:
    """What was sent, for the version that is there now: sending it once more means it."""
    sent.version.data, sent.seen.data = fresh.version.data, fresh.seen.data
    if isinstance(sent, AssignForm) and isinstance(fresh, AssignForm):
        sent.owner.choices = fresh.owner.choices
    return sent


def _clash(detail: CaseDetail, move: Move, form: CaseForm, possible: frozenset[Move]) -> Clash:
    shown = _shown(detail)
    hidden = {"version", "seen", "csrf_token"}
    choices = {field.name: dict(getattr(field, "choices", None) or ()) for field in form}
    if isinstance(form, AssignForm):
        choices["owner"] = {one.public_id: one.name for one in assignable(reading(), g.site_id, clock.now())}
    typed = tuple(
        (field.label.text, str(choices[field.name].get(field.data, field.data)))
        for field in form
        if field.name not in hidden and field.data
    )
    since = tuple(one for one in shown.events if one.id > form.last_seen)
    return Clash(move, typed, since, move in possible)
