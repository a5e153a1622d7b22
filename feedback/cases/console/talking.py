"""Replying to the customer: putting in a canned reply, looking at the letter as it will be mailed, sending it."""

from dataclasses import dataclass, replace
from datetime import datetime

from flask import Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as Reply

from feedback.actors import Role
from feedback.cases import actions
from feedback.cases.activity import Happened
from feedback.cases.console.blueprint import pages
from feedback.cases.console.drawing import Desk, carry_out, desk_for, draw_case
from feedback.cases.forms import AnswerForm, ReplyForm, Written
from feedback.cases.mails.customer import CASE_REPLY, reply_as_drafted
from feedback.cases.states import Move
from feedback.cases.wording import Facts, filled, left_open
from feedback.delivery.mails import Drawn, Prepared, draw, reader_at
from feedback.i18n.text import N_
from feedback.rendering import Reader, current_reader
from feedback.sites.queries import site_by_id
from feedback.web.guard import current_site, current_staff, staff_only
from feedback.web.notices import notice
from feedback.web.templating import page
from feedback.web.transaction import reading, settings

ANSWERED = notice("answered_on_page", N_("It is on the customer’s page now."))
SENT = notice("reply_sent", N_("On its way to the customer."))
# The letter's own page, in a frame of ours: it brings its style along and may do nothing else.
_LETTER = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox"
)


@dataclass(frozen=True, slots=True)
class Told:
    """A promise in a letter, as whoever makes it and whoever gets it read its time."""

    what: str
    here: str
    there: str


@pages.post("/<public_id>/reply")
@staff_only(Role.AGENT)
def reply(site: str, public_id: str) -> Reply | Response:
    """One step of a reply: "insert" a canned one, "preview" the letter, go "back" to writing, or "send" it."""
    form, step = ReplyForm(), request.form.get("go", "")
    if step in ("insert", "back"):
        desk = desk_for(public_id)
        if step == "insert":
            form.validate()
            _insert(desk, form)
        if Move.REPLY in desk.possible:
            return draw_case(public_id, Move.REPLY, form, desk=desk)
        return draw_case(public_id, Move.REPLY, form, desk=desk, status=409)
    written = form.written() if form.validate() else None
    if written is None:
        return draw_case(public_id, Move.REPLY, form, status=422)
    if step != "send":
        return _preview(public_id, form, written)
    more = {"still": written.still, "promise": written.promise, "wait": written.wait}
    seen = form.last_seen
    done = carry_out(public_id, Move.REPLY, form, actions.reply, written.text, done=SENT, **more)
    if done.status_code == 409 and _sent_just_now(desk_for(public_id), written.text, seen):
        return redirect(url_for(".show", public_id=public_id, done=SENT), 303)
    return done


@pages.post("/<public_id>/answer")
@staff_only(Role.AGENT)
def answer(site: str, public_id: str) -> Reply | Response:
    """Answer on the customer's page, where no mail may be sent."""
    form = AnswerForm()
    return carry_out(public_id, Move.ANSWER, form, actions.answer_on_page, form.text.data or "", done=ANSWERED)


@pages.post("/<public_id>/reply/letter")
@staff_only(Role.AGENT)
def letter(site: str, public_id: str) -> Response:
    """The letter itself with its own style, for the frame on the preview."""
    form = ReplyForm()
    written = (form.written() if form.validate() else None) or form.draft()
    drawn = _drawn(_drafted(desk_for(public_id), written))
    response = Response(drawn.html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = _LETTER
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _sent_just_now(desk: Desk, text: str, seen: int) -> bool:
    """Whether it was this very reply that was faster: the button was pressed twice."""
    me = current_staff().name
    return any(
        one.kind == Happened.REPLIED and one.text == text and one.who == me and one.id > seen
        for one in desk.shown.events
    )


def _preview(public_id: str, form: ReplyForm, written: Written) -> Response:
    """The letter as it will be mailed; somebody who was slower sees what has happened instead."""
    desk = desk_for(public_id)
    if Move.REPLY not in desk.possible or desk.detail.head.version != form.expected_version:
        return draw_case(public_id, Move.REPLY, form, desk=desk, status=409)
    prepared = _drafted(desk, written)
    return page(
        "console/cases/preview.html",
        head=desk.detail.head,
        to=desk.to,
        letter=_drawn(prepared),
        language=prepared.reader.language,
        direction=prepared.reader.direction,
        form=form,
        wait=written.wait,
        promise=_told(written.promise, prepared.reader, desk.now) if written.promise else None,
        still=[words for key, words in desk.still() if key in written.still],
        settled=[one.what for one in desk.open_promises() if one.public_id not in written.still],
        left_open=left_open(written.text),
        reads=desk.language,
    )


def _insert(desk: Desk, form: ReplyForm) -> None:
    """Put the chosen canned reply below what is there already."""
    chosen = next((one for one in desk.canned if one.public_id == form.canned.data), None)
    if chosen is None:
        return
    site = site_by_id(reading(), g.site_id)
    theirs = reader_at(site, desk.to.locale, desk.to.time_zone)
    due = _next_due(desk, form)
    text = filled(
        chosen.text,
        Facts(
            customer=desk.to.name or "",
            name=current_staff().name,
            site=current_site().name,
            number=theirs.formats.digits(str(desk.detail.head.number)),
            when=theirs.formats.when(due, desk.now) if due is not None else None,
        ),
    )
    written = (form.text.data or "").rstrip()
    form.text.data = f"{written}\n\n{text}" if written else text
    form.canned.data = ""


def _next_due(desk: Desk, form: ReplyForm) -> datetime | None:
    """When the customer hears from us next: what is promised in this very mail, else what stays to be done."""
    typed = form.when()
    kept = [one.due_at for one in desk.open_promises() if one.public_id in (form.still.data or ())]
    return typed or min((due for due in kept if due > desk.now), default=None)


def _drafted(desk: Desk, written: Written) -> Prepared:
    return reply_as_drafted(
        reading(),
        g.site_id,
        desk.detail.head.id,
        said=written.text,
        staff_name=current_staff().name,
        still=written.still,
        promise=written.promise,
    )


def _drawn(prepared: Prepared) -> Drawn:
    can_answer = settings().takes_mail or bool(prepared.reply_to)
    return draw(settings(), CASE_REPLY, prepared, can_answer=can_answer)


def _told(promise: tuple[str, datetime], theirs: Reader, now: datetime) -> Told:
    what, due_at = promise
    here = current_reader()
    there = replace(here, time_zone=theirs.time_zone)
    return Told(what, here.formats.when(due_at, now), there.formats.when(due_at, now))
