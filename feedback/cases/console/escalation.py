"""The steps of escalation: what happens to cases that stay overdue, and what a step would have done lately."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as Reply

from feedback import clock
from feedback.actors import Role
from feedback.cases import activity
from feedback.cases.actions import escalating
from feedback.cases.console.blueprint import pages
from feedback.cases.console.late import working_hours
from feedback.cases.escalation import Step
from feedback.cases.forms.steps import StepForm
from feedback.cases.models import EscalationStep
from feedback.cases.promises import WorkingHours, working_minutes_between
from feedback.cases.queries import hours_of_site
from feedback.cases.queries.overdue import (
    TRIAL_CASES,
    TRIAL_DAYS,
    Touched,
    Trial,
    step_from,
    step_of_site,
    steps_of_site,
    trial,
)
from feedback.cases.states import Priority
from feedback.errors import Conflict
from feedback.i18n.text import N_
from feedback.rendering import current_reader
from feedback.web.changing import changed
from feedback.web.forms import VersionedForm
from feedback.web.guard import current_staff, staff_only
from feedback.web.notices import notice
from feedback.web.templating import form_page, page
from feedback.web.transaction import reading, writing

#: Cases that a trial lists; the others are counted.
LISTED = 50
ADDED = notice("steps_added", N_("Two steps were added. Each is off until you switch it on."))
SAVED = notice("step_saved", N_("Saved. The step is off until you switch it on."))
ON = notice("step_on", N_("The step is on. It applies to cases that become this overdue from now on."))
OFF = notice("step_off", N_("The step is off."))
DELETED = notice("step_deleted", N_("The step is deleted. What it did stays in the history of the cases."))
_RAISED = {
    Priority.HIGH: N_("Raise the priority to high"),
    Priority.NORMAL: N_("Raise the priority to normal"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A step in the list, as words."""

    public_id: str
    late: str
    does: tuple[str, ...]
    enabled: bool
    enabled_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class Bar:
    """A day of a trial, with how many cases the step would have been taken on."""

    day: date
    count: int


@dataclass(frozen=True, slots=True)
class Row:
    """A case of a trial; ``late`` is how long it was overdue in all."""

    case: Touched
    late: str


@pages.get("/escalation/")
@staff_only(Role.LEAD)
def escalation(site: str) -> Response:
    """All steps in the order of their time."""
    return _list()


@pages.post("/escalation/usual")
@staff_only(Role.LEAD)
def escalation_usual(site: str) -> Reply:
    """Add the two steps that most begin with."""
    with writing() as session:
        added = escalating.add_usual_steps(session, current_staff().actor, g.site_id)
    return redirect(url_for(".escalation", done=ADDED if added else None), 303)


@pages.get("/escalation/new")
@staff_only(Role.LEAD)
def step_new(site: str) -> Response:
    """A new step."""
    return _form(StepForm(formdata=None), None)


@pages.post("/escalation/new")
@staff_only(Role.LEAD)
def step_add(site: str) -> Reply | Response:
    """Add a step, switched off, and show what it would have done."""
    form = StepForm()
    asked = form.asked_for() if form.validate() else None
    if asked is None:
        return _form(form, None, status=422)
    with writing() as session:
        public_id = escalating.add_step(session, current_staff().actor, g.site_id, asked).public_id
    return redirect(url_for(".step_trial", public_id=public_id, done=SAVED), 303)


@pages.get("/escalation/<public_id>")
@staff_only(Role.LEAD)
def step(site: str, public_id: str) -> Response:
    """One step, to be changed."""
    there = _found(public_id)
    return _form(_filled(there), there)


@pages.post("/escalation/<public_id>")
@staff_only(Role.LEAD)
def step_change(site: str, public_id: str) -> Reply | Response:
    """Change a step; somebody who was slower sees both versions and keeps what they typed."""
    there = _found(public_id)
    form = StepForm()
    asked = form.asked_for() if form.validate() else None
    if asked is None:
        return _form(form, there, status=422)
    try:
        with writing() as session:
            changed = escalating.change_step(
                session, current_staff().actor, g.site_id, public_id, asked, expected_version=form.expected_version
            )
            is_on = changed.enabled
    except Conflict:
        there = _found(public_id)
        form.now_for(there.version)
        return _form(form, there, status=409)
    if is_on:  # nothing was changed
        return redirect(url_for(".escalation"), 303)
    return redirect(url_for(".step_trial", public_id=public_id, done=SAVED), 303)


@pages.get("/escalation/<public_id>/trial")
@staff_only(Role.LEAD)
def step_trial(site: str, public_id: str) -> Response:
    """What the step would have done in the last 30 days, and the button that switches it on."""
    there, now = _found(public_id), clock.now()
    hours = hours_of_site(reading(), g.site_id, now)
    found = trial(reading(), g.site_id, step_from(there), hours, now)
    return page(
        "console/cases/escalation_trial.html",
        line=_line(there),
        days=TRIAL_DAYS,
        count=len(found.touched),
        rows=[_row(one, hours, now) for one in found.touched[:LISTED]],
        bars=_bars(found, now),
        looked_at=TRIAL_CASES if found.cut else None,
        words=activity,
        form=VersionedForm(formdata=None),
    )


@pages.post("/escalation/<public_id>/switch")
@staff_only(Role.LEAD)
def step_switch(site: str, public_id: str) -> Reply | Response:
    """On or off."""
    enabled = request.form.get("enabled") == "1"
    return _carry_out(public_id, escalating.switch_step, done=ON if enabled else OFF, enabled=enabled)


@pages.post("/escalation/<public_id>/delete")
@staff_only(Role.LEAD)
def step_delete(site: str, public_id: str) -> Reply | Response:
    """Delete it."""
    return _carry_out(public_id, escalating.delete_step, done=DELETED)


def _carry_out(public_id: str, do: Callable[..., object], *, done: str, **what: object) -> Reply | Response:
    if not changed(public_id, do, **what):
        return _list(status=409)
    return redirect(url_for(".escalation", done=done), 303)


def _list(status: int = 200) -> Response:
    lines = [_line(one) for one in steps_of_site(reading(), g.site_id)]
    return form_page("console/cases/escalation.html", status, lines=lines, clash=status == 409)


def _form(form: StepForm, there: EscalationStep | None, status: int = 200) -> Response:
    present = _filled(there) if there is not None and status == 409 else None
    return form_page(
        "console/cases/escalation_step.html",
        status,
        form=form,
        step=there,
        late=working_hours(there.after_minutes) if there else "",
        present=[] if present is None or there is None else [_line(there).late, *_does(step_from(there))],
        move=VersionedForm(formdata=None),
    )


def _filled(there: EscalationStep) -> StepForm:
    form = StepForm(formdata=None)
    form.show_step(there.version, step_from(there))
    return form


def _line(there: EscalationStep) -> Line:
    return Line(
        public_id=there.public_id,
        late=working_hours(there.after_minutes),
        does=_does(step_from(there)),
        enabled=there.enabled,
        enabled_at=there.enabled_at,
        version=there.version,
    )


def _does(what: Step) -> tuple[str, ...]:
    say = current_reader().gettext
    found = [say(_RAISED[what.priority])] if what.priority in _RAISED else []
    if what.to_lead:
        found.append(say(N_("Give it to a lead")))
    if what.queue:
        found.append(say(N_("Put it in the queue “%(queue)s”"), queue=what.queue))
    return tuple(found)


def _row(one: Touched, hours: WorkingHours, now: datetime) -> Row:
    minutes = working_minutes_between(one.touch.due_at, one.touch.until or now, hours)
    return Row(one, working_hours(round(minutes / 6) * 6))  # to a tenth of an hour


def _bars(found: Trial, now: datetime) -> list[Bar]:
    """Every day on which something would have happened, the latest first, as the reader's clock has it."""
    local = current_reader().formats.local
    counts = Counter(local(one.touch.at).date() for one in found.touched)
    days = [local(now).date() - timedelta(days=back) for back in range(TRIAL_DAYS + 1)]
    return [Bar(day, counts[day]) for day in days if counts[day]]


def _found(public_id: str) -> EscalationStep:
    return step_of_site(reading(), g.site_id, public_id)
