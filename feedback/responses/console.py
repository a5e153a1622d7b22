"""Staff's pages of responses: the list, one response, and what a survey's answers come to."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, g, request, url_for
from flask_wtf.csrf import generate_csrf

from feedback.actors import Role
from feedback.errors import NotFound
from feedback.events import OpenCaseOf, gather
from feedback.i18n.negotiation import OWN_NAMES
from feedback.i18n.text import N_
from feedback.rendering import Reader, current_reader
from feedback.responses.drawing import Screen, draw
from feedback.responses.filling import Filled, clean_raw, fill
from feedback.responses.models import State
from feedback.responses.queries import (
    Door,
    Filter,
    ResponseLine,
    SurveyCount,
    asked_of_anybody,
    list_responses,
    response_detail,
    survey_counts,
    survey_totals,
)
from feedback.surveys.definition import Question
from feedback.surveys.kinds import other_field
from feedback.surveys.queries import latest_survey, live_survey, survey_lines, survey_versions
from feedback.surveys.telling import tell
from feedback.web.guard import current_site, staff_only
from feedback.web.locale import set_reader
from feedback.web.paging import decode_cursor, encode_cursor
from feedback.web.security import public_policy
from feedback.web.templating import page
from feedback.web.transaction import reading

pages = Blueprint("responses_console", __name__, url_prefix="/console/<site>/responses")

STATES = {
    State.COMPLETE.value: N_("Complete"),
    State.PARTIAL.value: N_("Not finished"),
    State.UNCONFIRMED.value: N_("Not confirmed yet"),
    State.QUARANTINED.value: N_("Held back as possible spam"),
    State.DISOWNED.value: N_("“This was not me”"),
}
#: Scores as the default case rules see them.
BANDS = {"low": (0, 40), "middling": (41, 60), "high": (61, 100)}
PAGE = 50
PREVIEW = N_("Preview: nothing is stored.")
PREVIEW_DONE = N_("This is where the answer would be sent. It was a preview: nothing is stored.")
ASSURANCE = {
    "link": N_("by a personal link"),
    "verified": N_("signed in on the site"),
    "kiosk": N_("at a feedback screen"),
    "anonymous": N_("anonymous"),
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the list's address asks for; whatever is not known counts as not asked."""

    survey: str = ""
    score: str = ""
    language: str = ""
    state: str = ""

    @classmethod
    def from_address(cls, slugs: Collection[str]) -> "Chosen":
        """Read the address of this request."""
        known: dict[str, Collection[str]] = {"survey": slugs, "score": BANDS, "language": OWN_NAMES, "state": STATES}
        given = {name: request.args.get(name, "") for name in known}
        return cls(**{name: value for name, value in given.items() if value in known[name]})

    def wanted(self) -> Filter:
        """The same for the query."""
        low, high = BANDS.get(self.score, (None, None))
        return Filter(
            survey=self.survey or None,
            state=self.state or None,
            language=self.language or None,
            min_score=low,
            max_score=high,
        )

    def address(self, **more: str) -> str:
        """The list with these filters."""
        args: dict[str, Any] = {name: value for name, value in (*asdict(self).items(), *more.items()) if value}
        return url_for(".index", **args)


@pages.get("/")
@staff_only(Role.AGENT)
def index(site: str) -> Response:
    """Responses, newest first."""
    session, site_id = reading(), g.site_id
    surveys = survey_lines(session, site_id, archived=True)
    chosen = Chosen.from_address({one.slug for one in surveys})
    before, after = _place("before"), _place("after")
    found = list(list_responses(session, site_id, chosen.wanted(), before=before, after=after, limit=PAGE + 1))
    back = before is None and after is not None
    more = len(found) > PAGE
    lines = (found[-PAGE:] if back else found[:PAGE]) if more else found
    newer = more if back else before is not None
    older = back or more
    return page(
        "console/responses/index.html",
        lines=lines,
        chosen=chosen,
        narrowed=chosen != Chosen(),
        surveys=surveys,
        titles={one.slug: one.title for one in surveys},
        states=_told(STATES),
        bands=_bands(),
        texts=STATES,
        languages=OWN_NAMES,
        previous=chosen.address(after=_token(lines[0])) if lines and newer else None,
        next=chosen.address(before=_token(lines[-1])) if lines and older else None,
    )


@pages.get("/<public_id>")
@staff_only(Role.AGENT)
def show(site: str, public_id: str) -> Response:
    """One response: every question and answer."""
    session, site_id = reading(), g.site_id
    detail = response_detail(session, site_id, public_id)
    row = detail.line
    asked = survey_versions(session, site_id, {row.version_id})[row.version_id]
    cases = gather(session, OpenCaseOf(site_id, detail.customer.id)) if detail.customer is not None else []
    tag = current_reader().tag
    return page(
        "console/responses/show.html",
        detail=detail,
        row=row,
        told=tell(asked.definition, detail.answers, tag, row.locale),
        before=[(one, tell(asked.definition, one.answers, tag, row.locale)) for one in detail.revisions],
        survey=asked,
        cases=cases,
        texts=STATES,
        assurance=ASSURANCE,
        languages=OWN_NAMES,
    )


@pages.get("/preview/<slug>")
@staff_only(Role.AGENT)
def preview(site: str, slug: str) -> Response:
    """A survey as customers see it, the draft if there is one; nothing is stored."""
    return _preview(slug, {}, None, request.args.get("lang", ""))


@pages.post("/preview/<slug>")
@staff_only(Role.AGENT)
def preview_step(site: str, slug: str) -> Response:
    """A step of the preview, or a change of its language."""
    sent = {name: request.form.getlist(name) for name in request.form}
    go, step = request.form.get("fb_go", ""), request.form.get("fb_step", "")
    language = go.removeprefix("lang:") if go.startswith("lang:") else request.form.get("fb_lang", "")
    return _preview(slug, sent, (step, go), language)


@pages.get("/surveys/")
@staff_only(Role.AGENT)
def surveys(site: str) -> Response:
    """How many responses each survey has, and how good."""
    session, site_id = reading(), g.site_id
    counts = survey_counts(session, site_id)
    lines = survey_lines(session, site_id, archived=True)
    return page(
        "console/responses/surveys.html",
        lines=[(line, counts.get(line.id, SurveyCount(line.id, 0, None))) for line in lines],
    )


@pages.get("/surveys/<slug>")
@staff_only(Role.AGENT)
def survey(site: str, slug: str) -> Response:
    """What the answers to one survey come to."""
    session, site_id = reading(), g.site_id
    try:
        asked = live_survey(session, site_id, slug)
    except NotFound:  # a draft that nobody could answer yet
        asked = latest_survey(session, site_id, slug)
    totals = survey_totals(session, site_id, asked.survey_id, asked.definition)
    return page(
        "console/responses/survey.html",
        survey=asked,
        totals=totals,
        questions=[(question, totals.questions[question.key]) for question in asked.definition.questions],
    )


def _preview(slug: str, sent: dict[str, list[str]], went: tuple[str, str] | None, language: str) -> Response:
    session, site_id = reading(), g.site_id
    definition = latest_survey(session, site_id, slug).definition
    asked = asked_of_anybody(session, current_site().key, slug)
    language = language if language in definition.languages else definition.languages[0]
    set_reader(Reader(language, asked.time_zone, asked.country))
    filled = fill(definition, clean_raw(definition, sent))
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
    response = draw(
        Door(asked), screen, offered=definition.languages, action=url_for(".preview_step", slug=slug), not_me=None
    )
    # The page's script keeps answers in the tab and sends them by itself: not here.
    response.headers["Content-Security-Policy"] = public_policy().replace("script-src 'self'", "script-src 'none'")
    return response


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


def _told(texts: dict[str, str]) -> list[tuple[str, str]]:
    say = current_reader().gettext
    return [(key, say(text)) for key, text in texts.items()]


def _bands() -> list[tuple[str, str]]:
    reader = current_reader()
    return [(key, reader.gettext("%(low)s to %(high)s", low=low, high=high)) for key, (low, high) in BANDS.items()]


def _token(line: ResponseLine) -> str:
    return encode_cursor(line.created_at.isoformat(), line.id)


def _place(name: str) -> tuple[datetime, int] | None:
    """A place in the list; None for an address that somebody cut: then the first page is shown."""
    found = decode_cursor(request.args.get(name), (str, int))
    if found is None or not 0 <= found[1] < 2**63:
        return None
    try:
        moment = datetime.fromisoformat(found[0])
    except ValueError:
        return None
    return (moment, found[1]) if moment.tzinfo is not None else None
