"""The survey page behind its two doors, a customer's own link and the address that is open to anybody."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import Response, url_for

from feedback.errors import NotFound, Problem
from feedback.i18n.text import N_
from feedback.rendering import current_reader
from feedback.responses.drawing import Screen, draw
from feedback.responses.filling import Filled, Raw, fill, preselected
from feedback.responses.limits import refused_until
from feedback.responses.models import State
from feedback.responses.pages import cancelling
from feedback.responses.pages.arrival import link_door, open_door, read_in, refuse_foreign
from feedback.responses.pages.blueprint import pages
from feedback.responses.pages.caselink import say_answered
from feedback.responses.pages.notices import lead_nowhere, notice
from feedback.responses.pages.proving import NotProven, needs_signing_in, proven
from feedback.responses.pages.storing import keep_step, most, send, too_many
from feedback.responses.pages.visit import TooLate, Visit, arriving, posting, reopened
from feedback.responses.queries import Door
from feedback.surveys.definition import BY_LINK_ONLY, Question
from feedback.surveys.kinds import other_field
from feedback.web.errors import problem_reply, wants_json
from feedback.web.locale import asked_for

OLD_FORM = N_("This page was open for a long time. What you wrote is still here; please send it again.")
TOO_MANY = N_("Too many attempts in a short time. What you wrote is still here; please send it again later.")
_GONE = frozenset({State.COMPLETE, State.UNCONFIRMED, State.QUARANTINED})


@dataclass(frozen=True, slots=True)
class Address:
    """Where the forms of a door post to; ``token`` is that of a customer's own link."""

    action: str
    token: str | None = None

    @property
    def not_me(self) -> str | None:
        """Where whoever holds somebody else's link says so."""
        return url_for("responses.not_me", token=self.token) if self.token else None


@pages.get("/s/<token>", strict_slashes=False)
def survey(token: str) -> Response:
    """A customer's own survey; drawn for whatever opens it, and nothing is stored."""
    try:
        door, token = link_door(token)
    except NotFound as error:
        return lead_nowhere(error)
    return show(door, _address(token))


@pages.post("/s/<token>", strict_slashes=False)
def answer(token: str) -> Response:
    """A step of a customer's survey, or all of it."""
    try:
        door, token = link_door(token)
    except NotFound as error:
        return lead_nowhere(error)
    return take(door, _address(token))


@pages.get("/survey/<site>/<slug>")
def open_survey(site: str, slug: str) -> Response:
    """The same survey for anybody."""
    return show(*_open(site, slug))


@pages.post("/survey/<site>/<slug>")
def open_answer(site: str, slug: str) -> Response:
    """A step of the open survey, or all of it."""
    return take(*_open(site, slug))


def _open(site: str, slug: str) -> tuple[Door, Address]:
    door = open_door(site, slug, place=asked_for("place"))
    return door, Address(url_for("responses.open_answer", site=site, slug=slug, place=door.place))


def _address(token: str) -> Address:
    return Address(url_for("responses.answer", token=token), token)


def _stopped(door: Door) -> str | None:
    """Why nothing is asked here, whatever was answered before."""
    if door.customer is not None and door.customer.erased:
        return "erased"
    if door.revoked:
        return "link-revoked"
    if door.earlier is not None and door.earlier.state == State.DISOWNED:
        return "disowned"
    return "survey-closed" if door.asked.version_id is None else None


def _needs_a_link(visit: Visit) -> bool:
    """Whether this is asked of somebody in particular, and anybody has come; in a frame nobody ends anything (E-10)."""
    door = visit.door
    return (door.link_id is None or door.frame is not None) and visit.definition.purpose in BY_LINK_ONLY


def show(door: Door, address: Address) -> Response:
    """The page of a survey as somebody arrives, or why there is none; nothing is stored."""
    if stopped := _stopped(door):
        return notice(stopped, door)
    if address.token and cancelling.is_asked(door):
        return cancelling.show(door, address.token, address.action)
    if address.token and door.earlier is not None and door.earlier.state in _GONE:
        return say_answered(door, address.token)
    try:
        visit = arriving(door)
    except NotFound:
        return notice("survey-closed", door)
    if _needs_a_link(visit):
        return notice("survey-by-link", door)
    if needs_signing_in(door):
        return notice("identity-required", door)
    offered = read_in(door.asked, visit.definition, door.locale)
    filled = fill(visit.definition, visit.kept())
    shown = preselected(visit.definition, asked_for("score"))
    return _ask(visit, address, offered, filled, _where_to_go_on(visit, filled), shown)


def _where_to_go_on(visit: Visit, filled: Filled) -> Question:
    """The step that was reached before, or the first one without an answer."""
    visible = filled.visible
    draft = visit.door.draft
    reached = next((question for question in visible if draft and question.key == draft.step), None)
    first = next((question for question in visible if question.key not in filled.answers), None)
    return reached or first or visible[0]


def take(door: Door, address: Address) -> Response:
    """A POST of a survey's form, whichever door it came through: a step, or the end."""
    refuse_foreign(door.asked.site_id, by_link=door.link_id is not None)
    if stopped := _stopped(door):
        return notice(stopped, door)
    if address.token and cancelling.is_asked(door):
        return cancelling.take(door, address.token, address.action)
    try:
        visit = posting(door)
    except TooLate:
        return notice("already-answered", door)
    except NotFound:
        return notice("survey-closed", door)
    if _needs_a_link(visit):
        return notice("survey-by-link", door)
    wish = visit.posted.switch_to or visit.posted.language if visit.posted else None
    offered = read_in(door.asked, visit.definition, door.locale, wish)
    again = reopened(visit)
    if again is not None:
        filled = fill(again.definition, again.own)
        return _ask(again, address, offered, filled, filled.visible[0], again.own)
    return _go(visit, address, offered)


def _go(visit: Visit, address: Address, offered: Sequence[str]) -> Response:
    """Where a POST leads: the same step again, the one before, the next one, or the end."""
    filled = fill(visit.definition, visit.values())
    shown = visit.shown()
    step = visit.step
    here = step if step in filled.visible else None
    if visit.posted is not None and visit.posted.switch_to:
        return _ask(visit, address, offered, filled, here, shown)
    if visit.posted is not None and visit.posted.go == "back" and here is not None:
        return _ask(visit, address, offered, filled, filled.before(here.key) or here, shown)
    if visit.stale:
        return _refuse(visit, address, offered, filled, here, OLD_FORM, "form-expired", 422)
    try:
        visit = proven(visit)
    except NotProven as error:
        return _refuse(visit, address, offered, filled, here, error.message, error.code, 401, error.flaw)
    return _go_on(visit, address, offered, filled, here)


def _go_on(visit: Visit, address: Address, offered: Sequence[str], filled: Filled, here: Question | None) -> Response:
    """The next step, the end, or what stands in the way of it."""
    if not visit.is_whole and here is not None:
        if filled.problems_of((here.key,)):
            return _wrong(visit, address, offered, filled, here)
        following = filled.after(here.key)
        if following is not None:
            if too_many(visit):
                return _refuse(visit, address, offered, filled, here, TOO_MANY, "too-many", 429)
            keep_step(visit, filled, following)
            return _ask(visit, address, offered, filled, following, visit.shown())
    if filled.problems or not filled.answers:
        return _wrong(visit, address, offered, _with_something(filled), here)
    if too_many(visit):
        return _refuse(visit, address, offered, filled, here, TOO_MANY, "too-many", 429)
    return send(visit, filled, address.action)


def _with_something(filled: Filled) -> Filled:
    """An empty form is no answer, even where no single question has to be answered."""
    if filled.problems:
        return filled
    first = filled.visible[0]
    return replace(filled, problems=(Problem(first.key, "answer.required", N_("Please choose an answer.")),))


def _wrong(visit: Visit, address: Address, offered: Sequence[str], filled: Filled, here: Question | None) -> Response:
    """The first step with a problem, with everything kept; programs get the list of all."""
    if wants_json():
        title = current_reader().gettext(N_("Please check your answers"))
        return problem_reply(422, title, code="invalid", problems=filled.problems)
    wrong = filled.definition.question(filled.problems[0].field)
    if here is None or not filled.problems_of((here.key,)):
        here = wrong
    return _ask(visit, address, offered, filled, here, visit.shown(), status=422, with_problems=True)


def _refuse(
    visit: Visit,
    address: Address,
    offered: Sequence[str],
    filled: Filled,
    here: Question | None,
    message: str,
    code: str,
    status: int,
    detail: str | None = None,
) -> Response:
    """The same screen again, because of something that is no fault of the answers."""
    text = current_reader().gettext(message)
    if wants_json():
        reply = problem_reply(status, text, code=code, detail=detail)
    else:
        where = here or filled.visible[0]
        reply = _ask(visit, address, offered, filled, where, visit.shown(), status=status, notice_text=("info", text))
    if status == 429:
        reply.headers.update(refused_until(most(visit)))
    return reply


def _carried(shown: Raw, step: Question | None) -> Raw:
    """What the form carries along: everything that doesn't stand in its own fields."""
    own = () if step is None else (step.key, other_field(step))
    return {name: values for name, values in shown.items() if name not in own and values}


def _ask(
    visit: Visit,
    address: Address,
    offered: Sequence[str],
    filled: Filled,
    question: Question | None,
    shown: Raw,
    *,
    status: int = 200,
    with_problems: bool = False,
    notice_text: tuple[str, str] | None = None,
) -> Response:
    definition = visit.definition
    step = None if visit.on_one_page else question or filled.visible[0]
    before = filled.before(step.key) if step else None
    screen = Screen(
        filled,
        definition.questions if step is None else (step,),
        shown,
        visit.hidden(step, current_reader().language, _carried(shown, step)),
        can_go_back=before is not None and before.key in shown,
        notice=notice_text,
        with_problems=with_problems,
        seed=visit.seed,
        trap=visit.trap,
        status=status,
        refused=status == 401,
    )
    return draw(visit.door, screen, offered=offered, action=address.action, not_me=address.not_me)
