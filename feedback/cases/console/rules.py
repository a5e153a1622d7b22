"""The rules of a site: in which order answers are tried against them, what they ask for, what case they open."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from flask import Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as Reply

from feedback.actors import Role
from feedback.cases import actions, activity
from feedback.cases.console.blueprint import pages
from feedback.cases.console.telling import amount
from feedback.cases.forms import RuleForm
from feedback.cases.models import RoutingRule
from feedback.cases.queries import rules_of_site
from feedback.cases.routing import CaseToOpen, Conditions
from feedback.cases.stored_rules import outcome_from_json, parse_conditions
from feedback.errors import Conflict, NotFound
from feedback.i18n.negotiation import OWN_NAMES
from feedback.i18n.text import N_, pick
from feedback.rendering import current_reader
from feedback.surveys.definition import SurveyDefinition
from feedback.surveys.queries import live_survey, survey_lines
from feedback.web.changing import changed
from feedback.web.forms import VersionedForm
from feedback.web.guard import current_staff, staff_only
from feedback.web.notices import notice
from feedback.web.templating import form_page
from feedback.web.transaction import reading, writing

SAVED = notice("rule_saved", N_("Saved. It applies to every answer from now on."))
NO_SURVEYS: Mapping[str, SurveyDefinition] = MappingProxyType({})
DELETED = notice("rule_deleted", N_("The rule is deleted. Cases that it opened keep its name."))


@dataclass(frozen=True, slots=True)
class Line:
    """A rule in the list, its conditions as words."""

    public_id: str
    name: str
    enabled: bool
    version: int
    conditions: tuple[str, ...]
    outcome: CaseToOpen
    due: timedelta
    first: bool
    last: bool


@pages.get("/rules/")
@staff_only(Role.LEAD)
def rules(site: str) -> Response:
    """All rules in the order in which they are tried; the first that is met decides."""
    return _list()


@pages.get("/rules/new")
@staff_only(Role.LEAD)
def rule_new(site: str) -> Response:
    """A new rule."""
    form = RuleForm(formdata=None)
    return _form(form, None)


@pages.post("/rules/new")
@staff_only(Role.LEAD)
def rule_add(site: str) -> Reply | Response:
    """Add a rule at the end."""
    form = RuleForm()
    _offer(form)
    asked = form.asked_for() if form.validate() else None
    if asked is None:
        return _form(form, None, status=422)
    with writing() as session:
        actions.add_rule(session, current_staff().actor, g.site_id, form.name.data or "", *asked)
    return redirect(url_for(".rules", done=SAVED), 303)


@pages.get("/rules/<public_id>")
@staff_only(Role.LEAD)
def rule(site: str, public_id: str) -> Response:
    """One rule, to be changed."""
    there = _found(public_id)
    return _form(_filled(there), there)


@pages.post("/rules/<public_id>")
@staff_only(Role.LEAD)
def rule_change(site: str, public_id: str) -> Reply | Response:
    """Change a rule; somebody who was slower sees both versions and keeps what they typed."""
    there = _found(public_id)
    form = RuleForm()
    _offer(form, parse_conditions(there.conditions))
    asked = form.asked_for() if form.validate() else None
    if asked is None:
        return _form(form, there, status=422)
    name, version = form.name.data or "", form.expected_version
    if name == current_reader().gettext(there.name):
        name = there.name  # one that the site started with stays everybody's own language
    try:
        with writing() as session:
            actions.change_rule(
                session, current_staff().actor, g.site_id, public_id, name, *asked, expected_version=version
            )
    except Conflict:
        there = _found(public_id)
        form.now_for(there.version)
        return _form(form, there, status=409)
    return redirect(url_for(".rules", done=SAVED), 303)


@pages.post("/rules/<public_id>/move")
@staff_only(Role.LEAD)
def rule_move(site: str, public_id: str) -> Reply | Response:
    """One place earlier or later."""
    up = request.form.get("way") == "up"
    return _carry_out(public_id, actions.move_rule, up=up)


@pages.post("/rules/<public_id>/switch")
@staff_only(Role.LEAD)
def rule_switch(site: str, public_id: str) -> Reply | Response:
    """On or off."""
    return _carry_out(public_id, actions.switch_rule, enabled=request.form.get("enabled") == "1")


@pages.post("/rules/<public_id>/delete")
@staff_only(Role.LEAD)
def rule_delete(site: str, public_id: str) -> Reply | Response:
    """Delete it."""
    return _carry_out(public_id, actions.delete_rule, done=DELETED)


def _carry_out(
    public_id: str, do: Callable[..., object], *, done: str | None = None, **what: object
) -> Reply | Response:
    if not changed(public_id, do, **what):
        return _list(status=409)
    return redirect(url_for(".rules", done=done), 303)


def _list(status: int = 200) -> Response:
    there = rules_of_site(reading(), g.site_id)
    titles = _titles()
    asked = [parse_conditions(one.conditions) for one in there]
    surveys = _surveys(asked)
    lines = []
    for place, one in enumerate(there):
        conditions, outcome = asked[place], outcome_from_json(one.outcome)
        lines.append(
            Line(
                public_id=one.public_id,
                name=current_reader().gettext(one.name),
                enabled=one.enabled,
                version=one.version,
                conditions=tuple(conditions_told(conditions, titles, surveys)),
                outcome=outcome,
                due=timedelta(minutes=outcome.due_minutes),
                first=place == 0,
                last=place == len(there) - 1,
            )
        )
    return form_page(
        "console/cases/rules.html",
        status,
        lines=lines,
        words=activity,
        form=VersionedForm(formdata=None),
        clash=status == 409,
    )


def conditions_told(
    asked: Conditions, titles: dict[str, str], surveys: Mapping[str, SurveyDefinition] = NO_SURVEYS
) -> list[str]:
    """What a rule asks for, one sentence per condition; answers in the words of ``surveys``, where it names those."""
    reader = current_reader()
    say, listed = reader.gettext, reader.formats.list_
    told = []
    if asked.surveys:
        told.append(
            say(N_("survey: %(names)s"), names=listed([titles.get(one, one) for one in asked.surveys], either=True))
        )
    low, high = asked.score_min or 0, asked.score_max
    if high is not None:
        told.append(say(N_("score from %(low)s to %(high)s"), low=low, high=high))
    elif asked.score_min is not None:
        told.append(say(N_("score of at least %(low)s"), low=low))
    if asked.languages:
        names = [OWN_NAMES.get(one, one) for one in asked.languages]
        told.append(say(N_("language: %(names)s"), names=listed(names, either=True)))
    if asked.segments:
        told.append(say(N_("segment: %(names)s"), names=listed(list(asked.segments), either=True)))
    if asked.value_at_least is not None:
        told.append(say(N_("customer value of at least %(amount)s"), amount=amount(asked.value_at_least, None)))
    for values in asked.touchpoints.values():
        told.append(say(N_("touchpoint: %(names)s"), names=listed(list(values), either=True)))
    for question, options in asked.answers.items():
        text, labels = _worded(question, options, [surveys[one] for one in asked.surveys if one in surveys])
        chosen = listed(labels, either=True)
        told.append(say(N_("answer to “%(question)s”: %(names)s"), question=text, names=chosen))
    return told or [say(N_("every answer"))]


def _worded(key: str, options: Sequence[str], surveys: Sequence[SurveyDefinition]) -> tuple[str, list[str]]:
    """A question and answers to it as the survey says them; their keys where no survey of the rule has them."""
    tag = current_reader().tag
    question = next((found for one in surveys if (found := one.question(key)) is not None), None)
    if question is None:
        return key, list(options)
    known = {one: question.option(one) for one in options}
    labels = [pick(option.text, tag)[0] if option else one for one, option in known.items()]
    return pick(question.text, tag)[0], labels


def _surveys(asked: Iterable[Conditions]) -> dict[str, SurveyDefinition]:
    """The surveys that rules ask about by name together with an answer."""
    found: dict[str, SurveyDefinition] = {}
    for slug in {slug for one in asked if one.answers for slug in one.surveys}:
        with suppress(NotFound):
            found[slug] = live_survey(reading(), g.site_id, slug).definition
    return found


def _form(form: RuleForm, there: RoutingRule | None, status: int = 200) -> Response:
    if not form.surveys.choices:
        _offer(form)
    present = _filled(there) if there is not None and status == 409 else None
    return form_page(
        "console/cases/rule.html",
        status,
        form=form,
        rule=there,
        name=current_reader().gettext(there.name) if there else "",
        present=[
            (field.label.text, ", ".join(field.data) if isinstance(field.data, list) else field.data)
            for field in present
            if field.name not in ("csrf_token", "version") and field.data
        ]
        if present is not None
        else None,
        move=VersionedForm(formdata=None),
    )


def _filled(there: RoutingRule) -> RuleForm:
    form = RuleForm(formdata=None)
    conditions = parse_conditions(there.conditions)
    _offer(form, conditions)
    form.show_rule(current_reader().gettext(there.name), there.version, conditions, outcome_from_json(there.outcome))
    return form


def _offer(form: RuleForm, *conditions: Conditions) -> None:
    form.offer(_titles().items(), conditions)


def _titles() -> dict[str, str]:
    tag = current_reader().tag
    return {one.slug: pick(one.title, tag)[0] for one in survey_lines(reading(), g.site_id, archived=True)}


def _found(public_id: str) -> RoutingRule:
    for one in rules_of_site(reading(), g.site_id):
        if one.public_id == public_id:
            return one
    raise NotFound(public_id)
