"""Staff's pages of surveys: the list, one survey with its address and languages, its definition, publishing."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO

import segno
from flask import Blueprint, Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as Reply

from feedback.actors import Role
from feedback.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from feedback.i18n.negotiation import OWN_NAMES
from feedback.i18n.text import N_
from feedback.links.urls import open_survey_url
from feedback.surveys.actions import archive, publish, push_definition
from feedback.surveys.definition import BY_LINK_ONLY, SurveyDefinition
from feedback.surveys.document import to_yaml
from feedback.surveys.forms import DefinitionForm, SurveyMoveForm
from feedback.surveys.parsing import parse_yaml
from feedback.surveys.queries import LiveSurvey, SurveyLine, latest_survey, survey_lines
from feedback.surveys.translation import completeness
from feedback.web.forms import show_problems
from feedback.web.guard import current_site, current_staff, staff_only
from feedback.web.notices import notice
from feedback.web.templating import page
from feedback.web.transaction import reading, settings, writing

pages = Blueprint("surveys_console", __name__, url_prefix="/console/<site>/surveys")

PUBLISHED = notice("survey_published", N_("Published. Customers get this version from now on."))
CLOSED = notice("survey_closed", N_("Closed. Its links say so; answers are kept."))
DRAFTED = notice("survey_drafted", N_("Saved as a draft. Customers get it once it is published."))
KINDS = {
    "faces": N_("Faces"),
    "stars": N_("Stars"),
    "nps": N_("Recommendation, 0 to 10"),
    "ces": N_("Agreement, 1 to 7"),
    "yesno": N_("Yes or no"),
    "choice": N_("Single choice"),
    "choices": N_("Multiple choice"),
    "text": N_("Words"),
    "email": N_("Email"),
}


@dataclass(frozen=True, slots=True)
class Language:
    """How far a survey is in one language."""

    tag: str
    name: str
    done: int
    of: int
    offered: bool


@pages.get("/")
@staff_only(Role.AGENT)
def index(site: str) -> Response:
    """Every survey of the site."""
    lines = survey_lines(reading(), g.site_id, archived=True)
    return page("console/surveys/index.html", lines=lines, names=OWN_NAMES, may_change=_may_change())


@pages.get("/<slug>")
@staff_only(Role.AGENT)
def show(site: str, slug: str) -> Response:
    """One survey: its address, its languages, its questions."""
    return _draw(slug)


@pages.post("/<slug>/publish")
@staff_only(Role.LEAD)
def publish_draft(site: str, slug: str) -> Reply | Response:
    """Give the draft to customers, or open a closed survey again."""
    try:
        with writing() as session:
            publish(session, current_staff().actor, g.site_id, slug)
    except Invalid as wrong:
        return _draw(slug, wrong.problems, status=422)
    except NotAllowed as wrong:
        return _draw(slug, (Problem("", wrong.code, wrong.message),), status=409)
    except Conflict:
        return _draw(slug, (_changed(),), status=409)
    return redirect(url_for(".show", slug=slug, done=PUBLISHED), 303)


@pages.post("/<slug>/close")
@staff_only(Role.LEAD)
def close(site: str, slug: str) -> Reply:
    """Take no more answers."""
    with writing() as session:
        archive(session, current_staff().actor, g.site_id, slug)
    return redirect(url_for(".show", slug=slug, done=CLOSED), 303)


@pages.get("/<slug>/definition.yaml")
@staff_only(Role.AGENT)
def export(site: str, slug: str) -> Response:
    """The newest definition as a file."""
    found = latest_survey(reading(), g.site_id, slug)
    response = Response(to_yaml(found.definition), mimetype="application/yaml")
    response.headers["Content-Disposition"] = f'attachment; filename="{found.slug}.yaml"'
    return response


@pages.get("/<slug>/qr.svg")
@staff_only(Role.AGENT)
def qr(site: str, slug: str) -> Response:
    """The survey's open address as a QR code, to look at or (``?download=1``) to print."""
    found = latest_survey(reading(), g.site_id, slug)
    drawn = BytesIO()
    code = segno.make(_address(found.slug), error="m", micro=False)
    code.save(drawn, kind="svg", scale=8, border=4, dark="#000", light="#fff", xmldecl=False, svgns=True)
    response = Response(drawn.getvalue(), mimetype="image/svg+xml")
    if request.args.get("download"):
        response.headers["Content-Disposition"] = f'attachment; filename="{found.slug}.svg"'
    return response


@pages.get("/new")
@staff_only(Role.LEAD)
def new(site: str) -> Response:
    """A form for a definition of a survey that isn't there yet."""
    return _definition_page(DefinitionForm(formdata=None), None)


@pages.post("/new")
@staff_only(Role.LEAD)
def add(site: str) -> Reply | Response:
    """Add a survey, as a draft."""
    return _push(None)


@pages.get("/<slug>/edit")
@staff_only(Role.LEAD)
def edit(site: str, slug: str) -> Response:
    """The newest definition as text, to be changed."""
    found = latest_survey(reading(), g.site_id, slug)
    text = to_yaml(found.definition)
    return _definition_page(DefinitionForm(formdata=None, text=text, base=_mark(found.definition)), found)


@pages.post("/<slug>/edit")
@staff_only(Role.LEAD)
def change(site: str, slug: str) -> Reply | Response:
    """Make what was sent the draft."""
    return _push(latest_survey(reading(), g.site_id, slug))


def _push(there: LiveSurvey | None) -> Reply | Response:
    """Check and store a definition; whatever is wrong with it, the text stays in the form."""
    form = DefinitionForm()
    given = form.given()
    if not form.validate():
        return _definition_page(form, there, status=422)
    try:
        definition = parse_yaml(given)
        _same_name(definition, there)
    except Invalid as wrong:
        return _definition_page(form, there, wrong.problems, status=422)
    try:
        with writing() as session:
            _unchanged_since(_present(lambda: latest_survey(session, g.site_id, definition.slug)), form.base.data or "")
            push_definition(session, current_staff().actor, g.site_id, definition)
    except Conflict:
        present = _present(lambda: latest_survey(reading(), g.site_id, definition.slug))
        if there is None:
            show_problems(form, [Problem("text", "taken", N_("There is already a survey with that name."))])
            return _definition_page(form, None, status=409)
        return _definition_page(form, present, status=409, clash=True)
    return redirect(url_for(".show", slug=definition.slug, done=DRAFTED), 303)


def _same_name(definition: SurveyDefinition, there: LiveSurvey | None) -> None:
    if there is not None and definition.slug != there.slug:
        message = N_("This survey’s name is %(name)s and can’t be changed; add a new survey instead.")
        raise Invalid([Problem("slug", "survey.renamed", message, {"name": there.slug})])


def _unchanged_since(present: LiveSurvey | None, base: str) -> None:
    if (_mark(present.definition) if present else "") != base:
        raise Conflict


def _present(find: Callable[[], LiveSurvey]) -> LiveSurvey | None:
    try:
        return find()
    except NotFound:
        return None


def _mark(definition: SurveyDefinition) -> str:
    """Tells one definition from another, so that nobody overwrites what they haven't seen."""
    return sha256(to_yaml(definition).encode()).hexdigest()[:32]


def _definition_page(
    form: DefinitionForm,
    there: LiveSurvey | None,
    problems: tuple[Problem, ...] = (),
    *,
    status: int = 200,
    clash: bool = False,
) -> Response:
    present = ""
    if clash and there is not None:
        present = to_yaml(there.definition)
        form.base.data = _mark(there.definition)
    return page("console/surveys/definition.html", status, form=form, survey=there, problems=problems, present=present)


def _draw(slug: str, problems: tuple[Problem, ...] = (), *, status: int = 200) -> Response:
    found = latest_survey(reading(), g.site_id, slug)
    line = next(one for one in survey_lines(reading(), g.site_id, archived=True) if one.slug == slug)
    return page(
        "console/surveys/show.html",
        status,
        survey=found,
        line=line,
        languages=_languages(found.definition),
        address="" if found.definition.purpose in BY_LINK_ONLY else _address(found.slug),
        kinds=KINDS,
        problems=problems,
        form=SurveyMoveForm(formdata=None),
        may_change=_may_change(),
        state=_state(line),
    )


def _languages(definition: SurveyDefinition) -> list[Language]:
    found = []
    for tag, name in OWN_NAMES.items():
        done, of = completeness(definition, tag)
        found.append(Language(tag, name, done, of, tag in definition.languages))
    return found


def _state(line: SurveyLine) -> str:
    if line.archived:
        return "closed"
    return "draft" if line.live is None else "live"


def _address(slug: str) -> str:
    return open_survey_url(settings(), current_site().key, slug)


def _may_change() -> bool:
    return current_site().role.covers(Role.LEAD)


def _changed() -> Problem:
    return Problem("", "changed", N_("Somebody else changed this survey at the same moment. Please try again."))
