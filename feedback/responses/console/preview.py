"""A survey as customers see it, tried by staff; nothing is stored."""

import re
from dataclasses import replace

from flask import Response, g, request, url_for
from flask_wtf.csrf import generate_csrf

from feedback.actors import Role
from feedback.i18n.text import N_
from feedback.rendering import Reader, current_reader
from feedback.responses.cancelscreens import INSTEAD, Leaving, ask_why, offer_instead
from feedback.responses.console.blueprint import pages
from feedback.responses.drawing import Screen, draw
from feedback.responses.filling import Filled, clean_raw, fill
from feedback.responses.queries import AskedSurvey, Door, asked_of_anybody
from feedback.responses.ways import Frame
from feedback.sites.theme import parse
from feedback.surveys.cancelling import ending_of
from feedback.surveys.definition import Purpose, Question
from feedback.surveys.kinds import other_field
from feedback.surveys.queries import latest_survey, live_survey
from feedback.web.guard import current_site, staff_only
from feedback.web.locale import set_reader
from feedback.web.security import public_policy
from feedback.web.transaction import reading

PREVIEW = N_("Preview: nothing is stored.")
PREVIEW_DONE = N_("This is where the answer would be sent. It was a preview: nothing is stored.")
_SCRIPTS = re.compile(r"<script[^>]*></script>")


@pages.get("/preview/<slug>")
@staff_only(Role.AGENT)
def preview(site: str, slug: str) -> Response:
    """A survey as customers see it, the draft if there is one; nothing is stored.

    With ``framed`` it is what customers have now, in ``color`` if one is given, for a frame in a page of our own.
    """
    return _preview(slug, {}, None, request.args.get("lang", ""))


@pages.post("/preview/<slug>")
@staff_only(Role.AGENT)
def preview_step(site: str, slug: str) -> Response:
    """A step of the preview, or a change of its language."""
    sent = {name: request.form.getlist(name) for name in request.form}
    go, step = request.form.get("fb_go", ""), request.form.get("fb_step", "")
    language = go.removeprefix("lang:") if go.startswith("lang:") else request.form.get("fb_lang", "")
    return _preview(slug, sent, (step, go), language)


def _preview(slug: str, sent: dict[str, list[str]], went: tuple[str, str] | None, language: str) -> Response:
    session, site_id, framed = reading(), g.site_id, request.args.get("framed") == "1"
    definition = (live_survey if framed else latest_survey)(session, site_id, slug).definition
    asked = _colored(asked_of_anybody(session, current_site().key, slug))
    language = language if language in definition.languages else definition.languages[0]
    set_reader(Reader(language, asked.time_zone, asked.country))
    filled = fill(definition, clean_raw(definition, sent))
    action = url_for(".preview_step", slug=slug, framed=1 if framed else None, color=request.args.get("color"))
    if definition.purpose is Purpose.CANCEL:
        return _without_script(_cancelling(asked, filled, went, action), framed)
    here, wrong, text = _step_after(filled, went)
    questions = definition.questions if filled.on_one_page else (here,)
    shown = {name for question in questions for name in (question.key, other_field(question))}
    hidden = [("fb_step", here.key), ("fb_lang", language), ("csrf_token", generate_csrf())]
    hidden += [(name, value) for name, values in filled.raw.items() if name not in shown for value in values]
    screen = Screen(
        filled,
        questions,
        filled.raw,
        tuple(hidden),
        can_go_back=not filled.on_one_page and filled.before(here.key) is not None,
        notice=("info", current_reader().gettext(text)),
        with_problems=wrong,
        seed=slug,
    )
    door = Door(asked, frame=Frame() if framed else None)
    response = draw(door, screen, offered=definition.languages, action=action, not_me=None)
    return _without_script(response, framed)


def _cancelling(asked: AskedSurvey, filled: Filled, went: tuple[str, str] | None, action: str) -> Response:
    """The screens on which somebody cancels; whatever is decided, the first one again."""
    definition, (step, go) = filled.definition, went or ("", "")
    hidden = (("csrf_token", generate_csrf()),)
    leaving = Leaving(Door(asked), "", action, definition, 0, definition.languages, hidden)
    say = current_reader().gettext
    if ending_of(filled.answers) is not None:
        return ask_why(leaving, filled, notice=say(PREVIEW_DONE))
    if go == "another" or (go.startswith("lang:") and step == INSTEAD):
        return offer_instead(leaving, filled, notice=say(PREVIEW))
    return ask_why(leaving, filled, notice=say(PREVIEW))


def _without_script(response: Response, framed: bool) -> Response:
    """The page's scripts keep answers in the tab and send them by themselves: not here."""
    response.set_data(_SCRIPTS.sub("", response.get_data(as_text=True)))
    policy = public_policy(("'self'",) if framed else ())
    response.headers["Content-Security-Policy"] = policy.replace("script-src 'self'", "script-src 'none'")
    return response


def _colored(asked: AskedSurvey) -> AskedSurvey:
    """The survey in the colour that the address asks for, if it is one."""
    color = request.args.get("color", "")
    return replace(asked, theme={**asked.theme, "color": color}) if parse(color) else asked


def _step_after(filled: Filled, went: tuple[str, str] | None) -> tuple[Question, bool, str]:
    """The question to show next, whether its problems are shown, and what is said above it."""
    first = filled.visible[0]
    step, go = went or ("", "")
    here = next((question for question in filled.visible if question.key == step), first)
    if went is None or go.startswith("lang:"):
        return here, False, PREVIEW
    if go == "back":
        return filled.before(here.key) or here, False, PREVIEW
    asked = [question.key for question in filled.visible] if filled.on_one_page else [here.key]
    if filled.problems_of(asked):
        return here, True, PREVIEW
    following = None if filled.on_one_page else filled.after(here.key)
    return (following, False, PREVIEW) if following else (first, False, PREVIEW_DONE)
