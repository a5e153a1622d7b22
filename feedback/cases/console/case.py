"""One case: the customer's words, the whole history, and every move that its state allows; each move is a form."""

from typing import Any

from flask import Response, g, request
from werkzeug.wrappers import Response as Reply

from feedback import clock
from feedback.actors import Role
from feedback.cases import actions
from feedback.cases.console.blueprint import pages
from feedback.cases.console.drawing import carry_out, draw_case
from feedback.cases.forms import (
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
from feedback.cases.queries import assignable
from feedback.cases.queries.timeline import MOST, SHOWN, Part
from feedback.cases.states import Move, Outcome, Priority
from feedback.i18n.text import N_
from feedback.web.guard import staff_only
from feedback.web.notices import notice
from feedback.web.transaction import reading

TAKEN = notice("case_taken", N_("The case is yours now."))
NOTED = notice("case_noted", N_("Note added."))
RESOLVED = notice("case_resolved", N_("Resolved."))
REOPENED = notice("case_reopened", N_("The case is open again."))


@pages.get("/<public_id>")
@staff_only(Role.AGENT)
def show(site: str, public_id: str) -> Response:
    """Everything about a case; ``part`` of its timeline, ``all`` of it, or to be printed."""
    wanted, printing = request.args.get("part", ""), "print" in request.args
    part = Part(wanted) if wanted in set(Part) else Part.ALL
    limit = MOST if printing or "all" in request.args else SHOWN
    return draw_case(public_id, part=part, limit=limit, printing=printing)


@pages.post("/<public_id>/take")
@staff_only(Role.AGENT)
def take(site: str, public_id: str) -> Reply | Response:
    """The case is mine."""
    form = TakeForm()
    return carry_out(public_id, Move.TAKE, form, actions.take, done=TAKEN)


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

    return carry_out(public_id, Move.ASSIGN, form, give)


@pages.post("/<public_id>/note")
@staff_only(Role.AGENT)
def note(site: str, public_id: str) -> Reply | Response:
    """Write an internal note."""
    form = NoteForm()
    return carry_out(public_id, Move.NOTE, form, actions.note, form.text.data or "", done=NOTED)


@pages.post("/<public_id>/contact")
@staff_only(Role.AGENT)
def contact(site: str, public_id: str) -> Reply | Response:
    """Log that the customer was spoken to."""
    form = ContactForm()
    more = {"channel": form.channel.data, "still": form.still.data or ()}
    return carry_out(public_id, Move.CONTACT, form, actions.contact, form.text.data or "", **more)


@pages.post("/<public_id>/priority")
@staff_only(Role.AGENT)
def priority(site: str, public_id: str) -> Reply | Response:
    """Make it more or less urgent."""
    form = PriorityForm()
    wanted = form.priority.data if form.priority.data in set(Priority) else Priority.NORMAL
    return carry_out(public_id, Move.PRIORITISE, form, actions.set_priority, Priority(wanted))


@pages.post("/<public_id>/wait")
@staff_only(Role.AGENT)
def wait(site: str, public_id: str) -> Reply | Response:
    """It is the customer's turn."""
    return carry_out(public_id, Move.WAIT, WaitForm(), actions.wait)


@pages.post("/<public_id>/resume")
@staff_only(Role.AGENT)
def resume(site: str, public_id: str) -> Reply | Response:
    """Wait no longer."""
    return carry_out(public_id, Move.RESUME, ResumeForm(), actions.resume)


@pages.post("/<public_id>/resolve")
@staff_only(Role.AGENT)
def resolve(site: str, public_id: str) -> Reply | Response:
    """Close it with an outcome."""
    form = ResolveForm()
    outcome = Outcome(form.outcome.data) if form.outcome.data in set(Outcome) else Outcome.NO_ACTION
    note = form.note.data or ""
    return carry_out(public_id, Move.RESOLVE, form, actions.resolve, outcome, note=note, done=RESOLVED)


@pages.post("/<public_id>/reopen")
@staff_only(Role.AGENT)
def reopen(site: str, public_id: str) -> Reply | Response:
    """Open a resolved case again; it may go on in another one."""
    form = ReopenForm()
    return carry_out(public_id, Move.REOPEN, form, actions.reopen, note=form.note.data or "", done=REOPENED)
