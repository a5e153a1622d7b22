"""The topics that customers can stop one by one: their names, how often they come, their order, and archiving them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from flask import Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as Reply

from feedback.actors import Role
from feedback.errors import Conflict, Invalid, Problem
from feedback.i18n.negotiation import LANGUAGES, OWN_NAMES, language_of
from feedback.i18n.text import N_, missing_languages, pick
from feedback.preferences import actions
from feedback.preferences.console.blueprint import pages
from feedback.preferences.forms import FREQUENCIES, TopicForm
from feedback.preferences.models import Topic
from feedback.preferences.policy import Frequency
from feedback.preferences.queries import topic_by_key, topics_of
from feedback.rendering import current_reader
from feedback.sites.queries import site_by_id
from feedback.web.changing import changed
from feedback.web.forms import show_problems
from feedback.web.guard import current_staff, staff_only
from feedback.web.notices import notice
from feedback.web.templating import form_page
from feedback.web.transaction import reading, writing

SAVED: Final = notice("topic_saved", N_("Saved."))
ARCHIVED: Final = notice("topic_archived", N_("Archived. Nothing on this topic is sent while it stays archived."))
OFFERED: Final = notice("topic_offered", N_("It is offered to customers again."))


@dataclass(frozen=True, slots=True)
class TopicLine:
    """A topic in the list; ``missing`` are languages of the site in which it has no name."""

    key: str
    name: str
    language: str
    frequencies: tuple[str, ...]
    missing: tuple[str, ...]
    version: int
    first: bool
    last: bool


@pages.get("/topics/")
@staff_only(Role.LEAD)
def topics(site: str) -> Response:
    """Those on offer, in the order in which customers see them, and those archived."""
    return _list()


@pages.get("/topics/_new")  # no topic has this key
@staff_only(Role.LEAD)
def topic_new(site: str) -> Response:
    """An empty one."""
    return _form(TopicForm(formdata=None), None)


@pages.post("/topics/_new")
@staff_only(Role.LEAD)
def topic_add(site: str) -> Reply | Response:
    """Add one, the last in order."""
    form = TopicForm()
    if not form.validate():
        return _form(form, None, status=422)
    chosen = form.frequencies.data or []
    key, names = form.key.data or "", form.names(_languages())
    try:
        with writing() as session:
            actions.add_topic(session, current_staff().actor, g.site_id, key, names, chosen)
    except Invalid as wrong:
        return _form(form, None, *wrong.problems, status=422)
    except Conflict:
        there = Problem("key", "taken", N_("There is already a topic %(name)s."), {"name": key.strip().lower()})
        return _form(form, None, there, status=422)
    return redirect(url_for(".topics", done=SAVED), 303)


@pages.get("/topics/<key>")
@staff_only(Role.LEAD)
def topic(site: str, key: str) -> Response:
    """One, to be changed."""
    there = topic_by_key(reading(), g.site_id, key)
    return _form(_filled(there), there)


@pages.post("/topics/<key>")
@staff_only(Role.LEAD)
def topic_change(site: str, key: str) -> Reply | Response:
    """Change it; somebody who was slower sees both versions and keeps what they typed."""
    there = topic_by_key(reading(), g.site_id, key)
    form = TopicForm()
    if not form.validate():
        return _form(form, there, status=422)
    names = {**there.name, **form.names(_languages())}  # those in other languages stay
    try:
        with writing() as session:
            actions.change_topic(
                session,
                current_staff().actor,
                g.site_id,
                key,
                name=names,
                frequencies=form.frequencies.data or [],
                expected_version=form.expected_version,
            )
    except Invalid as wrong:
        return _form(form, there, *wrong.problems, status=422)
    except Conflict:
        there = topic_by_key(reading(), g.site_id, key)
        form.now_for(there.version)
        return _form(form, there, status=409)
    return redirect(url_for(".topics", done=SAVED), 303)


@pages.post("/topics/<key>/move")
@staff_only(Role.LEAD)
def topic_move(site: str, key: str) -> Reply | Response:
    """One place earlier or later."""
    return _carry_out(key, actions.move_topic, None, up=request.form.get("way") == "up")


@pages.post("/topics/<key>/archive")
@staff_only(Role.LEAD)
def topic_archive(site: str, key: str) -> Reply | Response:
    """Offer it no longer, or again."""
    archived = request.form.get("archived") == "1"
    return _carry_out(key, actions.archive_topic, ARCHIVED if archived else OFFERED, archived=archived)


def _carry_out(key: str, do: Callable[..., object], done: str | None, **what: object) -> Reply | Response:
    if not changed(key, do, **what):
        return _list(status=409)
    return redirect(url_for(".topics", done=done), 303)


def _list(status: int = 200) -> Response:
    everything, languages = topics_of(reading(), g.site_id, archived=True), _languages()
    return form_page(
        "console/preferences/topics.html",
        status,
        offered=_lines([one for one in everything if one.archived_at is None], languages),
        archived=_lines([one for one in everything if one.archived_at is not None], languages),
        clash=status == 409,
    )


def _lines(found: Sequence[Topic], languages: tuple[str, ...]) -> list[TopicLine]:
    say, tag = current_reader().gettext, current_reader().tag
    lines = []
    for place, one in enumerate(found):
        name, language = pick(one.name, tag)
        often = tuple(say(FREQUENCIES[each]) for each in Frequency if each in one.frequencies)
        missing = tuple(OWN_NAMES[each] for each in missing_languages(one.name, languages))
        last = place == len(found) - 1
        lines.append(TopicLine(one.key, name or one.key, language, often, missing, one.version, place == 0, last))
    return lines


def _form(form: TopicForm, there: Topic | None, *problems: Problem, status: int = 200) -> Response:
    languages, say = _languages(), current_reader().gettext
    form.offer()
    show_problems(form, [_at_its_field(one, languages[0]) for one in problems])
    present = []
    if there is not None and status == 409:
        present = [(OWN_NAMES[one], there.name.get(one, "–")) for one in languages]
        often = [say(FREQUENCIES[one]) for one in Frequency if one in there.frequencies]
        present.append((say(form.frequencies.label.text), current_reader().formats.list_(often) or "–"))
    return form_page(
        "console/preferences/topic.html",
        status,
        form=form,
        there=there,
        name=pick(there.name, current_reader().tag)[0] or there.key if there else "",
        names=[(language, form.name_in(language)) for language in languages],
        present=present,
    )


def _at_its_field(problem: Problem, main: str) -> Problem:
    """A name that is missing altogether is asked for in the site's main language."""
    where, _, language = problem.field.partition(".")
    if where != "name":
        return problem
    return Problem(f"name_{language or main}", problem.code, problem.message, problem.params)


def _filled(there: Topic) -> TopicForm:
    known = {f"name_{language}": there.name.get(language, "") for language in LANGUAGES}
    return TopicForm(
        formdata=None, data={**known, "frequencies": list(there.frequencies), "version": str(there.version)}
    )


def _languages() -> tuple[str, ...]:
    """Those in which the site's customers are written to, its main one first."""
    site = site_by_id(reading(), g.site_id)
    return tuple(dict.fromkeys(language_of(tag) for tag in (site.locale, *site.languages)))
