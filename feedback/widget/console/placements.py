"""Who sees which survey on host pages, for one survey and for the site; with a rehearsal that says why, or why not."""

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as Reply

from feedback import clock
from feedback.actors import Role
from feedback.errors import Conflict, Invalid, NotFound, Problem
from feedback.sites.actions import change_quiet_days
from feedback.web.forms import CHANGED, show_problems
from feedback.web.guard import current_site, current_staff, staff_only
from feedback.web.templating import page
from feedback.web.transaction import reading, writing
from feedback.widget.actions import as_placed, place_survey
from feedback.widget.console.blueprint import SAVED, on_or_off, pages, site_now
from feedback.widget.console.rehearsal import rehearse, visitor_in
from feedback.widget.forms import PlacementForm, QuietForm
from feedback.widget.placing import Placing, quiet_days_of, typed_placing, typed_quiet_days
from feedback.widget.queries import Offered, offered_surveys, placement_of, placements_of


@pages.get("/placements")
@staff_only(Role.ADMIN)
def placements(site: str) -> Response:
    """Every survey that pages can show, and the days without a second one."""
    present = site_now()
    shown = {"version": present.version, "quiet_days": str(quiet_days_of(present.widget))}
    return _list(QuietForm(formdata=None, data=shown))


@pages.post("/placements")
@staff_only(Role.ADMIN)
def save_quiet(site: str) -> Reply | Response:
    """Keep the days without a second survey; whoever comes second sees what is there now."""
    form = QuietForm()
    try:
        days = typed_quiet_days(form.quiet_days.data or "")
        with writing() as session:
            change_quiet_days(
                session, current_staff().actor, current_site().site_id, days, version=form.expected_version
            )
    except Invalid as error:
        return _list(form, *error.problems, status=422)
    except Conflict:
        present = site_now()
        form.now_for(present.version)
        return _list(form, CHANGED, there=quiet_days_of(present.widget), status=409)
    return redirect(url_for(".placements", done=SAVED), 303)


@pages.get("/placements/<slug>")
@staff_only(Role.ADMIN)
def placement(site: str, slug: str) -> Response:
    """To whom one survey is offered."""
    survey = _offered(slug)
    row = placement_of(reading(), current_site().site_id, survey.survey_id)
    placing = as_placed(row)
    return _one(survey, PlacementForm(formdata=None, data=_typed(placing) | {"version": row.version if row else 0}))


@pages.post("/placements/<slug>")
@staff_only(Role.ADMIN)
def save_placement(site: str, slug: str) -> Reply | Response:
    """Keep it; whoever comes second sees both versions."""
    form, survey, site_id = PlacementForm(), _offered(slug), current_site().site_id
    try:
        placing = typed_placing(
            live=form.live.data,
            sample=form.sample.data or "",
            again_days=form.again_days.data or "",
            paths=form.paths.data or "",
        )
        with writing() as session:
            place_survey(session, current_staff().actor, site_id, slug, placing, version=form.expected_version)
    except Invalid as error:
        return _one(survey, form, *error.problems, status=422)
    except Conflict:
        row = placement_of(reading(), site_id, survey.survey_id)
        form.now_for(row.version if row else 0)
        return _one(survey, form, CHANGED, there=as_placed(row), status=409)
    return redirect(url_for(".placement", slug=slug, done=SAVED), 303)


def _offered(slug: str) -> Offered:
    found = next((one for one in offered_surveys(reading(), current_site().site_id) if one.slug == slug), None)
    if found is None:
        raise NotFound(slug)
    return found


def _typed(placing: Placing) -> dict[str, object]:
    return {
        "live": placing.live,
        "sample": str(placing.sample),
        "again_days": str(placing.again_days),
        "paths": "\n".join(placing.paths),
    }


def _list(form: QuietForm, *problems: Problem, there: int | None = None, status: int = 200) -> Response:
    show_problems(form, problems)
    session, site_id = reading(), current_site().site_id
    placed = placements_of(session, site_id)
    lines = [(one, as_placed(placed.get(one.survey_id))) for one in offered_surveys(session, site_id)]
    return page("console/widget/placements.html", status=status, form=form, lines=lines, there=there)


def _one(
    survey: Offered, form: PlacementForm, *problems: Problem, there: Placing | None = None, status: int = 200
) -> Response:
    show_problems(form, problems)
    differences = [
        (form._fields[name].label.text, _shown(value), _shown(form._fields[name].data))
        for name, value in (_typed(there) if there else {}).items()
        if value != form._fields[name].data
    ]
    present = site_now()
    row = placement_of(reading(), present.id, survey.survey_id)
    visitor, quiet = visitor_in(request.args), quiet_days_of(present.widget)
    placing, today = as_placed(row), clock.now().date()
    return page(
        "console/widget/placement.html",
        status=status,
        survey=survey,
        form=form,
        differences=differences,
        quiet=quiet,
        placing=placing,
        rehearsal=rehearse(survey.slug, placing, visitor, quiet=quiet, today=today) if visitor else None,
    )


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return on_or_off(value)
    return ", ".join(str(value or "").split()) or "–"
