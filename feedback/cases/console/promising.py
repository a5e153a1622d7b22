"""Promises on the page of a case: making one, saying that it was kept, putting it off, no longer needing it."""

from typing import Any

from flask import Response
from werkzeug.wrappers import Response as Reply

from feedback.actors import Actor, Role
from feedback.cases import actions
from feedback.cases.console.blueprint import pages
from feedback.cases.console.drawing import carry_out, draw_case
from feedback.cases.forms import GiveUpForm, KeepForm, PromiseForm, PutOffForm
from feedback.cases.states import Move
from feedback.i18n.text import N_
from feedback.web.guard import staff_only
from feedback.web.notices import notice

PROMISED = notice("promise_made", N_("Promised. The customer sees it on their page."))
KEPT = notice("promise_kept", N_("The promise is kept."))
PUT_OFF = notice("promise_put_off", N_("Postponed. The customer will be told by email, if we may write to them."))
GIVEN_UP = notice("promise_given_up", N_("The promise is marked as no longer needed."))


@pages.post("/<public_id>/promise")
@staff_only(Role.AGENT)
def promise(site: str, public_id: str) -> Reply | Response:
    """Promise the customer something."""
    form = PromiseForm()
    moment = form.moment() if form.validate() else None
    if moment is None:
        return draw_case(public_id, Move.PROMISE, form, status=422)
    return carry_out(
        public_id, Move.PROMISE, form, _of_case(actions.make_promise), form.what.data, moment, done=PROMISED
    )


@pages.post("/<public_id>/promises/<promise_id>/keep")
@staff_only(Role.AGENT)
def keep(site: str, public_id: str, promise_id: str) -> Reply | Response:
    """It was kept."""
    form = KeepForm(anchor=f"keep-{promise_id}")
    note = form.note.data or ""
    return carry_out(public_id, form.anchor, form, _of_case(actions.keep_promise), promise_id, note=note, done=KEPT)


@pages.post("/<public_id>/promises/<promise_id>/put-off")
@staff_only(Role.AGENT)
def put_off(site: str, public_id: str, promise_id: str) -> Reply | Response:
    """It takes longer, and the customer is told why."""
    form = PutOffForm(anchor=f"put_off-{promise_id}")
    moment = form.moment() if form.validate() else None
    if moment is None:
        return draw_case(public_id, form.anchor, form, status=422)
    reason = form.reason.data or ""
    return carry_out(
        public_id, form.anchor, form, _of_case(actions.move_promise), promise_id, moment, reason=reason, done=PUT_OFF
    )


@pages.post("/<public_id>/promises/<promise_id>/give-up")
@staff_only(Role.AGENT)
def give_up(site: str, public_id: str, promise_id: str) -> Reply | Response:
    """The customer no longer needs it."""
    form = GiveUpForm(anchor=f"give_up-{promise_id}")
    reason = form.reason.data or ""
    return carry_out(
        public_id, form.anchor, form, _of_case(actions.cancel_promise), promise_id, reason=reason, done=GIVEN_UP
    )


def _of_case(do: Any) -> Any:
    """The same, giving back the case that it was done on."""

    def done(session: Any, actor: Actor, site_id: int, case: str, *what: Any, **more: Any) -> str:
        do(session, actor, site_id, case, *what, **more)
        return case

    return done
