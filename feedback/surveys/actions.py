"""Changing surveys: create, push a draft, publish, archive; what a survey may be is decided by parsing."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from feedback import audit, clock
from feedback.actors import Actor
from feedback.db import insert_once, new_public_id
from feedback.errors import Conflict, Invalid, NotAllowed
from feedback.i18n.text import N_
from feedback.paths import SURVEY_TEMPLATES
from feedback.surveys.definition import SurveyDefinition
from feedback.surveys.document import from_stored, to_plain
from feedback.surveys.models import Survey, SurveyVersion
from feedback.surveys.parsing import parse_yaml
from feedback.surveys.queries import draft_of, survey_by_slug
from feedback.surveys.translation import publishing_problems


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push did: the version that now holds the definition, and whether anything changed."""

    survey_id: int
    public_id: str
    slug: str
    version_id: int
    version: int
    changed: bool


@lru_cache(maxsize=1)
def templates() -> tuple[SurveyDefinition, ...]:
    """The surveys that every site starts with, by name; read once per process."""
    return tuple(parse_yaml(path.read_bytes()) for path in sorted(SURVEY_TEMPLATES.glob("*.yaml")))


def create_from_template(session: Session, actor: Actor, site_id: int, definition: SurveyDefinition) -> Pushed:
    """Give a site its copy of a template, published under its name; leaves one that is already there alone."""
    pushed = push_definition(session, actor, site_id, definition, only_new=True)
    if pushed.changed:
        publish(session, actor, site_id, pushed.slug)
    return pushed


def push_definition(
    session: Session, actor: Actor, site_id: int, definition: SurveyDefinition, *, only_new: bool = False
) -> Pushed:
    """Make a definition the survey's draft, creating the survey if there is none of that name.

    Pushing what is already the newest version changes nothing; a draft is replaced, a published version never.
    """
    created = insert_once(
        session,
        cast(Table, Survey.__table__),
        {
            "public_id": new_public_id(),
            "site_id": site_id,
            "slug": definition.slug,
            "created_at": clock.now(),
        },
        ["site_id", "slug"],
    )
    survey = survey_by_slug(session, site_id, definition.slug)
    plain = to_plain(definition)
    newest = _newest(session, site_id, survey.id)
    if newest is not None and (only_new or newest.definition == plain):
        return _pushed(survey, newest.id, newest.number, changed=False)
    if newest is not None and _replace_draft(session, site_id, newest.id, plain):
        version_id, number = newest.id, newest.number
    else:
        number = newest.number + 1 if newest else 1
        version_id = _add_version(session, site_id, survey.id, number, plain)
    action = "survey.change" if created is None else "survey.create"
    audit.record_row(session, actor, action, "survey", survey, after={"slug": survey.slug, "version": number})
    return _pushed(survey, version_id, number)


def publish(session: Session, actor: Actor, site_id: int, slug: str) -> Pushed:
    """Freeze the draft and give it to customers from now on; brings an archived survey back.

    Raises Invalid naming each missing text, NotAllowed("nothing_to_publish") if there is no draft.
    """
    survey = survey_by_slug(session, site_id, slug)
    draft = draft_of(session, site_id, survey.id)
    if draft is None:
        if survey.archived_at is None or survey.live_version_id is None:
            raise NotAllowed("nothing_to_publish", N_("There is no draft to publish."))
        survey.archived_at = None
        session.flush()
        audit.record_row(session, actor, "survey.reopen", "survey", survey, after={"slug": survey.slug})
        number = _number(session, site_id, survey.live_version_id)
        return _pushed(survey, survey.live_version_id, number)
    problems = publishing_problems(from_stored(draft.definition))
    if problems:
        raise Invalid(problems)
    freeze(session, site_id, draft)
    before = survey.live_version_id
    survey.live_version_id = draft.id
    survey.archived_at = None
    session.flush()
    replaced = {"version": _number(session, site_id, before)} if before else None
    told = {"slug": survey.slug, "version": draft.number}
    audit.record_row(session, actor, "survey.publish", "survey", survey, replaced, told)
    return _pushed(survey, draft.id, draft.number)


def archive(session: Session, actor: Actor, site_id: int, slug: str) -> bool:
    """Close a survey: links to it say so, answers stay. False if it was closed already."""
    survey = survey_by_slug(session, site_id, slug)
    closed = session.execute(
        update(Survey)
        .where(Survey.site_id == site_id, Survey.id == survey.id, Survey.archived_at.is_(None))
        .values(archived_at=clock.now())
        .returning(Survey.id)
    ).scalar_one_or_none()
    if closed is None:
        return False
    audit.record_row(session, actor, "survey.archive", "survey", survey, after={"slug": survey.slug})
    return True


def _pushed(survey: Survey, version_id: int, number: int, *, changed: bool = True) -> Pushed:
    return Pushed(survey.id, survey.public_id, survey.slug, version_id, number, changed)


def _newest(session: Session, site_id: int, survey_id: int) -> SurveyVersion | None:
    return session.scalar(
        select(SurveyVersion)
        .where(SurveyVersion.site_id == site_id, SurveyVersion.survey_id == survey_id)
        .order_by(SurveyVersion.number.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )


def _number(session: Session, site_id: int, version_id: int) -> int:
    query = select(SurveyVersion.number).where(SurveyVersion.site_id == site_id, SurveyVersion.id == version_id)
    return session.scalars(query).one()


def _replace_draft(session: Session, site_id: int, version_id: int, plain: dict[str, Any]) -> bool:
    """Put a definition into a version unless it was published, perhaps a moment ago by somebody else."""
    query = (
        update(SurveyVersion)
        .where(
            SurveyVersion.site_id == site_id,
            SurveyVersion.id == version_id,
            SurveyVersion.published_at.is_(None),
        )
        .values(definition=plain, created_at=clock.now())
        .returning(SurveyVersion.id)
    )
    return session.execute(query).scalar_one_or_none() is not None


def _add_version(session: Session, site_id: int, survey_id: int, number: int, plain: dict[str, Any]) -> int:
    values = {
        "site_id": site_id,
        "survey_id": survey_id,
        "number": number,
        "definition": plain,
        "created_at": clock.now(),
    }
    table = cast(Table, SurveyVersion.__table__)
    version_id = insert_once(session, table, values, ["site_id", "survey_id", "number"])
    if version_id is None:
        raise Conflict(message=N_("Somebody else changed this survey at the same moment. Please try again."))
    return version_id


def freeze(session: Session, site_id: int, draft: SurveyVersion) -> None:
    """Publish exactly the definition that was checked: a push in between changed ``created_at``."""
    query = (
        update(SurveyVersion)
        .where(
            SurveyVersion.site_id == site_id,
            SurveyVersion.id == draft.id,
            SurveyVersion.published_at.is_(None),
            SurveyVersion.created_at == draft.created_at,
        )
        .values(published_at=clock.now())
        .returning(SurveyVersion.id)
    )
    if session.execute(query).scalar_one_or_none() is None:
        raise Conflict(message=N_("Somebody else changed this survey at the same moment. Please try again."))
